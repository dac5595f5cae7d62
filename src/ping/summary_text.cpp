#include "ping/summary_text.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "ping/put.hpp"

namespace echosweep::ping {

namespace {

using Microseconds = Statistics::Microseconds;

/// Milliseconds with three decimals.
std::string ms(Microseconds time) {
  return fmt::format("{}.{:03}", time.count() / 1000, time.count() % 1000);
}

/// Between two requests, on average.
Microseconds gap(const Totals& totals) {
  const auto gaps = static_cast<std::int64_t>(totals.transmitted - 1);
  return std::chrono::duration_cast<Microseconds>(totals.time) / gaps;
}

}  // namespace

void append_summary(report::Line& line, std::string_view name, const Statistics& statistics,
                    const Totals& totals) {
  append(line, "\n--- ");
  report::append_visible(line, name);
  put(line, " ping statistics ---\n{} packets transmitted, {} received", totals.transmitted,
      statistics.first_replies());
  if (statistics.duplicates() > 0) {
    put(line, ", +{} duplicates", statistics.duplicates());
  }
  if (statistics.corrupted_replies() > 0) {
    put(line, ", +{} corrupted", statistics.corrupted_replies());
  }
  if (statistics.errors() > 0) {
    put(line, ", +{} errors", statistics.errors());
  }
  if (totals.transmitted > 0) {
    const auto sent = static_cast<double>(totals.transmitted);
    const double lost = sent - static_cast<double>(statistics.first_replies());
    put(line, ", {:g}% packet loss, time {}ms", static_cast<float>(lost * 100 / sent),
        std::chrono::round<std::chrono::milliseconds>(totals.time).count());
  }
  line.push_back('\n');
  const char* comma = "";
  const auto times = statistics.times();
  if (times && statistics.first_replies() > 0) {
    put(line, "rtt min/avg/max/mdev = {}/{}/{}/{} ms", ms(times->min), ms(times->average), ms(times->max),
        ms(times->deviation));
    comma = ", ";
  }
  if (statistics.longest_pipe() > 1) {
    put(line, "{}pipe {}", comma, statistics.longest_pipe());
    comma = ", ";
  }
  if (totals.shows_gaps && times && statistics.first_replies() > 0 && totals.transmitted > 1) {
    put(line, "{}ipg/ewma {}/{} ms", comma, ms(gap(totals)), ms(times->ewma));
  }
  line.push_back('\n');
}

void append_status(report::Line& line, const Statistics& statistics, std::uint64_t transmitted) {
  const std::uint64_t lost = transmitted - std::min(transmitted, statistics.first_replies());
  put(line, "{}/{} packets, {}% loss", statistics.first_replies(), transmitted,
      transmitted > 0 ? lost * 100 / transmitted : 0);
  if (const auto times = statistics.times(); times && statistics.first_replies() > 0) {
    put(line, ", min/avg/ewma/max = {}/{}/{}/{} ms", ms(times->min), ms(times->average), ms(times->ewma),
        ms(times->max));
  }
  line.push_back('\n');
}

}  // namespace echosweep::ping
