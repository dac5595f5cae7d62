// How the rate is found.
//
// A share of the probes goes to hosts that are known to answer; the loss among these control probes is the
// loss of the path. A path that is asked for more than it carries, C a second, loses 1 - C/rate: a tenth too
// much costs 9%. So the question is never whether the loss is 0.9% or 1.1%, but whether it is near nothing or
// far above, and 30 control probes answer that.
//
// The rate changes in stages. A stage's evidence are the control probes that left since it began, plus one
// round trip, which old queues need to empty; what left before says nothing of it.
//
// - Loss clearly above what is allowed (three or more are lost, and the lower end of the confidence interval
//   lies above): fall. By half at first, by a tenth once a rate was found that holds; or to what got through,
//   rate x (1 - loss), if that is less: it is the best guess at C.
// - Enough evidence, and the loss within what is allowed: rise. To twice the rate while C is not known; to
//   nine tenths of C at once where it is; from there by 3%, which keeps the rate hovering around C. When a
//   rate a tenth above C loses nothing then C was wrong, or has changed: the steps grow again.
// - Evidence is worth something only for a rate that was tried. Where the kernel or the end of the run held
//   the sender below three quarters of the rate, it does not rise.
//
// A path may lose some of everything at any rate: a radio link, a host that answers every other time. To slow
// down for that would slow down for ever. The two kinds differ in what happens at half the rate: too much for
// the path gives no loss (or, from far above, 1 - C/rate for the new rate), a lossy path gives the same as
// before. So loss that stays after a fall to half is the path's own: it is added to what is allowed, the rate
// goes back to where it was, and a stage that loses clearly less takes it back.
#include "modes/auto_rate.hpp"

#include <algorithm>
#include <utility>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// No stage is shorter; the pacer's batches and the kernel's clock ticks average out.
constexpr nanoseconds kShortestStage = 250ms;
/// Without evidence, after so long.
constexpr nanoseconds kUnprovenStage = 1s;
constexpr nanoseconds kShortestSettling = 20ms;
constexpr std::uint64_t kEnough = 30;
/// Older evidence of a stage that does not end would hide what happens now.
constexpr std::uint64_t kMost = 500;
/// One or two are chance: with 0.3% of loss, three in the first hundred happen in one stage of 300.
constexpr std::uint64_t kFewestLosses = 3;
/// Until then nobody decides between two kinds of loss that look alike.
constexpr std::uint64_t kUndecided = 200;

constexpr double kTried = 0.75;
constexpr double kHalf = 0.5;
constexpr double kTenth = 0.9;
constexpr double kDeepestFall = 0.25;
constexpr double kDropFall = 0.7;
constexpr double kDouble = 2;
constexpr double kHalfUp = 1.5;
constexpr double kQuarterUp = 1.25;
constexpr double kCreep = 1.03;
constexpr double kNearCapacity = 0.9;
constexpr double kAboveCapacity = 1.1;
/// A test for the path's own loss is made at this share of what got through for certain, or less.
constexpr double kTestedAt = 0.6;
constexpr double kMostBase = 0.5;

}  // namespace

AutoRate::AutoRate(double max_loss, MonotonicTime now)
    : max_loss_(max_loss), stage_{.rate = kStart, .loss = {}}, changed_(now), judge_from_(now) {}

void AutoRate::outcome(MonotonicTime sent, bool answered) {
  if (sent >= judge_from_) {
    stage_.loss += {.lost = answered ? 0U : 1U, .of = 1};
  } else if (fall_ && fall_->covers(sent)) {
    fall_->loss += {.lost = answered ? 0U : 1U, .of = 1};
    capacity_ = bearable();
  }
}

void AutoRate::answered_late(MonotonicTime sent) {
  if (sent >= judge_from_ && stage_.loss.lost > 0) {
    --stage_.loss.lost;
  } else if (fall_ && fall_->covers(sent) && fall_->loss.lost > 0) {
    --fall_->loss.lost;
    capacity_ = bearable();
  }
}

LossCount AutoRate::loss() const {
  LossCount sum = stage_.loss;
  for (const Stage& stage : history_) {
    if (stage.rate > rate_ * 0.8 && stage.rate < rate_ * 1.25) {
      sum += stage.loss;
    }
  }
  return sum;
}

void AutoRate::keep_stage() {
  history_[history_at_++ % history_.size()] = stage_;
  stage_.loss = {};
}

