#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "results/growing_array.hpp"
#include "results/keys.hpp"
#include "results/verdict.hpp"

namespace echosweep::results {

/// All from `first` to `last`, in one zone. Ranges stay ranges, however wide they are.
template <typename Key>
struct KeyRange {
  Key first;
  Key last;
  Verdict verdict;
  std::uint32_t tries = 0;  ///< 0: not known
};

/// Cuts overlapping ranges so that each address is in one of them: in that with the higher state, and among
/// equals in that which was there first. The result ascends.
template <typename Key>
std::vector<KeyRange<Key>> without_overlaps(std::vector<KeyRange<Key>> ranges) {
  const auto by_first = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::ranges::stable_sort(ranges, by_first);
  const bool disjoint = std::ranges::adjacent_find(ranges, [](const auto& a, const auto& b) {
                          return !(a.last < b.first);
                        }) == ranges.end();
  if (disjoint) {
    return ranges;
  }
  std::vector<KeyRange<Key>> taken;
  for (const auto state :
       {report::State::kAlive, report::State::kUnreachable, report::State::kSilent, report::State::kUnsent}) {
    // What this state adds between the ranges of higher ones, a walk over both.
    std::vector<KeyRange<Key>> added;
    auto higher = taken.begin();
    Key free = Key::lowest();  // nothing of this state lies at or behind it
    bool full = false;
    for (const KeyRange<Key>& range : ranges) {
      if (range.verdict.state() != state || full || range.last < free) {
        continue;
      }
      Key from = std::max(range.first, free);
      while (true) {
        while (higher != taken.end() && higher->last < from) {
          ++higher;
        }
        const bool met = higher != taken.end() && !(range.last < higher->first);
        if (!met || from < higher->first) {
          added.push_back({from, met ? higher->first.previous() : range.last, range.verdict, range.tries});
        }
        if (!met || !(higher->last < range.last)) {
          break;
        }
        from = higher->last.next();
      }
      full = range.last == Key::highest();
      free = full ? free : range.last.next();
    }
    taken.insert(taken.end(), added.begin(), added.end());
    std::ranges::sort(taken, by_first);
  }
  return taken;
}

/// Hosts sorted by address, each once, and ranges. `Entry` is a plain value with key(), verdict() and an
/// order that puts the better of two duplicates first. Filled, then sealed, then read.
template <typename Key, typename Entry>
class HostTable {
 public:
  void add(const Entry& entry) { hosts_.push_back(entry); }
  void add(const KeyRange<Key>& range) { ranges_.push_back(range); }

  /// Sorts, and lets `join(best, duplicate)` add to the best what a duplicate knows better.
  template <typename Join>
  void seal(Join join) {
    if (!std::is_sorted(hosts_.begin(), hosts_.end())) {
      std::sort(hosts_.begin(), hosts_.end());
    }
    Entry* kept = hosts_.begin();
    for (Entry* at = hosts_.begin(); at != hosts_.end(); ++at) {
      if (kept != at && kept->key() == at->key()) {
        join(*kept, *at);
      } else if (at != hosts_.begin()) {
        *++kept = *at;
      }
    }
    hosts_.shrink(hosts_.empty() ? 0 : static_cast<std::size_t>(kept - hosts_.begin()) + 1);
    ranges_ = without_overlaps(std::move(ranges_));
  }

  const GrowingArray<Entry>& hosts() const { return hosts_; }
  const std::vector<KeyRange<Key>>& ranges() const { return ranges_; }
  GrowingArray<Entry>& hosts() { return hosts_; }
  std::vector<KeyRange<Key>>& ranges() { return ranges_; }

 private:
  GrowingArray<Entry> hosts_;
  std::vector<KeyRange<Key>> ranges_;
};

/// What a table knows of the addresses from where it was asked to `last`: the same of each. At most one of
/// the two is there.
template <typename Key, typename Entry>
struct Segment {
  Key last;
  const Entry* host = nullptr;
  const KeyRange<Key>* range = nullptr;
};

/// A walk over a sealed table along ascending addresses. Where a host stands in a range the higher state
/// counts.
template <typename Key, typename Entry>
class TableWalk {
 public:
  explicit TableWalk(const HostTable<Key, Entry>& table)
      : host_(table.hosts().begin()),
        hosts_end_(table.hosts().end()),
        range_(table.ranges().data()),
        ranges_end_(table.ranges().data() + table.ranges().size()) {}

  /// What is known at `key`, which is not before any that was asked for earlier.
  Segment<Key, Entry> at(const Key& key) {
    while (host_ != hosts_end_ && host_->key() < key) {
      ++host_;
    }
    while (range_ != ranges_end_ && range_->last < key) {
      ++range_;
    }
    const bool is_host = host_ != hosts_end_ && host_->key() == key;
    const bool covered = range_ != ranges_end_ && !(key < range_->first);
    if (is_host && (!covered || host_->verdict().state() >= range_->verdict.state())) {
      return {key, host_, nullptr};
    }
    const Entry* const following = is_host ? host_ + 1 : host_;
    Key last = covered ? range_->last : Key::highest();
    if (following != hosts_end_) {
      last = std::min(last, following->key().previous());
    }
    if (!covered && range_ != ranges_end_) {
      last = std::min(last, range_->first.previous());
    }
    return {last, nullptr, covered ? range_ : nullptr};
  }

 private:
  const Entry* host_;
  const Entry* hosts_end_;
  const KeyRange<Key>* range_;
  const KeyRange<Key>* ranges_end_;
};

/// Calls `take(first, segment)` for each stretch of which the table knows something, ascending, until one
/// fails.
template <typename Key, typename Entry, typename Take>
Result<void> for_each_segment(const HostTable<Key, Entry>& table, Take take) {
  TableWalk<Key, Entry> walk(table);
  for (Key key = Key::lowest();;) {
    const auto segment = walk.at(key);
    if (segment.host != nullptr || segment.range != nullptr) {
      if (Result<void> taken = take(key, segment); !taken) {
        return taken;
      }
    }
    if (segment.last == Key::highest()) {
      return {};
    }
    key = segment.last.next();
  }
}

/// Cuts `first` to `last`, both of one zone, into the fewest prefixes: `take(first, bits, count)` each, until
/// one fails.
template <typename Key, typename Take>
Result<void> for_each_prefix(const Key& first, const Key& last, Take take) {
  const int bits = address_bits(first.address().family());
  Uint128 at = first.address().value();
  const Uint128 end = last.address().value();
  while (true) {
    int host_bits = 0;
    while (host_bits < bits) {
      const Uint128 mask = host_bits + 1 == 128 ? ~Uint128{0} : (Uint128{1} << (host_bits + 1)) - 1;
      if ((at & mask) != 0 || end - at < mask) {
        break;
      }
      ++host_bits;
    }
    const Uint128 mask = host_bits == 128 ? ~Uint128{0} : (Uint128{1} << host_bits) - 1;
    const Address address = bits == 32 ? Address::v4(static_cast<std::uint32_t>(at)) : Address::v6(at);
    const Key block = Key::of(address, first.zone());
    const Key block_end = Key::of(address.plus(mask), first.zone());
    if (Result<void> taken = take(block, bits - host_bits, count_of(block, block_end)); !taken) {
      return taken;
    }
    if (end - at == mask) {
      return {};
    }
    at += mask + 1;
  }
}

}  // namespace echosweep::results
