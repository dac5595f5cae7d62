#include "checkpoint/checkpoint.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "examples.hpp"
#include "files.hpp"

namespace echosweep::checkpoint {
namespace {

namespace fs = std::filesystem;

class CheckpointFile : public FolderTest {
 protected:
  void expect_comes_back(const Checkpoint& checkpoint) {
    const auto written = write_checkpoint(path(), checkpoint);
    ASSERT_TRUE(written) << written.error().message;
    const auto read = read_checkpoint(path());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->head, checkpoint.head);
    ASSERT_EQ(read->sets.size(), checkpoint.sets.size());
    for (const auto& [name, set] : checkpoint.sets) {
      ASSERT_TRUE(read->sets.contains(name)) << name;
      EXPECT_TRUE(read->sets.at(name) == set) << name;
      EXPECT_EQ(read->sets.at(name).cardinality(), set.cardinality()) << name;
    }
    EXPECT_EQ(files(), 1U);
  }

  void expect_refused(const Checkpoint& checkpoint) {
    const auto written = write_checkpoint(path(), checkpoint);
    ASSERT_FALSE(written);
    expect_line(written.error().message, path());
    EXPECT_EQ(files(), 0U);
  }
};

TEST_F(CheckpointFile, HoldsNothing) {
  expect_comes_back({.head = report::Json::object(), .sets = {}});
}

TEST_F(CheckpointFile, HoldsAllKindsOfNumbers) {
  expect_comes_back(example());
}

TEST_F(CheckpointFile, HoldsALargeLedger) {
  Checkpoint checkpoint{.head = {{"targets", std::string(1'000'000, 'x')}}, .sets = {}};
  std::uint64_t state = 1;
  for (auto* set : {&checkpoint.sets["alive"], &checkpoint.sets["unreachable"]}) {
    for (int i = 0; i < 200'000; ++i) {
      state = state * 6364136223846793005 + 1442695040888963407;
      set->add(state >> 30);
    }
  }
  // The one with runs in many containers, where their places are listed.
  auto& asked = checkpoint.sets["asked"];
  for (std::uint64_t number = 0; number < 1'000'000; ++number) {
    asked.add(number);
  }
  asked.runOptimize();
  expect_comes_back(checkpoint);
}

TEST_F(CheckpointFile, KeepsASetThatHasBecomeEmpty) {
  Checkpoint checkpoint{.head = report::Json::object(), .sets = {}};
  auto& set = checkpoint.sets["left"];
  set.add(std::uint64_t{1} << 40);
  set.add(std::uint64_t{7});
  set.remove(std::uint64_t{1} << 40);
  set.remove(std::uint64_t{7});
  expect_comes_back(checkpoint);
}

TEST_F(CheckpointFile, TakesAnyNameOfASet) {
  Checkpoint checkpoint{.head = report::Json::object(), .sets = {}};
  checkpoint.sets[std::string(255, 'n')].add(std::uint64_t{1});
  checkpoint.sets[std::string("\0\n\xff", 3)].add(std::uint64_t{2});
  expect_comes_back(checkpoint);
}

TEST_F(CheckpointFile, ReplacesTheOneBefore) {
  ASSERT_TRUE(write_checkpoint(path(), example()));
  expect_comes_back({.head = {{"second", true}}, .sets = {}});
}

TEST_F(CheckpointFile, WhatIsNotUtf8IsReplaced) {
  ASSERT_TRUE(write_checkpoint(path(), {.head = {{"file", "a\xff"}}, .sets = {}}));
  EXPECT_EQ(read_checkpoint(path()).value().head["file"], "a\ufffd");
}

TEST_F(CheckpointFile, IsLaidOutAsItsHeaderSays) {
  Checkpoint checkpoint{.head = {{"a", 1}}, .sets = {}};
  checkpoint.sets["s"].add(std::uint64_t{5});
  ASSERT_TRUE(write_checkpoint(path(), checkpoint));
  const std::string bytes = bytes_of(path());
  using std::string_literals::operator""s;
  const std::string expected =
      "echosweep checkpoint 1\n"s + "\x7b\0\0\0\0\0\0\0"s + "\x07\0\0\0\0\0\0\0"s + "{\"a\":1}" +
      "\x01\0\0\0"s + "\x01\0s"s + "\x1e\0\0\0\0\0\0\0"s +
      // One 32-bit set with the key 0; one container with the key 0 and one number, at 16: 5.
      "\x01\0\0\0\0\0\0\0\0\0\0\0"s + "\x3a\x30\0\0\x01\0\0\0\0\0\0\0\x10\0\0\0\x05\0"s;
  EXPECT_EQ(bytes.substr(0, bytes.size() - 32), expected);
  EXPECT_EQ(bytes.size(), 0x7bU);
}

TEST_F(CheckpointFile, WhatNobodyWouldReadIsNotWritten) {
  expect_refused({.head = report::Json::array(), .sets = {}});
  expect_refused({.head = {}, .sets = {}});
  expect_refused({.head = {{"text", std::string(std::size_t{17} << 20, 'x')}}, .sets = {}});
  expect_refused({.head = report::Json::object(), .sets = {{"", {}}}});
  expect_refused({.head = report::Json::object(), .sets = {{std::string(256, 'x'), {}}}});
  Checkpoint many{.head = report::Json::object(), .sets = {}};
  for (int i = 0; i < 4097; ++i) {
    many.sets[fmt::format("{}", i)];
  }
  expect_refused(many);
}

/// An object of `levels` objects within one another.
report::Json deep(int levels) {
  report::Json value = report::Json::object();
  for (int level = 1; level < levels; ++level) {
    value = report::Json{{"a", std::move(value)}};
  }
  return value;
}

TEST_F(CheckpointFile, IsAsDeepAsAReaderTakesAndNoDeeper) {
  expect_comes_back({.head = deep(kDeepestHead), .sets = {}});
  fs::remove(path());
  expect_refused({.head = deep(kDeepestHead + 1), .sets = {}});
}

TEST(Checkpoint, AFullDiskIsAnErrorWithItsCure) {
  const auto written = write_checkpoint("/dev/full", example());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ENOSPC);
  EXPECT_EQ(written.error().message,
            "cannot write to /dev/full: No space left on device (free some space there, or name a file on "
            "another disk)");
}

