#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/quantities.hpp"
#include "core/result.hpp"

namespace echosweep::cli {

/// What --shard says: `3/16`, `auto` or `auto/16`.
struct ShardChoice {
  std::optional<std::uint64_t> index;  ///< from 1; nothing: whatever runs us knows it
  std::optional<std::uint64_t> count;  ///< nothing: it knows that, too
};
Result<ShardChoice> parse_shard(std::string_view text);

/// A shard, and who says so: `Slurm array task 3`; empty: the command line.
struct FoundShard {
  Shard shard;
  std::string source;
};

/// The value of an environment variable; null: it is not set.
using Environment = std::function<const char*(const char*)>;

/// The shard of the choice, for `auto` from the variables of a Slurm array (sbatch(1)), Open MPI, GNU
/// parallel or a Kubernetes indexed job; the last two give no count. Fails where none of them, or more than
/// one, has put its variables there, and where an array has gaps, whose parts nobody would sweep. With a
/// count that is not the array's, its tasks are those of the shards 1 to N that run again.
Result<FoundShard> find_shard(const ShardChoice& choice, const Environment& environment);

}  // namespace echosweep::cli
