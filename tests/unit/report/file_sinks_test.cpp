#include "report/file_sinks.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "pipe.hpp"
#include "records.hpp"

namespace echosweep::report {
namespace {

TEST(AliveFileSink, GrowsLineByLine) {
  Pipe pipe;
  AliveFileSink sink(pipe.output());
  EXPECT_TRUE(sink.record(alive_record()));
  EXPECT_TRUE(sink.flush());
  EXPECT_EQ(pipe.read_now(), "192.0.2.1\n");
  Record named = alive_record();
  named.name = "gate.example";
  EXPECT_TRUE(sink.record(named));
  EXPECT_TRUE(sink.flush());
  EXPECT_EQ(pipe.read_now(), "gate.example\n");
}

TEST(AliveFileSink, HoldsNobodyElse) {
  Pipe pipe;
  AliveFileSink sink(pipe.output());
  for (const Record& record : {unreachable_record(), silent_record(), unsent_record()}) {
    EXPECT_FALSE(sink.wants(record.state));
    EXPECT_TRUE(sink.record(record));
  }
  EXPECT_TRUE(sink.end(Accounting{}));
  EXPECT_EQ(pipe.read_now(), "");
}

TEST(DeadFileSink, HoldsSilentAndUnreachableButNeverUnsent) {
  Pipe pipe;
  DeadFileSink sink(pipe.output(), HostStyle::kAddress);
  Record named = silent_record();
  named.name = "gate.example";
  for (const Record& record : {alive_record(), unreachable_record(), named, unsent_record()}) {
    EXPECT_TRUE(sink.record(record));
  }
  EXPECT_TRUE(sink.end(Accounting{}));
  EXPECT_EQ(pipe.read_now(), "192.0.2.2\n192.0.2.3\n");
  EXPECT_FALSE(sink.wants(State::kUnsent));
  EXPECT_FALSE(sink.wants(State::kAlive));
}

template <typename T>
class FullDisk : public testing::Test {};
using FileSinks = testing::Types<AliveFileSink, DeadFileSink>;
TYPED_TEST_SUITE(FullDisk, FileSinks);

TYPED_TEST(FullDisk, IsReportedAtTheEnd) {
  auto full = Output::create("/dev/full");
  ASSERT_TRUE(full);
  TypeParam sink(std::move(*full));
  EXPECT_TRUE(sink.record(alive_record()));
  EXPECT_TRUE(sink.record(silent_record()));
  const auto ended = sink.end(Accounting{});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ENOSPC);
}

}  // namespace
}  // namespace echosweep::report
