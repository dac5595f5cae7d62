#pragma once

#include <roaring/roaring64map.hh>

#include <cstdint>
#include <utility>
#include <vector>

namespace roaring {}  // namespace roaring

namespace echosweep::modes {

namespace bitmaps {
using namespace roaring;  // NOLINT(google-build-using-namespace): global in CRoaring 0.2, in roaring since
using Bitmap = Roaring64Map;
}  // namespace bitmaps

/// A small number for each target, 0 for nearly all or all of them: one compressed bitmap for each binary
/// digit. Where all of a network has the same number, that is one bit a target for each 1 in it; where few
/// have any, two bytes each. Any one thread at a time.
class SparseNumbers {
 public:
  SparseNumbers() = default;
  /// From digits(), with digits to it.
  explicit SparseNumbers(std::vector<bitmaps::Bitmap> digits) : digits_(std::move(digits)) {}

  std::uint64_t get(std::uint64_t index) const;
  void set(std::uint64_t index, std::uint64_t number);
  /// Sets the numbers of this target and all after it to 0.
  void forget_from(std::uint64_t first);
  /// No target has a number but 0, or ever had.
  bool empty() const { return digits_.empty(); }
  /// Who has a number with a 1 at this binary digit; the lowest first.
  const std::vector<bitmaps::Bitmap>& digits() const { return digits_; }

 private:
  std::vector<bitmaps::Bitmap> digits_;
};

}  // namespace echosweep::modes
