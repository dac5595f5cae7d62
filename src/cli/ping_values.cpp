#include "cli/ping_values.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

namespace echosweep::cli {

std::int64_t read_ping_number(const std::string& text, std::int64_t least, std::int64_t most) {
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(text.c_str(), &end, 0);
  if (text.empty() || *end != '\0') {
    refuse_ping(fmt::format("invalid argument: '{}'", text));
  }
  if (errno == ERANGE || value < least || value > most) {
    refuse_ping(fmt::format("invalid argument: '{}': out of range: {} <= value <= {}", text, least, most));
  }
  return value;
}

std::chrono::nanoseconds read_ping_seconds(const std::string& text, std::string_view what,
                                           std::chrono::nanoseconds least) {
  // In whole milliseconds it fits an int.
  constexpr int kMost = std::numeric_limits<int>::max() / 1000;
  constexpr double kNanoseconds = 1e9;
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, seconds, std::chars_format::general);
  const bool is_number = code == std::errc{} && rest == end && std::isfinite(seconds);
  if (!is_number || seconds > kMost || seconds * kNanoseconds < static_cast<double>(least.count())) {
    refuse_ping(fmt::format("{}: {}", what, text));
  }
  return std::chrono::nanoseconds(std::llround(seconds * kNanoseconds));
}

std::uint8_t read_ping_tos(const std::string& text) {
  constexpr int kMost = 255;
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const char* const start = text.data() + (is_hexadecimal ? 2 : 0);
  const char* const end = text.data() + text.size();
  long value = 0;
  const auto [rest, code] = std::from_chars(start, end, value, is_hexadecimal ? 16 : 10);
  if (code != std::errc{} || rest != end) {
    refuse_ping(fmt::format("bad TOS value: {}", text));
  }
  if (value < 0 || value > kMost) {
    refuse_ping(fmt::format("the decimal value of TOS bits must be in range 0-255: {}", value));
  }
  return static_cast<std::uint8_t>(value);
}

std::vector<std::uint8_t> read_ping_pattern(const std::string& text) {
  constexpr std::size_t kMost = 16;
  const auto is_digit = [](unsigned char digit) { return std::isxdigit(digit) != 0; };
  if (const auto bad = std::ranges::find_if_not(text, is_digit); bad != text.end() || text.empty()) {
    refuse_ping("patterns must be specified as hex digits: " + std::string(bad, text.end()));
  }
  std::vector<std::uint8_t> pattern;
  for (std::size_t at = 0; at < text.size() && pattern.size() < kMost; at += 2) {
    pattern.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(at, 2), nullptr, 16)));
  }
  return pattern;
}

std::uint32_t read_flow_label(const std::string& text) {
  constexpr std::uint64_t kMost = 0xfffff;
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const char* const start = text.data() + (is_hexadecimal ? 2 : 0);
  const char* const end = text.data() + text.size();
  std::uint64_t value = 0;
  const auto [rest, code] = std::from_chars(start, end, value, is_hexadecimal ? 16 : 10);
  if (rest != end || code == std::errc::invalid_argument) {
    refuse_ping("bad value for flowinfo: " + text);
  }
  if (code != std::errc{} || value > kMost) {
    refuse_ping("flow value is greater than 20 bits: " + text);
  }
  return static_cast<std::uint32_t>(value);
}

int read_path_mtu(const std::string& text) {
  constexpr std::array kKinds = {std::pair("do", IP_PMTUDISC_DO), std::pair("dont", IP_PMTUDISC_DONT),
                                 std::pair("want", IP_PMTUDISC_WANT), std::pair("probe", IP_PMTUDISC_PROBE)};
  for (const auto& [word, value] : kKinds) {
    if (text == word) {
      return value;
    }
  }
  refuse_ping("invalid -M argument: " + text);
}

std::vector<std::uint8_t> timestamp_options(const std::string& kind, const std::vector<Address>& hops) {
  constexpr std::uint8_t kTimestamp = 68;
  constexpr std::size_t kHeader = 4;
  constexpr std::size_t kEntry = 8;
  // What fits: nine times, or four with their addresses.
  const bool only_times = kind == "tsonly";
  const std::size_t size = only_times ? 40 : hops.empty() ? 36 : kHeader + hops.size() * kEntry;
  std::vector<std::uint8_t> option(size);
  option[0] = kTimestamp;
  option[1] = static_cast<std::uint8_t>(size);
  option[2] = kHeader + 1;
  option[3] = only_times ? 0 : hops.empty() ? 1 : 3;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    const auto bytes = hops[i].bytes();
    std::copy_n(bytes.begin(), 4, option.begin() + static_cast<std::ptrdiff_t>(kHeader + i * kEntry));
  }
  return option;
}

std::vector<std::uint8_t> record_route_options() {
  constexpr std::uint8_t kNoOperation = 1;
  constexpr std::uint8_t kRecordRoute = 7;
  constexpr std::uint8_t kSize = 39;  // nine addresses
  std::vector<std::uint8_t> options(kSize + 1);
  options[0] = kNoOperation;
  options[1] = kRecordRoute;
  options[2] = kSize;
  options[3] = 4;  // where the first one goes
  return options;
}

}  // namespace echosweep::cli
