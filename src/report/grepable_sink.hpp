#pragma once

#include "report/escape.hpp"
#include "report/output.hpp"
#include "report/sink.hpp"

namespace echosweep::report {

/// --grepable: what `nmap -sn -oG` writes. A comment in front and one at the end (which a run that was killed
/// lacks), and a line a target, with a tab in it:
///   Host: 192.0.2.1 (gate.example)	Status: Up
/// Status: Up, Down (unreachable, silent), Unknown (unsent). By default alive ones alone, as nmap does.
class GrepableSink final : public Sink {
 public:
  explicit GrepableSink(Output out, StateSet states = {State::kAlive});

  bool wants(State state) const override { return states_.has(state); }
  Result<void> begin(const RunInfo& run) override;
  Result<void> go_on(const RunInfo& run) override;
  Result<void> record(const Record& record) override;
  Result<void> end(const Accounting& accounting) override;
  Result<void> flush() override;

 private:
  Output out_;
  const StateSet states_;
  WallTime started_;
  Line line_;
};

}  // namespace echosweep::report
