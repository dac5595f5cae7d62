#include "results/snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace echosweep::results {

Result<void> Snapshot::host(const Finding& finding) {
  const Verdict verdict(finding.state, finding.rtt, reasons_.number(finding.reason));
  if (finding.host.address.is_v4()) {
    table4_.add(PackedHost4(Key4::of(finding.host.address, 0), verdict));
  } else {
    table6_.add(PackedHost6(Key6::of(finding.host.address, zone_number(finding.host)), verdict));
  }
  return {};
}

Result<void> Snapshot::range(const RangeFinding& finding) {
  const HostPrefix& prefix = finding.prefix;
  const Verdict verdict(finding.state, std::nullopt, reasons_.number(finding.reason));
  const std::uint32_t tries = finding.tries.value_or(0);
  if (prefix.last.is_v4()) {
    table4_.add(KeyRange<Key4>{Key4::of(prefix.first.address, 0), Key4::of(prefix.last, 0), verdict, tries});
  } else {
    const std::uint32_t zone = zone_number(prefix.first);
    table6_.add(
        KeyRange<Key6>{Key6::of(prefix.first.address, zone), Key6::of(prefix.last, zone), verdict, tries});
  }
  return {};
}

// Of runs that were put together one behind the other no line speaks for all: what is listed does.
Result<void> Snapshot::run(std::string_view json) {
  run_line_ = ++runs_ == 1 ? json : std::string_view();
  return {};
}

Result<void> Snapshot::accounting(std::string_view json) {
  accounting_line_ = ++accountings_ == 1 ? json : std::string_view();
  return {};
}

void Snapshot::seal() {
  const auto forget = [](const auto&, const auto&) {};  // the better one stands first already
  table4_.seal(forget);
  zones_ = zone_words_.texts();
  std::ranges::sort(zones_);
  renumber_zones(zone_words_.texts(), zones_);
  table6_.seal(forget);
}

void Snapshot::renumber_zones(const std::vector<std::string>& ours, const std::vector<std::string>& all) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(ours.size());
  for (const std::string& zone : ours) {
    numbers.push_back(static_cast<std::uint32_t>(std::ranges::lower_bound(all, zone) - all.begin()));
  }
  for (PackedHost6& host : table6_.hosts()) {
    host.set_zone(numbers[host.key().zone()]);
  }
  for (KeyRange<Key6>& range : table6_.ranges()) {
    range.first.zone_number = range.last.zone_number = numbers[range.first.zone_number];
  }
}

void align_zones(Snapshot& a, Snapshot& b) {
  if (a.zones_ == b.zones_) {
    return;
  }
  std::vector<std::string> all;
  std::ranges::set_union(a.zones_, b.zones_, std::back_inserter(all));
  a.renumber_zones(a.zones_, all);
  b.renumber_zones(b.zones_, all);
  a.zones_ = b.zones_ = all;
}

}  // namespace echosweep::results
