#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace echosweep::modes {

/// Remarks about single targets: which of a few reasons holds for it. Most targets have none; each remark
/// takes 8 bytes. One thread writes, and after it has ended another reads.
template <typename Reason>
class Notes {
 public:
  void add(std::uint64_t index, const Reason& reason) {
    const auto [known, is_new] = numbers_.try_emplace(reason, reasons_.size());
    if (is_new) {
      if (reasons_.size() > kReasonMask) {  // sixteen million different reasons: somebody plays with us
        known->second = 0;
      } else {
        reasons_.push_back(reason);
      }
    }
    notes_.push_back(index << kReasonBits | known->second);
  }

  /// Must be called before of() and after the last add().
  void sort() { std::ranges::stable_sort(notes_, {}, index_of); }

  /// The remarks on a target, in the order in which they were made: how many, and the last.
  struct Found {
    std::size_t count = 0;
    const Reason* last = nullptr;
  };
  Found of(std::uint64_t index) const {
    const auto range = std::ranges::equal_range(notes_, index, {}, index_of);
    if (range.empty()) {
      return {};
    }
    return {.count = range.size(), .last = &reasons_[*std::prev(range.end()) & kReasonMask]};
  }
  bool empty() const { return notes_.empty(); }

 private:
  static constexpr int kReasonBits = 24;  ///< which leaves 40 for the index, as in the payload
  static constexpr std::uint64_t kReasonMask = (std::uint64_t{1} << kReasonBits) - 1;
  static constexpr std::uint64_t index_of(std::uint64_t note) { return note >> kReasonBits; }

  std::vector<Reason> reasons_;
  std::map<Reason, std::uint64_t> numbers_;
  std::vector<std::uint64_t> notes_;
};

}  // namespace echosweep::modes
