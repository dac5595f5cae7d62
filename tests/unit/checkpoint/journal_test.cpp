#include "checkpoint/journal.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "examples.hpp"
#include "files.hpp"

namespace echosweep::checkpoint {
namespace {

namespace fs = std::filesystem;

Entry host(std::uint64_t number) {
  Entry entry = example_hosts()[number % 3];
  entry.number = number;
  return entry;
}

class JournalFile : public FolderTest {
 protected:
  /// A journal of `count` hosts, on the disk; returns its id.
  std::string written(std::uint64_t count) {
    auto journal = Journal::create(path());
    EXPECT_TRUE(journal);
    for (std::uint64_t i = 0; i < count; ++i) {
      EXPECT_TRUE(journal->add(host(i)));
    }
    EXPECT_EQ(journal->entries(), count);
    EXPECT_TRUE(journal->sync());
    return journal->id();
  }

  /// How many hosts are read, each of which must be the right one; or the line that says why none.
  std::string read(const std::string& id, std::uint64_t must_have) {
    std::uint64_t count = 0;
    const auto done = read_journal(path(), id, must_have, [&](const Entry& entry) {
      EXPECT_EQ(entry, host(count)) << count;
      ++count;
    });
    if (!done) {
      expect_line(done.error().message, path());
      return done.error().message;
    }
    EXPECT_EQ(*done, count);
    return fmt::format("{}", count);
  }

  std::string damaged(std::uint64_t have, std::uint64_t must_have) const {
    return fmt::format(
        "{} is damaged: of the {} hosts that its checkpoint counts on, it has the first {} "
        "(start the run anew)",
        path(), must_have, have);
  }
};

TEST_F(JournalFile, ComesBackAsItWas) {
  for (const std::uint64_t count : {0U, 1U, 3U, 1022U, 1023U, 1024U, 1025U, 5000U}) {
    const std::string id = written(count);
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(read(id, count), fmt::format("{}", count));
    EXPECT_EQ(read(id, 0), fmt::format("{}", count));
    EXPECT_EQ(fs::file_size(path()), 64 * (count + 1));
  }
}

TEST_F(JournalFile, TheKernelGetsItByAndByAndAllWithFlush) {
  auto journal = Journal::create(path());
  ASSERT_TRUE(journal);
  EXPECT_EQ(fs::file_size(path()), 64U);
  ASSERT_TRUE(journal->add(host(0)));
  EXPECT_EQ(journal->entries(), 1U);
  EXPECT_EQ(read(journal->id(), 0), "0");
  ASSERT_TRUE(journal->flush());
  EXPECT_EQ(read(journal->id(), 1), "1");
  for (std::uint64_t i = 1; i < 3000; ++i) {
    ASSERT_TRUE(journal->add(host(i)));
  }
  EXPECT_GT(fs::file_size(path()), 64U * 2000);
  EXPECT_EQ(fs::file_size(path()) % 64, 0U);
}

TEST_F(JournalFile, EachHasAnIdOfItsOwn) {
  const std::string first = written(1);
  EXPECT_NE(first, written(1));
  EXPECT_EQ(read(first, 0),
            path() + " is the journal of another run than the checkpoint's (start the run anew)");
  EXPECT_EQ(read("", 0),
            path() + " is the journal of another run than the checkpoint's (start the run anew)");
}

TEST_F(JournalFile, ATornEndOfAnyLengthIsCutOff) {
  const std::string id = written(4);
  const std::string whole = bytes_of(path());
  for (std::size_t cut = 1; cut <= 128; ++cut) {
    const std::size_t left = 4 - (cut + 63) / 64;
    write_bytes(path(), whole.substr(0, whole.size() - cut));
    ASSERT_EQ(read(id, left), fmt::format("{}", left)) << cut;
    ASSERT_EQ(read(id, 4), damaged(left, 4)) << cut;
    {
      auto journal = Journal::open(path(), id, left);
      ASSERT_TRUE(journal) << journal.error().message;
      EXPECT_EQ(journal->entries(), left);
      EXPECT_EQ(journal->id(), id);
      ASSERT_EQ(fs::file_size(path()), 64 * (left + 1));
      for (std::size_t i = left; i < 4; ++i) {
        ASSERT_TRUE(journal->add(host(i)));
      }
      ASSERT_TRUE(journal->flush());
    }
    ASSERT_EQ(bytes_of(path()), whole) << cut;
  }
}

TEST_F(JournalFile, AFlippedBitEndsItOrIsAnErrorWhereItCounts) {
  const std::string id = written(4);
  const std::string whole = bytes_of(path());
  for (std::size_t at = 64; at < whole.size(); ++at) {
    std::string bad = whole;
    bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ 1U << at % 8);
    write_bytes(path(), bad);
    const std::size_t good = at / 64 - 1;
    ASSERT_EQ(read(id, good), fmt::format("{}", good)) << at;
    ASSERT_EQ(read(id, good + 1), damaged(good, good + 1)) << at;
  }
}

TEST_F(JournalFile, AFlippedBitInTheHeaderIsAnError) {
  const std::string id = written(1);
  const std::string whole = bytes_of(path());
  for (std::size_t at = 0; at < 64; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = whole;
      bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ 1U << bit);
      write_bytes(path(), bad);
      ASSERT_NE(read(id, 0).find(path() + " is "), std::string::npos) << at;
      ASSERT_FALSE(Journal::open(path(), id, 0)) << at;
    }
    write_bytes(path(), whole.substr(0, at));
    ASSERT_NE(read(id, 0).find(path() + " is "), std::string::npos) << at;
    ASSERT_FALSE(Journal::open(path(), id, 0)) << at;
  }
}

