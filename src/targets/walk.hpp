#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "targets/permutation.hpp"
#include "targets/target_set.hpp"

namespace echosweep::targets {

/// The targets of a run by their place in its order: a target's number is the cursor at which it is asked. So
/// whatever is kept of each target lies in memory as the run walks over it, and belongs to this shard alone.
/// `set` and `order` outlive it. Any thread may call it.
class Walk {
 public:
  Walk(const TargetSet& set, const Order& order) : set_(set), order_(order) {}

  std::uint64_t size() const { return order_.size(); }
  /// The target with this number, which must be below size().
  Address at(std::uint64_t number) const { return set_.at(order_.at(number)); }
  /// The number of `address` (zone included); nothing if it is no target of this walk.
  std::optional<std::uint64_t> find(const Address& address) const {
    const auto index = set_.find(address);
    return index ? number_of(*index) : std::nullopt;
  }
  /// The name that the user gave for a target; empty if none. The view lives as long as the set.
  std::string_view name_of(std::uint64_t number) const {
    return set_.has_names() ? set_.name_of(order_.at(number)) : std::string_view();
  }
  /// A target's index in the set, and back: nothing where another shard has it.
  std::uint64_t index_of(std::uint64_t number) const { return order_.at(number); }
  std::optional<std::uint64_t> number_of(std::uint64_t index) const {
    const std::uint64_t number = order_.cursor_of(index);
    return number < size() ? std::optional(number) : std::nullopt;
  }
  const TargetSet& set() const { return set_; }
  /// Calls `use(index)` for each target's index in the set, in input order.
  template <typename Use>
  void for_each_index(Use use) const;

 private:
  /// A part that is larger goes through the indices of the whole set: that takes time but no memory.
  static constexpr std::uint64_t kMostSorted = std::uint64_t{1} << 24;

  const TargetSet& set_;
  const Order& order_;
};

template <typename Use>
void Walk::for_each_index(Use use) const {
  if (size() < set_.size() && size() <= kMostSorted) {
    std::vector<std::uint64_t> indices(size());
    for (std::uint64_t number = 0; number < size(); ++number) {
      indices[number] = index_of(number);
    }
    std::ranges::sort(indices);
    std::ranges::for_each(indices, use);
    return;
  }
  for (std::uint64_t index = 0; index < set_.size(); ++index) {
    if (number_of(index)) {
      use(index);
    }
  }
}

}  // namespace echosweep::targets
