#include "report/joined_sink.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "records.hpp"

namespace echosweep::report {
namespace {

using testing::ElementsAre;

/// Remembers what it was told, as text.
class RecordingSink final : public PrefixSink {
 public:
  explicit RecordingSink(std::vector<std::string>& told) : told_(told) {}
  bool wants(State state) const override { return state != State::kAlive; }
  Result<void> record(const Record& record) override {
    told_.push_back(fmt::format("{} {} {}", to_string(record.address), word(record.state), record.tries()));
    return {};
  }
  Result<void> prefix(const Record& record, int bits, std::uint64_t count) override {
    told_.push_back(fmt::format("{}/{} {} {} {}x", to_string(record.address), bits, word(record.state),
                                record.tries(), count));
    return {};
  }
  Result<void> end(const Accounting&) override {
    told_.emplace_back("end");
    return {};
  }
  Result<void> flush() override { return {}; }

 private:
  std::vector<std::string>& told_;
};

class JoinedSinkTest : public testing::Test {
 protected:
  void silent(const std::string& address, unsigned tries = 2) {
    Record record = silent_record();
    record.address = *Address::parse(address);
    record.probes = tries;
    ASSERT_TRUE(sink_.record(record));
  }
  const std::vector<std::string>& told() {
    EXPECT_TRUE(sink_.end(Accounting{}));
    return told_;
  }

  std::vector<std::string> told_;
  JoinedSink sink_{std::make_unique<RecordingSink>(told_)};
};

TEST_F(JoinedSinkTest, AdjoiningOnesBecomeTheFewestPrefixes) {
  for (unsigned last = 1; last <= 6; ++last) {
    silent(fmt::format("192.0.2.{}", last));
  }
  EXPECT_THAT(told(), ElementsAre("192.0.2.1 silent 2", "192.0.2.2/31 silent 2 2x",
                                  "192.0.2.4/31 silent 2 2x", "192.0.2.6 silent 2", "end"));
}

TEST_F(JoinedSinkTest, AWholePrefixIsOne) {
  for (unsigned i = 0; i < 512; ++i) {
    silent(fmt::format("198.18.{}.{}", i / 256, i % 256), 1);
  }
  EXPECT_THAT(told(), ElementsAre("198.18.0.0/23 silent 1 512x", "end"));
}

TEST_F(JoinedSinkTest, OnlyWhatEndedAlikeIsJoined) {
  silent("192.0.2.0");
  silent("192.0.2.1", 3);
  silent("192.0.2.2", 3);
  Record unsent = unsent_record();
  unsent.address = *Address::parse("192.0.2.3");
  ASSERT_TRUE(sink_.record(unsent));
  unsent.address = *Address::parse("192.0.2.4");
  unsent.send_errno = 1;
  ASSERT_TRUE(sink_.record(unsent));
  EXPECT_THAT(told(), ElementsAre("192.0.2.0 silent 2", "192.0.2.1 silent 3", "192.0.2.2 silent 3",
                                  "192.0.2.3 unsent 0", "192.0.2.4 unsent 0", "end"));
}

TEST_F(JoinedSinkTest, NamesAndErrorsKeepTheirLinesAndTheirPlace) {
  silent("192.0.2.0");
  Record named = silent_record();
  named.address = *Address::parse("192.0.2.1");
  named.name = "gate.example";
  ASSERT_TRUE(sink_.record(named));
  ASSERT_TRUE(sink_.record(unreachable_record()));  // 192.0.2.2
  silent("192.0.2.3");
  EXPECT_THAT(told(), ElementsAre("192.0.2.0 silent 2", "192.0.2.1 silent 4", "192.0.2.2 unreachable 2",
                                  "192.0.2.3 silent 2", "end"));
}

TEST_F(JoinedSinkTest, OrderIsTheInputsAndNobodyIsPutWhereHeDoesNotStand) {
  silent("192.0.2.2");
  silent("192.0.2.1");
  silent("192.0.2.0");
  silent("2001:db8::");
  silent("2001:db8::1");
  EXPECT_THAT(told(), ElementsAre("192.0.2.2 silent 2", "192.0.2.1 silent 2", "192.0.2.0 silent 2",
                                  "2001:db8::/127 silent 2 2x", "end"));
}

TEST_F(JoinedSinkTest, TheLastAddressOfAllIsNoEnd) {
  silent("255.255.255.254");
  silent("255.255.255.255");
  silent("0.0.0.0");
  EXPECT_THAT(told(), ElementsAre("255.255.255.254/31 silent 2 2x", "0.0.0.0 silent 2", "end"));
}

TEST_F(JoinedSinkTest, TheReasonOutlivesItsRecord) {
  for (unsigned last = 0; last < 2; ++last) {
    Record record = unsent_record();
    record.address = Address::v4(0xc0000200 + last);
    const std::string reason(100, static_cast<char>('a'));
    record.send_reason = reason;
    ASSERT_TRUE(sink_.record(record));
  }
  EXPECT_THAT(told(), ElementsAre("192.0.2.0/31 unsent 0 2x", "end"));
}

}  // namespace
}  // namespace echosweep::report
