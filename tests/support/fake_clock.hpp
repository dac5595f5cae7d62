#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "core/clock.hpp"

namespace echosweep::support {

/// A clock that only moves when somebody sleeps or pushes it. Any thread may read it.
class FakeClock final : public Clock {
 public:
  /// What a sleep does instead of moving the clock, for a world in which things happen meanwhile.
  using Sleeper = std::function<void(MonotonicTime when)>;

  MonotonicTime now() const override { return MonotonicTime(std::chrono::nanoseconds(now_.load())); }
  WallTime wall() const override { return WallTime(std::chrono::nanoseconds(now_.load() + wall_offset_)); }
  void sleep_until(MonotonicTime when) override {
    ++sleeps_;
    if (sleeper_) {
      sleeper_(when);
    } else {
      move_to(when);
    }
  }

  void advance(std::chrono::nanoseconds by) { now_ += by.count(); }
  /// Never back.
  void move_to(MonotonicTime when) {
    if (when > now()) {
      now_ = when.time_since_epoch().count();
    }
  }
  /// Somebody sets the machine's clock.
  void jump_wall(std::chrono::nanoseconds by) { wall_offset_ += by.count(); }
  void on_sleep(Sleeper sleeper) { sleeper_ = std::move(sleeper); }
  std::uint64_t sleeps() const { return sleeps_; }

 private:
  static constexpr std::int64_t kStart = 1'000'000'000'000;             ///< the machine is up for 1,000 s
  static constexpr std::int64_t kWallOffset = 1'700'000'000'000000000;  ///< in the year 2023

  std::atomic<std::int64_t> now_{kStart};
  std::atomic<std::int64_t> wall_offset_{kWallOffset};
  std::atomic<std::uint64_t> sleeps_{0};
  Sleeper sleeper_;
};

}  // namespace echosweep::support
