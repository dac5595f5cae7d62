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
//      thousands behind them. Where it is the same here, down to the byte, and a small packet whose TTL ends
//      where the router that told is said to be does end there, its silence is no black hole: many black
//      holes have the MTU of somebody else's tunnel.
//   5. The hops: the smallest TTL with which the target answers, first guessed by the TTL of its reply.
//   6. Where large packets were lost without a word: the hop after which they are (mtu_black_hole.hpp).
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

}  // namespace

MtuSearch::MtuSearch(Family family, std::uint16_t start, const MtuHints* hints)
    : family_(family),
      start_(std::max(start, small_size(family))),
      hints_(hints),
      question_{.size = small_size(family), .ttl = kTtl},
      refused_(std::uint32_t{start_} + 1),
      hole_(small_size(family)) {}

void MtuSearch::answer(const mtu::Answer& answer) {
  if (answer.kind == Kind::kNotSent) {
    end_unsent(answer);
    return;
  }
  const mtu::Question asked = question_;
  if (asks_hint_) {
    hint_holds_ = answer.kind == Kind::kExpired && hint_.told_by == answer.from;
  }
  if (asks_where_) {
    hole_.answer(answer);
  }
  learn(asked, answer);
  ++questions_;
  choose();
}

/// It was tried as often as it may be. What has arrived before has arrived.
void MtuSearch::end_unsent(const mtu::Answer& answer) {
  is_unsent_ = !size_is_known();
  is_final_ = answers_ || told_ == 0;
  failure_ = answer;
  done_ = true;
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
  asks_hint_ = false;
  done_ = is_final_ || questions_ >= kMostQuestions || !has_question();
}

/// Makes the next question, if there is one.
bool MtuSearch::has_question() {
  if (const std::uint16_t size = next_size(); size != 0) {
    question_ = {.size = size, .ttl = kTtl};
    return true;
  }
  if (!answers_) {
    return false;
  }
  if (const std::uint8_t ttl = hops_.next(); ttl != 0) {
    question_ = {.size = small_size(family_), .ttl = Ttl{ttl}};
    return true;
  }
  if (const auto* const hint = possible_explanation(); hint != nullptr) {
    asks_hint_ = true;
    hint_ = *hint;
    hint_holds_ = false;
    question_ = {.size = small_size(family_), .ttl = Ttl{hint->told_hop}};
    return true;
  }
  const auto where = hole_.question(hops_.count());
  asks_where_ = where && explanation() == nullptr;
  question_ = asks_where_ ? *where : question_;
  return asks_where_;
}

/// 0: there is nothing left to ask.
std::uint16_t MtuSearch::next_size() const {
  const std::uint16_t low = std::max(proven_, small_size(family_));
  if (gave_up_) {
    return 0;
  }
  if (std::uint32_t{low} + 1 >= refused_) {
    const bool is_doubtful = hole_.size() == refused_ && confirmed_ != refused_ && explanation() == nullptr &&
                             possible_explanation() == nullptr;
    return is_doubtful ? hole_.size() : std::uint16_t{0};
  }
  if (refused_ > start_) {
    return start_;
  }
  if (told_ > proven_ && told_ < refused_) {
    return told_;
  }
  if (hints_ != nullptr && answers_) {
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

bool MtuSearch::size_is_known() const {
  return answers_ && next_size() == 0 && possible_explanation() == nullptr;
}

/// And what is larger is lost.
bool MtuSearch::nobody_told() const {
  return !told_by_ && !local_limit_ && proven_ < start_ && hole_.size() != 0;
}

/// Who told just this of another target and is on this path, where here nobody told. Null: nobody.
const MtuHints::Hint* MtuSearch::explanation() const {
  return hint_holds_ && hint_.mtu == proven_ && nobody_told() ? &hint_ : nullptr;
}

/// As far as is known of a path whose hops may not be counted yet; not when it has been asked about.
const MtuHints::Hint* MtuSearch::possible_explanation() const {
  const auto* const hint = nobody_told() && hints_ != nullptr ? hints_->at(proven_) : nullptr;
  const bool is_new = hint != nullptr && hint_.mtu != proven_;
  const bool can_be = is_new && hint->told_by && hint->told_hop != 0 && hint->told_hop < hops_.count();
  return can_be ? hint : nullptr;
}

void MtuSearch::learn(const mtu::Question& question, const mtu::Answer& answer) {
  const bool arrived = answer.kind == Kind::kArrived;
  if (question.ttl != kTtl && question.size == small_size(family_)) {
    hops_.asked(question.ttl, arrived);
  }
  if (arrived) {
    hops_.arrived(question.ttl);
    learn_arrival(question.size, answer);
  } else if (answer.kind == Kind::kTooBig) {
    learn_too_big(question.size, answer);
  } else if (question.ttl == kTtl) {
    learn_of_size(question.size, answer);
  }
}

void MtuSearch::learn_arrival(std::uint16_t size, const mtu::Answer& answer) {
  answers_ = true;
  cut_ = cut_ || answer.cut;
  hops_.guess(answer.ttl);
  if (size < proven_ || (size == proven_ && rtt_)) {
    return;
  }
  proven_ = size;
  rtt_ = answer.rtt;
  if (hole_.size() <= proven_) {
    hole_.close();
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
  if (size <= std::max(proven_, small_size(family_))) {
    return;  // it has arrived, or nobody may say that of so small a packet
  }
  if (hole_.size() == size) {
    hole_.close();  // the router has been heard of after all
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
  if (!answers_ && !says_why && size == small_size(family_)) {
    return;
  }
  if (!answers_) {
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
    confirmed_ = size == hole_.size() ? size : confirmed_;
    hole_.lose(size);
    return;
  }
  if (hole_.size() == size) {
    hole_.close();  // that it is lost, somebody says after all
  }
  if (answer.kind == Kind::kLocalLimit) {
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

void MtuSearch::put_path(mtu::Finding& finding) const {
  using mtu::Found;
  const bool is_local_limit = local_limit_ && refused_ == std::uint32_t{proven_} + 1;
  finding.outcome = mtu::Outcome::kFound;
  finding.mtu = proven_;
  finding.hops = hops_.next() == 0 ? hops_.count() : std::uint8_t{0};
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
  if (told_by_ && hole_.after() == told_by_) {
    return;  // who tells of one packet and not of another limits his errors, and is no black hole
  }
  hole_.put(finding);
}

mtu::Finding MtuSearch::finding() const {
  using mtu::Outcome;
  mtu::Finding finding;
  finding.rtt = rtt_;
  finding.cut = cut_;
  if (answers_ && !is_unsent_) {
    put_path(finding);
  } else if (!answers_ && told_ != 0) {
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
