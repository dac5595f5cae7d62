#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "core/quantities.hpp"
#include "map/map_sinks.hpp"

namespace echosweep::map {

/// --watch: the map at the bottom of the terminal, drawn again in its place while the run goes on, with a
/// line about the progress below it. It owns these lines: whoever wants to print anything on the same
/// terminal calls clear() first. The terminal's modes are left alone, so nothing is to be restored, however
/// the process ends. Main thread only. What cannot be written is lost: a picture must never stop a run.
class LiveMap {
 public:
  /// `descriptor`: a terminal; stays open.
  LiveMap(int descriptor, std::shared_ptr<const Survey> survey);
  LiveMap(const LiveMap&) = delete;
  LiveMap& operator=(const LiveMap&) = delete;
  /// Takes the map away, unless it was left.
  ~LiveMap();

  /// Whether a draw() at this time would draw: four times a second, and never for more than a fifth of the
  /// time.
  bool due(MonotonicTime now) const { return !next_ || now >= *next_; }
  /// Draws, whether due or not. `progress`: a line without its end; empty: none. `now()`: the time, asked
  /// twice, to know how long it took.
  template <typename Now>
  void draw(const std::string& progress, Now now) {
    const MonotonicTime begun = now();
    show(progress);
    next_ = begun + std::max<std::chrono::nanoseconds>(kInterval, kShare * (now() - begun));
  }
  /// Takes the map away until the next draw().
  void clear();
  /// Draws once more, and leaves it there for good.
  void leave();

 private:
  static constexpr std::chrono::milliseconds kInterval{250};
  static constexpr int kShare = 5;

  void show(const std::string& progress);
  void write(std::string_view text) const;

  const int descriptor_;
  const std::shared_ptr<const Survey> survey_;
  std::size_t lines_ = 0;  ///< that the last draw() left above the cursor's
  bool visible_ = false;
  std::size_t columns_ = 0;  ///< of the window when it was drawn
  std::size_t rows_ = 0;
  std::optional<MonotonicTime> next_;
};

}  // namespace echosweep::map
