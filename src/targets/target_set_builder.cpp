#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
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

auto key_of_place(const Piece& piece) {
  return std::tie(piece.place, piece.family, piece.zone, piece.first);
}

/// The piece of a tidy list that covers this address; nothing: none does.
const Piece* piece_with(const std::vector<Piece>& pieces, const Piece& address) {
  const auto key = [](const Piece& piece) { return std::tie(piece.family, piece.zone, piece.first); };
  const auto after = std::ranges::upper_bound(pieces, key(address), {}, key);
  if (after == pieces.begin()) {
    return nullptr;
  }
  const Piece& piece = *std::prev(after);
  const bool covers =
      piece.family == address.family && piece.zone == address.zone && address.first <= piece.last;
  return covers ? &piece : nullptr;
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

std::uint64_t TargetSetBuilder::hold_place(std::uint64_t count) {
  last_was_single_.reset();  // what follows must not be merged with what came before
  return std::exchange(next_place_, next_place_ + count);
}

void TargetSetBuilder::add_named(std::uint64_t place, const Address& address, std::string_view name) {
  singles_.push_back(piece_of({address, address}, place));
  last_was_single_.reset();
  names_.push_back({address, name_text_.size(), place});
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

/// The addresses of `singles` that something in front of them named before; `targets`: who is where, tidy.
std::vector<TargetSetBuilder::Repeat> TargetSetBuilder::find_repeats(const std::vector<Piece>& singles,
                                                                     const std::vector<Piece>& targets) {
  std::vector<Repeat> repeats;
  for (const Piece& single : singles) {
    for (Uint128 value = single.first;; ++value) {
      Piece one = single;
      one.first = one.last = value;
      const Piece* const winner = piece_with(targets, one);
      if (winner != nullptr && winner->place != single.place) {
        repeats.push_back({.piece = one, .before = 0});
      }
      if (value == single.last) {
        break;
      }
    }
  }
  std::ranges::sort(repeats, [](const Repeat& a, const Repeat& b) {
    return key_of_place(a.piece) < key_of_place(b.piece);
  });
  return repeats;
}

/// Puts the pieces into input order and numbers their addresses through; tells the repeats, which are in
/// input order, where they stand among them.
Result<TargetSet> TargetSetBuilder::number(std::vector<Piece>&& pieces, std::vector<Repeat>& repeats) {
  std::ranges::sort(pieces, [](const Piece& a, const Piece& b) { return key_of_place(a) < key_of_place(b); });
  auto repeat = repeats.begin();
  TargetSet set;
  set.blocks_.reserve(pieces.size());
  Uint128 size = 0;
  const Piece* previous = nullptr;
  for (const Piece& piece : pieces) {
    for (; repeat != repeats.end() && key_of_place(repeat->piece) < key_of_place(piece); ++repeat) {
      repeat->before = static_cast<std::uint64_t>(size);
    }
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
  for (; repeat != repeats.end(); ++repeat) {
    repeat->before = set.size_;
  }
  return set;
}

/// The name that was given as the names_[number].
std::string_view TargetSetBuilder::name_text(std::size_t number) const {
  const std::size_t from = names_[number].offset;
  const std::size_t to = number + 1 < names_.size() ? names_[number + 1].offset : name_text_.size();
  return std::string_view(name_text_).substr(from, to - from);
}

void TargetSetBuilder::attach_names(TargetSet& set, const std::vector<Piece>& targets) const {
  struct Given {
    std::uint64_t index;
    std::size_t number;
  };
  std::vector<Given> given;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto index = set.find(names_[i].address);
    if (!index) {
      continue;
    }
    const Piece named = piece_of({names_[i].address, names_[i].address}, names_[i].place);
    if (keep_mentions_ && piece_with(targets, named)->place != named.place) {
      continue;  // a later mention, which keeps its name for itself
    }
    given.push_back({*index, i});
  }
  std::ranges::sort(given, [](const Given& a, const Given& b) {
    return std::tie(a.index, a.number) < std::tie(b.index, b.number);
  });
  const auto spare = std::ranges::unique(given, {}, &Given::index);
  given.erase(spare.begin(), spare.end());
  set.names_.reserve(given.size());
  for (const Given& one : given) {
    set.names_.push_back({one.index, set.name_text_.size()});
    set.name_text_ += name_text(one.number);
  }
}

void TargetSetBuilder::attach_mentions(TargetSet& set, const std::vector<Repeat>& repeats) const {
  std::map<std::pair<std::uint64_t, Address>, std::size_t> names;  // by place and address
  for (std::size_t i = 0; i < names_.size() && !repeats.empty(); ++i) {
    names.try_emplace({names_[i].place, names_[i].address}, i);
  }
  set.again_.reserve(repeats.size());
  for (const auto& [piece, before] : repeats) {
    const Address address = piece.family == Family::kIpv4
                                ? Address::v4(static_cast<std::uint32_t>(piece.first))
                                : Address::v6(piece.first, piece.zone);
    const auto named = names.find({piece.place, address});
    const std::string_view name = named == names.end() ? std::string_view() : name_text(named->second);
    set.again_.push_back({.index = set.find(address).value(),
                          .before = before,
                          .offset = set.again_text_.size(),
                          .length = name.size()});
    set.again_text_ += name;
  }
  set.by_target_.resize(repeats.size());
  std::iota(set.by_target_.begin(), set.by_target_.end(), 0U);
  std::ranges::stable_sort(set.by_target_, {},
                           [&](std::uint32_t number) { return set.again_[number].index; });
}

Result<TargetSet> TargetSetBuilder::build() {
  SetCounts counts;
  const std::vector<Piece> singles = keep_mentions_ ? singles_ : std::vector<Piece>{};
  std::vector<Piece> pieces = all_targets(counts);
  const std::vector<Piece> targets = keep_mentions_ ? pieces : std::vector<Piece>{};
  auto repeats = counts.duplicates > 0 ? find_repeats(singles, targets) : std::vector<Repeat>{};
  auto set = number(std::move(pieces), repeats);
  if (!set) {
    return set;
  }
  set->counts_ = counts;
  set->make_guide();
  set->make_sorted_index();
  attach_names(*set, targets);
  attach_mentions(*set, repeats);
  *this = TargetSetBuilder();
  return set;
}

}  // namespace echosweep::targets
