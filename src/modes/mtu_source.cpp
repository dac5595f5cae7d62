// Thousands of searches at once.
//
// A search is a question at a time. Its probe goes out when the pacer grants one; then the target waits for
// an answer or its deadline, and is no work for anybody. Questions that are answered come before targets that
// have not begun, so that the number of searches under way stays what rate and round trips make it.
//
// A probe that is not answered in time is sent again, under a new number, as often as the user wants, each
// time waiting twice as long; an answer to any of them counts. One that the kernel does not let out counts as
// lost, too: a firewall's or a route's trouble may pass. How long to wait the target's round trip says,
// once there was one: a search in a black hole is silence for the most part.
#include "modes/mtu_source.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using Kind = mtu::Answer::Kind;

/// How soon an answer is seen.
constexpr nanoseconds kPoll = 1ms;
/// Until the main thread has taken what it was told.
constexpr nanoseconds kBusy = 5ms;
/// Routers take their time for errors, and a first reply may have been a quick one.
constexpr nanoseconds kShortestWait = 200ms;
constexpr int kRoundTrips = 4;
/// Sends that find no room for so long have failed.
constexpr nanoseconds kStuck = 1s;
/// What did not leave is not tried again sooner than its answer would count as lost; nor later than this.
constexpr nanoseconds kSendAgain = 1s;
/// For what is on its way when a signal ends the run.
constexpr nanoseconds kLongestDrain = 1s;
/// Ethernet's, where the kernel does not say what leads there: it will not send there either.
constexpr std::uint32_t kUsualMtu = 1500;

}  // namespace

MtuSource::MtuSource(MtuState& state, LocalMtu local_mtu) : state_(state), local_mtu_(std::move(local_mtu)) {
  targets_.reserve(state.targets.size());
}

MtuSource::Next MtuSource::next(MonotonicTime now, std::span<packet::Probe> out) {
  expect_no_answer(now);
  const int stop_requests = state_.stop_requests.load(std::memory_order_relaxed);
  if (stop_requests > 1) {
    return {.probes = 0, .wait_until = now, .done = true};
  }
  if (!tell_what_waits()) {
    return {.probes = 0, .wait_until = now + kBusy, .done = false};
  }
  const MonotonicTime heard{nanoseconds(state_.heard_until.load(std::memory_order_acquire))};
  MtuEvent event;
  while (state_.events.pop(event)) {
    take(event);
  }
  if (stop_requests > 0) {
    return {.probes = 0, .wait_until = now + kPoll, .done = drain(now)};
  }
  give_up(std::min(now, heard));
  Next next{.probes = 0, .wait_until = now + kPoll, .done = false};
  while (next.probes < out.size()) {
    if (ready_.empty()) {
      if (targets_.size() == state_.targets.size()) {
        break;
      }
      start_next_target();
    }
    const std::uint64_t index = ready_.front();
    ready_.pop_front();
    if (!targets_[index].is_over) {
      write(index, out[next.probes++]);
    }
  }
  next.done = over_ == state_.targets.size() && untold_.empty();
  return next;
}

/// Told to stop: nothing is sent any more, what is on its way may still come, and what has been proven is
/// told. True: that is all.
bool MtuSource::drain(MonotonicTime now) {
  if (!drain_until_) {
    drain_until_ = now + std::min(state_.options.wait, kLongestDrain);
    for (std::uint64_t index = 0; index < targets_.size(); ++index) {
      finish_if_known(index);
      if (targets_[index].asked_now > 0 && !targets_[index].is_over) {
        awaited_.push_back(index);
      }
    }
  }
  std::erase_if(awaited_, [this](std::uint64_t index) {
    finish_if_known(index);
    return targets_[index].asked_now == 0 || targets_[index].is_over;
  });
  return (awaited_.empty() || now >= *drain_until_) && untold_.empty();
}

void MtuSource::finish_if_known(std::uint64_t index) {
  if (!targets_[index].is_over && targets_[index].search.size_is_known()) {
    finish(index);
  }
}

