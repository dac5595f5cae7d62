#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/json_lines.hpp"
#include "results/finding.hpp"
#include "results/merge_table.hpp"
#include "results/read_results.hpp"

namespace echosweep::results {

/// A run that is merged: its first and last line and what stood between them.
struct MergeSource {
  std::string file;
  report::Json run;          ///< null: it has no such line
  report::Json accounting;   ///< the same
  StateCounts listed{};      ///< hosts by state, those in ranges too
  std::size_t cut_line = 0;  ///< as in ReadEnd
  bool whole() const { return !accounting.is_null(); }
};

/// Several NDJSON files as one. A file may hold several runs, one behind the other. Add, seal, then the rest.
class Merge final : public Visitor {
 public:
  /// Reads a file (`-`: standard input). Its errors are for the user, and the merge is off.
  Result<void> add(const std::string& path);
  void seal() { table_.seal(); }

  /// What is not as it should be, a line each: runs without an end, an accounting that contradicts its lines,
  /// shards that are missing. The merged file is then worth less than it says.
  std::vector<std::string> flaws() const;
  /// What else the user should know.
  std::vector<std::string> remarks() const;

  /// The lines of the merged file in their order, newlines included. `command`: ours, for the run line.
  Result<void> write(const std::vector<std::string>& command, std::string_view version,
                     const MergeTable::TakeLine& take) const;

  Result<void> host(const Finding& finding) override;
  Result<void> range(const RangeFinding& finding) override;
  Result<void> run(std::string_view json) override;
  Result<void> accounting(std::string_view json) override;

 private:
  /// The run that lines now belong to.
  MergeSource& current();
  StateCounts merged_counts() const;

  std::string file_;
  bool open_ = false;  ///< the last source takes more lines
  std::vector<MergeSource> sources_;
  MergeTable table_;
};

}  // namespace echosweep::results
