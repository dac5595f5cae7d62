#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "targets/target_set.hpp"

namespace echosweep::targets {

namespace {

constexpr Address kBroadcast = Address::v4(0xffffffff);
constexpr Range kMulticast4 = prefix_range(Address::v4(0xe0000000), 4);
constexpr Range kMulticast6 = prefix_range(Address::v6(Uint128{0xff} << 120), 8);

Piece piece_of(const Range& range, std::uint64_t place) {
  return {range.first.value(), range.last.value(), place, range.first.zone(), range.first.family()};
}

std::uint64_t clamp(Uint128 count) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return count > kMost ? kMost : static_cast<std::uint64_t>(count);
}

/// Holes without a zone are taken out of every zone.
Uint128 carve_everywhere(std::vector<Piece>& pieces, const std::vector<Piece>& holes,
                         std::vector<Piece>& taken) {
  for (const HoleZone which : {HoleZone::kNone, HoleZone::kSame}) {
    std::vector<Piece> cut = carve(pieces, holes, which);
    taken.insert(taken.end(), cut.begin(), cut.end());
  }
  tidy(taken);
  return count_addresses(taken);
}

/// Whether `next` goes on where `piece` ends.
bool continues(const Piece& piece, const Piece& next) {
  return piece.family == next.family && piece.zone == next.zone && piece.last != max_value(piece.family) &&
         piece.last + 1 == next.first;
}

}  // namespace

TargetSetBuilder::TargetSetBuilder() {
  leave_out_unless_single({kBroadcast, kBroadcast});
  leave_out_unless_single(kMulticast4);
  leave_out_unless_single(kMulticast6);
}

void TargetSetBuilder::add(const Range& range, bool single) {
  std::vector<Piece>& pieces = single ? singles_ : wide_;
  const Piece piece = piece_of(range, next_place_);
  // A list that counts through a network, line by line, becomes one range here already.
  if (last_was_single_ == single && !pieces.empty() && continues(pieces.back(), piece)) {
    pieces.back().last = piece.last;
    return;
  }
  pieces.push_back(piece);
  ++next_place_;
  last_was_single_ = single;
}

std::uint64_t TargetSetBuilder::hold_place() {
  last_was_single_.reset();  // what follows must not be merged with what came before
  return next_place_++;
}

void TargetSetBuilder::add_named(std::uint64_t place, const Address& address, std::string_view name) {
  singles_.push_back(piece_of({address, address}, place));
  last_was_single_.reset();
  names_.push_back({address, name_text_.size()});
  name_text_ += name;
}

void TargetSetBuilder::exclude(const Range& range) {
  exclusions_.push_back(piece_of(range, 0));
}

void TargetSetBuilder::leave_out_unless_single(const Range& range) {
  broadcasts_.push_back(piece_of(range, 0));
}

/// Every address that stays, tidy.
std::vector<Piece> TargetSetBuilder::all_targets(SetCounts& counts) {
  const Uint128 mentions = count_addresses(wide_) + count_addresses(singles_);
  tidy(wide_);
  tidy(singles_);
  tidy(broadcasts_);
  tidy(exclusions_);

  // What the ranges lose as broadcast, they get back where it was also named singly: it keeps its first
  // place.
  std::vector<Piece> left_out;
  carve_everywhere(wide_, broadcasts_, left_out);
  const std::vector<Piece> restored = carve(left_out, singles_, HoleZone::kSame);
  counts.left_out = clamp(count_addresses(left_out));

  std::vector<Piece> targets = std::move(singles_);
  targets.insert(targets.end(), wide_.begin(), wide_.end());
  targets.insert(targets.end(), restored.begin(), restored.end());
  wide_ = {};
  tidy(targets);
  counts.duplicates = clamp(mentions - count_addresses(targets) - count_addresses(left_out));

  std::vector<Piece> excluded;
  counts.excluded = clamp(carve_everywhere(targets, exclusions_, excluded));
  return targets;
}

/// Puts the pieces into input order and numbers their addresses through.
Result<TargetSet> TargetSetBuilder::number(std::vector<Piece>&& pieces) const {
  std::ranges::sort(pieces, [](const Piece& a, const Piece& b) {
    return std::tie(a.place, a.family, a.zone, a.first) < std::tie(b.place, b.family, b.zone, b.first);
  });
  TargetSet set;
  set.blocks_.reserve(pieces.size());
  Uint128 size = 0;
  const Piece* previous = nullptr;
  for (const Piece& piece : pieces) {
    if (previous == nullptr || !continues(*previous, piece)) {
      set.blocks_.push_back({piece.first, static_cast<std::uint64_t>(size), piece.zone, piece.family});
    }
    previous = &piece;
    const Uint128 length =
        piece.last - piece.first;  // less one: the whole of IPv6 has no number for its length
    size = length >= ~Uint128{0} - size ? ~Uint128{0} : size + length + 1;
  }
  if (size > kMaxTargets) {
    return fail(too_many_targets(size));
  }
  if (set.blocks_.size() > std::numeric_limits<std::uint32_t>::max()) {
    return fail("the targets fall into more than 2^32 separate ranges: sweep them in several runs");
  }
  set.blocks_.shrink_to_fit();
  set.size_ = static_cast<std::uint64_t>(size);
  return set;
}

void TargetSetBuilder::attach_names(TargetSet& set) const {
  struct Given {
    std::uint64_t index;
    std::size_t number;
  };
  std::vector<Given> given;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (const auto index = set.find(names_[i].address)) {
      given.push_back({*index, i});
    }
  }
  std::ranges::sort(given, [](const Given& a, const Given& b) {
    return std::tie(a.index, a.number) < std::tie(b.index, b.number);
  });
  const auto spare = std::ranges::unique(given, {}, &Given::index);
  given.erase(spare.begin(), spare.end());
  set.names_.reserve(given.size());
  for (const Given& one : given) {
    const std::size_t from = names_[one.number].offset;
    const std::size_t to = one.number + 1 < names_.size() ? names_[one.number + 1].offset : name_text_.size();
    set.names_.push_back({one.index, set.name_text_.size()});
    set.name_text_.append(name_text_, from, to - from);
  }
}

Result<TargetSet> TargetSetBuilder::build() {
  SetCounts counts;
  auto set = number(all_targets(counts));
  if (!set) {
    return set;
  }
  set->counts_ = counts;
  set->make_guide();
  set->make_sorted_index();
  attach_names(*set);
  *this = TargetSetBuilder();
  return set;
}

}  // namespace echosweep::targets
