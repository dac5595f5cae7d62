#include "cli/progress_display.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "cli/messages.hpp"
#include "map/terminal_map.hpp"

namespace echosweep::cli {

ProgressDisplay::ProgressDisplay(const SweepCommand& command, std::shared_ptr<const map::Survey> survey)
    : wanted_(command.progress == ProgressChoice::kAlways ||
              (command.progress == ProgressChoice::kOnTerminal && isatty(STDERR_FILENO) == 1)),
      results_on_terminal_(isatty(STDOUT_FILENO) == 1 && command.print_lines) {
  if (command.watch) {
    map_.emplace(STDERR_FILENO, std::move(survey));
  } else if (wanted_) {
    line_.emplace(STDERR_FILENO);
  }
}

void ProgressDisplay::draw(const modes::Sweep& sweep, const Clock& clock) {
  const MonotonicTime now = clock.now();
  if (map_ && map_->due(now)) {
    const map::TerminalSize size = map::terminal_size(STDERR_FILENO);
    map_->draw(wanted_ ? report::format_progress(measure(sweep, now), size.columns, size.colour) : "",
               [&] { return clock.now(); });
  }
  if (line_ && line_->due(now)) {
    line_->draw(measure(sweep, now), now);
  }
}

void ProgressDisplay::tell(const modes::Sweep& sweep, MonotonicTime now) {
  constexpr std::size_t kWide = 200;
  clear();
  const std::string text = report::format_progress(measure(sweep, now), kWide, false) + "\n";
  print_to_stderr(text);
}

report::ProgressSnapshot ProgressDisplay::measure(const modes::Sweep& sweep, MonotonicTime now) {
  const modes::Sweep::Progress progress = sweep.progress();
  if (measured_ && now > *measured_) {
    const double seconds = std::chrono::duration<double>(now - *measured_).count();
    const double latest = static_cast<double>(progress.probes - probes_) / seconds;
    // Half of what was, half of what is: steady enough to read, quick enough to believe.
    rate_ = rate_ == 0 ? latest : (rate_ + latest) / 2;
  }
  measured_ = now;
  probes_ = progress.probes;
  report::ProgressSnapshot snapshot{.done = progress.done,
                                    .probes = progress.probes,
                                    .rate = rate_,
                                    .alive = progress.alive,
                                    .eta = std::nullopt,
                                    .drops = progress.drops,
                                    .loss = progress.loss};
  if (rate_ > 0) {
    constexpr double kCenturies = 9e9;
    const double seconds = std::min(static_cast<double>(progress.probes_to_go) / rate_, kCenturies);
    snapshot.eta = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  }
  return snapshot;
}

void ProgressDisplay::finish() {
  if (map_) {
    map_->leave();
  }
}

void ProgressDisplay::clear() {
  if (map_) {
    map_->clear();
  }
  if (line_) {
    line_->clear();
  }
}

void ProgressDisplay::make_way() {
  if (results_on_terminal_) {
    clear();
  }
}

void ProgressDisplay::come_back() {
  if (line_) {
    line_->restore();
  }
}

}  // namespace echosweep::cli
