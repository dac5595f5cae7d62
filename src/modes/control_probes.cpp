// Which hosts are asked again, how often, and when a control probe counts as lost.
//
// One probe in a hundred, but at least 50 a second as long as that is no more than one in ten, and never more
// than 2,000 a second: 30 control probes make a decision, and a slow sweep wants one each second too. A host
// gets its next one when the one before is answered or given up, and a quarter of a second has passed. Their
// places among the other probes are random: the first packet of a batch always finds room in a queue, and the
// last one pays for all.
//
// A control probe is given up when its answer is overdue by what answers took of late (as TCP does: RFC 6298,
// mean plus four deviations) and by twice its own host's time. That is sooner than --timeout, so that the
// rate follows quickly, and may be too soon: an answer that comes later takes the loss back. Outcomes are
// judged in the order of leaving. Otherwise answers would count at once, and losses later.
//
// When the sender was put aside for a while, answers are waiting in the queue and beyond: nothing is given up
// until they had their time.
#include "modes/control_probes.hpp"

#include <algorithm>
#include <utility>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr double kShare = 0.01;
constexpr double kLargestShare = 0.1;
constexpr double kFewestAsked = 50;   ///< a second
constexpr double kMostAsked = 2'000;  ///< a second
constexpr double kMostCredit = 8;
constexpr nanoseconds kHostPause = 250ms;
/// Hosts that are looked at for one that may be asked.
constexpr std::size_t kLooks = 64;
/// More control probes than one batch has.
constexpr std::uint64_t kMostOfABatch = 256;

/// The capture hands packets over by the block, and machines are busy.
constexpr nanoseconds kShortestPatience = 200ms;
constexpr nanoseconds kLongestPatience = 3s;
constexpr nanoseconds kFirstPatience = 1s;
/// The sender judges every few milliseconds: longer, and it was put aside.
constexpr nanoseconds kStall = 50ms;

/// Whoever loses so many in a row, while others do not, does not answer twice.
constexpr unsigned kMostMisses = 6;
constexpr double kAcceptableLoss = 0.5;
constexpr double kOutcomeWeight = 1.0 / 32;

}  // namespace

ControlProbes::ControlProbes(const targets::Walk& targets) : targets_(targets), records_(kRecords) {
  hosts_.reserve(kHosts);
  slots_.reserve(kHosts);
}

void ControlProbes::heard(const HostNews& news, MonotonicTime now) {
  if (news.control) {
    answer(news, now);
  } else {
    learn(news);
  }
}

void ControlProbes::learn(const HostNews& news) {
  const std::uint64_t index = news.index;
  if (slots_.contains(index)) {
    return;
  }
  std::size_t slot = hosts_.size();
  if (slot < kHosts) {
    hosts_.emplace_back();
  } else {
    slot = newcomer_at_++ % kHosts;
    if (hosts_[slot].used) {
      slots_.erase(hosts_[slot].index);
    }
  }
  hosts_[slot] = {.index = index, .mac = news.mac, .used = true};
  slots_.emplace(index, slot);
}

/// The record of the control probe that was answered.
ControlProbes::Record* ControlProbes::find(const HostNews& news) {
  if (const auto slot = slots_.find(news.index); slot != slots_.end() && hosts_[slot->second].asked) {
    Record& latest = record(hosts_[slot->second].record);
    if (latest.index == news.index &&
        (!news.sent || (*news.sent >= latest.planned && *news.sent <= latest.left))) {
      return &latest;
    }
  }
  if (!news.sent) {
    return nullptr;
  }
  // Its host was asked again meanwhile, or has lost its place. It is among the last that had been planned by
  // then: all of a batch are planned before any of them is sent.
  const std::uint64_t oldest = next_ - std::min<std::uint64_t>(next_, kRecords);
  std::uint64_t first_later = oldest;
  for (std::uint64_t end = next_; first_later < end;) {
    const std::uint64_t middle = first_later + (end - first_later) / 2;
    if (record(middle).planned <= *news.sent) {
      first_later = middle + 1;
    } else {
      end = middle;
    }
  }
  const std::uint64_t first = first_later - std::min(first_later - oldest, kMostOfABatch);
  for (std::uint64_t number = first_later; number-- > first;) {
    Record& old = record(number);
    if (old.index == news.index && *news.sent <= old.left) {
      return &old;
    }
  }
  return nullptr;
}

void ControlProbes::answer(const HostNews& news, MonotonicTime now) {
  Record* const found = find(news);
  if (found == nullptr || (found->fate != Fate::kPending && found->fate != Fate::kLost)) {
    return;  // a second answer to the same
  }
  ++answered_;
  const nanoseconds took = now - found->left;
  note_feedback(took);
  if (const auto slot = slots_.find(news.index); slot != slots_.end()) {
    hosts_[slot->second].feedback = took;
    hosts_[slot->second].misses = 0;
  }
  if (std::exchange(found->fate, Fate::kAnswered) == Fate::kLost) {
    found->late = true;
    late_.push_back(static_cast<std::uint64_t>(found - records_.data()));
  }
}

