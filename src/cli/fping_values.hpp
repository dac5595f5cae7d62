#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/exit_code.hpp"

namespace echosweep::cli {

// How fping 5.5 reads the values of its options, and what it says instead of running.

/// fping exits so on every bad option; 3 is not one of its own.
inline constexpr int kRefused = kSomeNotAlive;

/// The text that goes to standard error in place of a run.
class Refusal : public CLI::ParseError {
 public:
  explicit Refusal(std::string text, int exit_code = kRefused)
      : CLI::ParseError("Refusal", std::move(text), exit_code) {}
};

/// `fping: WHY`
[[noreturn]] void refuse(std::string_view why, int exit_code = kRefused);
/// `fping: WHY -- 'NAME'`, and where to read on.
[[noreturn]] void refuse_option(std::string_view why, std::string_view name);
/// The list of the options.
[[noreturn]] void refuse_with_usage();

// A value is the whole word, and not negative; all else is refused with the usage.

std::uint32_t read_number(std::string_view text, std::uint32_t least = 0);
/// As strtod() reads it, but for infinity, hexadecimal digits and leading blanks.
double read_decimal(std::string_view text);
/// Milliseconds with decimals; thirty years at most.
std::chrono::nanoseconds read_ms(std::string_view text);
/// Decimal, octal (010) or hexadecimal (0x10).
std::uint8_t read_tos(std::string_view text);

}  // namespace echosweep::cli
