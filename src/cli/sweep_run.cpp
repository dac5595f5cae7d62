#include "cli/sweep_run.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>

#include "cli/fping_asides.hpp"
#include "cli/messages.hpp"
#include "cli/signals.hpp"
#include "cli/values.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;

/// How long the first result after a silence may wait to be written. Each look that finds nothing doubles the
/// time to the next, up to the longest: waking 200 times a second costs as much as a fifth of sending 10,000
/// packets.
constexpr std::chrono::milliseconds kShortestIdle = 5ms;
constexpr std::chrono::milliseconds kLongestIdle = 40ms;
/// A wait for names, after which signals are looked at.
constexpr std::chrono::milliseconds kNameWait = 100ms;
/// Results that are taken before output is flushed and signals are looked at.
constexpr int kResultsAtOnce = 1024;
/// Targets that are walked over before output is flushed: some milliseconds' worth.
constexpr std::uint64_t kTargetsAtOnce = 1 << 16;

std::string proxy_remark(const modes::OnLink::Proxy& proxy) {
  std::array<char, IF_NAMESIZE> name{};
  const char* const link = if_indextoname(proxy.interface, name.data());
  return fmt::format(
      "{} on {} answered for {} addresses: a router that answers for others (proxy ARP)? "
      "--no-arp believes echo replies alone",
      to_string(proxy.mac), link != nullptr ? link : "a link that is gone", format_count(proxy.answers));
}

}  // namespace

Result<report::Accounting> SweepRun::run(const report::RunInfo& info) {
  reporter_.begin(info);
  progress_.start(clock_.now());
  if (checkpoints_ != nullptr) {
    if (auto done = replay(); !done) {
      return std::unexpected(done.error());
    }
    if (auto done = write_checkpoint(Checkpoints::State::kRunning); !done) {
      return std::unexpected(done.error());
    }
  }
  sweep_.start();
  std::chrono::milliseconds idle = kShortestIdle;
  while (!sweep_.sending_is_over()) {
    const bool took_some = take_results();
    look_around();
    if (took_some) {
      idle = kShortestIdle;
    } else if (!reporter_.pump(kShortestIdle)) {
      clock_.sleep_until(clock_.now() + idle);
      idle = std::min(2 * idle, kLongestIdle);
    }
  }
  const auto captured = sweep_.finish();
  while (take_results() || reporter_.is_full()) {
    wait_for_names();
  }
  look_around();
  progress_.clear();
  if (checkpoints_ != nullptr) {
    const bool stopped = received_signal() != 0 || stopped_unwanted_ || !sweep_.ended_by().empty();
    try_checkpoint(stopped ? Checkpoints::State::kStopped : Checkpoints::State::kRunning);
  }
  if (const auto proxy = sweep_.proxy()) {
    tell(proxy_remark(*proxy));
  }
  write_others();
  while (reporter_.is_waiting()) {
    wait_for_names();
  }
  report::Accounting accounting = sweep_.accounting();
  for (const auto& [back_end, count] : wire_.transmitted()) {
    accounting.transmitted[back_end] += count;
  }
  accounting.unresolved_names = read_.unresolved();
  accounting.signal = received_signal();
  accounting.hints = hints_;
  if (const auto& failure = reporter_.failure(); stopped_unwanted_ && accounting.stopped_by.empty()) {
    accounting.stopped_by = failure->message;
  }
  reporter_.end(accounting);
  tell_failures();
  progress_.finish();
  if (!captured) {
    return std::unexpected(captured.error());
  }
  return accounting;
}

Result<void> SweepRun::replay() {
  const std::uint64_t from = reporter_.first_lost(streamed_);
  checkpoints_->replayed_from(from);
  return checkpoints_->for_each_found(from, [&](std::uint64_t place, const modes::ReplyEvent& event) {
    while (reporter_.is_full()) {
      wait_for_names();
    }
    reporter_.record_again(sweep_.record_of(event), place);
  });
}

Result<void> SweepRun::write_checkpoint(Checkpoints::State state) {
  std::map<std::string, std::uint64_t> transmitted;
  modes::SweepPosition position = sweep_.position([&] { transmitted = wire_.transmitted(); });
  for (const auto& [back_end, count] : transmitted) {
    position.so_far.transmitted[back_end] += count;
  }
  checkpoints_->flush();
  reporter_.pump(0ms);
  return checkpoints_->write(position, reporter_, state, clock_.now());
}

