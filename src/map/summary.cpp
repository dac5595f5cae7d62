#include "map/summary.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "report/format.hpp"

namespace echosweep::map {

namespace {

using report::format_count;

/// 2^bits in words.
std::string count_of(int bits) {
  return bits < 64 ? format_count(std::uint64_t{1} << bits) : fmt::format("2^{}", bits);
}

}  // namespace

std::string circumstances(const Summary& summary) {
  std::string text =
      fmt::format("{} target{}", format_count(summary.targets), summary.targets == 1 ? "" : "s");
  if (summary.started != WallTime{}) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(summary.started);
    text += fmt::format(", {:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(minute)));
  }
  if (summary.elapsed.count() > 0) {
    text += fmt::format(", {:.1f} s", std::chrono::duration<double>(summary.elapsed).count());
  }
  return summary.stopped_by.empty() ? text : fmt::format("{}, {}", text, summary.stopped_by);
}

std::vector<LegendEntry> legend(const Summary& summary) {
  const auto entry = [](Look look, std::string_view word, std::uint64_t count) {
    return LegendEntry{.look = look, .text = fmt::format("{} {}", word, format_count(count))};
  };
  std::vector<LegendEntry> entries = {entry(Look::kAlive, "alive", summary.alive)};
  if (summary.running) {
    entries.push_back(entry(Look::kSilent, "no answer yet", summary.targets - summary.alive));
  } else {
    entries.push_back(entry(Look::kUnreachable, "unreachable", summary.unreachable));
    entries.push_back(entry(Look::kUnsent, "unsent", summary.unsent));
    entries.push_back(entry(Look::kSilent, "silent", summary.silent));
  }
  entries.push_back({.look = Look::kUnswept, .text = "not swept"});
  return entries;
}

std::string explain_spot(std::string_view spot, const Prefix& space, int address_bits) {
  if (address_bits == 0) {
    return fmt::format("A {} is an address.", spot);
  }
  const int length = space.length + space.host_bits() - address_bits;
  return fmt::format(
      "A {} is a /{}: {} addresses, shown as the first of: alive (by its fastest reply), unreachable, "
      "unsent, silent.",
      spot, length, count_of(address_bits));
}

std::string explain_missing(const Summary& summary, Family shown) {
  if (summary.not_shown == 0) {
    return "";
  }
  return fmt::format("{} IPv{} target{} not shown.", format_count(summary.not_shown),
                     shown == Family::kIpv4 ? 6 : 4, summary.not_shown == 1 ? " is" : "s are");
}

}  // namespace echosweep::map
