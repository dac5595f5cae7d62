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
  /// Whether record() wants targets that ended in `state`. Where no sink wants a state, the walk over the
  /// targets at the end is spared.
  virtual bool wants(State state) const = 0;
  virtual Result<void> begin(const RunInfo&) { return {}; }
  virtual Result<void> record(const Record&) = 0;
  virtual Result<void> end(const Accounting&) { return {}; }
  /// Called when no more records are at hand: what was written so far must now be visible to others.
  virtual Result<void> flush() = 0;
};

}  // namespace echosweep::report
