// How a path MTU is found.
//
// What is known is an interval: packets of proven_ bytes arrive, packets of refused_ bytes do not. Only a
// reply moves the lower end, and a reply is always right; what says that a packet is too big moves the upper
// end, and a reply to a packet of that size later overrules it. So nobody who makes up errors can make us
// believe in more than what arrives, and only who sees our packets (an error must quote them) in less.
//
//   1. A small packet: is there somebody? Where nobody answers, only what routers tell is left.
//   2. The largest: the interface's MTU. In most networks that is all.
//   3. Where a router tells its next hop's MTU, that size, so often as another router tells less. One that
//      arrives is the path MTU, since one byte more is refused.
//   4. Where none tells (silence, an MTU of 0 as before RFC 1191, or one that cannot be), the plateaus of
//      RFC 1191 section 7 downwards; and from the first that arrives, bisection upwards.
//      What was found for other targets comes first: routers that limit their errors tell only some of the
//      thousands behind them. Where it is the same here, down to the byte, their silence is no black hole.
//   5. The hops: the smallest TTL with which the target answers, first guessed by the TTL of its reply.
//   6. Where large packets were lost without a word: the hop after which they are. A packet whose TTL ends at
//      a hop comes to nobody behind it, so an error from there says that it got so far. Each hop is asked
//      about a small packet first: one that says nothing to that proves nothing, and the next is asked.
//
// What was lost on the way twice (each time as often as it was tried) counts as lost: the size at which the
// search ended by silence is asked about once more.
//
// Each answer makes the interval smaller, but for a reply that overrules an error, which counts only
// kMostReopenings times. Hence it ends.
#include "modes/mtu_search.hpp"

#include <algorithm>
#include <array>

namespace echosweep::modes {

namespace {

using Kind = mtu::Answer::Kind;

/// RFC 1191 section 7, table 7-1, and the least MTU of IPv6 (RFC 8200 5).
constexpr std::array<std::uint16_t, 9> kPlateaus4 = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};
constexpr std::array<std::uint16_t, 7> kPlateaus6 = {32000, 17914, 8166, 4352, 2002, 1492, 1280};

constexpr std::uint8_t kMostReopenings = 2;

/// How far away somebody is whose packets arrive with this TTL, if the way back is as long: systems start
/// with 32, 64, 128 or 255.
std::uint8_t hops_by_ttl(Ttl ttl) {
  constexpr std::array<int, 4> kStarts = {32, 64, 128, 255};
  const int start = *std::ranges::find_if(kStarts, [&](int each) { return ttl.value <= each; });
  return static_cast<std::uint8_t>(std::clamp(start - ttl.value + 1, 1, int{MtuSearch::kTtl.value}));
}

}  // namespace

MtuSearch::MtuSearch(Family family, std::uint16_t start, const MtuHints* hints)
    : family_(family),
      start_(std::max(start, small_size(family))),
      hints_(hints),
      question_{.size = small_size(family), .ttl = kTtl},
      refused_(std::uint32_t{start_} + 1) {}

void MtuSearch::answer(const mtu::Answer& answer) {
  const mtu::Question asked = question_;
  if (asks_where_) {
    asked.size == small_size(family_) ? locate_small(answer) : locate_large(answer);
  }
  learn(asked, answer);
  ++questions_;
  choose();
}

void MtuSearch::late_answer(const mtu::Question& question, const mtu::Answer& answer) {
  const bool is_news =
      answer.kind == Kind::kArrived || (answer.kind == Kind::kTooBig && question.ttl == kTtl);
  if (!done_ && is_news) {
    learn(question, answer);
  }
}

void MtuSearch::choose() {
  asks_where_ = false;
  if (is_final_ || questions_ >= kMostQuestions) {
    done_ = true;
  } else if (const std::uint16_t size = next_size(); size != 0) {
    question_ = {.size = size, .ttl = kTtl};
  } else if (alive_ != Alive::kYes) {
    done_ = true;
  } else if (const std::uint8_t ttl = next_hop_to_try(); ttl != 0) {
    question_ = {.size = small_size(family_), .ttl = Ttl{ttl}};
  } else if (is_locating() && explanation() == nullptr && locating_hop_ < hops_most_) {
    asks_where_ = true;
    question_ = {.size = hop_speaks_ ? lost_ : small_size(family_), .ttl = Ttl{locating_hop_}};
  } else {
    done_ = true;
  }
}

