#include "cli/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace echosweep::cli {

namespace {

/// A non-negative decimal number at the start of `text`, which loses it.
std::optional<double> take_decimal(std::string_view& text) {
  double number = 0;
  const auto [rest, code] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (code != std::errc{} || !std::isfinite(number) || number < 0 || text.front() == '-') {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return number;
}

struct Unit {
  std::string_view name;
  double nanoseconds;
};
constexpr std::array<Unit, 5> kUnits = {{{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};

Result<std::chrono::nanoseconds> parse_time(std::string_view text, std::optional<Unit> bare) {
  std::string_view rest = text;
  const auto number = take_decimal(rest);
  std::optional<Unit> unit = rest.empty() ? bare : std::nullopt;
  for (const Unit& candidate : kUnits) {
    unit = candidate.name == rest ? candidate : unit;
  }
  if (!number || !unit) {
    return fail(fmt::format("'{}' is not a time (500ms, 2s, 1.5m, 1h)", text));
  }
  const double nanoseconds = *number * unit->nanoseconds;
  if (nanoseconds > 1e18) {
    return fail(fmt::format("'{}' is more than 30 years", text));
  }
  return std::chrono::nanoseconds(std::llround(nanoseconds));
}

/// `words`: what else it may be, for who mistypes it.
Result<PacketRate> read_rate(std::string_view text, std::string_view words) {
  if (text == "max") {
    return PacketRate{0};
  }
  std::string_view rest = text;
  const auto number = take_decimal(rest);
  const double factor = rest.empty() ? 1 : rest == "k" ? 1e3 : rest == "M" ? 1e6 : 0;
  const double rate = number.value_or(0) * factor;
  if (rate <= 0) {
    return fail(fmt::format("'{}' is not a rate in packets a second (1000, 10k, 1.5M, {})", text, words));
  }
  if (rate > 1e9 || rate < 1e-3) {
    return fail(fmt::format("'{}' is outside 0.001 to 1000M packets a second", text));
  }
  return PacketRate{rate};
}

}  // namespace

Result<std::chrono::nanoseconds> parse_time(std::string_view text) {
  return parse_time(text, kUnits[1]);
}

Result<std::chrono::nanoseconds> parse_seconds(std::string_view text) {
  return parse_time(text, kUnits[2]);
}

Result<std::chrono::nanoseconds> parse_time_with_unit(std::string_view text) {
  return parse_time(text, std::nullopt);
}

Result<PacketRate> parse_rate(std::string_view text) {
  return read_rate(text, "max");
}

Result<RateChoice> parse_rate_choice(std::string_view text) {
  if (text == "auto") {
    return RateChoice{.rate = {}, .automatic = true};
  }
  const auto rate = read_rate(text, "max, auto");
  if (!rate) {
    return std::unexpected(rate.error());
  }
  return RateChoice{.rate = *rate, .automatic = false};
}

Result<PacketRate> parse_interval(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_decimal(rest);
  if (!number || !rest.empty() || *number > 1e6) {
    return fail(
        fmt::format("'{}' is not an interval in milliseconds (10, 0.5; 0: as fast as it goes)", text));
  }
  return PacketRate{*number == 0 ? 0 : 1000 / *number};
}

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = hex ? text.substr(2) : text;
  std::uint64_t number = 0;
  const auto [rest, code] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
  if (code != std::errc{} || rest != digits.data() + digits.size() || number < least || number > most) {
    return fail(fmt::format("'{}' is not a whole number from {} to {}", text, least, most));
  }
  return number;
}

Result<double> parse_decimal(std::string_view text, double least, double most) {
  std::string_view rest = text;
  const auto number = take_decimal(rest);
  if (!number || !rest.empty() || *number < least || *number > most) {
    return fail(fmt::format("'{}' is not a number from {} to {}", text, least, most));
  }
  return *number;
}

Result<report::StateSet> parse_states(std::string_view text) {
  using report::State;
  report::StateSet states{};
  for (std::size_t end = 0; end != std::string_view::npos;
       text.remove_prefix(std::min(end + 1, text.size()))) {
    end = text.find(',');
    const std::string_view one = text.substr(0, end);
    bool known = false;
    for (const State state : {State::kAlive, State::kUnreachable, State::kSilent, State::kUnsent}) {
      if (one == report::word(state)) {
        states.add(state);
        known = true;
      }
    }
    if (!known) {
      return fail(fmt::format("'{}' is none of alive, unreachable, silent, unsent", one));
    }
  }
  return states;
}

std::string format_time(std::chrono::nanoseconds time) {
  const double seconds = std::chrono::duration<double>(time).count();
  // Rounded first, so that no unit shows as many of it as make one of the next.
  if (std::round(seconds * 1e3) < 1000) {
    return fmt::format("{:.0f} ms", seconds * 1e3);
  }
  if (std::round(seconds * 10) < 600) {
    return fmt::format("{:.3g} s", seconds);
  }
  const auto whole = std::llround(seconds);
  if (whole < 3600) {
    return fmt::format("{} min {} s", whole / 60, whole % 60);
  }
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string format_count(std::uint64_t count) {
  std::string text;
  const std::string digits = std::to_string(count);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) {
      text += ',';
    }
    text += digits[i];
  }
  return text;
}

}  // namespace echosweep::cli