TEST_F(JournalFile, AnEntryCountsOnlyAtItsPlace) {
  const std::string id = written(3);
  const std::string whole = bytes_of(path());
  write_bytes(path(), whole.substr(0, 64) + whole.substr(128, 64) + whole.substr(64, 64));
  EXPECT_EQ(read(id, 0), "0");
  write_bytes(path(), whole + whole.substr(64));
  EXPECT_EQ(read(id, 0), "3");
  write_bytes(path(), whole + std::string(4096, '\0'));  // what a power cut leaves of a page
  EXPECT_EQ(read(id, 3), "3");
}

TEST_F(JournalFile, AnotherRunsEntriesDoNotCount) {
  written(3);
  const std::string other = bytes_of(path());
  const std::string id = written(2);
  write_bytes(path(), bytes_of(path()) + other.substr(64 * 3));
  EXPECT_EQ(read(id, 2), "2");
}

TEST_F(JournalFile, WhatIsNoJournalIsSaidToBeNone) {
  for (const std::string_view text :
       {"", "echosweep checkpoint 1\n", "echosweep journal \n", "echosweep journal x\n"}) {
    write_bytes(path(), text);
    EXPECT_EQ(read("", 0), path() + " is no journal of a run") << text;
  }
  write_bytes(path(), "echosweep journal 2\n");
  EXPECT_EQ(read("", 0), path() +
                             " is a journal of version 2, and this echosweep reads version 1 (take the "
                             "one that wrote it)");
  fs::remove(path());
  EXPECT_EQ(read("", 0), "cannot open " + path() + ": No such file or directory");
  EXPECT_FALSE(Journal::open(path(), "", 0));
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(JournalFile, GoesOnOnlyBehindWhatIsThere) {
  const std::string id = written(3);
  const auto too_far = Journal::open(path(), id, 4);
  ASSERT_FALSE(too_far);
  EXPECT_EQ(too_far.error().message, damaged(3, 4));
  EXPECT_FALSE(Journal::open(path(), id, ~std::uint64_t{0}));
  EXPECT_FALSE(Journal::open(path(), std::string(32, '0'), 1));
  EXPECT_EQ(read(id, 3), "3");
  ASSERT_TRUE(Journal::open(path(), id, 1));
  EXPECT_EQ(read(id, 1), "1");
}

TEST_F(JournalFile, HasOneWriterAtATime) {
  auto first = Journal::create(path());
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->add(host(0)));
  ASSERT_TRUE(first->flush());
  const auto second = Journal::create(path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            path() + " is in use: another run writes to it (wait for its end, or stop it)");
  EXPECT_FALSE(Journal::open(path(), first->id(), 0));
  EXPECT_EQ(read(first->id(), 1), "1");
  {
    const Journal moved = std::move(*first);
    EXPECT_FALSE(Journal::create(path()));
  }
  EXPECT_TRUE(Journal::create(path()));
}

