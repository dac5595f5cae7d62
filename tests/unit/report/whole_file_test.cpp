#include "report/whole_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace echosweep::report {
namespace {

namespace fs = std::filesystem;

class WholeFileTest : public testing::Test {
 protected:
  WholeFileTest() {
    std::string pattern = (fs::temp_directory_path() / "whole-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~WholeFileTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name = "run.xml") const { return folder_ / name; }
  static std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
};

TEST_F(WholeFileTest, AppearsAtTheEndWithAllThatIsInIt) {
  std::ofstream(path()) << "of an earlier run";
  auto file = WholeFile::create(path());
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->out().append("a"));
  EXPECT_TRUE(file->out().flush());
  EXPECT_EQ(text_of(path()), "of an earlier run");
  EXPECT_TRUE(file->out().append("b"));
  EXPECT_TRUE(file->put_in_place());
  EXPECT_EQ(text_of(path()), "ab");
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(fs::status(path()).permissions() & fs::perms::owner_all,
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(WholeFileTest, GivenUpItLeavesNothing) {
  {
    auto file = WholeFile::create(path());
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->out().append("a"));
    const WholeFile moved = std::move(*file);
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(WholeFileTest, AFolderThatVanishesIsAnError) {
  const std::string there = path("sub");
  fs::create_directory(there);
  auto file = WholeFile::create(there + "/run.xml");
  ASSERT_TRUE(file);
  fs::remove_all(there);
  EXPECT_TRUE(file->out().append("a"));
  const auto done = file->put_in_place();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ENOENT);
}

TEST_F(WholeFileTest, WhatOnlyCannotGetItsNameIsKept) {
  auto file = WholeFile::create(path());
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->out().append("all"));
  fs::create_directories(path() + "/in the way");
  const auto done = file->put_in_place();
  ASSERT_FALSE(done);
  const std::string part = fmt::format("{}.part-{}", path(), getpid());
  EXPECT_TRUE(done.error().message.ends_with("; all of it is in " + part)) << done.error().message;
  EXPECT_EQ(text_of(part), "all");
}

TEST_F(WholeFileTest, ALinkStaysALink) {
  std::ofstream(path("real")) << "old";
  fs::create_symlink("real", path());
  auto file = WholeFile::create(path());
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->out().append("new"));
  EXPECT_TRUE(file->put_in_place());
  EXPECT_TRUE(fs::is_symlink(path()));
  EXPECT_EQ(text_of(path("real")), "new");
}

TEST_F(WholeFileTest, ALinkToNothingYetStaysALink) {
  fs::create_symlink("real", path("second"));
  fs::create_symlink(path("second"), path());
  auto file = WholeFile::create(path());
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->out().append("new"));
  EXPECT_TRUE(file->put_in_place());
  EXPECT_TRUE(fs::is_symlink(path()));
  EXPECT_TRUE(fs::is_symlink(path("second")));
  EXPECT_EQ(text_of(path("real")), "new");
  EXPECT_EQ(files(), 3U);
}

TEST_F(WholeFileTest, KeepsThePermissionsOfWhatItReplaces) {
  std::ofstream(path()) << "old";
  constexpr auto kPrivate = fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read;
  fs::permissions(path(), kPrivate);
  auto file = WholeFile::create(path());
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->put_in_place());
  EXPECT_EQ(fs::status(path()).permissions(), kPrivate);
}

TEST_F(WholeFileTest, WhatIsNoFileIsWrittenDirectly) {
  auto full = WholeFile::create("/dev/full");
  ASSERT_TRUE(full);
  EXPECT_TRUE(full->out().append("a"));
  const auto done = full->put_in_place();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ENOSPC);
  EXPECT_TRUE(fs::exists("/dev/full"));
}

TEST_F(WholeFileTest, AnErrorNamesTheFileThatWasAskedFor) {
  const auto file = WholeFile::create(path("nosuch/run.xml"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message,
            "cannot create " + path("nosuch/run.xml") +
                ": No such file or directory (make the folder first, or correct the path)");
}

TEST(RemovedFile, IsAnErrorWhenItIsClosed) {
  std::string name = (fs::temp_directory_path() / "removed-XXXXXX").string();
  ::close(mkstemp(name.data()));
  auto out = Output::create(name);
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->append("a"));
  fs::remove(name);
  const auto closed = out->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, ENOENT);
  EXPECT_EQ(closed.error().message, name + " was removed while it was written: its results are lost");
}

}  // namespace
}  // namespace echosweep::report
