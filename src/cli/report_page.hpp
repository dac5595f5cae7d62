#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "results/read_results.hpp"
#include "results/snapshot.hpp"
#include "results/summary.hpp"

namespace echosweep::cli {

/// A snapshot with the names that a page can show: of as many hosts which are alive, and of as many others,
/// the first by address.
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
  /// Empty where there is none.
  std::string_view name_of(const Address& address, const std::string& zone) const;

 private:
  /// By address and zone.
  using Names = std::map<std::pair<Address, std::string>, std::string>;

  results::Snapshot snapshot_;
  Names alive_names_;
  Names other_names_;
};

/// `report --html`: the summary, the hosts and the map as one page. `name`: what it is a report of. An Error:
/// the picture could not be made.
Result<std::string> report_page(const std::string& name, const NamedSnapshot& named,
                                const results::Summary& summary);

}  // namespace echosweep::cli
