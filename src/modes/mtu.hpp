#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/result.hpp"
#include "modes/engine.hpp"
#include "modes/mtu_handler.hpp"
#include "modes/mtu_source.hpp"
#include "modes/mtu_state.hpp"

namespace echosweep::modes {

/// Who is told what a run finds out.
class MtuListener {
 public:
  virtual ~MtuListener() = default;
  virtual void step(const mtu::Step& step) = 0;
  /// Once for each target.
  virtual void found(const mtu::Finding& finding) = 0;
};

/// A run that searches for the path MTU of each target. All members are called on the main thread; what is
/// passed in outlives the run.
class Mtu {
 public:
  struct Parts {
    Clock& clock;
    net::PacketTx& tx;
    net::PacketRx& rx;
    const packet::MtuCodec& codec;
    const targets::TargetSet& targets;
    const MtuOptions& options;
    PacketRate rate;
    LocalMtu local_mtu;
  };
  explicit Mtu(const Parts& parts);

  void start() { engine_.start(); }
  /// Tells `listener` what is new, some thousand things at most; how many they were.
  std::size_t take_news(MtuListener& listener);
  /// Every target is through, or the run was told to stop. There may be news still.
  bool is_over() const { return engine_.sending_is_over(); }
  /// At once.
  void request_stop() { engine_.request_stop(2); }
  /// The number behind request_stop(), for a signal handler to raise. 1: nothing more is sent, and what is on
  /// its way is waited for, a second at most.
  std::atomic<int>& stop_requests() { return state_.stop_requests; }
  /// Waits for both threads. Call take_news() until it has none after this.
  Result<void> finish();

  // After finish():
  std::uint64_t probes() const { return source_.probes_left(); }
  const MtuHandler::Counters& heard() const { return handler_.counters(); }
  /// Packets that were lost on their way from the kernel to us.
  std::uint64_t drops() const { return state_.capture_drops.load() + handler_.counters().no_room; }
  /// Why the kernel did not let probes out.
  const MtuSource::Failures& send_failures() const { return source_.failures(); }

 private:
  MtuState state_;
  MtuSource source_;
  MtuHandler handler_;
  Engine engine_;
};

}  // namespace echosweep::modes
