#include "cli/progress_display.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "cli/messages.hpp"

namespace echosweep::cli {

ProgressDisplay::ProgressDisplay(ProgressChoice choice) : results_on_terminal_(isatty(STDOUT_FILENO) == 1) {
  if (choice == ProgressChoice::kAlways ||
      (choice == ProgressChoice::kOnTerminal && isatty(STDERR_FILENO) == 1)) {
    line_.emplace(STDERR_FILENO);
  }
}

void ProgressDisplay::draw(const modes::Sweep& sweep, MonotonicTime now) {
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

void ProgressDisplay::clear() {
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