/// 0: there is nothing left to ask.
std::uint16_t MtuSearch::next_size() const {
  const std::uint16_t low = std::max(proven_, small_size(family_));
  if (gave_up_) {
    return 0;
  }
  if (std::uint32_t{low} + 1 >= refused_) {
    const bool is_doubtful = lost_ == refused_ && confirmed_ != lost_ && explanation() == nullptr;
    return is_doubtful ? lost_ : std::uint16_t{0};
  }
  if (refused_ > start_) {
    return start_;
  }
  if (told_ > proven_ && told_ < refused_) {
    return told_;
  }
  if (hints_ != nullptr && alive_ == Alive::kYes) {
    if (const auto* const hint = hints_->between(low, refused_)) {
      return hint->mtu;
    }
    if (hints_->at(proven_) != nullptr) {
      return static_cast<std::uint16_t>(proven_ + 1);
    }
  }
  if (low == small_size(family_)) {
    const auto fits = [&](std::uint16_t plateau) { return plateau < refused_ && plateau > low; };
    if (family_ == Family::kIpv4) {
      if (const auto* const found = std::ranges::find_if(kPlateaus4, fits); found != kPlateaus4.end()) {
        return *found;
      }
    } else if (const auto* const found = std::ranges::find_if(kPlateaus6, fits); found != kPlateaus6.end()) {
      return *found;
    }
  }
  return static_cast<std::uint16_t>(low + (refused_ - low) / 2);
}

/// Who told just this of another target, where here nobody told and what is larger is lost. Null: nobody.
const MtuHints::Hint* MtuSearch::explanation() const {
  const bool nobody_told = !told_by_ && !local_limit_ && proven_ < start_ && lost_ != 0;
  const auto* const hint = nobody_told && hints_ != nullptr ? hints_->at(proven_) : nullptr;
  return hint != nullptr && hint->told_by ? hint : nullptr;
}

/// 0: the hops are known. The guess first, then its neighbour, then the middle of what is left.
std::uint8_t MtuSearch::next_hop_to_try() const {
  if (hops_least_ + 1 >= hops_most_) {
    return 0;
  }
  const int middle = hops_least_ + (hops_most_ - hops_least_) / 2;
  const int wanted = hop_steps_ == 0             ? hops_guess_
                     : hop_steps_ > 1            ? middle
                     : hops_most_ == hops_guess_ ? hops_guess_ - 1
                                                 : hops_guess_ + 1;
  return static_cast<std::uint8_t>(std::clamp(wanted, hops_least_ + 1, hops_most_ - 1));
}

void MtuSearch::learn(const mtu::Question& question, const mtu::Answer& answer) {
  if (answer.kind == Kind::kArrived) {
    hops_most_ = std::min(hops_most_, question.ttl.value);
    learn_arrival(question.size, answer);
  } else if (answer.kind == Kind::kTooBig) {
    learn_too_big(question.size, answer);
  } else if (question.ttl == kTtl) {
    learn_of_size(question.size, answer);
  }
  if (question.ttl != kTtl && question.size == small_size(family_)) {
    learn_of_hops(question.ttl.value, answer);
  }
}

void MtuSearch::learn_arrival(std::uint16_t size, const mtu::Answer& answer) {
  alive_ = Alive::kYes;
  cut_ = cut_ || answer.cut;
  if (hops_guess_ == 0) {
    hops_guess_ = hops_by_ttl(answer.ttl);
  }
  if (size < proven_ || (size == proven_ && rtt_)) {
    return;
  }
  proven_ = size;
  rtt_ = answer.rtt;
  if (lost_ != 0 && lost_ <= proven_) {
    lose(0);
  }
  if (refused_ <= proven_) {  // somebody was wrong about it, or several packets were lost
    refused_ = reopened_ < kMostReopenings ? std::uint32_t{start_} + 1 : std::uint32_t{proven_} + 1;
    ++reopened_;
    told_ = 0;
    told_by_.reset();
    told_hop_ = 0;
    local_limit_ = false;
  }
}

void MtuSearch::learn_too_big(std::uint16_t size, const mtu::Answer& answer) {
  if (size == small_size(family_) && alive_ == Alive::kUnknown) {
    alive_ = Alive::kNo;  // nobody may say that of so small a packet
  }
  if (size <= std::max(proven_, small_size(family_))) {
    return;
  }
  if (lost_ == size) {
    lose(0);  // the router has been heard of after all
  }
  const bool can_be = answer.mtu >= least_mtu(family_) && answer.mtu < size && answer.mtu >= proven_;
  const std::uint32_t refused = can_be ? answer.mtu + 1 : size;
  if (refused > refused_) {
    return;  // less is known already
  }
  refused_ = refused;
  local_limit_ = false;
  told_ = can_be ? static_cast<std::uint16_t>(answer.mtu) : std::uint16_t{0};
  told_by_ = answer.from;
  told_hop_ = answer.hop;
}

