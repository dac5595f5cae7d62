#include "modes/mtu_black_hole.hpp"

namespace echosweep::modes {

using Kind = mtu::Answer::Kind;

void MtuBlackHole::lose(std::uint16_t size) {
  if (size_ == 0 || size < size_) {
    close();
    size_ = size;
  }
}

std::optional<mtu::Question> MtuBlackHole::question(std::uint8_t hops) const {
  if (size_ == 0 || is_located_ || hop_ >= hops) {
    return std::nullopt;
  }
  return mtu::Question{.size = stage_ == Stage::kLarge ? size_ : small_, .ttl = Ttl{hop_}};
}

void MtuBlackHole::answer(const mtu::Answer& answer) {
  if (answer.kind == Kind::kLocalLimit || answer.kind == Kind::kNotSent) {
    is_located_ = true;  // as far as it can be
  } else if (stage_ == Stage::kSmall) {
    answer_small(answer);
  } else if (stage_ == Stage::kLarge) {
    answer_large(answer);
  } else {
    answer_small_again(answer);
  }
}

void MtuBlackHole::answer_small(const mtu::Answer& answer) {
  if (answer.kind == Kind::kSilent) {
    next_hop();
  } else {
    stage_ = Stage::kLarge;
  }
}

/// What it says of sizes and hops is somebody else's business.
void MtuBlackHole::answer_large(const mtu::Answer& answer) {
  switch (answer.kind) {
    case Kind::kExpired:
    case Kind::kRefused:
      after_hop_ = hop_;
      after_ = answer.from;
      next_hop();
      break;
    case Kind::kSilent:
      stage_ = Stage::kSmallAgain;
      break;
    default:
      break;
  }
}

void MtuBlackHole::answer_small_again(const mtu::Answer& answer) {
  if (answer.kind == Kind::kSilent) {
    next_hop();  // it says no more, whatever the size
  } else {
    before_hop_ = hop_;
    is_located_ = true;
  }
}

void MtuBlackHole::next_hop() {
  ++hop_;
  stage_ = Stage::kSmall;
}

void MtuBlackHole::put(mtu::Finding& finding) const {
  finding.lost_size = size_;
  finding.lost_after_hop = after_hop_;
  finding.lost_after = after_;
  finding.lost_before_hop = before_hop_;
}

}  // namespace echosweep::modes
