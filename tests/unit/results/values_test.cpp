#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "results/finding.hpp"
#include "results/host_address.hpp"
#include "results/rfc3339.hpp"
#include "results/verdict.hpp"
#include "results/words.hpp"

namespace echosweep::results {

namespace {

using std::chrono::nanoseconds;

TEST(HostAddress, KeepsAZoneThatThisMachineDoesNotHave) {
  const auto host = parse_host_address("fe80::1%far0");
  ASSERT_TRUE(host);
  EXPECT_EQ(host->zone, "far0");
  EXPECT_EQ(to_string(*host), "fe80::1%far0");
  EXPECT_EQ(parse_host_address("2001:db8::1%far0")->zone, "");  // it means the same everywhere
}

TEST(HostAddress, RefusesWhatIsNone) {
  for (const char* text :
       {"", "192.0.2", "192.0.2.1%eth0", "fe80::1%", "fe80::1%\x1b[31m", "host", "192.0.2.1/24"}) {
    EXPECT_FALSE(parse_host_address(text)) << text;
  }
}

TEST(HostAddress, ReadsPrefixes) {
  const auto prefix = parse_host_prefix("192.0.2.128/25");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->first.address, Address::parse("192.0.2.128"));
  EXPECT_EQ(prefix->last, Address::parse("192.0.2.255"));
  EXPECT_EQ(parse_host_prefix("::/0")->last.value(), ~Uint128{0});
  EXPECT_EQ(parse_host_prefix("fe80::/64%far0")->first.zone, "far0");
  EXPECT_EQ(parse_host_prefix("fe80::%far0/64")->first.zone, "far0");
  for (const char* text : {"192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.1/24", "192.0.2.0/-1",
                           "::/129", "/8", "fe80::%a/64%b"}) {
    EXPECT_FALSE(parse_host_prefix(text)) << text;
  }
}

TEST(Rfc3339, ReadsWhatItWrites) {
  for (const char* text : {"2023-11-14T22:13:20.123456Z", "1970-01-01T00:00:00.000000Z",
                           "2000-02-29T23:59:59.999999999Z", "2261-12-31T23:59:59.000001Z"}) {
    const auto time = parse_utc(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format_utc(*time), text);
  }
  EXPECT_EQ(parse_utc("2023-11-14T22:13:20Z"), parse_utc("2023-11-14T22:13:20.000000000Z"));
  EXPECT_EQ(parse_utc("2023-11-14T22:13:20.5Z")->time_since_epoch(), nanoseconds(1'700'000'000'500'000'000));
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2023-11-14", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z", "2023-02-29T22:13:20Z",
        "2023-11-14T24:13:20Z", "2023-11-14T22:13:60Z", "2023-11-14T22:13:20.Z",
        "2023-11-14T22:13:20.1234567890Z", "2023-11-14T22:13:20+01:00", "1969-12-31T00:00:00Z",
        "2262-01-01T00:00:00Z", "-023-11-14T22:13:20Z"}) {
    EXPECT_FALSE(parse_utc(text)) << text;
  }
}

TEST(Verdict, KeepsStateReasonAndRoundTrip) {
  for (const State state : {State::kAlive, State::kUnreachable, State::kSilent, State::kUnsent}) {
    const Verdict verdict(state, nanoseconds(123'456), 63);
    EXPECT_EQ(verdict.state(), state);
    EXPECT_EQ(verdict.reason(), 63U);
    EXPECT_EQ(verdict.rtt(), nanoseconds(123'456));
    EXPECT_EQ(Verdict(state, std::nullopt, 0).rtt(), std::nullopt);
  }
}

TEST(Verdict, IsExactBelowAMillisecondAndCloseAbove) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto rtt = static_cast<std::int64_t>(random() >> (16 + random() % 48));
    const auto kept = Verdict(State::kAlive, nanoseconds(rtt), 0).rtt()->count();
    if (rtt < 1'048'576) {
      ASSERT_EQ(kept, rtt);
    }
    ASSERT_LE(std::abs(kept - rtt), rtt / 500'000) << rtt;
  }
  EXPECT_TRUE(Verdict(State::kAlive, nanoseconds::max(), 0).rtt());
}

TEST(Verdict, OrdersDuplicatesByPreference) {
  const auto bits = [](State state, std::optional<nanoseconds> rtt) { return Verdict(state, rtt, 5).bits(); };
  EXPECT_LT(bits(State::kAlive, std::nullopt), bits(State::kUnreachable, nanoseconds(1)));
  EXPECT_LT(bits(State::kUnreachable, std::nullopt), bits(State::kSilent, std::nullopt));
  EXPECT_LT(bits(State::kSilent, std::nullopt), bits(State::kUnsent, std::nullopt));
  EXPECT_LT(bits(State::kAlive, nanoseconds(5'000'000)), bits(State::kAlive, nanoseconds(5'100'000)));
  EXPECT_LT(bits(State::kAlive, nanoseconds::max()), bits(State::kAlive, std::nullopt));
}

TEST(Words, NumberTextsAndShareTheLastNumber) {
  Words words(4);
  EXPECT_EQ(words.number(""), 0U);
  EXPECT_EQ(words.number("a"), 1U);
  EXPECT_EQ(words.number("b"), 2U);
  EXPECT_EQ(words.number("a"), 1U);
  EXPECT_EQ(words.number("c"), 3U);
  EXPECT_EQ(words.number("d"), 3U);
  EXPECT_EQ(words.text(3), "other");
  EXPECT_EQ(words.text(2), "b");
}

}  // namespace

}  // namespace echosweep::results