void AutoRate::begin_stage(double rate, MonotonicTime now, const Signs& signs) {
  keep_stage();
  rate_ = std::max(rate, kSlowest);
  stage_.rate = rate_;
  changed_ = now;
  judge_from_ = now + std::max(signs.feedback, kShortestSettling);
  packets_before_ = signs.packets;
}

void AutoRate::update(MonotonicTime now, const Signs& signs) {
  if (signs.dropped > dropped_) {
    dropped_ = signs.dropped;
    if (now >= judge_from_) {
      capacity_ = rate_ * kTenth;
      fall_.reset();
      fall_to(rate_ * kDropFall, now, signs);
    }
    return;
  }
  const LossCount& loss = stage_.loss;
  if (loss.lost >= kFewestLosses && loss.low() > limit()) {
    if (!is_base_loss(now, signs)) {
      fall(now, signs);
    }
    return;
  }
  const nanoseconds elapsed = now - changed_;
  if (elapsed >= kShortestStage) {
    base_ = std::min(base_, this->loss().high());
  }
  const bool proven = elapsed >= kShortestStage && loss.of >= kEnough && loss.mean() <= limit();
  const bool unproven = elapsed >= kUnprovenStage && !saw_loss_ && loss.lost == 0 && rate_ < kUnproven;
  if (proven || unproven) {
    const double sent = static_cast<double>(signs.packets - packets_before_);
    if (sent >= kTried * rate_ * std::chrono::duration<double>(elapsed).count()) {
      rise(now, signs);
      if (!proven) {
        rate_ = stage_.rate = std::min(rate_, kUnproven);
      }
      return;
    }
  }
  if (loss.of >= kMost || (proven && elapsed >= kUnprovenStage)) {
    // Held back by something else: the next try counts by itself.
    keep_stage();
    changed_ = now;
    packets_before_ = signs.packets;
  }
}

void AutoRate::rise(MonotonicTime now, const Signs& signs) {
  was_stable_ = was_stable_ || saw_loss_;
  fall_.reset();
  base_before_.reset();
  double step = ramp_;
  if (capacity_ && rate_ > *capacity_ * kAboveCapacity) {
    capacity_.reset();
  }
  if (capacity_) {
    step = std::clamp(*capacity_ * kNearCapacity / rate_, kCreep, kDouble);
  } else {
    ramp_ = std::min(was_stable_ ? kHalfUp : kDouble, ramp_ * kQuarterUp);
  }
  begin_stage(rate_ * step, now, signs);
}

void AutoRate::fall(MonotonicTime now, const Signs& signs) {
  if (base_before_) {
    base_ = *std::exchange(base_before_, std::nullopt);  // it does depend on the rate
  }
  fall_ = {.from = rate_, .loss = stage_.loss, .judged_from = judge_from_, .at = now};
  capacity_ = bearable();
  const double highest = was_stable_ ? kTenth : kHalf;
  fall_to(std::clamp(*capacity_, rate_ * kDeepestFall, rate_ * highest), now, signs);
}

/// At which as much gets through as did before the fall, and no more than is allowed is lost.
double AutoRate::bearable() const {
  return fall_->from * std::min(1.0, (1 - fall_->loss.mean()) / (1 - limit()));
}

void AutoRate::fall_to(double rate, MonotonicTime now, const Signs& signs) {
  saw_loss_ = true;
  ramp_ = kQuarterUp;
  begin_stage(rate, now, signs);
}

/// True: the fall before was of no use, so there is no other now (or it is too early to say).
bool AutoRate::is_base_loss(MonotonicTime now, const Signs& signs) {
  const LossCount& loss = stage_.loss;
  if (!fall_) {
    return false;
  }
  const double before = fall_->loss.mean();
  const double if_too_much = std::max(base_, 1 - (1 - before) * fall_->from / rate_);
  const double middle = (if_too_much + before) / 2;
  if (if_too_much >= before || loss.high() <= middle || loss.low() > fall_->loss.high()) {
    return false;
  }
  const bool decided = loss.of >= kUndecided ? loss.mean() > middle : loss.low() > middle;
  if (!decided) {
    return loss.of < kUndecided;
  }
  const double tested_at = fall_->from * (1 - fall_->loss.high()) * kTestedAt;
  if (rate_ > std::max(tested_at, kSlowest)) {
    begin_stage(std::min(tested_at, rate_ * kHalf), now, signs);  // the fall was too small to tell
    return true;
  }
  base_before_ = base_;
  base_ = std::min((loss.mean() + loss.high()) / 2, kMostBase);
  capacity_.reset();
  const double from = fall_->from;
  fall_.reset();
  begin_stage(from, now, signs);
  return true;
}

}  // namespace echosweep::modes
