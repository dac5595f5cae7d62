#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace echosweep::ping {

/// What a target's requests came to. One thread.
class Statistics {
 public:
  using Microseconds = std::chrono::duration<std::int64_t, std::micro>;

  /// A reply; of a duplicate too the round trip counts.
  void received(std::optional<std::chrono::nanoseconds> rtt, bool duplicate);
  void corrupted() { ++corrupted_; }
  void complained() { ++errors_; }
  /// So many requests were on their way when an answer came.
  void pipe(std::uint32_t requests);

  std::uint64_t first_replies() const { return received_; }
  std::uint64_t duplicates() const { return duplicates_; }
  std::uint64_t corrupted_replies() const { return corrupted_; }
  std::uint64_t errors() const { return errors_; }
  std::uint32_t longest_pipe() const { return pipe_; }

  /// Round trips as ping has them, in whole microseconds: cut where they are measured, and averages cut
  /// again. Nothing: there was none.
  struct Times {
    Microseconds min{0};
    Microseconds average{0};
    Microseconds max{0};
    Microseconds deviation{0};  ///< the square root of the mean square, less that of the mean
    Microseconds ewma{0};       ///< each new one counts for an eighth
  };
  std::optional<Times> times() const;

 private:
  std::uint64_t received_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t corrupted_ = 0;
  std::uint64_t errors_ = 0;
  std::uint32_t pipe_ = 0;
  std::int64_t count_ = 0;  ///< round trips
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  std::int64_t sum_ = 0;
  double squares_ = 0;
  std::int64_t ewma_eighths_ = 0;
};

}  // namespace echosweep::ping
