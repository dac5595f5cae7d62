#include "cli/shard.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "cli/values.hpp"

namespace echosweep::cli {

namespace {

constexpr std::uint64_t kMostShards = 65536;
constexpr std::uint64_t kAnyIndex = std::uint64_t{1} << 32;

/// What somebody's variables say: which task this is, from 0, and of how many.
struct Task {
  std::string name;
  std::uint64_t place = 0;
  std::optional<std::uint64_t> count;
};

/// Nothing: there is no such variable.
Result<std::optional<std::uint64_t>> number(const Environment& environment, const char* name) {
  const char* const text = environment(name);
  if (text == nullptr) {
    return std::nullopt;
  }
  const auto value = parse_number(text, 0, kAnyIndex);
  if (!value) {
    return fail(fmt::format("the environment's {}: {}", name, value.error().message));
  }
  return *value;
}

/// `wanted`: how many shards there are, where the command line says so; then a part of the array that runs
/// again (sbatch --array=3,7) has tasks that are numbered from 1.
Result<std::optional<Task>> slurm_task(const Environment& environment, std::optional<std::uint64_t> wanted) {
  // In this order: ID, first, last, count, step.
  constexpr std::array kNames = {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
                                 "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_STEP"};
  std::array<std::optional<std::uint64_t>, kNames.size()> values;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    auto value = number(environment, kNames[i]);
    if (!value) {
      return std::unexpected(value.error());
    }
    values[i] = *value;
  }
  const auto& [id, first, last, count, step] = values;
  if (!id) {
    return std::nullopt;
  }
  if (!first || !last || !count) {
    return fail("a Slurm array without SLURM_ARRAY_TASK_MIN, _MAX and _COUNT: give --shard I/N");
  }
  if (wanted && *wanted != *count) {
    if (*id < 1 || *id > *wanted) {
      return fail(
          fmt::format("Slurm array task {} is none of {} shards, which are numbered from 1", *id, *wanted));
    }
    return Task{.name = fmt::format("Slurm array task {}", *id), .place = *id - 1, .count = wanted};
  }
  const std::uint64_t stride = step.value_or(1);
  if (!wanted && *count == 1 && *id > 1) {
    return fail(fmt::format(
        "an array of task {} alone: is it one of several that runs again? Then give --shard auto/N", *id));
  }
  if (stride == 0 || *last < *first || *id < *first || *id > *last || (*id - *first) % stride != 0 ||
      (*last - *first) / stride + 1 != *count) {
    return fail(
        fmt::format("a Slurm array with gaps ({} tasks from {} to {}): its tasks do not tell which shard "
                    "they are; use --array=1-N, or give --shard I/N",
                    *count, *first, *last));
  }
  return Task{
      .name = fmt::format("Slurm array task {}", *id), .place = (*id - *first) / stride, .count = count};
}

Result<std::optional<Task>> open_mpi_rank(const Environment& environment,
                                          std::optional<std::uint64_t> /*wanted*/) {
  const auto rank = number(environment, "OMPI_COMM_WORLD_RANK");
  const auto size = number(environment, "OMPI_COMM_WORLD_SIZE");
  if (!rank || !size) {
    return std::unexpected(rank ? size.error() : rank.error());
  }
  if (!*rank) {
    return std::nullopt;
  }
  return Task{.name = fmt::format("Open MPI rank {}", **rank), .place = **rank, .count = *size};
}

Result<std::optional<Task>> kubernetes_index(const Environment& environment,
                                             std::optional<std::uint64_t> /*wanted*/) {
  const auto index = number(environment, "JOB_COMPLETION_INDEX");
  if (!index) {
    return std::unexpected(index.error());
  }
  if (!*index) {
    return std::nullopt;
  }
  return Task{
      .name = fmt::format("Kubernetes job index {}", **index), .place = **index, .count = std::nullopt};
}

Result<std::optional<Task>> gnu_parallel_job(const Environment& environment,
                                             std::optional<std::uint64_t> /*wanted*/) {
  const auto sequence = number(environment, "PARALLEL_SEQ");
  if (!sequence) {
    return std::unexpected(sequence.error());
  }
  if (!*sequence) {
    return std::nullopt;
  }
  return Task{.name = fmt::format("GNU parallel job {}", **sequence),
              .place = **sequence - 1,  // from 1; a 0 becomes too large
              .count = std::nullopt};
}

/// The one task that the environment tells of.
Result<Task> find_task(const Environment& environment, std::optional<std::uint64_t> wanted) {
  std::vector<Task> tasks;
  for (const auto look : {slurm_task, open_mpi_rank, kubernetes_index, gnu_parallel_job}) {
    auto task = look(environment, wanted);
    if (!task) {
      return std::unexpected(task.error());
    }
    if (*task) {
      tasks.push_back(std::move(**task));
    }
  }
  if (tasks.empty()) {
    return fail(
        "auto: there is no Slurm array, Open MPI, Kubernetes indexed job or GNU parallel around us: give "
        "--shard I/N");
  }
  if (tasks.size() > 1) {
    return fail(fmt::format("auto: this is {} and {}: give --shard I/N", tasks[0].name, tasks[1].name));
  }
  return std::move(tasks.front());
}

}  // namespace

Result<ShardChoice> parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view index = text.substr(0, slash);
  ShardChoice choice;
  if (slash != std::string_view::npos) {
    const auto count = parse_number(text.substr(slash + 1), 1, kMostShards);
    if (!count) {
      return fail(fmt::format("the number of shards: {}", count.error().message));
    }
    choice.count = *count;
  }
  if (index == "auto") {
    return choice;
  }
  if (!choice.count) {
    return fail(fmt::format("'{}' is not I/N, such as 3/16, or auto", text));
  }
  const auto place = parse_number(index, 1, *choice.count);
  if (!place) {
    return fail(fmt::format("which of {} shards: {}", *choice.count, place.error().message));
  }
  choice.index = *place;
  return choice;
}

Result<FoundShard> find_shard(const ShardChoice& choice, const Environment& environment) {
  if (choice.index) {
    return FoundShard{.shard = {.index = *choice.index, .count = choice.count.value_or(1)}, .source = {}};
  }
  auto task = find_task(environment, choice.count);
  if (!task) {
    return std::unexpected(task.error());
  }
  if (task->count && choice.count && *task->count != *choice.count) {
    return fail(fmt::format("auto/{}: {} is one of {}", *choice.count, task->name, *task->count));
  }
  const auto count = task->count ? task->count : choice.count;
  if (!count) {
    return fail(fmt::format("auto: {} does not say of how many: give --shard auto/N", task->name));
  }
  if (*count == 0 || *count > kMostShards || task->place >= *count) {
    return fail(fmt::format("auto: {} is none of {} shards (1 to {})", task->name, *count, kMostShards));
  }
  return FoundShard{.shard = {.index = task->place + 1, .count = *count}, .source = std::move(task->name)};
}

}  // namespace echosweep::cli
