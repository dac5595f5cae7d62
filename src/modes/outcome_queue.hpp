#pragma once

#include <cstddef>
#include <memory>

#include "core/spsc_queue.hpp"
#include "ping/outcome.hpp"

namespace echosweep::modes {

/// Outcomes from one thread to one other. Each is allocated: what some of them bring along has any length.
class OutcomeQueue {
 public:
  explicit OutcomeQueue(std::size_t slots) : queue_(slots) {}
  ~OutcomeQueue() {
    while (pop()) {
    }
  }
  OutcomeQueue(const OutcomeQueue&) = delete;
  OutcomeQueue& operator=(const OutcomeQueue&) = delete;

  /// Producer only. False: full, and the outcome is still the caller's.
  bool push(std::unique_ptr<ping::Outcome>& outcome) {
    if (!queue_.push(outcome.get())) {
      return false;
    }
    static_cast<void>(outcome.release());  // the queue's now
    return true;
  }
  /// Consumer only. Null: empty.
  std::unique_ptr<ping::Outcome> pop() {
    ping::Outcome* outcome = nullptr;
    queue_.pop(outcome);
    return std::unique_ptr<ping::Outcome>(outcome);
  }
  std::size_t free_slots() const { return queue_.free_slots(); }

 private:
  SpscQueue<ping::Outcome*> queue_;
};

}  // namespace echosweep::modes
