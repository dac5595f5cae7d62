#include "results/shards.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "core/result.hpp"

namespace echosweep::results {

namespace {

using report::Json;

/// More shards than anybody makes; a file that claims more is broken.
constexpr std::uint64_t kMostShards = 1'000'000;

std::optional<std::uint64_t> whole_number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? std::optional(found->get<std::uint64_t>())
                                                              : std::nullopt;
}

/// The count and the indices that a run line names; a count of 0: it is no shard.
Result<ShardGroup> shards_of(const Json& run) {
  ShardGroup group;
  const bool merged = run.contains("shards");
  const auto found = run.find(merged ? "shards" : "shard");
  if (found == run.end() || found->is_null()) {
    return group;
  }
  const auto wrong = [&] {
    return fail(fmt::format("\"{}\" is not {}", merged ? "shards" : "shard",
                            merged ? R"({"count":N,"indices":[...]})" : R"({"index":I,"count":N})"));
  };
  if (!found->is_object()) {
    return wrong();
  }
  const auto count = whole_number(*found, "count");
  const Json indices =
      merged ? found->value("indices", Json()) : Json::array({found->value("index", Json())});
  if (!count || *count == 0 || *count > kMostShards || !indices.is_array()) {
    return wrong();
  }
  group.count = *count;
  group.seed = run.contains("seed") ? report::json_dump(run["seed"]) : "";
  if (const auto set = found->find("set"); set != found->end()) {
    if (!set->is_string()) {
      return wrong();
    }
    group.set = set->get<std::string>();
  }
  for (const Json& index : indices) {
    if (!index.is_number_unsigned() || index.get<std::uint64_t>() > *count) {
      return wrong();
    }
    group.indices.insert(index.get<std::uint64_t>());
  }
  return group;
}

}  // namespace

std::vector<std::uint64_t> ShardGroup::missing(std::size_t most) const {
  const std::uint64_t first = indices.contains(0) ? 0 : 1;
  std::vector<std::uint64_t> gaps;
  for (std::uint64_t index = first; index < first + count && gaps.size() < most; ++index) {
    if (!indices.contains(index)) {
      gaps.push_back(index);
    }
  }
  return gaps;
}

Result<std::vector<ShardGroup>> shard_groups(const std::vector<Json>& runs) {
  std::vector<ShardGroup> groups;
  std::map<std::tuple<std::string, std::uint64_t, std::string>, std::size_t> places;
  for (const Json& run : runs) {
    auto shards = shards_of(run);
    if (!shards) {
      return std::unexpected(shards.error());
    }
    if (shards->count == 0) {
      continue;
    }
    const auto [place, is_new] =
        places.try_emplace({shards->seed, shards->count, shards->set}, groups.size());
    if (is_new) {
      groups.push_back(std::move(*shards));
    } else {
      groups[place->second].indices.merge(shards->indices);
    }
  }
  return groups;
}

std::vector<std::string> gap_lines(const std::vector<ShardGroup>& groups) {
  constexpr std::size_t kNamed = 20;
  std::vector<std::string> lines;
  for (const ShardGroup& group : groups) {
    const auto gaps = group.missing(kNamed);
    if (gaps.empty()) {
      continue;
    }
    const std::uint64_t more =
        group.missing_count() - std::min<std::uint64_t>(group.missing_count(), gaps.size());
    // Two sweeps of the same seed, which their shards' numbers alone would not tell apart.
    const bool has_twin = std::ranges::count_if(groups, [&](const ShardGroup& other) {
                            return other.seed == group.seed && other.count == group.count;
                          }) > 1;
    lines.push_back(fmt::format("{} {} of {} missing (seed {}{}): {}{}",
                                gaps.size() == 1 ? "shard" : "shards", fmt::join(gaps, ", "), group.count,
                                group.seed.empty() ? "unknown" : group.seed,
                                has_twin ? fmt::format(", targets {:.8}", group.set) : "",
                                gaps.size() == 1 ? "its targets are not in the merged run"
                                                 : "their targets are not in the merged run",
                                more == 0 ? "" : fmt::format(", nor those of {} more", more)));
  }
  return lines;
}

}  // namespace echosweep::results
