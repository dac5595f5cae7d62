#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "report/sink.hpp"

namespace echosweep::report {

/// --ranges: silent and unsent targets that follow one another, in the order of the input and as numbers, and
/// ended in the same way (state, reason, tries), go on as the fewest prefixes that cover them exactly; so the
/// dead of a /8 take a few lines. All other records go on as they are, and so does one that nobody joins. A
/// target with a name keeps its own line. What was joined so far waits for the record that ends it: a file of
/// a run that was killed may lack it.
class JoinedSink final : public Sink {
 public:
  explicit JoinedSink(std::unique_ptr<PrefixSink> inner) : inner_(std::move(inner)) {}

  bool wants(State state) const override { return inner_->wants(state); }
  Result<void> begin(const RunInfo& run) override { return inner_->begin(run); }
  Result<void> go_on(const RunInfo& run) override { return inner_->go_on(run); }
  bool is_kept() const override { return inner_->is_kept(); }
  Result<void> record(const Record& record) override;
  Result<void> end(const Accounting& accounting) override;
  Result<void> flush() override { return inner_->flush(); }

 private:
  bool continues(const Record& record) const;
  Result<void> let_go();

  std::unique_ptr<PrefixSink> inner_;
  Record first_;             ///< of those that are joined; `count_` is 0 where there is none
  std::string send_reason_;  ///< what the record's view points to
  std::uint64_t count_ = 0;
};

}  // namespace echosweep::report
