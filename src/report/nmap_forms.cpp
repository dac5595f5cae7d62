#include "report/nmap_forms.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "report/fields.hpp"
#include "report/format.hpp"

namespace echosweep::report {

namespace {

/// Ours and nmap's (portreasons.cc) where they differ.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kReasons = {{
    {"net-unreachable", "net-unreach"},
    {"net-unknown", "net-unreach"},
    {"net-unreachable-tos", "net-unreach"},
    {"host-unreachable", "host-unreach"},
    {"host-unknown", "host-unreach"},
    {"host-unreachable-tos", "host-unreach"},
    {"address-unreachable", "addr-unreach"},
    {"protocol-unreachable", "proto-unreach"},
    {"port-unreachable", "port-unreach"},
    {"precedence-violation", "admin-prohibited"},
    {"precedence-cutoff", "admin-prohibited"},
    {"reassembly-time-exceeded", "time-exceeded"},
    {"parameter-problem", "param-problem"},
    {"unreachable", "dest-unreach"},
}};

}  // namespace

std::string_view nmap_reason(const Record& record) {
  switch (record.state) {
    case State::kAlive:
      return reason_alive(record);
    case State::kSilent:
      return "no-response";
    case State::kUnsent:
      return "unsent";
    case State::kUnreachable:
      break;
  }
  const std::string_view ours = record.error ? word(*record.error) : "unreachable";
  const auto* const found = std::ranges::find(kReasons, ours, &decltype(kReasons)::value_type::first);
  return found == kReasons.end() ? ours : found->second;
}

NmapEnd nmap_end(WallTime started, const Accounting& accounting) {
  NmapEnd end;
  end.finished = started + accounting.elapsed;
  end.time = format_timestamp(end.finished, TimestampFormat::kCtime);
  end.down = accounting.unreachable + accounting.silent;
  end.total = accounting.alive + end.down;
  end.counts = fmt::format("{} IP address{} ({} host{} up)", end.total, end.total == 1 ? "" : "es",
                           accounting.alive, accounting.alive == 1 ? "" : "s");
  end.elapsed = fmt::format("{:.2f}", static_cast<double>(accounting.elapsed.count()) / 1e9);
  return end;
}

std::string joined_command(const RunInfo& run) {
  return fmt::format("{}", fmt::join(run.command, " "));
}

}  // namespace echosweep::report
