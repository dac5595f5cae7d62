// Where a sweep stands, and how another one goes on from there.
//
// A position is taken between two steps of both threads, so that no probe is half sent and no reply half
// believed. It says for each pass up to where all targets have had their time: whoever lies beyond is asked
// again, unless he is known to be alive. What the main thread has not given out yet it takes in on the way,
// so that every target that the ledger calls alive is in one of the position's sets, but for those that have
// answered ARP or ND a moment ago: the cursors go back to them.
#include <algorithm>

#include "modes/sweep.hpp"

namespace echosweep::modes {

void Sweep::gather(std::size_t most) {
  ReplyEvent event;
  while (gathered_.size() < most && state_.events.pop(event)) {
    found_.add(event.index);
    on_found_(event);
    gathered_.push_back(event);
  }
  state_.gathered.store(gathered_.size(), std::memory_order_relaxed);
}

SweepPosition Sweep::position(const std::function<void()>& meanwhile) {
  SweepPosition position;
  std::deque<ReplyEvent> news;
  {
    const Engine::Hold hold = engine_.hold();
    for (ReplyEvent event; state_.events.pop(event);) {
      news.push_back(event);
    }
    state_.gathered.store(gathered_.size() + news.size(), std::memory_order_relaxed);
    position.cursors = source_.settled();
    position.first_answers = state_.answers(position.cursors.size(), 0).by_pass;
    position.failures = source_.failures();
    position.complaints = handler_.complaints();
    for (const SweepHandler::Unlisted& unlisted : handler_.unlisted()) {
      position.unlisted[unlisted.pass.value].add(unlisted.index);
    }
    position.so_far = so_far();
    add_pending(position);
    position.so_far.elapsed += (end_ == MonotonicTime() ? clock_.now() : end_) - start_;
    meanwhile();
  }
  for (const ReplyEvent& event : news) {
    found_.add(event.index);
    on_found_(event);
    gathered_.push_back(event);
  }
  position.alive = found_;
  position.failures.forget_from(position.cursors.front());  // these are asked anew
  for (const bitmaps::Bitmap& digit : position.failures.numbers().digits()) {
    position.unsent |= digit;
  }
  // Whatever has left since: a state only rises, and who is asked again loses nothing.
  bitmaps::Bitmap sent;
  for (const std::uint64_t number : position.unsent) {
    if (state_.ledger.state(number) != State::kUnsent) {
      sent.add(number);
    }
  }
  position.unsent -= sent;
  return position;
}

/// Those that have answered ARP or ND, and whose echo is still owed or waited for, are asked again: only then
/// is it known what their record says.
void Sweep::add_pending(SweepPosition& position) const {
  const auto add = [&](const OnLink::Pending& target) {
    const std::size_t first = target.pass.value;
    if (state_.on_link->use() != NeighbourUse::kEchoOnly) {
      --position.first_answers[first];
    }
    --position.so_far.neighbour_answers;
    for (std::size_t pass = first; pass < position.cursors.size(); ++pass) {
      position.cursors[pass] = std::min(position.cursors[pass], target.index);
    }
  };
  if (state_.on_link) {
    state_.on_link->for_each_pending(add);
  }
  std::ranges::for_each(owed_, add);
}

void Sweep::go_on_from(const SweepPosition& position) {
  // The ledger last knew of each: silent, unless something better is known of it.
  const std::uint64_t asked = position.cursors.empty() ? 0 : position.cursors.front();
  std::uint64_t next = 0;
  for (const std::uint64_t unsent : position.unsent) {
    state_.ledger.raise_to_silent(next, std::min(unsent, asked));
    next = unsent + 1;
  }
  state_.ledger.raise_to_silent(next, asked);
  const auto raise = [this](const bitmaps::Bitmap& numbers, State to) {
    for (const std::uint64_t number : numbers) {
      state_.ledger.raise(number, to);
    }
  };
  for (const bitmaps::Bitmap& digit : position.complaints.numbers().digits()) {
    raise(digit, State::kUnreachable);
  }
  raise(position.alive, State::kAlive);
  for (const auto& [pass, numbers] : position.unlisted) {
    raise(numbers, State::kAlive);
  }
  for (std::size_t pass = 0; pass < position.first_answers.size(); ++pass) {
    state_.first_answers[pass].store(position.first_answers[pass], std::memory_order_relaxed);
  }
  found_ = position.alive;
  before_ = position.so_far;
  handler_.go_on_from(position);
  source_.go_on_from(position);
}

}  // namespace echosweep::modes
