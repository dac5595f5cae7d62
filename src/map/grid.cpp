#include "map/grid.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace echosweep::map {

namespace {

constexpr std::uint32_t kMany = std::numeric_limits<std::uint32_t>::max();

constexpr std::uint8_t bit(Look look) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(look));
}

constexpr Look look_of(report::State state) {
  switch (state) {
    case report::State::kAlive:
      return Look::kAlive;
    case report::State::kUnreachable:
      return Look::kUnreachable;
    case report::State::kUnsent:
      return Look::kUnsent;
    case report::State::kSilent:
      break;
  }
  return Look::kSilent;
}

}  // namespace

Grid::Grid(const Prefix& space)
    : space_(space), bits_(std::min(space.host_bits(), kMostBits)), cells_(std::size_t{1} << bits_) {}

void Grid::add_targets(const Span& span) {
  if (span.first.family() != space_.base.family()) {
    return;
  }
  const Uint128 base = space_.base.value();
  const Uint128 end =
      base + (space_.host_bits() >= 128 ? ~Uint128{0} : (Uint128{1} << space_.host_bits()) - 1);
  const Uint128 first = std::max(span.first.value(), base);
  const Uint128 last = std::min(span.last.value(), end);
  const int shift = cell_bits();
  // What is added may pass 2^128 and then loses it again by the 1 that is taken off.
  for (Uint128 next = first; next <= last;) {
    const auto number = static_cast<std::size_t>((next - base) >> shift);
    const Uint128 cell_end = base + ((static_cast<Uint128>(number) + 1) << shift) - 1;
    const Uint128 until = std::min(last, cell_end);
    const Uint128 count = until - next + 1;
    Cell& cell = cells_[number];
    cell.open = count >= kMany - cell.open ? kMany : cell.open + static_cast<std::uint32_t>(count);
    if (until == last) {
      break;
    }
    next = until + 1;
  }
}

void Grid::record(const Address& address, report::State state, std::optional<std::chrono::nanoseconds> rtt) {
  if (!space_.contains(address)) {
    return;
  }
  Cell& cell = cells_[static_cast<std::size_t>((address.value() - space_.base.value()) >> cell_bits())];
  if (state == report::State::kSilent) {
    return;
  }
  cell.looks |= bit(look_of(state));
  if (cell.open > 0 && cell.open < kMany) {
    --cell.open;
  }
  if (rtt) {
    const float ns = std::max(1.0F, static_cast<float>(rtt->count()));
    cell.rtt_ns = cell.rtt_ns == 0 ? ns : std::min(cell.rtt_ns, ns);
  }
}

Spot Grid::spot(std::uint64_t index, int bits) const {
  const std::size_t count = std::size_t{1} << (bits_ - bits);
  unsigned looks = 0;
  float rtt_ns = 0;
  for (std::size_t i = index * count; i < (index + 1) * count; ++i) {
    const Cell& cell = cells_[i];
    looks |= cell.looks | (cell.open > 0 ? bit(Look::kSilent) : 0U);
    if (cell.rtt_ns > 0 && (rtt_ns == 0 || cell.rtt_ns < rtt_ns)) {
      rtt_ns = cell.rtt_ns;
    }
  }
  if (looks == 0) {
    return {};
  }
  Spot spot{.look = static_cast<Look>(std::bit_width(looks) - 1), .rtt = std::nullopt};
  if (spot.look == Look::kAlive && rtt_ns > 0) {
    spot.rtt = std::chrono::nanoseconds(static_cast<std::int64_t>(rtt_ns));
  }
  return spot;
}

}  // namespace echosweep::map
