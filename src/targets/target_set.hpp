#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "targets/interval.hpp"
#include "targets/range.hpp"

namespace echosweep::targets {

/// A set that is larger cannot be numbered, and build() refuses it.
inline constexpr std::uint64_t kMaxTargets = std::uint64_t{1} << 63;
/// A sweep of more targets is refused: the ledger, at two bits a target, would pass 2 GiB.
inline constexpr std::uint64_t kMaxSweep = std::uint64_t{1} << 33;

/// Why a sweep of `count` targets is refused, with the memory that its ledger would need. The highest number
/// there is stands for "that many or more".
std::string too_many_targets(Uint128 count);

/// What became of addresses that were named and are not targets of their own. A number above 2^64 - 1 reads
/// as that; one above 2^128, which takes two ::/0, means nothing.
struct SetCounts {
  std::uint64_t duplicates = 0;  ///< mentions of an address beyond its first
  std::uint64_t excluded = 0;
  std::uint64_t left_out = 0;  ///< multicast and broadcast that no one named singly
};

/// A target that was named before, named again.
struct Mention {
  std::uint64_t index = 0;
  std::uint64_t before = 0;  ///< how many targets have their first mention in front of this one
  std::string_view name;     ///< as given here; empty: the address itself
};

/// The targets of a run: disjoint ranges in input order, numbered through from 0 (a target's index), with a
/// sorted index back from address to target, and the names as given. It takes 40 bytes a range, however many
/// addresses the range has. Immutable, so any thread may read it.
class TargetSet {
 public:
  TargetSet() = default;

  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// The target with this index, which must be below size(). Constant time but for a binary search among the
  /// ranges that share a slot of the guide.
  Address at(std::uint64_t index) const;
  /// The index of `address` (zone included); nothing if it is no target. O(log ranges).
  std::optional<std::uint64_t> find(const Address& address) const;
  /// The name that the user gave for a target; empty if none. The view lives as long as the set.
  std::string_view name_of(std::uint64_t index) const;
  bool has_names() const { return !names_.empty(); }

  /// The mentions of targets beyond their first, in input order. There are none unless the builder keeps
  /// them, and then only those that name one address, by itself or by a name.
  std::size_t again_count() const { return again_.size(); }
  Mention again(std::size_t number) const;
  /// The numbers of those that name this target, in input order.
  std::span<const std::uint32_t> again_of(std::uint64_t index) const;
  /// Calls `use(index, name)` for every mention in input order: for each target once, with name_of(), and
  /// for each that was named again.
  template <typename Use>
  void for_each_mention(Use use) const;

  /// The ranges in input order; neighbours in it that go on from one another are one.
  std::size_t range_count() const { return blocks_.size(); }
  Range range(std::size_t number) const;
  /// Index of the range's first target.
  std::uint64_t range_start(std::size_t number) const { return blocks_[number].start; }
  std::uint64_t range_size(std::size_t number) const {
    return (number + 1 < blocks_.size() ? blocks_[number + 1].start : size_) - blocks_[number].start;
  }

  const SetCounts& counts() const { return counts_; }

 private:
  friend class TargetSetBuilder;

  /// A range without its end, which is where the next block starts.
  struct Block {
    Uint128 first;
    std::uint64_t start;
    std::uint32_t zone;
    Family family;
  };
  struct Name {
    std::uint64_t index;
    std::size_t offset;  ///< into name_text_; it ends where the next one begins
  };

  struct Again {
    std::uint64_t index;
    std::uint64_t before;
    std::size_t offset;  ///< into again_text_
    std::size_t length;
  };

  void make_guide();
  void make_sorted_index();
  Address first_of(const Block& block) const;

  std::uint64_t size_ = 0;
  std::vector<Block> blocks_;         ///< by start
  std::vector<std::uint32_t> guide_;  ///< [i]: the block of index i << guide_shift_; empty: few blocks
  int guide_shift_ = 0;
  std::vector<std::uint32_t> by_address_;  ///< blocks by address; empty: they are so by themselves
  std::vector<Name> names_;                ///< by index
  std::vector<Again> again_;               ///< by place in the input
  std::vector<std::uint32_t> by_target_;   ///< numbers of `again_`, by index and then by place
  std::string name_text_;
  std::string again_text_;
  SetCounts counts_;
};

template <typename Use>
void TargetSet::for_each_mention(Use use) const {
  std::size_t next = 0;
  for (std::uint64_t index = 0; index <= size_; ++index) {
    for (; next < again_.size() && again_[next].before == index; ++next) {
      const Mention mention = again(next);
      use(mention.index, mention.name);
    }
    if (index < size_) {
      use(index, name_of(index));
    }
  }
}

/// Collects what the user named and makes a TargetSet of it. An address that was named more than once is one
/// target, at the place of its first mention; excluded ones are never in the set. An exclusion without a zone
/// holds in every zone. Multicast (224.0.0.0/4, ff00::/8) and 255.255.255.255 are left out unless named
/// singly.
class TargetSetBuilder {
 public:
  TargetSetBuilder();

  /// The set will tell the mentions of its targets beyond the first; and a target whose first mention was an
  /// address has no name, though later ones gave one. From the beginning on.
  void keep_mentions() { keep_mentions_ = true; }
  /// `single`: the user gave this one address, and means it even where it is multicast or broadcast.
  void add(const Range& range, bool single);
  /// Keeps the place of a name here, whose addresses are known only later: `count` of them in a row, if each
  /// is to have its own. The result is the first.
  std::uint64_t hold_place(std::uint64_t count = 1);
  /// One address that `name` resolved to, at the place that was held for it. Of several names of an address,
  /// the one added first is kept.
  void add_named(std::uint64_t place, const Address& address, std::string_view name);
  void exclude(const Range& range);
  /// More addresses to treat as broadcast: those of the interfaces' networks.
  void leave_out_unless_single(const Range& range);

  /// O(n log n) in the number of ranges. Fails where the set has more than kMaxTargets addresses. What was
  /// collected is used up.
  Result<TargetSet> build();

 private:
  struct NamedAddress {
    Address address;
    std::size_t offset;
    std::uint64_t place;
  };
  struct Repeat {
    Piece piece;  ///< of one address
    std::uint64_t before;
  };

  std::vector<Piece> all_targets(SetCounts& counts);
  static std::vector<Repeat> find_repeats(const std::vector<Piece>& singles,
                                          const std::vector<Piece>& targets);
  static Result<TargetSet> number(std::vector<Piece>&& pieces, std::vector<Repeat>& repeats);
  std::string_view name_text(std::size_t number) const;
  void attach_names(TargetSet& set, const std::vector<Piece>& targets) const;
  void attach_mentions(TargetSet& set, const std::vector<Repeat>& repeats) const;

  std::vector<Piece> wide_;
  std::vector<Piece> singles_;
  std::vector<Piece> exclusions_;
  std::vector<Piece> broadcasts_;
  std::uint64_t next_place_ = 0;
  std::optional<bool> last_was_single_;  ///< of the last add(), if that was the last call
  std::vector<NamedAddress> names_;
  std::string name_text_;
  bool keep_mentions_ = false;
};

}  // namespace echosweep::targets
