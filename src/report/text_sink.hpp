#pragma once

#include "core/clock.hpp"
#include "report/format.hpp"
#include "report/output.hpp"
#include "report/sink.hpp"

namespace echosweep::report {

/// Which lines the user asked for, and how they look.
struct TextOptions {
  bool alive = false;    ///< -a: only who is alive, as a bare list
  bool unreach = false;  ///< -u: only who is not, as a bare list
  bool quiet = false;    ///< -q: no lines but those of -a and -u
  HostStyle host = HostStyle::kName;
  bool elapsed = false;    ///< -e: ` (0.123 ms)`
  bool print_ttl = false;  ///< ` (TTL 64)`
  bool guess = false;      ///< ` (guess: initial TTL 64, 1 hop away, perhaps Linux, BSD or macOS)`
  bool print_tos = false;  ///< ` (TOS 0)`
  bool reason = false;     ///< ` (echo-reply ttl 64)`
  bool timestamp = false;  ///< -D: `[1700000000.12345] ` in front
  TimestampFormat timestamp_format = TimestampFormat::kSeconds;
  /// To the byte what fping prints: ` [<- ADDR]` has neither its host nor a line of its own.
  bool as_fping = false;
};

/// fping's lines: `HOST is alive` when it is known, `HOST is unreachable` at the end for every other
/// target, silent and unsent ones included; `HOST [<- ADDR]` on standard error where another address replied.
/// fping 5.1 heeds -D only in its count modes; here -D holds for these lines too: an alive line shows when
/// the kernel received the reply, the others when they were printed.
class TextSink final : public Sink {
 public:
  /// `out`: results, `err`: the notes about replies from elsewhere. `clock` must outlive the sink.
  TextSink(Output out, Output err, const TextOptions& options, const Clock& clock);

  bool wants(State state) const override;
  Result<void> record(const Record& record) override;
  Result<void> end(const Accounting& accounting) override;
  Result<void> flush() override;

 private:
  /// To line_.
  void append_line(const Record& record);

  Output out_;
  Output err_;
  const TextOptions options_;
  const Clock& clock_;
  Line line_;
};

}  // namespace echosweep::report