/// Of a packet that might have arrived, and did not.
void MtuSearch::learn_of_size(std::uint16_t size, const mtu::Answer& answer) {
  const bool says_why = answer.kind != Kind::kSilent;
  if (alive_ == Alive::kUnknown && size == small_size(family_) && !says_why) {
    alive_ = Alive::kNo;
    return;
  }
  if (alive_ != Alive::kYes) {
    // The target has never answered. Another silence after a router's word proves nothing any more.
    if (answer.kind == Kind::kLocalLimit) {
      refuse(size);
      return;
    }
    is_final_ = says_why && told_ == 0;
    gave_up_ = true;
    failure_ = answer;
    return;
  }
  if (size <= proven_) {
    return;
  }
  refuse(size);
  if (answer.kind == Kind::kSilent) {
    confirmed_ = size == lost_ ? size : confirmed_;
    lose(size);
  } else if (answer.kind == Kind::kLocalLimit || answer.kind == Kind::kNotSent) {
    local_limit_ = true;
  } else {
    told_by_ = answer.from;
    told_hop_ = 0;
  }
}

void MtuSearch::refuse(std::uint16_t size) {
  if (size < refused_) {
    refused_ = size;
    local_limit_ = false;
    told_ = 0;
    told_by_.reset();
    told_hop_ = 0;
  }
}

/// 0: nothing is lost.
void MtuSearch::lose(std::uint16_t size) {
  if (size != 0 && lost_ != 0 && size >= lost_) {
    return;
  }
  lost_ = size;
  located_ = false;
  locating_hop_ = 1;
  hop_speaks_ = false;
  lost_after_hop_ = 0;
  lost_after_.reset();
  lost_before_hop_ = 0;
}

void MtuSearch::learn_of_hops(std::uint8_t ttl, const mtu::Answer& answer) {
  if (hop_steps_ < 2) {
    ++hop_steps_;
  }
  if (answer.kind != Kind::kArrived && ttl < hops_most_) {
    hops_least_ = std::max(hops_least_, ttl);
  }
}

void MtuSearch::next_locating_hop() {
  ++locating_hop_;
  hop_speaks_ = false;
}

/// What the answers say of sizes and hops, learn() takes.
void MtuSearch::locate_small(const mtu::Answer& answer) {
  if (answer.kind == Kind::kSilent) {
    next_locating_hop();
  } else {
    hop_speaks_ = true;
  }
}

void MtuSearch::locate_large(const mtu::Answer& answer) {
  switch (answer.kind) {
    case Kind::kExpired:
    case Kind::kRefused:
      lost_after_hop_ = locating_hop_;
      lost_after_ = answer.from;
      next_locating_hop();
      break;
    case Kind::kSilent:
      lost_before_hop_ = locating_hop_;
      located_ = true;
      break;
    case Kind::kLocalLimit:
    case Kind::kNotSent:
      located_ = true;  // as far as it can be
      break;
    default:
      break;
  }
}

void MtuSearch::put_path(mtu::Finding& finding) const {
  using mtu::Found;
  const bool is_local_limit = local_limit_ && refused_ == std::uint32_t{proven_} + 1;
  finding.outcome = mtu::Outcome::kFound;
  finding.mtu = proven_;
  finding.hops = hops_most_;
  if (proven_ == start_ || is_local_limit) {
    finding.found = Found::kInterface;
    return;
  }
  if (const auto* const hint = explanation()) {
    finding.found = Found::kElsewhere;
    finding.told_by = hint->told_by;
    finding.told_hop = hint->told_hop;
    return;
  }
  finding.found = told_ != 0 && told_ == proven_ ? Found::kTold : Found::kSearched;
  finding.told_by = told_by_;
  finding.told_hop = told_hop_;
  if (told_by_ && lost_after_ == told_by_) {
    return;  // who tells of one packet and not of another limits his errors, and is no black hole
  }
  finding.lost_size = lost_;
  finding.lost_after_hop = lost_after_hop_;
  finding.lost_after = lost_after_;
  finding.lost_before_hop = lost_before_hop_;
}

mtu::Finding MtuSearch::finding() const {
  using mtu::Outcome;
  mtu::Finding finding;
  finding.rtt = rtt_;
  finding.cut = cut_;
  if (alive_ == Alive::kYes) {
    put_path(finding);
  } else if (told_ != 0) {
    finding.outcome = Outcome::kToldOnly;
    finding.found = mtu::Found::kTold;
    finding.mtu = told_;
    finding.told_by = told_by_;
    finding.told_hop = told_hop_;
  } else if (is_final_) {
    finding.outcome = failure_.kind == Kind::kNotSent ? Outcome::kNotSent : Outcome::kUnreachable;
    finding.error = failure_.error;
    finding.error_from = failure_.from;
    finding.error_number = failure_.error_number;
  }
  return finding;
}

}  // namespace echosweep::modes
