#include "modes/sparse_numbers.hpp"

#include <bit>

namespace echosweep::modes {

std::uint64_t SparseNumbers::get(std::uint64_t index) const {
  std::uint64_t number = 0;
  for (std::size_t digit = 0; digit < digits_.size(); ++digit) {
    number |= std::uint64_t{digits_[digit].contains(index) ? 1U : 0U} << digit;
  }
  return number;
}

void SparseNumbers::set(std::uint64_t index, std::uint64_t number) {
  const std::uint64_t before = get(index);
  const auto width = static_cast<std::size_t>(std::bit_width(number));
  if (width > digits_.size()) {
    digits_.resize(width);
  }
  for (std::uint64_t changed = before ^ number; changed != 0; changed &= changed - 1) {
    const auto digit = static_cast<std::size_t>(std::countr_zero(changed));
    if ((number >> digit & 1) != 0) {
      digits_[digit].add(index);
    } else {
      digits_[digit].remove(index);
    }
  }
}

void SparseNumbers::forget_from(std::uint64_t first) {
  for (bitmaps::Bitmap& digit : digits_) {
    if (digit.isEmpty() || digit.maximum() < first) {
      continue;
    }
    bitmaps::Bitmap gone;
    for (const std::uint64_t index : digit) {
      if (index >= first) {
        gone.add(index);
      }
    }
    digit -= gone;
  }
}

}  // namespace echosweep::modes
