#include "html/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/format.hpp"

namespace echosweep::html {

namespace {

// In the picture's own units; the page scales it to its width.
constexpr double kWidth = 960;
constexpr double kHeight = 240;
constexpr double kBottom = 200;  // where bars stand
constexpr double kTop = 24;
constexpr double kBetweenLabels = 90;

}  // namespace

std::string time_text(std::chrono::nanoseconds time) {
  const auto ns = static_cast<double>(time.count());
  if (ns < 1e6) {
    return fmt::format("{:.4g} µs", ns / 1e3);
  }
  return ns < 1e9 ? fmt::format("{:.4g} ms", ns / 1e6) : fmt::format("{:.4g} s", ns / 1e9);
}

std::string histogram(const std::vector<RttBin>& bins) {
  const std::uint64_t most = std::max<std::uint64_t>(1, std::ranges::max(bins, {}, &RttBin::hosts).hosts);
  const double step = kWidth / static_cast<double>(bins.size());
  std::string svg = fmt::format(
      R"(<svg viewBox="0 0 {} {}" role="img" aria-label="Distribution of round trip times, {} bars from {} to {}">)",
      kWidth, kHeight, bins.size(), time_text(bins.front().from), time_text(bins.back().to));
  double next_label = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const RttBin& bin = bins[i];
    const double x = static_cast<double>(i) * step;
    const double height = (kBottom - kTop) * static_cast<double>(bin.hosts) / static_cast<double>(most);
    svg += fmt::format(
        R"(<g><title>{} to {}: {}</title><rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/></g>)",
        time_text(bin.from), time_text(bin.to), report::format_count(bin.hosts), x + 1, kBottom - height,
        std::max(1.0, step - 2), height);
    if (bin.hosts == most) {
      const double at = std::clamp(x + step / 2, 40.0, kWidth - 40);
      svg += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", at, kTop - 8,
                         report::format_count(bin.hosts));
    }
    if (x >= next_label) {
      svg += fmt::format(R"(<text x="{:.1f}" y="{}">{}</text>)", x + 1, kBottom + 20, time_text(bin.from));
      next_label = x + kBetweenLabels;
    }
  }
  return svg + fmt::format(R"(<line class="axis" x1="0" x2="{}" y1="{}" y2="{}"/></svg>)", kWidth, kBottom,
                           kBottom);
}

}  // namespace echosweep::html
