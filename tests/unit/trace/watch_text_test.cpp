#include "trace/watch_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace echosweep::trace {
namespace {

using namespace std::chrono_literals;

const Address kGateway = Address::v4(0xc6130001);

Watched example() {
  Watched watched;
  watched.target = Address::v4(0xc6120102);
  WatchedHop first;
  first.senders = {kGateway, Address::v4(0xc6130002)};
  first.sent = 5;
  first.received = 3;
  first.on_their_way = 1;
  for (const auto rtt : {1ms, 2ms, 6ms}) {
    first.rtt.add(rtt);
  }
  WatchedHop silent;
  silent.sent = 4;
  WatchedHop last;
  last.senders = {watched.target};
  last.sent = last.received = 4;
  last.mark = "!X";
  last.rtt.add(123456us);
  watched.hops = {first, silent, last};
  watched.reached = true;
  return watched;
}

TEST(RttFigures, AreThoseOfTheSample) {
  RttFigures figures;
  for (const auto rtt : {2ms, 4ms, 4ms, 4ms, 5ms, 5ms, 7ms, 9ms}) {
    figures.add(rtt);
  }
  EXPECT_EQ(figures.count(), 8U);
  EXPECT_EQ(figures.average(), 5ms);
  EXPECT_EQ(figures.best(), 2ms);
  EXPECT_EQ(figures.worst(), 9ms);
  EXPECT_EQ(figures.last(), 9ms);
  EXPECT_NEAR(static_cast<double>(figures.deviation().count()), 2'138'089.9, 1) << "the root of 32/7";
  RttFigures one;
  one.add(3ms);
  EXPECT_EQ(one.deviation(), 0ms);
}

TEST(WatchTable, HasMtrsColumns) {
  const auto lines = watch_table(example(), "host.example", 90, [](const Address& address) {
    return address == kGateway ? std::string_view("gw.example") : std::string_view();
  });
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0],
            "host.example (198.18.1.2)                  Loss%    Snt   Last    Avg   Best   Wrst  StDev");
  EXPECT_EQ(lines[1],
            "  1. gw.example (198.19.0.1)               25.0%      5    6.0    3.0    1.0    6.0    2.6");
  EXPECT_EQ(lines[2], "     198.19.0.2");
  EXPECT_EQ(lines[3], "  2. ???                                  100.0%      4");
  EXPECT_EQ(lines[4],
            "  3. 198.18.1.2 !X                          0.0%      4  123.5  123.5  123.5  123.5    0.0");
}

TEST(WatchTable, FitsTheWidth) {
  for (const std::size_t width : std::initializer_list<std::size_t>{10, 68, 80, 200}) {
    for (const auto& line : watch_table(example(), std::string(300, 'x'), width, {})) {
      EXPECT_LE(line.size(), std::max<std::size_t>(width, 68));
    }
  }
}

TEST(WatchJson, HasAllFigures) {
  report::Line line;
  append_watch_json_line(line, example(), "host.example", {}, {});
  const auto json = nlohmann::json::parse(fmt::to_string(line));
  EXPECT_EQ(json["type"], "watch");
  EXPECT_EQ(json["reached"], true);
  EXPECT_EQ(json["hops"][0], nlohmann::json::parse(R"({"ttl":1,"from":[{"address":"198.19.0.1"},
    {"address":"198.19.0.2"}],"sent":5,"received":3,"loss_percent":25.0,"last_us":6000.0,"average_us":3000.0,
    "best_us":1000.0,"worst_us":6000.0,"deviation_us":2645.751})"));
  EXPECT_EQ(json["hops"][1]["from"].size(), 0U);
  EXPECT_EQ(json["hops"][2]["mark"], "!X");
}

}  // namespace
}  // namespace echosweep::trace
