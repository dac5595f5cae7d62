#pragma once

#include "report/escape.hpp"
#include "report/sink.hpp"
#include "report/whole_file.hpp"

namespace echosweep::report {

/// --xml: what `nmap -sn -oX` writes (version 7.93, xmloutputversion 1.05), valid by nmap's DTD: a <host> for
/// each target with state, reason, address (and MAC address where ARP or ND found it), names and times. A
/// file appears at the end, whole, also after Ctrl-C: only then exit="interrupted" stands where the DTD knows
/// "success" alone.
///
/// States are nmap's: up, down (unreachable, silent), unknown (unsent); by default alive ones alone. <times>
/// holds what nmap would have after one round trip: srtt, rttvar between 5 ms and 2 s, to = srtt + 4 rttvar
/// between 100 ms and 10 s, in microseconds. The DTD knows no scanner but "nmap", and readers check that;
/// args tell who it was, version is ours.
class XmlSink final : public Sink {
 public:
  explicit XmlSink(WholeFile file, StateSet states = {State::kAlive});

  bool wants(State state) const override { return states_.has(state); }
  bool is_kept() const override { return false; }
  Result<void> begin(const RunInfo& run) override;
  Result<void> record(const Record& record) override;
  Result<void> end(const Accounting& accounting) override;
  Result<void> flush() override;

 private:
  WholeFile file_;
  const StateSet states_;
  WallTime started_;
  Line line_;
};

}  // namespace echosweep::report
