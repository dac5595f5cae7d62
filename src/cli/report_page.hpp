#pragma once

#include <map>
#include <string>
#include <string_view>

#include "results/read_results.hpp"
#include "results/snapshot.hpp"
#include "results/summary.hpp"

namespace echosweep::cli {

/// A snapshot with the names that a page can show: of that many hosts which are alive, and of as many others.
class NamedSnapshot final : public results::Visitor {
 public:
  Result<void> host(const results::Finding& finding) override;
  Result<void> range(const results::RangeFinding& finding) override { return snapshot_.range(finding); }
  Result<void> run(std::string_view json) override { return snapshot_.run(json); }
  Result<void> accounting(std::string_view json) override { return snapshot_.accounting(json); }
  /// Reads into the snapshot alone, for who prints no names.
  results::Visitor& without_names() { return snapshot_; }
  void seal() { snapshot_.seal(); }

  const results::Snapshot& snapshot() const { return snapshot_; }
  /// Empty where there is none. `host`: as results::to_string() has it.
  std::string_view name_of(const std::string& host) const;

 private:
  results::Snapshot snapshot_;
  std::map<std::string, std::string, std::less<>> names_;
  std::size_t alive_names_ = 0;
  std::size_t other_names_ = 0;
};

/// `report --html`: the summary, the hosts and the map as one page. `name`: what it is a report of. An Error:
/// the picture could not be made.
Result<std::string> report_page(const std::string& name, const NamedSnapshot& named,
                                const results::Summary& summary);

}  // namespace echosweep::cli
