#include "report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "report/format.hpp"

namespace echosweep::report {

namespace {

constexpr std::string_view kAliveColour = "\x1b[1;32m";
constexpr std::string_view kPlain = "\x1b[0m";

/// Each bound is where the form before it would round up to one digit more.
std::string rate_text(double rate) {
  if (!(rate > 0)) {
    return "0/s";
  }
  if (rate < 9.95) {
    return fmt::format("{:.1f}/s", rate);
  }
  if (rate < 999.5) {
    return fmt::format("{:.0f}/s", rate);
  }
  return rate < 999'950 ? fmt::format("{:.1f}k/s", rate / 1e3) : fmt::format("{:.1f}M/s", rate / 1e6);
}

/// The two largest units, as nobody plans by the seconds of a day.
std::string eta_text(std::chrono::nanoseconds eta) {
  const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(eta).count(), std::int64_t{0});
  if (seconds < 60) {
    return fmt::format("eta {} s", seconds);
  }
  if (seconds < 3600) {
    return fmt::format("eta {} min {} s", seconds / 60, seconds % 60);
  }
  if (seconds < 86400) {
    return fmt::format("eta {} h {} min", seconds / 3600, seconds % 3600 / 60);
  }
  return fmt::format("eta {} d {} h", seconds / 86400, seconds % 86400 / 3600);
}

/// Rounded down: 100.0% is said only when it is true.
std::string percent_text(double done) {
  const double part = done > 0 ? std::min(done, 1.0) : 0.0;
  return fmt::format("{:5.1f}%", std::floor(part * 1000 + 1e-9) / 10);
}

}  // namespace

std::string format_progress(const ProgressSnapshot& snapshot, std::size_t columns, bool colour) {
  enum Part : std::size_t { kPercent, kProbes, kRate, kLoss, kAlive, kEta, kDrops, kParts };
  std::array<std::string, kParts> parts;
  parts[kPercent] = percent_text(snapshot.done);
  parts[kProbes] = format_count(snapshot.probes) + " probes";
  parts[kRate] = rate_text(snapshot.rate);
  parts[kLoss] = snapshot.loss ? fmt::format("{:.1f}% loss", *snapshot.loss * 100) : "";
  parts[kAlive] = format_count(snapshot.alive) + " alive";
  parts[kEta] = snapshot.eta ? eta_text(*snapshot.eta) : "";
  parts[kDrops] = snapshot.drops > 0 ? format_count(snapshot.drops) + " dropped" : "";

  const auto width = [&parts] {
    std::size_t sum = 0;
    for (const std::string& part : parts) {
      if (!part.empty()) {
        sum += part.size() + (sum > 0 ? 2 : 0);
      }
    }
    return sum;
  };
  for (const Part part : {kProbes, kLoss, kRate, kEta, kAlive, kDrops, kPercent}) {
    if (width() < columns) {
      break;
    }
    parts[part].clear();
  }

  std::string line;
  for (std::size_t part = 0; part < kParts; ++part) {
    if (parts[part].empty()) {
      continue;
    }
    line += line.empty() ? "" : "  ";
    if (part == kAlive && colour) {
      line += kAliveColour;
      line += parts[part];
      line += kPlain;
    } else {
      line += parts[part];
    }
  }
  return line;
}

}  // namespace echosweep::report