void ControlProbes::note_feedback(nanoseconds sample) {
  if (smoothed_ == nanoseconds::zero()) {
    smoothed_ = sample;
    deviation_ = sample / 2;
    return;
  }
  deviation_ += (std::chrono::abs(sample - smoothed_) - deviation_) / 4;
  smoothed_ += (sample - smoothed_) / 8;
}

nanoseconds ControlProbes::patience(const Host& host) const {
  if (smoothed_ == nanoseconds::zero()) {
    return kFirstPatience;
  }
  return std::clamp(std::max(smoothed_ + 4 * deviation_, 2 * host.feedback), kShortestPatience,
                    kLongestPatience);
}

bool ControlProbes::may_ask(const Host& host, MonotonicTime now) {
  if (!host.used || !host.asked) {
    return host.used;
  }
  const Record& latest = record(host.record);
  if (latest.index != host.index) {
    return true;  // so long ago that its record is overwritten
  }
  const bool open = latest.fate == Fate::kPlanned || latest.fate == Fate::kPending;
  return !open && now - latest.planned >= kHostPause;
}

ControlProbes::Host* ControlProbes::next_host(MonotonicTime now) {
  for (std::size_t looked = 0; looked < std::min(kLooks, hosts_.size()); ++looked) {
    Host& host = hosts_[ask_at_++ % hosts_.size()];
    if (may_ask(host, now)) {
      return &host;
    }
  }
  return nullptr;
}

std::size_t ControlProbes::write(MonotonicTime now, std::span<packet::Probe> out) {
  std::size_t written = 0;
  while (written < out.size() && credit_ >= 1 && next_ - judged_ < kRecords) {
    Host* const host = next_host(now);
    if (host == nullptr) {
      break;
    }
    record(next_) = {
        .index = host->index, .planned = now, .left = now, .give_up = now, .fate = Fate::kPlanned};
    host->record = next_++;
    host->asked = true;
    out[written++] = {.index = host->index,
                      .destination = targets_.at(host->index),
                      .pass = kControlPass,
                      .kind = packet::ProbeKind::kEcho,
                      .mac = host->mac};
    credit_ -= 1;
  }
  return written;
}

void ControlProbes::mix(std::span<packet::Probe> probes, std::size_t controls) {
  for (std::size_t i = 0; i < controls; ++i) {
    std::swap(probes[i], probes[i + places_() % (probes.size() - i)]);
  }
  const double share = std::min(std::clamp(kFewestAsked / rate_, kShare, kLargestShare), kMostAsked / rate_);
  credit_ = std::min(credit_ + static_cast<double>(probes.size() - controls) * share, kMostCredit);
}

void ControlProbes::left(const packet::Probe& probe, MonotonicTime now) {
  ++sent_;
  const Host& host = hosts_[slots_.at(probe.index)];
  Record& sent = record(host.record);
  sent.left = now;
  sent.give_up = now + patience(host);
  sent.fate = Fate::kPending;
}

void ControlProbes::failed(const packet::Probe& probe) {
  record(hosts_[slots_.at(probe.index)].record).fate = Fate::kNotSent;
}

void ControlProbes::note_outcome(std::uint64_t index, bool answered) {
  recent_loss_ += ((answered ? 0.0 : 1.0) - recent_loss_) * kOutcomeWeight;
  const auto slot = slots_.find(index);
  if (answered || slot == slots_.end()) {
    return;
  }
  Host& host = hosts_[slot->second];
  if (++host.misses >= kMostMisses && recent_loss_ < kAcceptableLoss) {
    host.used = false;
    slots_.erase(slot);
  }
}

void ControlProbes::judge(MonotonicTime now, AutoRate& rate) {
  if (now - last_judged_ > kStall) {
    no_verdict_before_ = now + kStall;
  }
  last_judged_ = now;
  for (const std::uint64_t place : late_) {
    if (std::exchange(records_[place].late, false)) {
      rate.answered_late(records_[place].left);
    }
  }
  late_.clear();
  for (; judged_ < next_; ++judged_) {
    Record& oldest = record(judged_);
    if (oldest.fate == Fate::kPlanned) {
      return;
    }
    if (oldest.fate == Fate::kPending) {
      if (now < oldest.give_up || now < no_verdict_before_) {
        return;
      }
      oldest.fate = Fate::kLost;
    }
    if (oldest.fate != Fate::kNotSent) {
      note_outcome(oldest.index, oldest.fate == Fate::kAnswered);
      rate.outcome(oldest.left, oldest.fate == Fate::kAnswered);
    }
  }
}

}  // namespace echosweep::modes
