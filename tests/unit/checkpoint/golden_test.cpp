// Version 1 of both files, as it was first written: tests/data/checkpoint-v1 and its journal. They never
// change; where the formats do, they get another version, files of their own beside these, and this test
// stays.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/digest.hpp"
#include "checkpoint/journal.hpp"
#include "examples.hpp"
#include "files.hpp"

namespace echosweep::checkpoint {
namespace {

const std::string kCheckpoint = DATA_FOLDER "/checkpoint-v1";
const std::string kJournal = DATA_FOLDER "/checkpoint-v1.hosts";
const std::string kJournalId = "3a9c5e1f70b2d4861c0f2e4d6b8a9717";

class Golden : public FolderTest {};

TEST_F(Golden, CheckpointOfVersion1IsRead) {
  const auto read = read_checkpoint(kCheckpoint);
  ASSERT_TRUE(read) << read.error().message;
  const Checkpoint expected = example();
  EXPECT_EQ(read->head, expected.head);
  ASSERT_EQ(read->sets.size(), expected.sets.size());
  for (const auto& [name, set] : expected.sets) {
    ASSERT_TRUE(read->sets.contains(name)) << name;
    EXPECT_TRUE(read->sets.at(name) == set) << name;
  }
}

TEST_F(Golden, CheckpointOfVersion1IsWrittenAsItWas) {
  ASSERT_TRUE(write_checkpoint(path(), example()));
  EXPECT_EQ(digest_of_file(path()).value(), digest_of_file(kCheckpoint).value());
}

TEST_F(Golden, JournalOfVersion1IsRead) {
  std::vector<Entry> hosts;
  const auto read =
      read_journal(kJournal, kJournalId, 3, [&](const Entry& entry) { hosts.push_back(entry); });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, 3U);
  EXPECT_EQ(hosts, example_hosts());
}

TEST_F(Golden, JournalOfVersion1IsWrittenAsItWas) {
  write_bytes(path(), bytes_of(kJournal));
  auto journal = Journal::open(path(), kJournalId, 0);
  ASSERT_TRUE(journal) << journal.error().message;
  for (const Entry& entry : example_hosts()) {
    ASSERT_TRUE(journal->add(entry));
  }
  ASSERT_TRUE(journal->flush());
  EXPECT_EQ(digest_of_file(path()).value(), digest_of_file(kJournal).value());
}

}  // namespace
}  // namespace echosweep::checkpoint
