#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/quantities.hpp"

namespace echosweep::targets {

/// A keyed bijection of [0, size) onto itself: cursor i of a run stands for target index at(i). It has no
/// state per target, so every pass, every restart and both directions cost the same few nanoseconds. The same
/// size and seed give the same order in every version: users repeat runs by it. Immutable; any thread may
/// call it.
class Permutation {
 public:
  /// `size` from 1 to 2^63.
  Permutation(std::uint64_t size, std::uint64_t seed);

  std::uint64_t size() const { return size_; }
  /// The target index at this cursor, which must be below size().
  std::uint64_t at(std::uint64_t cursor) const;
  /// The inverse: at(cursor_of(index)) == index.
  std::uint64_t cursor_of(std::uint64_t index) const;

 private:
  static constexpr std::size_t kRounds = 3;

  /// One round changes the row by what the column says, and then the column by what the new row says.
  struct RoundKeys {
    std::uint64_t row;
    std::uint64_t column;
  };

  std::uint64_t forward(std::uint64_t cell) const;
  std::uint64_t backward(std::uint64_t cell) const;

  std::uint64_t size_;
  std::uint64_t rows_;         ///< up to 2^32
  std::uint64_t column_mask_;  ///< there are 2^column_bits_ columns
  int column_bits_;
  std::array<RoundKeys, kRounds> keys_;
};

/// The order in which a run walks its targets: as given, or permuted; all of it, or a shard's part.
class Order {
 public:
  static Order input(std::uint64_t size) { return Order(size, std::nullopt); }
  static Order random(std::uint64_t size, std::uint64_t seed) { return Order(size, Permutation(size, seed)); }

  /// The shard's part of a whole order, with cursors of its own from 0. All parts together are the whole, no
  /// two share a target, and their sizes differ by one at most. In a random order each is as spread over the
  /// networks as the whole.
  Order part(const Shard& shard) const;

  std::uint64_t size() const { return size_; }
  bool is_random() const { return permutation_.has_value(); }
  /// The target index at this cursor, which must be below size().
  std::uint64_t at(std::uint64_t cursor) const {
    return permutation_ ? permutation_->at(first_ + cursor) : first_ + cursor;
  }
  /// The cursor of this target index; size() or more: it is in another part.
  std::uint64_t cursor_of(std::uint64_t index) const {
    return (permutation_ ? permutation_->cursor_of(index) : index) - first_;
  }

 private:
  Order(std::uint64_t size, std::optional<Permutation> permutation)
      : size_(size), permutation_(permutation) {}

  std::uint64_t first_ = 0;  ///< the place in the whole order where this part begins
  std::uint64_t size_;
  std::optional<Permutation> permutation_;
};

}  // namespace echosweep::targets
