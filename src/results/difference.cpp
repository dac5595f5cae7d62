#include "results/difference.hpp"

#include <algorithm>

namespace echosweep::results {

namespace {

bool is_alive(const Side& side) {
  return side.listed && side.state == State::kAlive;
}

bool changed(std::optional<std::chrono::nanoseconds> before, std::optional<std::chrono::nanoseconds> now,
             const RttRule& rule) {
  if (!rule.told || !before || !now) {
    return false;
  }
  const auto [least, most] = std::minmax(*before, *now);
  return most - least >= rule.least && most > least &&
         static_cast<double>(most.count()) > rule.factor * static_cast<double>(least.count());
}

/// What kind of change there is, if any.
std::optional<ChangeKind> kind_of(const Side& before, const Side& now, const RttRule& rule) {
  if (is_alive(before) != is_alive(now)) {
    return is_alive(now) ? ChangeKind::kCame : ChangeKind::kWent;
  }
  if (!before.listed || !now.listed) {
    return std::nullopt;
  }
  if (before.state != now.state) {
    return ChangeKind::kState;
  }
  return changed(before.rtt, now.rtt, rule) ? std::optional(ChangeKind::kRtt) : std::nullopt;
}

Side side_of(const Snapshot& snapshot, Verdict verdict) {
  return {.listed = true, .state = verdict.state(), .reason = snapshot.reason(verdict), .rtt = verdict.rtt()};
}

template <typename Key, typename Entry>
Side side_of(const Snapshot& snapshot, const Segment<Key, Entry>& segment) {
  if (segment.host != nullptr) {
    return side_of(snapshot, segment.host->verdict());
  }
  return segment.range != nullptr ? side_of(snapshot, segment.range->verdict) : Side{};
}

template <typename Key, typename Entry>
bool says_nothing(const Segment<Key, Entry>& segment) {
  return segment.host == nullptr && segment.range == nullptr;
}

template <typename Key, typename Entry>
Result<void> compare_tables(const Snapshot& before, const HostTable<Key, Entry>& table_before,
                            const Snapshot& now, const HostTable<Key, Entry>& table_now, const RttRule& rule,
                            const TakeChange& take) {
  TableWalk<Key, Entry> walk_before(table_before);
  TableWalk<Key, Entry> walk_now(table_now);
  for (Key key = Key::lowest();;) {
    const auto segment_before = walk_before.at(key);
    const auto segment_now = walk_now.at(key);
    const Key last = std::min(segment_before.last, segment_now.last);
    if (!says_nothing(segment_before) || !says_nothing(segment_now)) {
      Change change;
      change.before = side_of(before, segment_before);
      change.now = side_of(now, segment_now);
      if (const auto kind = kind_of(change.before, change.now, rule)) {
        change.kind = *kind;
        auto told = for_each_prefix(key, last, [&](const Key& first, int bits, std::uint64_t count) {
          change.first = {first.address(), before.zones()[first.zone()]};
          change.bits = bits;
          change.count = count;
          return take(change);
        });
        if (!told) {
          return told;
        }
      }
    }
    if (last == Key::highest()) {
      return {};
    }
    key = last.next();
  }
}

}  // namespace

Result<void> compare(const Snapshot& before, const Snapshot& now, const RttRule& rule,
                     const TakeChange& take) {
  auto done = compare_tables(before, before.table4(), now, now.table4(), rule, take);
  return done ? compare_tables(before, before.table6(), now, now.table6(), rule, take) : done;
}

}  // namespace echosweep::results
