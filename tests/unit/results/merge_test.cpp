#include "results/merge.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "reading.hpp"
#include "results/accounting_sum.hpp"
#include "results/difference.hpp"
#include "results/shards.hpp"

namespace echosweep::results {

namespace {

using report::Json;
using testing::ElementsAre;
using testing::IsEmpty;

std::string run(const std::string& more = "") {
  return R"({"type":"run","version":"1","started":"2023-11-14T22:13:20.000000Z","seed":7)" + more + "}\n";
}

std::string accounting(int alive, int unreachable, int silent, int unsent, const std::string& more = "") {
  return R"({"type":"accounting","targets":)" + std::to_string(alive + unreachable + silent + unsent) +
         ",\"alive\":" + std::to_string(alive) + ",\"unreachable\":" + std::to_string(unreachable) +
         ",\"silent\":" + std::to_string(silent) + ",\"unsent\":" + std::to_string(unsent) + more + "}\n";
}

/// Merges texts as files `0`, `1`, … in a folder of the test's own.
class MergeTest : public testing::Test {
 protected:
  void add(const std::string& text) {
    const std::string path =
        testing::TempDir() + "merge_" + std::to_string(getpid()) + "_" + std::to_string(count_++);
    std::ofstream(path) << text;
    const auto added = merge_.add(path);
    error_ = added ? "" : plain(added.error().message);
    std::remove(path.c_str());
  }
  std::vector<std::string> flaws() {
    std::vector<std::string> all;
    for (const std::string& flaw : merge_.flaws()) {
      all.push_back(plain(flaw));
    }
    return all;
  }
  std::string merged() {
    merge_.seal();
    std::string text;
    const auto written =
        merge_.write({"echosweep", "merge"}, "2", [&](std::string_view line) -> Result<void> {
          text += line;
          return {};
        });
    return written ? text : written.error().message;
  }
  /// The lines without the first and the last.
  std::string hosts() {
    const std::string text = merged();
    const std::size_t first = text.find('\n') + 1;
    return text.substr(first, text.rfind('\n', text.size() - 2) + 1 - first);
  }
  Json last() {
    const std::string text = merged();
    return Json::parse(text.substr(text.rfind('\n', text.size() - 2) + 1));
  }
  Json first() {
    const std::string text = merged();
    return Json::parse(text.substr(0, text.find('\n')));
  }
  Merge merge_;
  std::string error_;

