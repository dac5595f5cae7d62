#pragma once

#include "core/result.hpp"
#include "report/accounting.hpp"
#include "report/record.hpp"

namespace echosweep::report {

/// Where results go: one per format. Main thread only. A run calls begin() once; record() for each alive
/// target as it is known; then, when all is over, record() for every other target in input order (and for an
/// alive one that did not fit in the queue); end() once, also after a run that was stopped.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Whether record() wants targets that ended in `state`. Where no sink wants another than alive, the walk
  /// over the targets at the end is spared, unless one that is alive did not fit in the queue.
  virtual bool wants(State state) const = 0;
  virtual Result<void> begin(const RunInfo&) { return {}; }
  /// Instead of begin(), where the run goes on and the file is as an earlier part of it left it.
  virtual Result<void> go_on(const RunInfo&) { return {}; }
  /// False: what the run found earlier is wanted again when it goes on, for nothing of it is left.
  virtual bool is_kept() const { return true; }
  virtual Result<void> record(const Record&) = 0;
  /// Whether packet() wants the packets that answered.
  virtual bool wants_packets() const { return false; }
  virtual Result<void> packet(const Packet&) { return {}; }
  virtual Result<void> end(const Accounting&) { return {}; }
  /// False: it writes nothing itself and only gathers for others. A run goes on as long as there is an output
  /// that wants something.
  virtual bool is_output() const { return true; }
  /// Called when no more records are at hand: what was written so far must now be visible to others.
  virtual Result<void> flush() = 0;
};

/// A format that has a line for a whole prefix, see JoinedSink.
class PrefixSink : public Sink {
 public:
  /// All `count` addresses of this prefix, whose network address is the record's, ended as the record says.
  virtual Result<void> prefix(const Record& record, int bits, std::uint64_t count) = 0;
};

}  // namespace echosweep::report
