#include "cli/fping_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/fping_usage.hpp"
#include "cli/messages.hpp"

namespace echosweep::cli {

void refuse(std::string_view why, int exit_code) {
  throw Refusal(fmt::format("{}: {}\n", program_name(), why), exit_code);
}
void refuse_option(std::string_view why, std::string_view name) {
  throw Refusal(
      fmt::format("{}: {} -- '{}'\nsee 'fping -h' for usage information\n", program_name(), why, name));
}
void refuse_with_usage() {
  throw Refusal(std::string(kFpingUsage));
}

namespace {

/// The whole word must be the number.
template <typename Number, typename... How>
Number read_whole(std::string_view text, How... how) {
  Number number{};
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), number, how...);
  if (code != std::errc{} || rest != text.data() + text.size()) {
    refuse_with_usage();
  }
  return number;
}

}  // namespace

std::uint32_t read_number(std::string_view text, std::uint32_t least) {
  const auto number = read_whole<std::uint32_t>(text);
  return number < least ? (refuse_with_usage(), 0) : number;
}

double read_decimal(std::string_view text) {
  const auto number = read_whole<double>(text, std::chars_format::general);
  if (!std::isfinite(number) || std::signbit(number)) {
    refuse_with_usage();
  }
  return number;
}

std::chrono::nanoseconds read_ms(std::string_view text) {
  constexpr double kMost = 1e12;  // thirty years
  return std::chrono::nanoseconds(std::llround(std::min(read_decimal(text), kMost) * 1e6));
}

std::uint8_t read_tos(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
  }
  const auto tos = read_whole<std::uint32_t>(text, base);
  return tos > 255 ? (refuse_with_usage(), std::uint8_t{0}) : static_cast<std::uint8_t>(tos);
}

}  // namespace echosweep::cli
