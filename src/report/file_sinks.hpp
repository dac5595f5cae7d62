#pragma once

#include "report/format.hpp"
#include "report/output.hpp"
#include "report/sink.hpp"

namespace echosweep::report {

/// --alive-file: whoever replied, one a line, as known. Holds nothing but what was seen, so it is true
/// at every moment of the run and after one that was stopped.
class AliveFileSink final : public Sink {
 public:
  explicit AliveFileSink(Output out, HostStyle host = HostStyle::kName);

  bool wants(State state) const override { return state == State::kAlive; }
  Result<void> record(const Record& record) override;
  Result<void> end(const Accounting& accounting) override;
  Result<void> flush() override;

 private:
  Output out_;
  const HostStyle host_;
};

/// --dead-file: silent and unreachable targets, one a line, at the end. Unsent ones are never in it: about
/// them nothing was learned, and a list of the dead must not name a machine that nobody asked.
/// A prefix, as a JoinedSink makes it, is written as CIDR.
class DeadFileSink final : public PrefixSink {
 public:
  explicit DeadFileSink(Output out, HostStyle host = HostStyle::kName);

  bool wants(State state) const override { return state == State::kSilent || state == State::kUnreachable; }
  Result<void> record(const Record& record) override;
  Result<void> prefix(const Record& record, int bits, std::uint64_t count) override;
  Result<void> end(const Accounting& accounting) override;
  Result<void> flush() override;

 private:
  Output out_;
  const HostStyle host_;
};

}  // namespace echosweep::report