TEST(Checkpoint, StandardOutputIsNoFile) {
  const auto written = write_checkpoint("-", example());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "a checkpoint needs a file: it cannot go to standard output");
}

TEST_F(CheckpointFile, AFolderThatVanishedIsAnErrorWithItsCure) {
  const std::string there = path("nosuch/run");
  const auto written = write_checkpoint(there, example());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ENOENT);
  EXPECT_EQ(written.error().message, "cannot create " + there +
                                         ": No such file or directory (make the folder first, or correct the "
                                         "path)");
}

TEST_F(CheckpointFile, AFailureLeavesTheOneBefore) {
  ASSERT_TRUE(write_checkpoint(path(), example()));
  const std::string before = bytes_of(path());
  EXPECT_FALSE(write_checkpoint(path(), {.head = nullptr, .sets = {}}));
  EXPECT_EQ(bytes_of(path()), before);
  EXPECT_EQ(files(), 1U);
}

TEST_F(CheckpointFile, WhatCannotBeReadIsAnError) {
  const auto missing = read_checkpoint(path());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ENOENT);
  EXPECT_EQ(missing.error().message, "cannot open " + path() + ": No such file or directory");
  const auto nameless = read_checkpoint("");
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().message, "cannot open '': No such file or directory");
  const auto folder = read_checkpoint(folder_);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message, "cannot read " + folder_.string() + ": it is no regular file");
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  const auto pipe = read_checkpoint(path("pipe"));  // nobody writes: opening it must not wait
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().message, "cannot read " + path("pipe") + ": it is no regular file");
}

}  // namespace
}  // namespace echosweep::checkpoint
