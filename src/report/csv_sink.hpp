#pragma once

#include "report/escape.hpp"
#include "report/output.hpp"
#include "report/sink.hpp"

namespace echosweep::report {

/// --csv: RFC 4180, lines that end in CR LF, this header first and then a line a target:
///   address,name,state,reason,from,ttl,rtt_us,tries,sent,received,mac,count
/// The columns hold what JsonSink's fields of these names hold; empty where they are not known. `count` is 1,
/// or, of a prefix that a JoinedSink made, the number of its addresses: then `address` is that prefix. A
/// record is always one line (see append_csv()), so that a file that was cut off holds whole records but for
/// its last line.
class CsvSink final : public PrefixSink {
 public:
  explicit CsvSink(Output out, StateSet states = StateSet::all());

  bool wants(State state) const override { return states_.has(state); }
  Result<void> begin(const RunInfo& run) override;
  Result<void> record(const Record& record) override;
  Result<void> prefix(const Record& record, int bits, std::uint64_t count) override;
  Result<void> end(const Accounting& accounting) override;
  Result<void> flush() override;

 private:
  void append_end(const Record& record);

  Output out_;
  const StateSet states_;
  Line line_;
  Line reason_;
};

}  // namespace echosweep::report