TEST_F(JournalFile, OneThatWasRemovedIsAnErrorAtTheNextCheckpoint) {
  auto journal = Journal::create(path());
  ASSERT_TRUE(journal);
  ASSERT_TRUE(journal->add(host(0)));
  fs::remove(path());
  const auto synced = journal->sync();
  ASSERT_FALSE(synced);
  EXPECT_EQ(synced.error().code, ENOENT);
  EXPECT_EQ(synced.error().message, path() + " was removed: without it no checkpoint is of use");
}

TEST_F(JournalFile, WhatCannotBeReadAgainIsNoJournal) {
  const auto device = Journal::create("/dev/full");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().message, "cannot write to /dev/full: a journal must be a regular file");
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(Journal::create(path("pipe")));  // nobody reads: it must not wait
  const auto vanished = Journal::create(path("nosuch/run"));
  ASSERT_FALSE(vanished);
  EXPECT_EQ(vanished.error().message,
            "cannot create " + path("nosuch/run") +
                ": No such file or directory (make the folder first, or correct the path)");
}

/// While it lives no file can grow beyond `bytes`: what a full disk does, without one.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  ~FileLimit() {
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0);
    EXPECT_NE(std::signal(SIGXFSZ, handler_), SIG_ERR);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(JournalFile, AFullDiskIsAnErrorThatStaysAndLeavesWhatIsWhole) {
  std::string id;
  {
    auto journal = Journal::create(path());
    ASSERT_TRUE(journal);
    id = journal->id();
    const FileLimit limit(64 * 3 + 10);
    for (std::uint64_t i = 0; i < 5; ++i) {
      ASSERT_TRUE(journal->add(host(i)));
    }
    for (const auto& result : {journal->flush(), journal->sync(), journal->add(host(5))}) {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, EFBIG);
      expect_line(result.error().message, "cannot write to " + path());
    }
    EXPECT_EQ(journal->entries(), 5U);
  }
  EXPECT_EQ(fs::file_size(path()), 64U * 3 + 10);
  EXPECT_EQ(read(id, 2), "2");
  const FileLimit limit(10);
  const auto none = Journal::create(path("other"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, EFBIG);
}

TEST_F(JournalFile, OfAMillionHostsIsRead) {
  constexpr std::uint64_t kHosts = 1'100'000;  // more than 64 MiB
  auto journal = Journal::create(path());
  ASSERT_TRUE(journal);
  Entry entry = host(1);
  for (entry.number = 0; entry.number < kHosts; ++entry.number) {
    ASSERT_TRUE(journal->add(entry));
  }
  ASSERT_TRUE(journal->flush());
  std::uint64_t sum = 0;
  const auto count =
      read_journal(path(), journal->id(), kHosts, [&](const Entry& read) { sum += read.number; });
  ASSERT_TRUE(count) << count.error().message;
  EXPECT_EQ(*count, kHosts);
  EXPECT_EQ(sum, kHosts * (kHosts - 1) / 2);
}

}  // namespace
}  // namespace echosweep::checkpoint
