#include "cli/count_news.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace echosweep::cli {

namespace {

/// Longer than the watch needs to see what has happened.
constexpr std::chrono::milliseconds kHold{400};
/// What sends meet when a link, an address or a route is missing; ENOBUFS at first, where a carrier is lost.
constexpr std::array kOfTheNetwork = {ENETDOWN, ENETUNREACH, EHOSTUNREACH,  EINVAL, EACCES,
                                      ENODEV,   ENXIO,       EADDRNOTAVAIL, ENOBUFS};

}  // namespace

bool CountNews::holds(int error) const {
  return std::ranges::any_of(held_, [error](const Held& held) { return held.trouble.error == error; });
}

void CountNews::hold_or_tell(modes::SendTrouble trouble, MonotonicTime now, std::vector<std::string>& lines) {
  if (trouble.is_over && explained_.erase(trouble.error) > 0) {
    return;
  }
  const bool may_be_explained =
      watch_ && std::ranges::find(kOfTheNetwork, trouble.error) != kOfTheNetwork.end();
  if (may_be_explained && (!trouble.is_over || holds(trouble.error))) {
    held_.push_back({.trouble = std::move(trouble), .since = now});
  } else {
    lines.push_back(std::move(trouble.line));
  }
}

std::vector<std::string> CountNews::take(std::vector<modes::SendTrouble> troubles, MonotonicTime now) {
  std::vector<std::string> lines;
  if (watch_) {
    lines = watch_->look(now);
  }
  for (modes::SendTrouble& trouble : troubles) {
    hold_or_tell(std::move(trouble), now, lines);
  }
  if (watch_ && watch_->has_told_of_a_loss()) {
    for (const Held& held : std::exchange(held_, {})) {
      if (held.trouble.is_over) {
        explained_.erase(held.trouble.error);
      } else {
        explained_.insert(held.trouble.error);
      }
    }
  }
  while (!held_.empty() && now - held_.front().since >= kHold) {
    lines.push_back(std::move(held_.front().trouble.line));
    held_.erase(held_.begin());
  }
  return lines;
}

std::vector<std::string> CountNews::rest() {
  std::vector<std::string> lines;
  const bool explained = watch_ && watch_->has_told_of_a_loss();
  for (Held& held : std::exchange(held_, {})) {
    if (!explained) {
      lines.push_back(std::move(held.trouble.line));
    }
  }
  return lines;
}

}  // namespace echosweep::cli
