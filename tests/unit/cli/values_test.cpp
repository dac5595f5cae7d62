#include "cli/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace echosweep::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct TimeRow {
  const char* text;
  std::optional<nanoseconds> time;            ///< nothing: an error
  std::optional<nanoseconds> time_with_unit;  ///< the same where a bare number is an error
};

const TimeRow kTimes[] = {
    {"500", 500ms, std::nullopt},
    {"0", 0ns, std::nullopt},
    {"2.5", 2500us, std::nullopt},
    {"250us", 250us, 250us},
    {"0.5us", 500ns, 500ns},
    {"500ms", 500ms, 500ms},
    {"0.1ms", 100us, 100us},
    {"2s", 2s, 2s},
    {"0.25s", 250ms, 250ms},
    {"1.5m", 90s, 90s},
    {"1h", 3600s, 3600s},
    {"0s", 0ns, 0ns},
    {"1e3", std::nullopt, std::nullopt},
    {"", std::nullopt, std::nullopt},
    {"ms", std::nullopt, std::nullopt},
    {"s", std::nullopt, std::nullopt},
    {"-1s", std::nullopt, std::nullopt},
    {"-0", std::nullopt, std::nullopt},
    {"+1s", std::nullopt, std::nullopt},
    {" 1s", std::nullopt, std::nullopt},
    {"1 s", std::nullopt, std::nullopt},
    {"1s ", std::nullopt, std::nullopt},
    {"1S", std::nullopt, std::nullopt},
    {"1ns", std::nullopt, std::nullopt},
    {"1d", std::nullopt, std::nullopt},
    {"1,5s", std::nullopt, std::nullopt},
    {"0x10", std::nullopt, std::nullopt},
    {"inf", std::nullopt, std::nullopt},
    {"nan", std::nullopt, std::nullopt},
    {"infs", std::nullopt, std::nullopt},
    {"999999999h", std::nullopt, std::nullopt},
    {"1000000000000000000000", std::nullopt, std::nullopt},
};

TEST(Values, ReadsTimes) {
  for (const TimeRow& row : kTimes) {
    const auto time = parse_time(row.text);
    EXPECT_EQ(time.has_value(), row.time.has_value()) << row.text;
    EXPECT_EQ(time.value_or(0ns), row.time.value_or(0ns)) << row.text;
    const auto with_unit = parse_time_with_unit(row.text);
    EXPECT_EQ(with_unit.has_value(), row.time_with_unit.has_value()) << row.text;
    EXPECT_EQ(with_unit.value_or(0ns), row.time_with_unit.value_or(0ns)) << row.text;
  }
}

TEST(Values, SaysWhatATimeLooksLike) {
  EXPECT_EQ(parse_time("soon").error().message, "'soon' is not a time (500ms, 2s, 1.5m, 1h)");
  EXPECT_EQ(parse_time_with_unit("90").error().message, "'90' is not a time (500ms, 2s, 1.5m, 1h)");
  EXPECT_EQ(parse_time("999999999h").error().message, "'999999999h' is more than 30 years");
}

TEST(Values, ReadsRates) {
  const std::pair<const char*, double> rates[] = {
      {"1", 1},         {"10000", 10'000}, {"10k", 10'000},     {"0.5k", 500}, {"1.5M", 1'500'000},
      {"0.001", 0.001}, {"1000M", 1e9},    {"1000000000", 1e9}, {"max", 0},
  };
  for (const auto& [text, rate] : rates) {
    const auto read = parse_rate(text);
    ASSERT_TRUE(read) << text;
    EXPECT_DOUBLE_EQ(read->per_second, rate) << text;
  }
  EXPECT_TRUE(parse_rate("max")->unlimited());
  EXPECT_FALSE(parse_rate("0.001")->unlimited());
}

TEST(Values, RefusesWhatIsNoRate) {
  for (const char* text : {"", "k", "M", "0", "0k", "-1", "-0.5k", "10K", "10m", "10G", "10 k", "10kk", "Max",
                           "maximum", "1e3", "nan", "inf", "infk", "10/s"}) {
    const auto read = parse_rate(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message,
                AllOf(HasSubstr("'" + std::string(text) + "'"), HasSubstr("10k, 1.5M, max")));
  }
  for (const char* text : {"0.0001", "1001M", "2000000000"}) {
    const auto read = parse_rate(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, HasSubstr("is outside 0.001 to 1000M packets a second"));
  }
}

