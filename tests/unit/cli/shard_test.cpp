#include "cli/shard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace echosweep::cli {
namespace {

using Variables = std::map<std::string, std::string>;

Environment with(const Variables& variables) {
  return [&variables](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

Result<FoundShard> found(const std::string& choice, const Variables& variables) {
  const auto parsed = parse_shard(choice);
  return parsed ? find_shard(*parsed, with(variables)) : std::unexpected(parsed.error());
}

void expect_shard(const Result<FoundShard>& shard, std::uint64_t index, std::uint64_t count,
                  const std::string& source) {
  ASSERT_TRUE(shard) << shard.error().message;
  EXPECT_EQ(shard->shard, (Shard{index, count}));
  EXPECT_EQ(shard->source, source);
}

void expect_error(const Result<FoundShard>& shard, const std::string& words) {
  ASSERT_FALSE(shard) << shard->shard.index << '/' << shard->shard.count;
  EXPECT_THAT(shard.error().message, testing::HasSubstr(words));
}

Variables slurm(const std::string& id, const std::string& first, const std::string& last,
                const std::string& count, const std::string& step) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", first},
          {"SLURM_ARRAY_TASK_MAX", last},
          {"SLURM_ARRAY_TASK_COUNT", count},
          {"SLURM_ARRAY_TASK_STEP", step}};
}

TEST(Shard, AsGiven) {
  expect_shard(found("1/1", {}), 1, 1, "");
  expect_shard(found("3/16", slurm("1", "1", "2", "2", "1")), 3, 16, "");
  expect_shard(found("65536/65536", {}), 65536, 65536, "");
  for (const char* const wrong :
       {"", "/", "3", "0/4", "5/4", "1/0", "1/65537", "a/4", "1/b", "-1/4", "1/4/2", "auto/"}) {
    EXPECT_FALSE(parse_shard(wrong)) << wrong;
  }
}

TEST(Shard, OfASlurmArrayWhereverItStarts) {
  expect_shard(found("auto", slurm("1", "1", "16", "16", "1")), 1, 16, "Slurm array task 1");
  expect_shard(found("auto", slurm("0", "0", "15", "16", "1")), 1, 16, "Slurm array task 0");
  expect_shard(found("auto", slurm("115", "100", "115", "16", "1")), 16, 16, "Slurm array task 115");
  expect_shard(found("auto", slurm("7", "1", "16", "6", "3")), 3, 6, "Slurm array task 7");
}

TEST(Shard, OfASlurmArrayWithGapsIsNobodys) {
  expect_error(found("auto", slurm("5", "1", "9", "3", "1")), "with gaps");
  expect_error(found("auto", slurm("17", "1", "16", "16", "1")), "with gaps");
  expect_error(found("auto", slurm("1", "1", "16", "16", "0")), "with gaps");
  expect_error(found("auto", {{"SLURM_ARRAY_TASK_ID", "1"}}), "_COUNT");
  expect_error(found("auto", slurm("x", "1", "16", "16", "1")), "SLURM_ARRAY_TASK_ID");
}

TEST(Shard, OfASlurmArrayThatRunsAPartAgain) {
  expect_shard(found("auto/16", slurm("7", "3", "7", "2", "1")), 7, 16, "Slurm array task 7");
  expect_shard(found("auto/16", slurm("3", "3", "3", "1", "1")), 3, 16, "Slurm array task 3");
  expect_shard(found("auto/16", slurm("0", "0", "15", "16", "1")), 1, 16, "Slurm array task 0");
  expect_error(found("auto/16", slurm("0", "0", "3", "4", "1")), "numbered from 1");
  expect_error(found("auto/16", slurm("17", "17", "17", "1", "1")), "none of 16");
  expect_error(found("auto", slurm("3", "3", "3", "1", "1")), "auto/N");
  expect_shard(found("auto", slurm("1", "1", "1", "1", "1")), 1, 1, "Slurm array task 1");
}

TEST(Shard, OfOthers) {
  expect_shard(found("auto", {{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_SIZE", "8"}}), 4, 8,
               "Open MPI rank 3");
  expect_shard(found("auto/8", {{"JOB_COMPLETION_INDEX", "7"}}), 8, 8, "Kubernetes job index 7");
  expect_shard(found("auto/8", {{"PARALLEL_SEQ", "8"}}), 8, 8, "GNU parallel job 8");
  expect_error(found("auto", {{"JOB_COMPLETION_INDEX", "7"}}), "--shard auto/N");
  expect_error(found("auto/8", {{"JOB_COMPLETION_INDEX", "8"}}), "none of 8");
  expect_error(found("auto/8", {{"PARALLEL_SEQ", "0"}}), "none of 8");
  expect_error(found("auto", {{"OMPI_COMM_WORLD_RANK", "8"}, {"OMPI_COMM_WORLD_SIZE", "8"}}), "none of 8");
}

TEST(Shard, OfNobodyOrOfTwo) {
  expect_error(found("auto", {}), "give --shard I/N");
  Variables both = slurm("1", "1", "4", "4", "1");
  both["OMPI_COMM_WORLD_RANK"] = "0";
  both["OMPI_COMM_WORLD_SIZE"] = "2";
  expect_error(found("auto", both), "Slurm array task 1 and Open MPI rank 0");
}

}  // namespace
}  // namespace echosweep::cli
