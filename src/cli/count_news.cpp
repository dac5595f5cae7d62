#include "cli/count_news.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;

/// Longer than the watch needs to see what has happened: the kernel may keep the loss of a carrier to itself
/// for a second.
constexpr std::chrono::nanoseconds kHold = 1500ms;
/// A link that is back may need this to bring back what it had; see RouteWatch.
constexpr std::chrono::nanoseconds kComeBack = 4s;
/// What sends meet when a link, an address or a route is missing; ENOBUFS at first, where a carrier is lost.
constexpr std::array kOfTheNetwork = {ENETDOWN, ENETUNREACH, EHOSTUNREACH,  EINVAL, EACCES,
                                      ENODEV,   ENXIO,       EADDRNOTAVAIL, ENOBUFS};

void add_left_out(std::size_t left_out, std::vector<std::string>& lines) {
  if (left_out > 0) {
    lines.push_back(fmt::format("sending failed or worked again {} more time{} in ten seconds", left_out,
                                left_out == 1 ? "" : "s"));
  }
}

}  // namespace

std::vector<std::string> CountNews::take(std::vector<modes::SendTrouble> troubles, MonotonicTime now) {
  Lines lines;
  if (watch_) {
    lines = watch_->look(now);
  }
  add_left_out(limit_.roll(now), lines);
  for (modes::SendTrouble& trouble : troubles) {
    held_.push_back({.trouble = std::move(trouble), .since = now});
  }
  std::erase_if(held_, [&](Held& held) { return settle(held, now, lines); });
  look_at_explained(now, lines);
  return lines;
}

bool CountNews::settle(Held& held, MonotonicTime now, Lines& lines) {
  modes::SendTrouble& trouble = held.trouble;
  if (watch_ && std::ranges::find(kOfTheNetwork, trouble.error) != kOfTheNetwork.end()) {
    if (trouble.is_over && (explained_.erase(trouble.error) > 0 || is_recovery_told(held))) {
      begun_.erase(trouble.error);
      return true;
    }
    if (!trouble.is_over && watch_->has_told_why(trouble.target)) {
      explained_[trouble.error] = {.trouble = trouble, .loss_over = {}};
      return true;
    }
    if (now - held.since < kHold) {
      return false;
    }
  }
  tell(trouble, held.since, lines);
  return true;
}

bool CountNews::is_recovery_told(const Held& over) const {
  const auto begun = begun_.find(over.trouble.error);
  const auto recovery = watch_->last_recovery();
  return begun != begun_.end() && recovery && *recovery >= begun->second &&
         over.since - *recovery <= round_ + kComeBack;
}

void CountNews::look_at_explained(MonotonicTime now, Lines& lines) {
  for (auto& [error, explained] : explained_) {
    explained.loss_over =
        watch_->has_told_of_a_loss() ? std::nullopt : std::optional(explained.loss_over.value_or(now));
  }
  std::erase_if(explained_, [&](const auto& entry) {
    const auto& [trouble, loss_over] = entry.second;
    if (!loss_over || now - *loss_over < round_ + kComeBack) {
      return false;
    }
    tell(trouble, now, lines);
    return true;
  });
}

void CountNews::tell(const modes::SendTrouble& trouble, MonotonicTime since, Lines& lines) {
  if (trouble.is_over) {
    begun_.erase(trouble.error);
  } else {
    begun_[trouble.error] = since;
  }
  if (limit_.admit()) {
    lines.push_back(trouble.line);
  }
}

std::vector<std::string> CountNews::rest() {
  Lines lines;
  for (Held& held : held_) {
    settle(held, held.since + kHold, lines);
  }
  held_.clear();
  add_left_out(limit_.left_out(), lines);
  return lines;
}

}  // namespace echosweep::cli
