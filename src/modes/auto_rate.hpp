#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/quantities.hpp"
#include "modes/loss.hpp"

namespace echosweep::modes {

/// Finds the rate that a path carries from what becomes of control probes. Arithmetic on counts and times
/// that it is told; one thread.
class AutoRate {
 public:
  static constexpr double kStart = 1'000;      ///< packets a second
  static constexpr double kSlowest = 10;       ///< never less
  static constexpr double kUnproven = 10'000;  ///< never more without hosts that answer

  AutoRate(double max_loss, MonotonicTime now);

  /// Packets a second from now on.
  double rate() const { return rate_; }

  /// A control probe that left at `sent` was answered, or given up. In the order in which they left.
  void outcome(MonotonicTime sent, bool answered);
  /// One that was given up was answered after all.
  void answered_late(MonotonicTime sent);

  struct Signs {
    std::uint64_t packets = 0;             ///< left so far, of every kind
    std::uint64_t dropped = 0;             ///< lost so far on this machine
    std::chrono::nanoseconds feedback{0};  ///< from a control probe to the knowledge of its answer, of late
  };
  /// Judges, and changes rate() where it should.
  void update(MonotonicTime now, const Signs& signs);

  /// Of the latest control probes that were sent at about the present rate.
  LossCount loss() const;
  /// The share that is lost at any rate, as far as this is known; not the rate's fault.
  double base_loss() const { return base_; }

 private:
  /// What was learned at one rate.
  struct Stage {
    double rate = 0;
    LossCount loss;
  };
  /// A fall, and the loss at the rate before it, which goes on being learned from what was on its way.
  struct Fall {
    double from = 0;
    LossCount loss;
    MonotonicTime judged_from;
    MonotonicTime at;
    bool covers(MonotonicTime sent) const { return sent >= judged_from && sent < at; }
  };

  double limit() const { return 1 - (1 - base_) * (1 - max_loss_); }
  void begin_stage(double rate, MonotonicTime now, const Signs& signs);
  void keep_stage();
  void rise(MonotonicTime now, const Signs& signs);
  double bearable() const;
  void fall(MonotonicTime now, const Signs& signs);
  void fall_to(double rate, MonotonicTime now, const Signs& signs);
  bool is_base_loss(MonotonicTime now, const Signs& signs);

  double max_loss_;
  double rate_ = kStart;
  double base_ = 0;
  std::optional<double> base_before_;  ///< until the first stage with the new one has passed

  Stage stage_;  ///< the present one
  MonotonicTime changed_;
  MonotonicTime judge_from_;  ///< controls that left before say nothing of the present rate
  std::uint64_t packets_before_ = 0;
  std::uint64_t dropped_ = 0;
  std::array<Stage, 8> history_{};
  std::size_t history_at_ = 0;

  std::optional<double>
      capacity_;     ///< the rate that the path should bear, by what got through when it was too much
  double ramp_ = 2;  ///< the next step where the capacity is not known
  bool saw_loss_ = false;
  bool was_stable_ = false;
  std::optional<Fall> fall_;  ///< the last one, until a rate was found that holds
};

}  // namespace echosweep::modes
