#pragma once

#include <atomic>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "core/mac_address.hpp"
#include "core/quantities.hpp"
#include "core/spsc_queue.hpp"
#include "net/attached.hpp"

namespace echosweep::modes {

/// How a sweep asks targets on our own links, and what makes them alive.
enum class NeighbourUse : std::uint8_t {
  kByKernel,  ///< the kernel asks for their MAC addresses, with a table that holds only so many
  kBoth,      ///< we ask for them (ARP, ND), then echo: either answer will do
  kEchoOnly,  ///< the same, but only an echo reply counts
  kAlone,     ///< we ask for them and for nothing else; other targets are not asked at all
};

/// A target's MAC address, for the echo that follows.
struct ResolvedTarget {
  std::uint64_t index = 0;
  MacAddress mac;
};

/// What sender and receiver tell each other about targets on our own links. Each target's question is open
/// from when it is asked until the first answer: that bit, lasting no longer than the run, is all that is
/// kept of it. What follows from an answer waits in a queue for the sender, and here until the echo has been
/// answered or has had its time.
class OnLink {
 public:
  OnLink(net::Attached& attached, NeighbourUse use, std::uint64_t targets, std::size_t queue_slots);

  NeighbourUse use() const { return use_; }
  net::Attached& attached() { return attached_; }

  // Sender thread.

  bool covers(const Address& address) { return attached_.is_attached(address); }
  /// A question about this target is on its way.
  void open_question(std::uint64_t index);
  /// The next target whose echo can be sent.
  std::optional<ResolvedTarget> next_resolved();
  /// An echo to one of them has left, or never will.
  void echo_is_out() { echoes_out_.fetch_add(1, std::memory_order_release); }
  std::size_t free_slots() const { return resolved_.free_slots(); }
  bool has_resolved() const { return resolved_.free_slots() != resolved_.capacity(); }

  // Receiver thread.

  /// True for the first answer to an open question; false for one that nobody waits for.
  bool close_question(std::uint64_t index);
  /// Its echo can be sent. Returns its number, or nothing where the queue is full.
  std::optional<std::uint64_t> hand_over(const ResolvedTarget& target);

  /// A target that has answered, and whose echo may still be.
  struct Pending {
    std::uint64_t index = 0;
    MacAddress mac;
    WallTime received;
    Pass pass{};  ///< the last that had asked it by then
  };
  /// `echo`: what hand_over() gave.
  void await_echo(const Pending& target, std::optional<std::uint64_t> echo);
  /// The MAC address of one that was waited for, and is no longer; nothing: it was not.
  std::optional<MacAddress> echo_came(std::uint64_t index);
  /// A target whose echo has been out for `timeout` without an answer; then it is waited for no longer.
  std::optional<Pending> next_overdue(MonotonicTime now, std::chrono::nanoseconds timeout);

  void count_answer(const MacAddress& mac, std::uint32_t interface);

  /// Calls `use(target)` for each that has answered and is still waited for. Or between two steps of the
  /// receiver.
  template <typename Use>
  void for_each_pending(Use use) const {
    for (const auto& [index, target] : pending_) {
      use(target);
    }
  }

  // Any thread.

  std::uint64_t pending() const { return pending_count_.load(std::memory_order_acquire); }

  // When both threads have ended.

  /// The rest of those that are waited for, one a call.
  std::optional<Pending> next_left_over();
  std::uint64_t answers() const { return answers_; }
  /// One machine that answers for many addresses: more than half of all, and at least 32.
  struct Proxy {
    MacAddress mac;
    std::uint32_t interface = 0;
    std::uint64_t answers = 0;
  };
  std::optional<Proxy> proxy() const;

 private:
  struct Freed {
    void operator()(void* memory) const { std::free(memory); }
  };
  struct Echo {
    std::uint64_t index = 0;
    std::uint64_t number = 0;          ///< of the echo
    std::optional<MonotonicTime> out;  ///< when it was seen to have left
  };
  std::atomic_ref<std::uint64_t> word(std::uint64_t index) {
    return std::atomic_ref(questions_.get()[index / 64]);
  }

  net::Attached& attached_;
  NeighbourUse use_;
  std::unique_ptr<std::uint64_t, Freed>
      questions_;                             ///< a bit a target; pages that are not touched cost nothing
  SpscQueue<ResolvedTarget> resolved_;        ///< receiver → sender
  std::atomic<std::uint64_t> echoes_out_{0};  ///< sender → receiver, in the queue's order
  std::atomic<std::uint64_t> pending_count_{0};

  std::uint64_t handed_over_ = 0;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::deque<Echo> echoes_;  ///< of what is pending or was, by number
  std::size_t noticed_ = 0;  ///< how many of them, from the front, have `out`
  std::uint64_t answers_ = 0;
  std::unordered_map<std::uint64_t, Proxy> answers_by_mac_;
};

}  // namespace echosweep::modes
