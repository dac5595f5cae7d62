// Thousands of searches at once.
//
// A search is a question at a time. Its probe goes out when the pacer grants one; then the target waits for
// an answer or its deadline, and is no work for anybody. Questions that are answered come before targets that
// have not begun, so that the number of searches under way stays what rate and round trips make it.
//
// A probe that is not answered in time is sent again, under a new number, as often as the user wants, each
// time waiting twice as long; an answer to any of them counts. How long to wait the target's round trip says,
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
/// Ethernet's, where the kernel does not say what leads there: it will not send there either.
constexpr std::uint32_t kUsualMtu = 1500;

bool means_no_room(int error) {
  return error == ENOBUFS || error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

MtuSource::MtuSource(MtuState& state, LocalMtu local_mtu) : state_(state), local_mtu_(std::move(local_mtu)) {
  targets_.reserve(state.targets.size());
}

MtuSource::Next MtuSource::next(MonotonicTime now, std::span<packet::Probe> out) {
  now_ = now;
  if (state_.stop_requests.load(std::memory_order_relaxed) > 0) {
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
  ready_.push_back(index);
}

void MtuSource::write(std::uint64_t index, packet::Probe& probe) {
  Target& target = targets_[index];
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
  if (target.rtt < 0ns) {
    return most;
  }
  const int tries = std::min(target.made - target.first - 1, 16);
  const nanoseconds first = std::max(kShortestWait, kRoundTrips * target.rtt);
  return std::min(most, first * (1 << tries));
}

void MtuSource::expect_answer(std::uint64_t index, MonotonicTime now) {
  const Target& target = targets_[index];
  deadlines_.push(
      {.when = now + wait_of(target), .index = index, .number = static_cast<std::uint16_t>(target.made - 1)});
}

void MtuSource::left(std::span<const packet::Probe> probes, MonotonicTime now) {
  for (const packet::Probe& probe : probes) {
    ++targets_[probe.index].left;
    expect_answer(probe.index, now);
  }
  left_ += probes.size();
}

bool MtuSource::try_again(const packet::Probe&, int, nanoseconds stuck) {
  return stuck < kStuck && state_.stop_requests.load(std::memory_order_relaxed) == 0;
}

void MtuSource::failed(const packet::Probe& probe, int error) {
  Target& target = targets_[probe.index];
  target.error = error;
  if (means_no_room(error)) {
    expect_answer(probe.index, now_);  // as if it had left and got lost: there may be room later
    return;
  }
  const bool is_size = error == EMSGSIZE && probe.size > MtuSearch::small_size(probe.destination.family());
  answer(probe.index,
         {.kind = is_size ? Kind::kLocalLimit : Kind::kNotSent, .from = {}, .error_number = error});
}

void MtuSource::take(const MtuEvent& event) {
  if (event.index >= targets_.size() || targets_[event.index].is_over) {
    return;
  }
  Target& target = targets_[event.index];
  const auto ago = static_cast<std::uint16_t>(target.made - event.number);  // 1: the latest
  if (ago == 0 || ago > std::min<std::size_t>(target.made, kRemembered)) {
    return;  // never sent, or too long ago
  }
  const mtu::Question asked = target.asked[event.number % kRemembered];
  mtu::Answer reply{.kind = event.kind, .from = event.from, .mtu = event.mtu, .error = event.error};
  if (event.kind == Kind::kArrived) {
    reply.ttl = event.ttl;
    reply.cut = event.size < asked.size;
    if (event.rtt >= 0ns) {
      reply.rtt = event.rtt;
      target.rtt = event.rtt;
    }
  } else if (event.kind == Kind::kTooBig && event.ttl.value >= 1 && event.ttl.value <= asked.ttl.value) {
    reply.hop = static_cast<std::uint8_t>(asked.ttl.value - event.ttl.value + 1);
  }
  if (ago <= static_cast<std::uint16_t>(target.made - target.first)) {
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
      ready_.push_back(due.index);
    } else if (target.left == 0) {
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
  if (target.search.done()) {
    finish(index);
  } else {
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
