#include "report/format.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "records.hpp"

namespace echosweep::report {
namespace {

using std::chrono::nanoseconds;

TEST(FormatRtt, HasFpingsDigits) {
  const struct {
    std::int64_t ns;
    const char* text;
  } cases[] = {
      {0, "0.000"},
      {17'499, "0.017"},
      {999'400, "0.999"},
      {999'999, "1.000"},
      {1'000'000, "1.00"},
      {9'994'000, "9.99"},
      {10'000'000, "10.0"},
      {99'940'000, "99.9"},
      {100'000'000, "100"},
      {1'234'567'890, "1235"},
      {999'999'000'000, "999999"},
      {1'000'000'000'000, "1.000e+06"},
      {-1'500'000, "-1.5"},
  };
  for (const auto& [ns, text] : cases) {
    EXPECT_EQ(format_rtt(nanoseconds(ns)), text) << ns;
  }
}

class FormatTimestamp : public testing::Test {
 protected:
  void SetUp() override { zone("EST5"); }
  void TearDown() override {
    unsetenv("TZ");
    tzset();
  }
  static void zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  const WallTime time_{nanoseconds(1'700'000'000'123'456'789)};
};

TEST_F(FormatTimestamp, SecondsHaveFiveDecimals) {
  EXPECT_EQ(format_timestamp(time_, TimestampFormat::kSeconds), "1700000000.12346");
  const WallTime small(nanoseconds(1'700'000'000'000'020'000));
  EXPECT_EQ(format_timestamp(small, TimestampFormat::kSeconds), "1700000000.00002");
  const WallTime almost(nanoseconds(1'699'999'999'999'999'999));
  EXPECT_EQ(format_timestamp(almost, TimestampFormat::kSeconds), "1700000000.00000");
}

TEST_F(FormatTimestamp, OthersAreLocalTime) {
  EXPECT_EQ(format_timestamp(time_, TimestampFormat::kCtime), "Tue Nov 14 17:13:20 2023");
  EXPECT_EQ(format_timestamp(time_, TimestampFormat::kIso), "2023-11-14T17:13:20-0500");
  EXPECT_EQ(format_timestamp(time_, TimestampFormat::kRfc3339), "2023-11-14 17:13:20");
  zone("UTC0");
  EXPECT_EQ(format_timestamp(time_, TimestampFormat::kIso), "2023-11-14T22:13:20+0000");
}

TEST(FormatHost, NameAddressOrBoth) {
  Record record = alive_record();
  EXPECT_EQ(format_host(record, HostStyle::kName), "192.0.2.1");
  EXPECT_EQ(format_host(record, HostStyle::kBoth), "192.0.2.1 (192.0.2.1)");
  record.name = "gate.example";
  EXPECT_EQ(format_host(record, HostStyle::kName), "gate.example");
  EXPECT_EQ(format_host(record, HostStyle::kAddress), "192.0.2.1");
  EXPECT_EQ(format_host(record, HostStyle::kBoth), "gate.example (192.0.2.1)");
}

TEST(Reason, OfEachState) {
  EXPECT_EQ(reason_word(alive_record()), "echo-reply");
  EXPECT_EQ(reason_phrase(alive_record()), "echo-reply ttl 64");
  EXPECT_EQ(reason_word(unreachable_record()), "host-unreachable");
  EXPECT_EQ(reason_phrase(unreachable_record()), "host-unreachable from 198.51.100.9");
  EXPECT_EQ(reason_word(silent_record()), "no-response");
  EXPECT_EQ(reason_phrase(silent_record()), "no-response after 4 probes");
  EXPECT_EQ(reason_word(unsent_record()), "unsent: Permission denied");
  EXPECT_EQ(reason_phrase(unsent_record()), "unsent: Permission denied");
}

TEST(Reason, OfSpecialCases) {
  Record alive = alive_record();
  alive.from = Address::v4(0xc0000209);
  EXPECT_EQ(reason_phrase(alive), "echo-reply ttl 64 from 192.0.2.9");
  alive.details = false;
  EXPECT_EQ(reason_phrase(alive), "echo-reply");

  Record once = silent_record();
  once.probes = 1;
  EXPECT_EQ(reason_phrase(once), "no-response after 1 probe");

  Record unsent = unsent_record();
  unsent.send_reason = "neighbour table full";
  EXPECT_EQ(reason_phrase(unsent), "unsent: neighbour table full");
  unsent.send_reason = {};
  unsent.send_errno = 0;
  EXPECT_EQ(reason_phrase(unsent), "unsent: not tried");
}

TEST(ErrnoName, IsTheMacro) {
  EXPECT_EQ(errno_name(ENOBUFS), "ENOBUFS");
  EXPECT_EQ(errno_name(EPERM), "EPERM");
  EXPECT_EQ(errno_name(99999), "errno 99999");
}

TEST(StateWord, OfEachState) {
  EXPECT_EQ(word(State::kUnsent), "unsent");
  EXPECT_EQ(word(State::kSilent), "silent");
  EXPECT_EQ(word(State::kUnreachable), "unreachable");
  EXPECT_EQ(word(State::kAlive), "alive");
}

}  // namespace
}  // namespace echosweep::report
