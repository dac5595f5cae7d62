#include "results/rfc3339.hpp"

#include <fmt/format.h>

#include <chrono>

namespace echosweep::results {

namespace {

/// Takes `digits` decimal digits and the character behind them (`\0`: none is wanted) off the front; -1: they
/// are not there.
int take(std::string_view& text, std::size_t digits, char behind) {
  const std::size_t size = digits + (behind == '\0' ? 0 : 1);
  if (text.size() < size || (behind != '\0' && text[digits] != behind)) {
    return -1;
  }
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') {
      return -1;
    }
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(size);
  return value;
}

/// `.123456` as nanoseconds; -1 where it is something else.
std::int64_t take_fraction(std::string_view& text) {
  text.remove_prefix(1);
  std::int64_t value = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 9; ++digits) {
    value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  if (digits == 0) {
    return -1;
  }
  for (; digits < 9; ++digits) {
    value *= 10;
  }
  return value;
}

}  // namespace

std::optional<WallTime> parse_utc(std::string_view text) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): its literals and calendar, here only
  const int y = take(text, 4, '-');
  const int m = take(text, 2, '-');
  const int d = take(text, 2, 'T');
  const int hour = take(text, 2, ':');
  const int minute = take(text, 2, ':');
  const int second = take(text, 2, '\0');
  if (m < 0 || d < 0) {
    return std::nullopt;
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  // WallTime counts nanoseconds since 1970 in 63 bits: until 2262.
  if (y < 1970 || y > 2261 || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 59) {
    return std::nullopt;
  }
  const std::int64_t fraction = text.starts_with('.') ? take_fraction(text) : 0;
  if (fraction < 0 || text != "Z") {
    return std::nullopt;
  }
  return WallTime(sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) + seconds(second) +
                  nanoseconds(fraction));
}

std::string format_utc(WallTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  const std::int64_t fraction = clock.subseconds().count();
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  text += fraction % 1000 == 0 ? fmt::format(".{:06}Z", fraction / 1000) : fmt::format(".{:09}Z", fraction);
  return text;
}

}  // namespace echosweep::results