void SweepRun::try_checkpoint(Checkpoints::State state) {
  const auto done = write_checkpoint(state);
  if (!done && done.error().message != told_) {
    progress_.clear();
    complain(fmt::format("{}: the checkpoint before stays, and the run goes on", done.error().message));
  }
  told_ = done ? "" : done.error().message;
}

void SweepRun::tell(const std::string& advice) {
  complain(advice);
  hints_.push_back(advice);
}

bool SweepRun::take_results() {
  bool any = false;
  if (checkpoints_ != nullptr) {
    sweep_.gather(kResultsAtOnce);
    checkpoints_->flush();
  }
  for (int i = 0; i < kResultsAtOnce && !reporter_.is_full(); ++i) {
    const report::Record* const record = sweep_.next_alive();
    if (record == nullptr) {
      break;
    }
    if (!any) {
      progress_.make_way();
    }
    any = true;
    reporter_.record(*record);
  }
  any = take_packets() || any;
  reporter_.pump(0ms);
  progress_.come_back();
  return any;
}

bool SweepRun::take_packets() {
  net::CapturedPacket packet;
  int taken = 0;
  for (; taken < kResultsAtOnce && sweep_.next_packet(packet); ++taken) {
    reporter_.packet(packet);
  }
  return taken > 0;
}

/// As soon as they are known: what else is asked for goes on, and may take hours.
void SweepRun::tell_failures() {
  for (const Error& failure : reporter_.take_failures()) {
    progress_.clear();
    complain(failure.message);
  }
}

void SweepRun::look_around() {
  if (checkpoints_ != nullptr && checkpoints_->is_due(clock_.now())) {
    try_checkpoint(Checkpoints::State::kRunning);
  }
  take_asides();
  for (const std::string& advice : sweep_.take_advice()) {
    if (!command_.as_fping) {  // which tells of each target by itself
      progress_.clear();
      tell(advice);
    }
  }
  if (command_.as_fping && received_signal() != 0) {
    sweep_.request_stop(2);
  } else if (const auto until = sweep_.drain_until(); until && !sweep_.sending_is_over()) {
    if (const auto line = drain_.look(clock_.now(), *until)) {
      progress_.clear();
      complain(*line);
    }
  }
  tell_failures();
  if (reporter_.is_abandoned()) {
    stopped_unwanted_ = true;
    sweep_.request_stop(2);
  }
  if (command_.fast_reachable && sweep_.progress().alive >= *command_.fast_reachable) {
    // Who is wanted among the dead must have had its time.
    sweep_.request_stop(reporter_.wants(report::State::kSilent) ? 1 : 2);
  }
  if (const int wanted = requested_reports(); wanted != reports_told_) {
    reports_told_ = wanted;
    progress_.tell(sweep_, clock_.now());
  }
  progress_.draw(sweep_, clock_);
}

void SweepRun::wait_for_names() {
  if (sweep_.stop_requests() >= 2) {
    reporter_.abandon_names();
  }
  reporter_.pump(kNameWait);
}

void SweepRun::write_others() {
  const auto wanted = [this](report::State state) { return reporter_.wants(state); };
  if (names_ != nullptr) {
    names_->for_each_mention([&](std::uint64_t index, std::string_view name) {
      if (const auto record = sweep_.other(index, wanted)) {
        reporter_.record_as(*record, name);
      }
    });
    return;
  }
  const bool wants_others = std::ranges::any_of(
      report::kStates, [&](report::State state) { return state != report::State::kAlive && wanted(state); });
  if (!wants_others && (!wanted(report::State::kAlive) || sweep_.has_given_all_alive())) {
    return;  // the walk over the targets is spared
  }
  std::uint64_t walked = 0;
  sweep_.targets().for_each_index([&](std::uint64_t index) {
    if (walked++ % kTargetsAtOnce == 0) {
      reporter_.pump(0ms);
    }
    if (const auto record = sweep_.other(index, wanted)) {
      reporter_.record(*record);
    }
    while (reporter_.is_full()) {
      wait_for_names();
    }
  });
}

void SweepRun::take_asides() {
  const report::HostStyle style = host_style(command_);
  while (const auto aside = sweep_.next_aside()) {
    if (names_ == nullptr) {
      continue;  // only fping tells of them
    }
    const Address target = read_.set.at(aside->index);
    names_->for_each_name(aside->index, [&](std::string_view name) {
      print_to_stderr(fping_line(*aside, command_, target, report::format_host(target, name, style)));
    });
  }
}

}  // namespace echosweep::cli