bool MtuSource::tell_what_waits() {
  while (!untold_.empty() && state_.news.push(untold_.front())) {
    untold_.pop_front();
  }
  return untold_.empty();
}

void MtuSource::tell(const MtuNews& news) {
  if (!untold_.empty() || !state_.news.push(news)) {
    untold_.push_back(news);
  }
}

void MtuSource::start_next_target() {
  const std::uint64_t index = targets_.size();
  const Address address = state_.targets.at(index);
  const std::uint32_t known = local_mtu_(address);
  const auto local = static_cast<std::uint16_t>(std::min(known == 0 ? kUsualMtu : known, 65535U));
  const Family family = address.family();
  const std::uint16_t start = std::max(std::min(local, largest(family)), MtuSearch::least_mtu(family));
  targets_.emplace_back(MtuSearch(family, start, &hints(family))).local_mtu = local;
  queue(index);
}

void MtuSource::write(std::uint64_t index, packet::Probe& probe) {
  Target& target = targets_[index];
  target.is_queued = false;
  const mtu::Question question = target.search.question();
  const std::uint16_t number = target.made++;
  target.asked[number % kRemembered] = question;
  probe = {.index = index,
           .destination = state_.targets.at(index),
           .pass = {},
           .kind = packet::ProbeKind::kEcho,
           .sequence = state_.codec.sequence(index, number),
           .ttl = question.ttl,
           .size = question.size,
           .mac = {}};
}

nanoseconds MtuSource::wait_of(const Target& target) const {
  const nanoseconds most = state_.options.wait;
  if (target.rtt < nanoseconds::zero()) {
    return most;
  }
  const int tries = std::min(target.made - target.first - 1, 16);
  const nanoseconds first = std::max(kShortestWait, kRoundTrips * target.rtt);
  return std::min(most, first * (1 << tries));
}

/// Whether the target's probe with this number was made for the question of now.
bool MtuSource::asks_now(const Target& target, std::uint16_t number) const {
  const auto place = static_cast<std::uint16_t>(number - target.first);
  return !target.is_over && place < static_cast<std::uint16_t>(target.made - target.first);
}

void MtuSource::expect_answer(std::uint64_t index, std::uint16_t number, MonotonicTime now) {
  if (asks_now(targets_[index], number)) {
    deadlines_.push({.when = now + wait_of(targets_[index]), .index = index, .number = number});
  }
}

/// What did not leave counts as lost on the way: the next try may be luckier.
void MtuSource::expect_no_answer(MonotonicTime now) {
  for (const packet::Probe& probe : unsent_) {
    const Target& target = targets_[probe.index];
    const std::uint16_t number = state_.codec.number(probe.index, probe.sequence);
    if (asks_now(target, number)) {
      deadlines_.push(
          {.when = now + std::min(wait_of(target), kSendAgain), .index = probe.index, .number = number});
    }
  }
  unsent_.clear();
}

void MtuSource::left(std::span<const packet::Probe> probes, MonotonicTime now) {
  for (const packet::Probe& probe : probes) {
    Target& target = targets_[probe.index];
    const std::uint16_t number = state_.codec.number(probe.index, probe.sequence);
    ++target.left;
    target.asked_now += asks_now(target, number) ? 1U : 0U;
    expect_answer(probe.index, number, now);
  }
  left_ += probes.size();
}

bool MtuSource::try_again(const packet::Probe&, int, nanoseconds stuck) {
  return stuck < kStuck && state_.stop_requests.load(std::memory_order_relaxed) == 0;
}

void MtuSource::failed(const packet::Probe& probe, int error) {
  Target& target = targets_[probe.index];
  if (!asks_now(target, state_.codec.number(probe.index, probe.sequence))) {
    return;
  }
  if (error == EMSGSIZE && probe.size > MtuSearch::small_size(probe.destination.family())) {
    answer(probe.index, {.kind = Kind::kLocalLimit, .from = {}, .error_number = error});
    return;
  }
  target.error = error;
  failures_.try_emplace({error, probe.destination.family()}, probe.index);
  unsent_.push_back(probe);
}

