#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "report/json_lines.hpp"

namespace echosweep::results {

/// The shards of one set of targets, as far as they are at hand.
struct ShardGroup {
  std::string seed;         ///< as it stands in the run lines
  std::string set;          ///< the digest of all their targets; empty: unknown
  std::uint64_t count = 0;  ///< how many shards there are
  std::set<std::uint64_t> indices;

  /// Those that are not at hand, at most `most` of them. Shards are numbered from 1, or from 0 where one has
  /// that number.
  std::vector<std::uint64_t> missing(std::size_t most) const;
  std::uint64_t missing_count() const { return count > indices.size() ? count - indices.size() : 0; }
};

/// The groups of the runs that are shards: the same seed, count and set. A run line says
/// `"shard":{"index","count","set"}`; a merged one `"shards":{"count","indices","set","seed"}`, or several of
/// these as an array. "set" may be missing: then the shard belongs to the set that is known of its seed and
/// count, if there is just one; "seed": then it is the run's. Fails where these are malformed.
Result<std::vector<ShardGroup>> shard_groups(const std::vector<report::Json>& runs);

/// What shard_groups() reads as "shards" of a merged run: the groups with gaps; null: there are none.
report::Json shards_json(const std::vector<ShardGroup>& groups);

/// A line about each group with gaps.
std::vector<std::string> gap_lines(const std::vector<ShardGroup>& groups);

}  // namespace echosweep::results
