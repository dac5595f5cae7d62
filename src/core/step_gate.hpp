#pragma once

#include <atomic>
#include <mutex>
#include <utility>

namespace echosweep {

/// Lets one thread look at what another works on, between two of its steps. A worker that never sleeps would
/// take a bare mutex back at once, again and again: here it lets in whoever waits. Costs the worker an
/// uncontended lock a step.
class StepGate {
 public:
  /// What the one who looks holds; the worker goes on when it is gone.
  class Hold {
   public:
    explicit Hold(StepGate& gate) : gate_(&gate), lock_((gate.wanted_.store(true), gate.mutex_)) {}
    Hold(Hold&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), lock_(std::move(other.lock_)) {}
    Hold& operator=(Hold&&) = delete;
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() {
      if (gate_ != nullptr) {
        gate_->wanted_.store(false);
        gate_->wanted_.notify_one();
      }
    }

   private:
    StepGate* gate_;
    std::unique_lock<std::mutex> lock_;
  };
  /// Any one thread beside the worker.
  [[nodiscard]] Hold hold() { return Hold(*this); }

  // The worker's.

  void begin_step() {
    while (wanted_.load()) {
      wanted_.wait(true);
    }
    mutex_.lock();
  }
  void end_step() { mutex_.unlock(); }
  /// A step, until it is gone.
  class Step {
   public:
    explicit Step(StepGate& gate) : gate_(gate) { gate_.begin_step(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() { gate_.end_step(); }

   private:
    StepGate& gate_;
  };

 private:
  std::atomic<bool> wanted_{false};
  std::mutex mutex_;
};

}  // namespace echosweep
