#include "targets/target_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <tuple>

namespace echosweep::targets {

namespace {

/// Below this a binary search over all blocks stays within a few cache lines.
constexpr std::size_t kFewBlocks = 16;

/// `512 bytes`, `2 GiB`, `4 EiB`: rounded up, as what is needed must not be understated.
std::string format_bytes(Uint128 bytes) {
  static constexpr std::array<std::string_view, 9> kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB",
                                                             "PiB",   "EiB", "ZiB", "YiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes = bytes / 1024 + (bytes % 1024 != 0 ? 1 : 0);
    ++unit;
  }
  return fmt::format("{} {}", static_cast<std::uint64_t>(bytes), kUnits[unit]);
}

}  // namespace

std::string too_many_targets(Uint128 count) {
  const Uint128 ledger = count / 4 + (count % 4 != 0 ? 1 : 0);
  return fmt::format(
      "{}{} targets are too many for one sweep: its ledger would need {} of memory (at most {} targets, {}): "
      "name smaller ranges",
      count == ~Uint128{0} ? "at least " : "", count, format_bytes(ledger), kMaxSweep,
      format_bytes(kMaxSweep / 4));
}

Address TargetSet::first_of(const Block& block) const {
  return block.family == Family::kIpv4 ? Address::v4(static_cast<std::uint32_t>(block.first))
                                       : Address::v6(block.first, block.zone);
}

Address TargetSet::at(std::uint64_t index) const {
  std::size_t low = 0;
  std::size_t high = blocks_.size() - 1;
  if (!guide_.empty()) {
    const std::size_t slot = static_cast<std::size_t>(index >> guide_shift_);
    low = guide_[slot];
    high = guide_[slot + 1];
  }
  while (low < high) {
    const std::size_t middle = high - (high - low) / 2;
    if (blocks_[middle].start <= index) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  const Block& block = blocks_[low];
  return first_of(block).plus(index - block.start);
}

std::optional<std::uint64_t> TargetSet::find(const Address& address) const {
  const Family family = address.family();
  const std::uint32_t zone = address.zone();
  const Uint128 value = address.value();
  const auto block_at = [this](std::size_t rank) { return by_address_.empty() ? rank : by_address_[rank]; };
  std::size_t low = 0;  // how many blocks begin at or before the address
  std::size_t high = blocks_.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const Block& block = blocks_[block_at(middle)];
    if (std::tie(block.family, block.zone, block.first) <= std::tie(family, zone, value)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) {
    return std::nullopt;
  }
  const std::size_t number = block_at(low - 1);
  const Block& block = blocks_[number];
  if (block.family != family || block.zone != zone || value - block.first >= range_size(number)) {
    return std::nullopt;
  }
  return block.start + static_cast<std::uint64_t>(value - block.first);
}

std::string_view TargetSet::name_of(std::uint64_t index) const {
  const auto name = std::ranges::lower_bound(names_, index, {}, &Name::index);
  if (name == names_.end() || name->index != index) {
    return {};
  }
  const auto next = std::next(name);
  const std::size_t end = next == names_.end() ? name_text_.size() : next->offset;
  return std::string_view(name_text_).substr(name->offset, end - name->offset);
}

Mention TargetSet::again(std::size_t number) const {
  const Again& again = again_[number];
  return {.index = again.index,
          .before = again.before,
          .name = std::string_view(again_text_).substr(again.offset, again.length)};
}

std::span<const std::uint32_t> TargetSet::again_of(std::uint64_t index) const {
  const auto found = std::ranges::equal_range(by_target_, index, {},
                                              [this](std::uint32_t number) { return again_[number].index; });
  return {found.begin(), found.end()};
}

Range TargetSet::range(std::size_t number) const {
  const Address first = first_of(blocks_[number]);
  return {first, first.plus(range_size(number) - 1)};
}

/// At most one slot a block. A slot tells the block of its own first index, and the next slot bounds the
/// search.
void TargetSet::make_guide() {
  static_assert(sizeof(Block) == 32);
  if (blocks_.size() <= kFewBlocks) {
    return;
  }
  guide_shift_ =
      static_cast<int>(std::bit_width(size_)) - static_cast<int>(std::bit_width(blocks_.size())) + 1;
  const std::size_t slots = static_cast<std::size_t>((size_ - 1) >> guide_shift_) + 1;
  guide_.reserve(slots + 1);
  std::uint32_t block = 0;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    while (block + 1 < blocks_.size() && blocks_[block + 1].start <= std::uint64_t{slot} << guide_shift_) {
      ++block;
    }
    guide_.push_back(block);
  }
  guide_.push_back(static_cast<std::uint32_t>(blocks_.size() - 1));
}

void TargetSet::make_sorted_index() {
  const auto begins_before = [](const Block& a, const Block& b) {
    return std::tie(a.family, a.zone, a.first) < std::tie(b.family, b.zone, b.first);
  };
  if (std::ranges::is_sorted(blocks_, begins_before)) {
    return;
  }
  by_address_.resize(blocks_.size());
  std::iota(by_address_.begin(), by_address_.end(), 0U);
  std::ranges::sort(by_address_,
                    [&](std::uint32_t a, std::uint32_t b) { return begins_before(blocks_[a], blocks_[b]); });
}

}  // namespace echosweep::targets
