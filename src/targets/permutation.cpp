// A random order without a list.
//
// The problem: a sweep should not knock on one network's doors in sequence (routers limit what they answer
// per prefix, and a burst at one subnet looks like an attack), yet a shuffled list of 2^32 targets takes 16
// GiB. We need a function from cursor to target that hits each target exactly once, looks random, takes a
// key, and runs backwards too: from a target that replied to the cursor at which it was probed.
//
// The idea: lay the numbers 0 ... size-1 out as cells of a table, row by row, with a power of two of columns
// near the square root of size. A round first rotates each column of the table by an amount that only a keyed
// hash of the column knows (row := row + hash(column) mod rows), and then shuffles each row in the same way
// (column := column xor hash(row)). This is a Feistel network whose two halves have sizes of their own, so
// that the table has at most one row more than it needs: fewer than 2^column_bits cells are not targets.
// Where a walk lands on one of those it simply goes on, forward() of forward(), until it is on a target again
// (cycle walking). With a table of bits alone up to half of all cells would be such misses, and every second
// call would run twice.
//
// Why it is right: a rotation by an amount that the other half fixes can be undone as long as the other half
// is still there, and it is: each step changes one half only. So forward() is a bijection of the table's
// cells whatever the hash does, and backward() is its steps undone in reverse. Following the cycle of a
// bijection from a target to the next target on the same cycle is a bijection of the targets; it ends,
// because the cycle comes back to where it began. Nothing here depends on the quality of the hash but the
// looks of the order: the hash is the two halves of a 64 x 64 bit product folded together, and three rounds
// of two steps each mix a neighbouring cursor's one changed bit into every bit of both halves. The order is
// no secret and needs no cipher.

#include "targets/permutation.hpp"

#include <bit>

#include "core/address.hpp"

namespace echosweep::targets {

namespace {

/// The next number of the SplitMix64 sequence: turns a seed, 0 and 1 too, into keys with no visible relation.
std::uint64_t next_key(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
  return mixed ^ mixed >> 31;
}

std::uint64_t hash(std::uint64_t half, std::uint64_t key) {
  const Uint128 product = Uint128{half ^ key} * 0xd6e8feb86659fd93;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// A hash brought into [0, count) by its high bits: no division.
std::uint64_t scale(std::uint64_t hashed, std::uint64_t count) {
  const Uint128 product = Uint128{hashed} * count;
  return static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

Permutation::Permutation(std::uint64_t size, std::uint64_t seed)
    : size_(size),
      rows_(0),
      column_mask_(0),
      column_bits_(static_cast<int>(std::bit_width(size - 1)) / 2),
      keys_{} {
  column_mask_ = (std::uint64_t{1} << column_bits_) - 1;
  rows_ = ((size - 1) >> column_bits_) + 1;
  for (RoundKeys& keys : keys_) {
    keys.row = next_key(seed);
    keys.column = next_key(seed);
  }
}

std::uint64_t Permutation::forward(std::uint64_t cell) const {
  std::uint64_t row = cell >> column_bits_;
  std::uint64_t column = cell & column_mask_;
  for (const RoundKeys& keys : keys_) {
    row += scale(hash(column, keys.row), rows_);
    row -= row >= rows_ ? rows_ : 0;
    column ^= hash(row, keys.column) & column_mask_;
  }
  return row << column_bits_ | column;
}

std::uint64_t Permutation::backward(std::uint64_t cell) const {
  std::uint64_t row = cell >> column_bits_;
  std::uint64_t column = cell & column_mask_;
  for (std::size_t round = kRounds; round-- > 0;) {
    column ^= hash(row, keys_[round].column) & column_mask_;
    const std::uint64_t turn = scale(hash(column, keys_[round].row), rows_);
    row += row < turn ? rows_ : 0;
    row -= turn;
  }
  return row << column_bits_ | column;
}

std::uint64_t Permutation::at(std::uint64_t cursor) const {
  std::uint64_t cell = forward(cursor);
  while (cell >= size_) {
    cell = forward(cell);
  }
  return cell;
}

std::uint64_t Permutation::cursor_of(std::uint64_t index) const {
  std::uint64_t cell = backward(index);
  while (cell >= size_) {
    cell = backward(cell);
  }
  return cell;
}

Order Order::part(const Shard& shard) const {
  const auto begin_of = [&](std::uint64_t index) {
    return static_cast<std::uint64_t>(Uint128{size_} * index / shard.count);
  };
  Order part = *this;
  part.first_ = first_ + begin_of(shard.index - 1);
  part.size_ = begin_of(shard.index) - begin_of(shard.index - 1);
  return part;
}

}  // namespace echosweep::targets
