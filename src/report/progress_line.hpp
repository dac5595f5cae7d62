#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/quantities.hpp"
#include "report/progress.hpp"

namespace echosweep::report {

/// The one line at the bottom of the terminal that says where the run stands. It owns that line: whoever
/// wants to print anything on the same terminal calls clear() first, and restore() or the next draw() puts it
/// back below. Where the descriptor is no terminal (or one that cannot move its cursor, TERM=dumb) it prints
/// a plain line each second instead, and clear() has nothing to do. Main thread only. What cannot be written
/// is lost: progress must never stop a run.
class ProgressLine {
 public:
  /// `descriptor`: standard error as a rule; stays open. Colour where it is a terminal and NO_COLOR is
  /// unset or empty (no-color.org).
  explicit ProgressLine(int descriptor);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine(ProgressLine&&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ProgressLine& operator=(ProgressLine&&) = delete;
  /// Takes the line away.
  ~ProgressLine();

  /// Whether a draw() at this time would write: the caller may spare itself the snapshot otherwise.
  bool due(MonotonicTime now) const;
  /// Draws if due: at most every 200 ms, a second for plain lines. Reads the width each time, since a window
  /// may change; 80 where it is unknown.
  void draw(const ProgressSnapshot& snapshot, MonotonicTime now);
  /// Takes the line away until the next draw() or restore().
  void clear();
  /// Puts back what clear() took away, as it was: below results that come faster than draw() draws.
  void restore();

 private:
  static constexpr std::chrono::milliseconds kTerminalInterval{200};
  static constexpr std::chrono::milliseconds kPlainInterval{1000};

  std::size_t columns() const;
  void write(std::string_view text) const;

  const int descriptor_;
  const bool terminal_;
  const bool colour_;
  bool visible_ = false;
  std::string last_;  ///< what draw() wrote last, on a terminal
  std::optional<MonotonicTime> drawn_;
};

}  // namespace echosweep::report
