// How many alive targets all passes missed.
//
// The data. Pass k asks whoever has not answered; f_k targets answer its probe first, and are asked no more.
// This is the removal method of capture-recapture: Moran, "A mathematical theory of animal trapping",
// Biometrika 38 (1951); Zippin, "An evaluation of the removal method", Biometrics 12 (1956); Seber, "The
// Estimation of Animal Abundance", 2nd ed. (1982), chapter 7. Let target i lose each of its probes (there or
// back) with chance q_i, by itself. Then after K passes
//
//   E f_k = sum of q_i^k (1 - q_i),  k = 0 .. K-1,    E missed = sum of q_i^K.
//
// Alike targets. With q_i = q a target that answered did so in pass k with chance (1-q) q^k / (1-q^K), a
// truncated geometric. Its likelihood depends on S = sum of k f_k alone and is greatest where the
// distribution's mean is S/n, n = sum of f_k; a solution below 1 exists if S/n < (K-1)/2. Then
//
//   missed = n q^K / (1 - q^K).
//
// Targets that differ. With m(dq) = sum of (1-q_i) at q_i, E f_k is the k-th moment of m, so the E f_k are
// log-convex (Cauchy-Schwarz): the ratio E f_(k+1) / E f_k only grows, since those that are left are ever
// more the lossy ones. All that is missed would be found in passes K, K+1, ...; if the ratio stayed at its
// last value r = f_(K-1) / f_(K-2), these would find f_(K-1) (r + r^2 + ...), and as it grows
//
//   E missed >= f_(K-1) r / (1-r) = f_(K-1)^2 / (f_(K-2) - f_(K-1)),
//
// with equality for alike targets. This is the argument of Chao, "Estimating the population size for
// capture-recapture data with unequal catchability", Biometrics 43 (1987), for removal counts. As there,
// c (c-1) / (a-c+1) stands for c^2 / (a-c), so that one late answer alone proves nothing. The guess is the
// larger of both; for two passes they are the same.
//
// The bound. A lower bound for the mean, even with its own error added, is no upper bound: of targets that
// differ, two passes with 90% of them at 1% loss and 10% at 40% show f_1 / f_0 = 0.035, which would mean
// 0.12% missed, but 1.6% are. Nor can there be any bound without an assumption, for targets that lose nearly
// everything leave no trace. The assumption here: no alive target loses more than the share rho of its
// probes, for rho = 1/2 or, where the data say that all lose more than that, what they say. Take the last j
// passes. R targets entered them unanswered, g of these were found and M = R - g missed; each was missed with
// chance q_i^j <= rho^j, so M is stochastically below Binomial(R, rho^j), and the event
//
//   P(Binomial(g + M, rho^j) >= M) < alpha
//
// has a chance below alpha, whatever the mixture. The bound is the greatest M that this does not reject.
// j is chosen before the data are seen, for each M by itself: the least with which finding nobody (g = 0)
// rejects M. For rho = 1/2, large M are judged by the last pass alone (f_(K-1) = 0: at most 4), M = 1 by the
// last five: when one, two, three or five passes in a row found nobody, at most 4, 2, 1, none are left.
//
// rho. Of n alike targets, f_0 is Binomial(n, (1-q) / (1-q^K)), which falls as q grows; the upper limit of q
// at 2.5% (Clopper and Pearson, Biometrika 26, 1934) is rho if it is over 1/2, and then the other 2.5% go to
// alpha. If it is not, alpha is 5%: were q over 1/2 after all, that is the error of the first 2.5%. And where
// f_(K-1) / f_(K-2) lies above rho by more than chance, rho is that ratio's upper limit: those who are left
// lose more than was assumed.
//
// What it cannot see. Targets that never answer, or lose more than rho while most lose less. Loss that
// depends on time: a target that was away during the whole run, or a burst that takes all passes of a target,
// for the passes follow each other by seconds. A target that answers only when asked again soon helps; one
// that limits its replies harms. A reply that overtakes the one to an earlier probe by more than a timeout
// counts for the later pass, which makes the loss look larger, and the bound too.
#include "modes/completeness.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "modes/binomial.hpp"

