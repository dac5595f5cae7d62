#include "results/shards.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
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

/// What a run line says in "shard", or an element of a merged one's "shards".
std::optional<ShardGroup> group_of(const Json& run, const Json& said, bool merged) {
  if (!said.is_object()) {
    return std::nullopt;
  }
  ShardGroup group;
  const auto count = whole_number(said, "count");
  const Json indices = merged ? said.value("indices", Json()) : Json::array({said.value("index", Json())});
  if (!count || *count == 0 || *count > kMostShards || !indices.is_array()) {
    return std::nullopt;
  }
  group.count = *count;
  const Json seed = said.contains("seed") ? said["seed"] : run.value("seed", Json());
  group.seed = seed.is_null() ? "" : report::json_dump(seed);
  if (const auto set = said.find("set"); set != said.end()) {
    if (!set->is_string()) {
      return std::nullopt;
    }
    group.set = set->get<std::string>();
  }
  for (const Json& index : indices) {
    if (!index.is_number_unsigned() || index.get<std::uint64_t>() > *count) {
      return std::nullopt;
    }
    group.indices.insert(index.get<std::uint64_t>());
  }
  return group;
}

/// Empty: it is no shard.
Result<std::vector<ShardGroup>> shards_of(const Json& run) {
  std::vector<ShardGroup> groups;
  const bool merged = run.contains("shards");
  const auto found = run.find(merged ? "shards" : "shard");
  if (found == run.end() || found->is_null()) {
    return groups;
  }
  const Json said = merged && found->is_array() ? *found : Json::array({*found});
  for (const Json& one : said) {
    auto group = group_of(run, one, merged);
    if (!group) {
      return fail(fmt::format("\"{}\" is not {}", merged ? "shards" : "shard",
                              merged ? R"({"count":N,"indices":[...]})" : R"({"index":I,"count":N})"));
    }
    groups.push_back(std::move(*group));
  }
  return groups;
}

bool are_alike(const ShardGroup& a, const ShardGroup& b) {
  return a.seed == b.seed && a.count == b.count;
}

/// Shards that do not say of which targets they are join the one set that they can be of.
void join_unknown(std::vector<ShardGroup>& groups) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto can_be = [&](const ShardGroup& other) {
      return !other.set.empty() && are_alike(other, groups[i]);
    };
    if (groups[i].set.empty() && std::ranges::count_if(groups, can_be) == 1) {
      std::ranges::find_if(groups, can_be)->indices.merge(groups[i].indices);
      groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(i--));
    }
  }
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
    for (ShardGroup& group : *shards) {
      const auto [place, is_new] = places.try_emplace({group.seed, group.count, group.set}, groups.size());
      if (is_new) {
        groups.push_back(std::move(group));
      } else {
        groups[place->second].indices.merge(group.indices);
      }
    }
  }
  join_unknown(groups);
  return groups;
}

Json shards_json(const std::vector<ShardGroup>& groups) {
  Json all = Json::array();
  for (const ShardGroup& group : groups) {
    if (group.missing_count() == 0) {
      continue;
    }
    Json one = {{"count", group.count}, {"indices", group.indices}};
    if (!group.set.empty()) {
      one["set"] = group.set;
    }
    if (groups.size() > 1 && !group.seed.empty()) {
      one["seed"] = Json::parse(group.seed);
    }
    all.push_back(std::move(one));
  }
  return all.empty() ? Json() : all.size() == 1 ? Json(all.front()) : all;
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
    const bool has_twin =
        std::ranges::count_if(groups, [&](const ShardGroup& other) { return are_alike(other, group); }) > 1;
    lines.push_back(
        fmt::format("{} {} of {} missing (seed {}{}): {}{}", gaps.size() == 1 ? "shard" : "shards",
                    fmt::join(gaps, ", "), group.count, group.seed.empty() ? "unknown" : group.seed,
                    has_twin ? fmt::format(", targets {:.8}", group.set.empty() ? "unknown" : group.set) : "",
                    gaps.size() == 1 ? "its targets are not in the merged run"
                                     : "their targets are not in the merged run",
                    more == 0 ? "" : fmt::format(", nor those of {} more", more)));
  }
  return lines;
}

}  // namespace echosweep::results
