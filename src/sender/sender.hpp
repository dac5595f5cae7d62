#pragma once

#include <map>
#include <optional>

#include "core/clock.hpp"
#include "core/step_gate.hpp"
#include "net/packet_tx.hpp"
#include "sender/batch.hpp"
#include "sender/pacer.hpp"
#include "sender/probe_source.hpp"
#include "sender/rate_control.hpp"

namespace echosweep::sender {

/// The sending thread's loop: asks the pacer how many, the source which, and sends until all of them either
/// left or failed for good.
class Sender {
 public:
  /// `control`: changes the pacer's rate while the run lasts; null: the rate stays as it is.
  Sender(Clock& clock, net::PacketTx& tx, const packet::ProbeCodec& codec, ProbeSource& source, Pacer pacer,
         RateControl* control = nullptr)
      : clock_(clock), tx_(tx), source_(source), control_(control), pacer_(pacer), batch_(codec) {}

  /// Returns when the source is done. Leaves the calling thread with sleeps that end on time.
  void run();

  /// Between two steps of run(): nothing is being handed to the source or taken from it. Any thread.
  [[nodiscard]] StepGate::Hold hold() { return gate_.hold(); }

  // To be read when run() has returned, or while hold() lasts.

  /// Every refusal by the kernel, by errno.
  const std::map<int, std::uint64_t>& errors() const { return errors_; }
  /// How many of them were followed by another try.
  std::uint64_t repeated() const { return repeated_; }

 private:
  /// Sends what is due; when to look again, or nothing: the source is done.
  std::optional<MonotonicTime> step();
  void sleep(MonotonicTime until);
  void ask_rate(MonotonicTime now);
  void encode(std::size_t first, std::size_t end);
  void send_batch(std::size_t count);
  void hand_over_the_rest();
  bool back_off(const packet::Probe& probe, int error, MonotonicTime now);

  StepGate gate_;
  Clock& clock_;
  net::PacketTx& tx_;
  ProbeSource& source_;
  RateControl* control_;
  MonotonicTime ask_at_;
  Pacer pacer_;
  Batch batch_;
  MonotonicTime stamp_;  ///< of the packets that are being sent
  MonotonicTime stuck_since_;
  std::chrono::nanoseconds pause_{0};  ///< of the next back-off; 0: things move
  std::map<int, std::uint64_t> errors_;
  std::uint64_t repeated_ = 0;
};

}  // namespace echosweep::sender