namespace echosweep::modes {

namespace {

/// The share of wrong bounds that is allowed, and the half of it that goes to rho.
constexpr double kAlpha = 0.05;
constexpr double kOneSide = kAlpha / 2;
constexpr double kLeastRho = 0.5;

/// The mean of a geometric distribution cut off behind pass `passes` - 1.
double mean_pass(double q, std::size_t passes) {
  double weight = 1;
  double weights = 0;
  double sum = 0;
  for (std::size_t k = 0; k < passes; ++k) {
    weights += weight;
    sum += static_cast<double>(k) * weight;
    weight *= q;
  }
  return sum / weights;
}

/// The chance that a target that answered at all did so in pass 0.
double first_share(double q, std::size_t passes) {
  double weight = 1;
  double weights = 0;
  for (std::size_t k = 0; k < passes; ++k, weight *= q) {
    weights += weight;
  }
  return 1 / weights;
}

/// Where `value`, which rises in [0, 1], passes `wanted`.
template <typename Function>
double solve(Function value, double wanted) {
  double low = 0;
  double high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (value(middle) < wanted ? low : high) = middle;
  }
  return high;
}

/// The passes that count, and sums over them.
class Sample {
 public:
  explicit Sample(std::vector<std::uint64_t> found) : found_(std::move(found)) {
    for (std::size_t k = 0; k < found_.size(); ++k) {
      sum_ += found_[k];
      pass_sum_ += static_cast<double>(k) * static_cast<double>(found_[k]);
    }
  }
  std::size_t passes() const { return found_.size(); }
  std::uint64_t sum() const { return sum_; }
  double mean() const { return pass_sum_ / static_cast<double>(sum_); }
  std::uint64_t first() const { return found_.front(); }
  std::uint64_t last() const { return found_.back(); }
  std::uint64_t before_last() const { return found_[found_.size() - 2]; }
  std::uint64_t in_last(std::size_t count) const {
    return std::accumulate(found_.end() - static_cast<std::ptrdiff_t>(std::min(count, passes())),
                           found_.end(), std::uint64_t{0});
  }

 private:
  std::vector<std::uint64_t> found_;
  std::uint64_t sum_ = 0;
  double pass_sum_ = 0;
};

double guess(const Sample& sample, double q) {
  const double lost = std::pow(q, static_cast<double>(sample.passes()));
  const double alike = static_cast<double>(sample.sum()) * lost / (1 - lost);
  if (sample.passes() == 2 || sample.before_last() < sample.last()) {
    return alike;
  }
  const auto before = static_cast<double>(sample.before_last());
  const auto last = static_cast<double>(sample.last());
  return std::max(alike, last * (last - 1) / (before - last + 1));
}

/// The loss of those that may be left, and the chance of being wrong that is left for the rest.
struct Worst {
  double rho = kLeastRho;
  double alpha = kAlpha;
};

std::expected<Worst, Unknown> worst_loss(const Sample& sample) {
  const std::size_t passes = sample.passes();
  const double share = lower_limit(sample.first(), sample.sum(), kOneSide);
  if (share <= 1 / static_cast<double>(passes)) {
    return std::unexpected(Unknown::kTooFew);
  }
  Worst worst;
  const double alike = solve([&](double q) { return -first_share(q, passes); }, -share);
  if (alike > worst.rho) {
    worst = {.rho = alike, .alpha = kOneSide};
  }
  const std::uint64_t both = sample.before_last() + sample.last();
  if (passes > 2 && both > 0 && lower_limit(sample.last(), both, kOneSide) > worst.rho / (1 + worst.rho)) {
    const double part = upper_limit(sample.last(), both, kOneSide);
    worst = {.rho = part / (1 - part), .alpha = kOneSide};
  }
  if (worst.rho >= 1) {
    return std::unexpected(Unknown::kNoDecline);
  }
  return worst;
}

/// The greatest number that the last passes do not reject.
std::uint64_t bound(const Sample& sample, const Worst& worst) {
  // As many misses as one pass that finds nobody rejects.
  const double log_step = std::log(worst.alpha) / std::log(worst.rho);
  const auto by_one_pass = static_cast<std::uint64_t>(std::floor(log_step)) + 1;
  const auto accepts = [&](std::uint64_t missed, std::size_t passes) {
    const double chance = std::pow(worst.rho, static_cast<double>(passes));
    return at_least(missed, sample.in_last(passes) + missed, chance) >= worst.alpha;
  };
  if (!accepts(by_one_pass, 1)) {
    for (std::uint64_t missed = by_one_pass - 1; missed > 0; --missed) {
      const double needed = std::floor(log_step / static_cast<double>(missed)) + 1;
      const auto passes = static_cast<std::size_t>(std::min(needed, static_cast<double>(sample.passes())));
      if (accepts(missed, passes)) {
        return missed;
      }
    }
    return 0;
  }
  std::uint64_t accepted = by_one_pass;
  std::uint64_t step = 1;
  while (accepts(accepted + step, 1)) {
    accepted += step;
    step *= 2;
  }
  for (; step > 0; step /= 2) {
    accepted += accepts(accepted + step, 1) ? step : 0;
  }
  return accepted;
}

}  // namespace