TEST(Values, ReadsIntervalsAsRates) {
  EXPECT_DOUBLE_EQ(parse_interval("10")->per_second, 100);
  EXPECT_DOUBLE_EQ(parse_interval("0.5")->per_second, 2000);
  EXPECT_DOUBLE_EQ(parse_interval("1000")->per_second, 1);
  EXPECT_TRUE(parse_interval("0")->unlimited());
  EXPECT_TRUE(parse_interval("0.0")->unlimited());
  for (const char* text : {"", "-1", "10ms", "ten", "1000001", "inf", "1e1", " 1", "1 "}) {
    EXPECT_FALSE(parse_interval(text)) << text;
  }
}

TEST(Values, TinyIntervalsAreLimitsToo) {
  const auto read = parse_interval("0.00001");
  ASSERT_TRUE(read);
  EXPECT_DOUBLE_EQ(read->per_second, 1e8);
}

TEST(Values, ReadsWholeNumbers) {
  EXPECT_EQ(parse_number("0", 0, 255), 0U);
  EXPECT_EQ(parse_number("255", 0, 255), 255U);
  EXPECT_EQ(parse_number("0xb8", 0, 255), 184U);
  EXPECT_EQ(parse_number("0XB8", 0, 255), 184U);
  EXPECT_EQ(parse_number("007", 0, 255), 7U) << "decimal, not octal";
  EXPECT_EQ(parse_number("18446744073709551615", 0, ~std::uint64_t{0}), ~std::uint64_t{0});
  for (const char* text :
       {"", "0x", "256", "-1", "+1", "1.0", "1 ", " 1", "one", "0xg", "b8", "1k", "18446744073709551616"}) {
    EXPECT_FALSE(parse_number(text, 0, 255)) << text;
  }
  EXPECT_FALSE(parse_number("0", 1, 255));
  EXPECT_EQ(parse_number("300", 1, 255).error().message, "'300' is not a whole number from 1 to 255");
}

TEST(Values, ReadsDecimals) {
  EXPECT_DOUBLE_EQ(*parse_decimal("1", 1, 5), 1);
  EXPECT_DOUBLE_EQ(*parse_decimal("1.5", 1, 5), 1.5);
  EXPECT_DOUBLE_EQ(*parse_decimal("5.0", 1, 5), 5);
  for (const char* text : {"", "0.9", "5.1", "-2", "2x", "nan", "inf", "1e0", " 2"}) {
    EXPECT_FALSE(parse_decimal(text, 1, 5)) << text;
  }
  EXPECT_EQ(parse_decimal("9", 1, 5).error().message, "'9' is not a number from 1 to 5");
}

TEST(Values, WritesTimes) {
  const std::pair<nanoseconds, const char*> rows[] = {
      {0ns, "0 ms"},
      {450ms, "450 ms"},
      {1s, "1 s"},
      {1500ms, "1.5 s"},
      {12'340ms, "12.3 s"},
      {60s, "1 min 0 s"},
      {125s, "2 min 5 s"},
      {3599s, "59 min 59 s"},
      {3600s, "1 h 0 min"},
      {3661s, "1 h 1 min"},
      {36h + 30min, "36 h 30 min"},
  };
  for (const auto& [time, text] : rows) {
    EXPECT_EQ(format_time(time), text);
  }
}

TEST(Values, WritesNoTimeThatReadsAsTheUnitAbove) {
  EXPECT_EQ(format_time(999'600us), "1 s");
  EXPECT_EQ(format_time(59'960ms), "1 min 0 s");
  EXPECT_EQ(format_time(3599'600ms), "1 h 0 min");
}

TEST(Values, WhatIsWrittenReadsTheSame) {
  for (const char* text : {"450ms", "1.5s", "59s"}) {
    std::string written = format_time(*parse_time(text));
    std::erase(written, ' ');
    EXPECT_EQ(parse_time(written).value(), parse_time(text).value()) << written;
  }
}

TEST(Values, WritesCounts) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(65'536), "65,536");
  EXPECT_EQ(format_count(1'000'000), "1,000,000");
  EXPECT_EQ(format_count(~std::uint64_t{0}), "18,446,744,073,709,551,615");
}

TEST(ParseRateChoice, TakesARateOrAuto) {
  EXPECT_TRUE(parse_rate_choice("auto")->automatic);
  EXPECT_FALSE(parse_rate_choice("20k")->automatic);
  EXPECT_EQ(parse_rate_choice("20k")->rate.per_second, 20'000);
  EXPECT_TRUE(parse_rate_choice("max")->rate.unlimited());
  EXPECT_FALSE(parse_rate_choice("automatic").has_value());
}

}  // namespace
}  // namespace echosweep::cli
