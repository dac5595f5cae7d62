// Any bytes as a target file: parsing and building must not crash, hang or overflow, and what was understood
// must be what the set holds.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "targets/permutation.hpp"
#include "targets/target_file.hpp"
#include "targets/target_set.hpp"

namespace {

using echosweep::Address;
using echosweep::targets::BadLine;
using echosweep::targets::Order;
using echosweep::targets::Range;
using echosweep::targets::Spec;
using echosweep::targets::TargetSet;
using echosweep::targets::TargetSetBuilder;

/// An octet form of a few bytes can make 2^20 ranges: beyond this many the input is no quick test any more.
constexpr std::size_t kMostRanges = 2000;
constexpr std::uint64_t kMostSteps = 300;

void require(bool held) {
  if (!held) {
    std::abort();
  }
}

/// Each range of the set and its ends lead to an index and back.
void check_set(const TargetSet& set) {
  std::uint64_t counted = 0;
  for (std::size_t i = 0; i < set.range_count(); ++i) {
    const Range range = set.range(i);
    require(range.first <= range.last && set.range_start(i) == counted);
    require(set.at(counted) == range.first && set.find(range.first) == counted);
    counted += set.range_size(i);
    require(set.at(counted - 1) == range.last && set.find(range.last) == counted - 1);
  }
  require(counted == set.size());
}

void check_order(const TargetSet& set, std::uint64_t seed) {
  if (set.empty()) {
    return;
  }
  const Order order = Order::random(set.size(), seed);
  const std::uint64_t step = set.size() / kMostSteps + 1;
  for (std::uint64_t cursor = 0; cursor < set.size(); cursor += step) {
    const std::uint64_t index = order.at(cursor);
    require(index < set.size() && order.cursor_of(index) == cursor && set.find(set.at(index)) == index);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  TargetSetBuilder builder;
  std::vector<Range> ranges;
  std::vector<Address> singles;
  std::size_t line_before = 0;
  const auto in_order = [&](std::size_t line) {
    require(line > line_before);
    line_before = line;
  };
  echosweep::targets::parse_target_lines(
      text, {.on_address =
                 [&](const Address& address, std::size_t line) {
                   in_order(line);
                   require(Address::parse(to_string(address)) == address);
                   builder.add({address, address}, true);
                   singles.push_back(address);
                 },
             .on_spec =
                 [&](Spec&& spec, std::size_t line) {
                   in_order(line);
                   require(!spec.single && spec.ranges.empty() != spec.name.empty());
                   for (const Range& range : spec.ranges) {
                     require(range.first <= range.last && range.first.zone() == range.last.zone());
                     if (ranges.size() < kMostRanges) {
                       ranges.push_back(range);
                       builder.add(range, false);
                     }
                   }
                 },
             .on_bad =
                 [&](BadLine&& bad) {
                   in_order(bad.line);
                   require(!bad.why.empty() && bad.why.find('\n') == std::string::npos);
                 }});

  // Every third range is excluded again, so that splitting is tried too.
  std::vector<Range> excluded;
  for (std::size_t i = 0; i < ranges.size(); i += 3) {
    excluded.push_back(ranges[i]);
    builder.exclude(ranges[i]);
  }
  const auto set = builder.build();
  if (!set) {
    return 0;
  }
  check_set(*set);
  check_order(*set, size);
  for (const Range& range : excluded) {
    require(!set->find(range.first) && !set->find(range.last));
  }
  if (excluded.empty()) {
    for (const Address& address : singles) {
      require(set->find(address).has_value());
    }
  }
  return 0;
}
