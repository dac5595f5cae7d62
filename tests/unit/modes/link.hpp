#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include "modes/auto_rate.hpp"
#include "modes/control_probes.hpp"
#include "world.hpp"

namespace echosweep::modes {

/// A path that carries so much and no more.
struct Link {
  double capacity = 1e9;  ///< packets a second
  double buffer = 0;      ///< seconds of packets that wait; 0: what is too much is dropped at once
  double loss = 0;        ///< of everything, at any rate
};

/// A run with --rate auto over a Link, on one thread and in no time: packets leave in batches of 5 ms, as the
/// pacer has them; control probes and the judgement are the real ones.
class LinkRun {
 public:
  struct Setup {
    Link link;
    std::chrono::nanoseconds rtt{std::chrono::milliseconds(20)};
    double max_loss = 0.01;
    std::uint64_t hosts = 1000;     ///< that answer
    std::uint64_t answer_each = 1;  ///< one in so many targets
    double fastest = 1e9;           ///< that this machine sends
    unsigned seed = 1;
  };
  explicit LinkRun(const Setup& setup)
      : set_up(setup),
        link(setup.link),
        set_(target_set(60'000)),
        controls_(walk_),
        rate_(setup.max_loss, kBegin),
        random_(setup.seed) {}

  /// Until this moment, counted from the beginning.
  void run_until(std::chrono::nanoseconds until) {
    while (now_ < kBegin + until) {
      step();
    }
  }
  /// Packets a second between two moments.
  double mean(std::chrono::nanoseconds from, std::chrono::nanoseconds until) const {
    const auto sent_before = [this](std::chrono::nanoseconds when) {
      return static_cast<double>(std::prev(sent_at_.upper_bound(kBegin + when))->second);
    };
    return (sent_before(until) - sent_before(from)) / std::chrono::duration<double>(until - from).count();
  }
  double rate() const { return rate_.rate(); }
  const AutoRate& judge() const { return rate_; }
  const ControlProbes& controls() const { return controls_; }
  std::uint64_t packets() const { return packets_; }

  Setup set_up;
  Link link;
  std::uint64_t dropped_here = 0;

 private:
  static constexpr MonotonicTime kBegin{std::chrono::seconds(5000)};
  static constexpr std::chrono::nanoseconds kBatch = std::chrono::milliseconds(5);

  void step() {
    while (!news_.empty() && news_.begin()->first <= now_) {
      controls_.heard(news_.begin()->second, now_);
      news_.erase(news_.begin());
    }
    controls_.judge(now_, rate_);
    rate_.update(now_, {.packets = packets_, .dropped = dropped_here, .feedback = controls_.feedback()});
    controls_.set_rate(rate_.rate());
    owed_ += std::min(rate_.rate(), set_up.fastest) * std::chrono::duration<double>(kBatch).count();
    send(static_cast<std::size_t>(owed_));
    owed_ -= std::floor(owed_);
    now_ += kBatch;
    sent_at_[now_] = packets_;
  }

  void send(std::size_t count) {
    std::vector<packet::Probe> probes(64);
    for (std::size_t done = 0; done < count;) {
      const std::size_t room = std::min<std::size_t>(probes.size(), count - done);
      const std::span<packet::Probe> out = std::span(probes).first(room);
      const std::size_t controls = controls_.write(now_, out);
      for (packet::Probe& probe : out.subspan(controls)) {
        probe = {.index = next_target_++, .destination = {}, .pass = Pass{0}};
      }
      controls_.mix(out, controls);
      for (const packet::Probe& probe : out) {
        // The batch goes out evenly, as if the sender took its time for it.
        const auto at = now_ + kBatch * static_cast<std::int64_t>(done++) / static_cast<std::int64_t>(count);
        const bool control = probe.pass == kControlPass;
        if (control) {
          controls_.left(probe, at);
        }
        carry(probe, at, control);
      }
      packets_ += room;
    }
  }

  void carry(const packet::Probe& probe, MonotonicTime at, bool control) {
    const double second = std::chrono::duration<double>(at - free_at_).count();
    // A policer bears bursts of 10 ms, or of five packets.
    const double bears = std::max({link.buffer, 0.01, 5 / link.capacity});
    if (-second > bears) {
      return;
    }
    free_at_ = std::max(free_at_, at) + std::chrono::nanoseconds(std::llround(1e9 / link.capacity));
    if (std::uniform_real_distribution(0.0, 1.0)(random_) < link.loss) {
      return;
    }
    const auto waits =
        link.buffer > 0 ? std::max(free_at_ - at, std::chrono::nanoseconds(0)) : std::chrono::nanoseconds(0);
    if (control) {
      news_.emplace(at + waits + set_up.rtt, HostNews{probe.index, at, true});
    } else if (probe.index % set_up.answer_each == 0 && probe.index / set_up.answer_each < set_up.hosts) {
      news_.emplace(at + waits + set_up.rtt, HostNews{probe.index, std::nullopt, false});
    }
  }

  targets::TargetSet set_;
  targets::Order order_ = targets::Order::input(set_.size());
  targets::Walk walk_{set_, order_};
  ControlProbes controls_;
  AutoRate rate_;
  std::mt19937 random_;
  MonotonicTime now_ = kBegin;
  MonotonicTime free_at_ = kBegin;
  double owed_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t next_target_ = 0;
  std::map<MonotonicTime, std::uint64_t> sent_at_{{kBegin, 0}};
  std::multimap<MonotonicTime, HostNews> news_;
};

}  // namespace echosweep::modes