 private:
  static std::string plain(std::string text) {
    const std::string prefix = testing::TempDir() + "merge_" + std::to_string(getpid()) + "_";
    if (const auto at = text.find(prefix); at != std::string::npos) {
      text.erase(at, prefix.size());
    }
    return text;
  }
  int count_ = 0;
};

TEST_F(MergeTest, OneRunStaysAsItIs) {
  const std::string text =
      run(R"(,"targets":4)") +
      R"({"type":"host","address":"10.0.0.1","name":"x","state":"alive","reason":"echo-reply","from":"10.0.0.1","ttl":64,"rtt_us":123.456,"tries":1,"sent":"2023-11-14T22:13:20.100000Z","received":"2023-11-14T22:13:20.200000Z"})"
      "\n"
      R"({"type":"range","prefix":"10.0.0.2/31","state":"silent","reason":"no-response","tries":2,"count":2})"
      "\n"
      R"({"type":"host","address":"fe80::1%x0","state":"unreachable","reason":"host-unreachable","from":"::1","tries":2,"mac":"02:00:00:00:00:01"})"
      "\n" +
      accounting(1, 1, 2, 0, R"(,"missed":0.5,"probes":5)");
  add(text);
  EXPECT_EQ(error_, "");
  EXPECT_THAT(flaws(), IsEmpty());
  const std::string out = merged();
  EXPECT_EQ(out.substr(out.find('\n')), text.substr(text.find('\n')));
  EXPECT_EQ(first(), Json::parse(text.substr(0, text.find('\n'))));
}

TEST_F(MergeTest, OfDuplicatesTheHigherStateTheQuickestReplyAndTheEarliestTimeRemain) {
  add(run() +
      host(
          "10.0.0.1", "alive",
          R"("ttl":1,"rtt_us":500,"sent":"2023-11-14T22:13:20.000000Z","received":"2023-11-14T22:13:21.000000Z")") +
      host("10.0.0.2", "unsent") + host("10.0.0.3", "silent") + accounting(1, 0, 1, 1));
  add(run() +
      host(
          "10.0.0.1", "alive",
          R"("ttl":2,"rtt_us":300,"sent":"2023-11-14T23:00:00.000000Z","received":"2023-11-14T23:00:01.000000Z")") +
      host("10.0.0.2", "silent") + host("10.0.0.3", "unreachable") + accounting(1, 1, 1, 0));
  EXPECT_EQ(
      hosts(),
      host(
          "10.0.0.1", "alive",
          R"("ttl":2,"rtt_us":300,"sent":"2023-11-14T22:13:20.000000Z","received":"2023-11-14T22:13:21.000000Z")") +
          host("10.0.0.2", "silent") + host("10.0.0.3", "unreachable"));
  EXPECT_THAT(flaws(), IsEmpty());
  const Json sums = last();
  EXPECT_EQ(sums["targets"], 3);
  EXPECT_EQ(sums["alive"], 1);
  EXPECT_EQ(sums["unreachable"], 1);
  EXPECT_EQ(sums["silent"], 1);
  EXPECT_EQ(sums["unsent"], 0);
}

TEST_F(MergeTest, AHostThatAnsweredLeavesTheRangeOfTheOtherRun) {
  add(run() + range("10.0.0.0/30", "silent") + accounting(0, 0, 4, 0));
  add(run() + host("10.0.0.1", "alive") + host("10.0.0.2", "unsent") + accounting(1, 0, 0, 1));
  EXPECT_EQ(hosts(), R"({"type":"range","prefix":"10.0.0.0/32","state":"silent","count":1})"
                     "\n" +
                         host("10.0.0.1", "alive") +
                         R"({"type":"range","prefix":"10.0.0.2/31","state":"silent","count":2})"
                         "\n");
  EXPECT_EQ(last()["targets"], 4);
}

TEST_F(MergeTest, StatesThatAreNotListedAreAddedUp) {
  add(run() + host("10.0.0.1", "alive") + accounting(1, 0, 255, 0));
  add(run() + host("10.0.1.1", "alive") + accounting(1, 0, 255, 0));
  EXPECT_EQ(last()["silent"], 510);
  EXPECT_EQ(last()["targets"], 512);
  EXPECT_EQ(merge_.remarks().size(), 1U);
}

TEST_F(MergeTest, AnAccountingThatContradictsItsLinesIsNamed) {
  add(run() + host("10.0.0.1", "alive") + accounting(2, 0, 0, 0));
  add(run() + R"({"type":"accounting","targets":5,"alive":0,"unreachable":0,"silent":4,"unsent":0})"
              "\n");
  add(run(R"(,"targets":9)") + accounting(0, 0, 4, 0));
  EXPECT_THAT(
      flaws(),
      ElementsAre("0: lists 1 alive, but its accounting says 2",
                  "1: its accounting does not add up: 4 alive, unreachable, silent and unsent of 5 targets",
                  "2: its first line says 9 targets, its accounting 4"));
}

TEST_F(MergeTest, AKilledRunIsIncompleteAndItsLinesCount) {
  add(run() + host("10.0.0.1", "alive"));
  add(run() + host("10.0.0.2", "alive") + R"({"type":"ho)");
  add("");
  EXPECT_THAT(
      flaws(),
      ElementsAre(
          "0: has no accounting line: its run was killed, or a copy cut short; only what it lists counts",
          "1:3: the last line is torn off and left out: its run was killed, or a copy cut short",
          "2: has no accounting line: its run was killed, or a copy cut short; only what it lists counts"));
  EXPECT_EQ(last()["alive"], 2);
  EXPECT_EQ(last()["targets"], 2);
}

TEST_F(MergeTest, SeveralRunsInOneFile) {
  add(run() + host("10.0.0.1", "alive") + accounting(1, 0, 0, 0) + run() + host("10.0.0.2", "alive") +
      accounting(1, 0, 0, 0));
  EXPECT_THAT(flaws(), IsEmpty());
  EXPECT_EQ(last()["alive"], 2);
  EXPECT_EQ(first()["merged"], 2);
}

TEST_F(MergeTest, MissingShardsAreNamedAlsoAfterAMerge) {
  add(run(R"(,"shard":{"index":1,"count":3})") + accounting(0, 0, 1, 0));
  add(run(R"(,"shard":{"index":3,"count":3})") + accounting(0, 0, 1, 0));
  EXPECT_THAT(flaws(), ElementsAre("shard 2 of 3 missing (seed 7): its targets are not in the merged run"));
  EXPECT_EQ(first()["shards"], Json::parse(R"({"count":3,"indices":[1,3]})"));
  EXPECT_FALSE(first().contains("shard"));
  const std::string text = merged();
  merge_ = Merge();
  add(text);
  EXPECT_EQ(flaws().size(), 1U);
  add(run(R"(,"shard":{"index":2,"count":3})") + accounting(0, 0, 1, 0));
  EXPECT_THAT(flaws(), IsEmpty());
  EXPECT_FALSE(first().contains("shards"));
  EXPECT_EQ(last()["targets"], 3);
}

TEST_F(MergeTest, RefusesWhatIsNoJson) {
  add("192.0.2.1\n");
  EXPECT_EQ(error_, "0: not JSON lines, as --json writes them: only these can be merged");
  add(run() + R"({"type":"accounting","targets":1})"
              "\n");
  EXPECT_EQ(error_, "1:2: the accounting has no whole number \"alive\"");
}

TEST(Shards, AreNumberedFromZeroWhereOneIs) {
  const auto groups = shard_groups({Json::parse(R"({"seed":1,"shard":{"index":0,"count":2}})"),
                                    Json::parse(R"({"seed":2,"shard":{"index":1,"count":2}})"),
                                    Json::parse(R"({"seed":2})")});
  ASSERT_TRUE(groups);
  EXPECT_THAT(gap_lines(*groups),
              ElementsAre("shard 1 of 2 missing (seed 1): its targets are not in the merged run",
                          "shard 2 of 2 missing (seed 2): its targets are not in the merged run"));
  const auto twins =
      shard_groups({Json::parse(R"({"seed":1,"shard":{"index":1,"count":2,"set":"0123456789ab"}})"),
                    Json::parse(R"({"seed":1,"shard":{"index":2,"count":2,"set":"ba9876543210"}})")});
  ASSERT_TRUE(twins);
  EXPECT_THAT(
      gap_lines(*twins),
      ElementsAre("shard 2 of 2 missing (seed 1, targets 01234567): its targets are not in the merged run",
                  "shard 1 of 2 missing (seed 1, targets ba987654): its targets are not in the merged run"));
  const Json merged = {{"seed", 1}, {"shards", shards_json(*twins)}};
  EXPECT_EQ(merged["shards"].size(), 2U);
  const auto again = shard_groups({merged});
  ASSERT_TRUE(again);
  EXPECT_EQ(gap_lines(*again), gap_lines(*twins));
  const auto whole =
      shard_groups({merged, Json::parse(R"({"seed":1,"shard":{"index":2,"count":2,"set":"0123456789ab"}})"),
                    Json::parse(R"({"seed":1,"shard":{"index":1,"count":2,"set":"ba9876543210"}})")});
  ASSERT_TRUE(whole);
  EXPECT_THAT(gap_lines(*whole), IsEmpty());
  EXPECT_TRUE(shards_json(*whole).is_null());
  // Of an unknown set: of the one that it can be of, if there is just one.
  const Json unknown = Json::parse(R"({"seed":1,"shard":{"index":2,"count":2}})");
  const auto joined = shard_groups(
      {unknown, Json::parse(R"({"seed":1,"shard":{"index":1,"count":2,"set":"0123456789ab"}})")});
  ASSERT_TRUE(joined);
  EXPECT_THAT(gap_lines(*joined), IsEmpty());
  const auto apart = shard_groups({merged, unknown});
  ASSERT_TRUE(apart);
  EXPECT_THAT(gap_lines(*apart), testing::Contains(testing::HasSubstr("(seed 1, targets unknown)")));
  for (const char* bad : {R"({"shards":[1]})", R"({"shard":1})", R"({"shard":{"index":1,"count":2,"set":3}})",
                          R"({"shard":{"index":1}})", R"({"shard":{"index":3,"count":2}})",
                          R"({"shard":{"index":-1,"count":2}})", R"({"shard":{"index":0,"count":0}})",
                          R"({"shards":{"indices":1,"count":2}})"}) {
    EXPECT_FALSE(shard_groups({Json::parse(bad)})) << bad;
  }
}

TEST(AccountingSum, AddsEachKindOfValue) {
  const Json sum = sum_accountings(
      {Json::parse(
           R"({"type":"accounting","a":1,"by":[1,2],"o":{"x":1},"rtt_min_us":5,"rtt_max_us":9,"rtt_avg_us":7,"rtt_sum_us":14,"rtt_count":2,"signal":0,"stopped_by":"","hints":["h"],"missed":1})"),
       Json::parse(
           R"({"type":"accounting","a":2,"by":[3,4,5],"o":{"y":2},"rtt_min_us":4,"rtt_max_us":6,"rtt_avg_us":5,"rtt_sum_us":10,"rtt_count":2,"signal":2,"stopped_by":"x","hints":["h","i"],"new":1.5})")});
  EXPECT_EQ(
      sum,
      Json::parse(
          R"({"type":"accounting","a":3,"by":[4,6,5],"o":{"x":1,"y":2},"rtt_min_us":4.0,"rtt_max_us":9.0,"rtt_avg_us":6.0,"rtt_sum_us":24,"rtt_count":4,"signal":2,"stopped_by":"x","hints":["h","i"],"new":1.5,"missed_unknown":"2 runs were merged"})"));
}

}  // namespace

}  // namespace echosweep::results