std::expected<Missed, Unknown> estimate_missed(const FirstAnswers& first) {
  if (first.unanswered == 0) {
    // Nobody is left. Each got one probe more than the number of its pass.
    const Sample all(first.by_pass);
    return Missed{.about = 0, .at_most = 0, .answered = all.sum() == 0 ? 1 : 1 / (1 + all.mean())};
  }
  const std::size_t whole = std::min(first.whole, first.by_pass.size());
  if (whole < 2) {
    return std::unexpected(first.by_pass.size() < 2 ? Unknown::kOnePass : Unknown::kCutShort);
  }
  const auto later = first.by_pass.begin() + static_cast<std::ptrdiff_t>(whole);
  const Sample sample({first.by_pass.begin(), later});
  if (sample.sum() == 0) {
    return std::unexpected(Unknown::kNobody);
  }
  if (sample.mean() >= static_cast<double>(whole - 1) / 2) {
    return std::unexpected(Unknown::kNoDecline);
  }
  const auto worst = worst_loss(sample);
  if (!worst) {
    return std::unexpected(worst.error());
  }
  const double q =
      sample.mean() > 0 ? solve([&](double x) { return mean_pass(x, whole); }, sample.mean()) : 0;
  const double about = guess(sample, q);
  const std::uint64_t at_most = std::max(bound(sample, *worst), static_cast<std::uint64_t>(std::ceil(about)));
  const std::uint64_t found_later = std::accumulate(later, first.by_pass.end(), std::uint64_t{0});
  const double open = static_cast<double>(first.unanswered);
  return Missed{.about = std::clamp(about - static_cast<double>(found_later), 0.0, open),
                .at_most = std::min(at_most - std::min(at_most, found_later), first.unanswered),
                .answered = 1 - q};
}

std::uint64_t allowed_misses(std::uint64_t alive, double percent) {
  constexpr double kRounding = 1e-6;  // 0.1% of 1,000 is 1
  return static_cast<std::uint64_t>((100 - percent) / 100 * static_cast<double>(alive) + kRounding);
}

bool is_complete(const FirstAnswers& first, double percent) {
  const auto missed = estimate_missed(first);
  const std::uint64_t alive = std::accumulate(first.by_pass.begin(), first.by_pass.end(), std::uint64_t{0});
  return missed && missed->at_most <= allowed_misses(alive, percent);
}

std::size_t expected_passes(std::uint64_t alive, double lost, double percent, std::size_t most) {
  FirstAnswers first{.by_pass = {}, .whole = 0, .unanswered = alive + 1};
  double left = static_cast<double>(alive);
  while (first.whole < most) {
    first.by_pass.push_back(static_cast<std::uint64_t>(std::llround(left * (1 - lost))));
    left *= lost;
    ++first.whole;
    if (first.whole >= 2 && is_complete(first, percent)) {
      break;
    }
  }
  return first.whole;
}

std::string_view explain(Unknown why) {
  switch (why) {
    case Unknown::kOnePass:
      return "one pass only: -r 1 or more tells";
    case Unknown::kCutShort:
      return "fewer than two whole passes";
    case Unknown::kNobody:
      return "nobody answered";
    case Unknown::kTooFew:
      return "too few answered: more passes tell";
    case Unknown::kNoDecline:
      return "later passes found as many as earlier ones";
  }
  return "";
}

}  // namespace echosweep::modes
