#include "modes/on_link.hpp"

#include <algorithm>
#include <new>

namespace echosweep::modes {

namespace {

/// Machines that are counted: one that answers for most addresses is among the first that do.
constexpr std::size_t kCountedMachines = 4096;
constexpr std::uint64_t kFewestForProxy = 32;

}  // namespace

OnLink::OnLink(net::Attached& attached, NeighbourUse use, std::uint64_t targets, std::size_t queue_slots)
    : attached_(attached),
      use_(use),
      questions_(static_cast<std::uint64_t*>(std::calloc(targets / 64 + 1, sizeof(std::uint64_t)))),
      resolved_(queue_slots) {
  if (!questions_) {
    throw std::bad_alloc();
  }
}

void OnLink::open_question(std::uint64_t index) {
  word(index).fetch_or(std::uint64_t{1} << index % 64, std::memory_order_relaxed);
}

bool OnLink::close_question(std::uint64_t index) {
  const std::uint64_t bit = std::uint64_t{1} << index % 64;
  return (word(index).fetch_and(~bit, std::memory_order_relaxed) & bit) != 0;
}

std::optional<ResolvedTarget> OnLink::next_resolved() {
  ResolvedTarget target;
  return resolved_.pop(target) ? std::optional(target) : std::nullopt;
}

std::optional<std::uint64_t> OnLink::hand_over(const ResolvedTarget& target) {
  return resolved_.push(target) ? std::optional(handed_over_++) : std::nullopt;
}

void OnLink::await_echo(const Pending& target, std::optional<std::uint64_t> echo) {
  if (pending_.try_emplace(target.index, target).second) {
    // One that found no room in the queue counts from when the one before it is out.
    echoes_.push_back(
        {.index = target.index, .number = echo.value_or(handed_over_ - 1), .out = std::nullopt});
    pending_count_.store(pending_.size(), std::memory_order_release);
  }
}

std::optional<MacAddress> OnLink::echo_came(std::uint64_t index) {
  const auto found = pending_.find(index);
  if (found == pending_.end()) {
    return std::nullopt;
  }
  const MacAddress mac = found->second.mac;
  pending_.erase(found);
  pending_count_.store(pending_.size(), std::memory_order_release);
  return mac;
}

std::optional<OnLink::Pending> OnLink::next_overdue(MonotonicTime now, std::chrono::nanoseconds timeout) {
  const std::uint64_t out = echoes_out_.load(std::memory_order_acquire);
  for (; noticed_ < echoes_.size() && echoes_[noticed_].number < out; ++noticed_) {
    echoes_[noticed_].out = now;
  }
  while (noticed_ > 0) {
    const Echo& oldest = echoes_.front();
    const auto found = pending_.find(oldest.index);
    if (found != pending_.end() && now - *oldest.out < timeout) {
      break;
    }
    echoes_.pop_front();
    --noticed_;
    if (found != pending_.end()) {
      const Pending overdue = found->second;
      echo_came(overdue.index);
      return overdue;
    }
  }
  return std::nullopt;
}

std::optional<OnLink::Pending> OnLink::next_left_over() {
  if (pending_.empty()) {
    return std::nullopt;
  }
  const Pending left_over = pending_.begin()->second;
  echo_came(left_over.index);
  return left_over;
}

void OnLink::count_answer(const MacAddress& mac, std::uint32_t interface) {
  ++answers_;
  const auto found = answers_by_mac_.find(mac.value());
  if (found != answers_by_mac_.end()) {
    ++found->second.answers;
  } else if (answers_by_mac_.size() < kCountedMachines) {
    answers_by_mac_.emplace(mac.value(), Proxy{.mac = mac, .interface = interface, .answers = 1});
  }
}

std::optional<OnLink::Proxy> OnLink::proxy() const {
  const auto most = std::ranges::max_element(answers_by_mac_, {},
                                             [](const auto& counted) { return counted.second.answers; });
  if (most == answers_by_mac_.end() || most->second.answers < kFewestForProxy ||
      2 * most->second.answers <= answers_) {
    return std::nullopt;
  }
  return most->second;
}

}  // namespace echosweep::modes
