#include "cli/drain_notice.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>

#include "cli/signals.hpp"

namespace echosweep::cli {

namespace {

/// Within this time most replies that are on their way have come, and then there is nothing to wait for.
constexpr std::chrono::milliseconds kAllMayCome{250};
constexpr std::chrono::seconds kWorthAWord{1};

}  // namespace

std::optional<std::string> DrainNotice::look(MonotonicTime now, MonotonicTime until) {
  const int signal = received_signal();
  if (signal == 0 || told_) {
    return std::nullopt;
  }
  asked_ = asked_.value_or(now);
  if (now - *asked_ < kAllMayCome || until - now <= kWorthAWord) {
    return std::nullopt;
  }
  told_ = true;
  return fmt::format("waiting {:.1f} s for late replies ({})",
                     std::chrono::duration<double>(until - now).count(),
                     signal == SIGINT ? "Ctrl-C again: not" : "another signal: not");
}

}  // namespace echosweep::cli