void MtuSource::take(const MtuEvent& event) {
  if (event.index >= targets_.size() || targets_[event.index].is_over) {
    return;
  }
  Target& target = targets_[event.index];
  const auto ago = static_cast<std::uint16_t>(target.made - event.number);  // 1: the latest
  const bool is_of_now = asks_now(target, event.number);
  if (!is_of_now && (ago == 0 || ago > std::min<std::size_t>(target.made, kRemembered))) {
    return;  // never sent, or too long ago
  }
  const mtu::Question asked = is_of_now ? target.search.question() : target.asked[event.number % kRemembered];
  mtu::Answer reply{.kind = event.kind, .from = event.from, .mtu = event.mtu, .error = event.error};
  if (event.kind == Kind::kArrived) {
    reply.ttl = event.ttl;
    reply.cut = event.size < asked.size;
    if (event.rtt >= nanoseconds::zero()) {
      reply.rtt = event.rtt;
      target.rtt = event.rtt;
    }
  } else if (event.kind == Kind::kTooBig && event.ttl.value >= 1 && event.ttl.value <= asked.ttl.value) {
    reply.hop = static_cast<std::uint8_t>(asked.ttl.value - event.ttl.value + 1);
  }
  if (is_of_now) {
    answer(event.index, reply);
  } else {
    target.search.late_answer(asked, reply);
  }
}

void MtuSource::give_up(MonotonicTime now) {
  while (!deadlines_.empty() && deadlines_.top().when <= now) {
    const Deadline due = deadlines_.top();
    deadlines_.pop();
    Target& target = targets_[due.index];
    const bool is_latest = due.number == static_cast<std::uint16_t>(target.made - 1);
    if (target.is_over || !is_latest || target.made == target.first) {
      continue;  // it has been answered
    }
    const unsigned retries = std::min(state_.options.retries, target.search.is_minor() ? 1U : ~0U);
    if (static_cast<unsigned>(target.made - target.first) <= retries) {
      queue(due.index);
    } else if (target.asked_now == 0) {
      answer(due.index, {.kind = Kind::kNotSent, .from = {}, .error_number = target.error});
    } else {
      answer(due.index, {});
    }
  }
}

void MtuSource::answer(std::uint64_t index, const mtu::Answer& answer) {
  Target& target = targets_[index];
  if (state_.options.tells_steps) {
    tell({.is_step = true,
          .step = {.index = index, .question = target.search.question(), .answer = answer},
          .finding = {}});
  }
  target.search.answer(answer);
  target.first = target.made;
  target.asked_now = 0;
  if (target.search.done()) {
    finish(index);
  } else {
    queue(index);
  }
}

/// Once: a retry that waits for the pacer when its answer comes after all asks the next question instead.
void MtuSource::queue(std::uint64_t index) {
  if (!targets_[index].is_queued) {
    targets_[index].is_queued = true;
    ready_.push_back(index);
  }
}

void MtuSource::finish(std::uint64_t index) {
  Target& target = targets_[index];
  target.is_over = true;
  ++over_;
  mtu::Finding finding = target.search.finding();
  finding.index = index;
  finding.probes = target.left;
  finding.local_mtu = target.local_mtu;
  if (finding.outcome == mtu::Outcome::kFound) {
    put_found(state_.targets.at(index).family(), finding);
  }
  tell({.is_step = false, .step = {}, .finding = finding});
}

/// What the interface and other targets have to do with it.
void MtuSource::put_found(Family family, mtu::Finding& finding) {
  using mtu::Found;
  if (finding.found == Found::kTold || finding.found == Found::kSearched) {
    hints(family).add({.mtu = finding.mtu,
                       .told_by = finding.found == Found::kTold ? finding.told_by : std::nullopt,
                       .told_hop = finding.told_hop});
  } else if (finding.found == Found::kInterface && finding.mtu < finding.local_mtu) {
    if (finding.mtu == largest(family)) {
      finding.found = Found::kMaximum;
    } else {
      finding.local_mtu = finding.mtu;  // the interface takes less than it says
    }
  }
}

}  // namespace echosweep::modes
