#pragma once

#include <fmt/format.h>

#include <string>

#include "report/count_sink.hpp"
#include "report/format.hpp"
#include "report/output.hpp"

namespace echosweep::report {

/// What becomes of a reply to a probe that was answered before.
enum class Duplicates : std::uint8_t {
  kDrop,   ///< nothing: fping's -c with lines, and since 5.5 without
  kNote,   ///< `HOST : duplicate for [0], 64 bytes, 0.83 ms` on standard error: fping 5.1's -c -q
  kReply,  ///< a reply's line: fping's -l
};

/// Which lines the user asked for, and how they look.
struct CountTextOptions {
  HostStyle host = HostStyle::kName;
  bool lines = true;        ///< of each reply and timeout; fping: neither -q (unless -l) nor -Q
  bool icmp_errors = true;  ///< fping: neither -q nor -Q
  bool intervals = true;    ///< -Q's figures; -N and -J tell them themselves
  bool summary = true;      ///< of each target at the end; -J tells it itself
  Duplicates duplicates = Duplicates::kNote;
  bool timestamp = false;  ///< -D: `[1700000000.12345] ` before the lines of replies and timeouts
  TimestampFormat timestamp_format = TimestampFormat::kSeconds;
  bool print_ttl = false;  ///< ` (TTL 64)`
  bool print_tos = false;  ///< ` (TOS 0)`
  bool outage = false;     ///< -o: `, outage(ms) = 200`
  bool all_rtts = false;   ///< -C: a summary is the list of the round trips
  /// To the byte what fping prints: ` [<- ADDR]` on standard error has neither its host nor a line of its
  /// own.
  bool as_fping = false;
};

/// fping's lines of -c, -C and -l. Standard output:
///   HOST : [0], 64 bytes, 0.123 ms (0.120 avg, 0% loss), timestamps: Originate=1 Receive=2 Transmit=3
///     Localreceive=4 (TOS 0) (TTL 64)          (one line; HOST is padded to the longest)
///   HOST : [1], timed out (0.120 avg, 50% loss)
/// Standard error: ICMP errors (icmp_error_line.hpp), duplicates,
/// ` [<- ADDR]`; a blank line where there are lines of replies, and then for each target
///   HOST : xmt/rcv/%loss = 3/2/33%, outage(ms) = 1000, min/avg/max = 0.100/0.110/0.120
///   HOST : 0.050 - 12.3
/// With -Q in between, after a line `[HH:MM:SS]` of local time, the first form over the interval.
/// Ours alone: ` (late)` at the end of a reply's line that came after its timeout's line; `NaN` for a round
/// trip that nobody knows. What is written to one of the two is flushed before the other gets more, so that
/// both stand in order where they are one file (2>&1).
class CountTextSink final : public CountSink {
 public:
  /// `out`: results as they come; `err`: notes and summaries.
  CountTextSink(Output out, Output err, const CountTextOptions& options);

  Result<void> begin(const CountInfo& info) override;
  Result<void> reply(const CountReply& reply) override;
  Result<void> timed_out(const CountTimeout& timeout) override;
  Result<void> error(const CountError& error) override;
  Result<void> send_failed(const CountSendFailure& failure) override;
  Result<void> start_interval(WallTime when) override;
  Result<void> interval(const CountSummary& summary) override;
  Result<void> start_summary() override;
  Result<void> summary(const CountSummary& summary) override;
  Result<void> end(const CountTotals& totals) override;
  Result<void> flush() override;

 private:
  void begin_line(const CountHost& host, WallTime when);
  void add_padded(const CountHost& host);
  void add_average_and_loss(const CountTally& tally);
  void add_extras(const CountReply& reply);
  void add_figures(const CountSummary& summary);
  void note_elsewhere(const CountReply& reply);
  void note_duplicate(const CountReply& reply);
  void note(std::string_view text);
  Result<void> to_out();
  Result<void> to_err();

  Output out_;
  Output err_;
  const CountTextOptions options_;
  std::size_t width_ = 0;
  fmt::memory_buffer line_;  ///< kept: a line costs no allocation
  bool out_pending_ = false;
  bool err_pending_ = false;
};

}  // namespace echosweep::report
