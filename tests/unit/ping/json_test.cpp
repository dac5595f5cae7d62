#include "ping/json.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>

#include "lines.hpp"

namespace echosweep::ping {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

const JsonHost kJsonHost{
    .name = "host\n\"\xff", .address = kHost, .source = {}, .flow_label = {}, .data_size = 56};

/// The one line that is written, which must be an object.
template <typename Write>
Json object_of(Write write) {
  const std::string text = text_of(write);
  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
  return Json::parse(text);
}

Json outcome_of(const Event& event, bool guess = false, std::vector<std::uint8_t> packet = {}) {
  const Outcome outcome{.target = 0,
                        .when = {},
                        .wall = WallTime(1'700'000'000s),
                        .pipe = 1,
                        .packet = std::move(packet),
                        .what = event};
  return object_of(
      [&](report::Line& line) { append_json_outcome(line, kJsonHost, outcome, "name.example", guess); });
}

TEST(PingJson, TellsOfAReply) {
  const Json json = outcome_of(reply(), true);
  EXPECT_EQ(json["type"], "reply");
  EXPECT_EQ(json["host"], "host\n\"\xef\xbf\xbd") << "what is not UTF-8 is marked";
  EXPECT_EQ(json["time"], "2023-11-14T22:13:20.000000Z");
  EXPECT_EQ(json["from"], "192.0.2.1");
  EXPECT_EQ(json["name"], "name.example");
  EXPECT_EQ(json["seq"], 7);
  EXPECT_EQ(json["rtt_ms"], 0.045);
  EXPECT_EQ(json["duplicate"], false);
  EXPECT_EQ(json["guess"]["initial_ttl"], 64);
  EXPECT_FALSE(json.contains("truncated"));
}

TEST(PingJson, TellsWhatIsWrongWithAReply) {
  Reply wrong = reply();
  wrong.duplicate = wrong.truncated = wrong.bad_checksum = wrong.other_address = true;
  wrong.wrong_data = WrongData{.at = 20, .expected = 20, .found = 1};
  wrong.options = {7, 3, 4};
  const Json json = outcome_of(wrong);
  for (const char* key : {"duplicate", "truncated", "bad_checksum", "different_address"}) {
    EXPECT_EQ(json[key], true) << key;
  }
  EXPECT_EQ(json["wrong_data"]["at"], 20);
  EXPECT_EQ(json["ip_options"], "070304");
  EXPECT_FALSE(json.contains("guess"));
}

TEST(PingJson, TellsOfAnswersThatAreNoEcho) {
  Reply clock = reply();
  clock.times = packet::TimestampTimes{.originate = 10, .receive = 15, .transmit = 15};
  clock.arrived = 10;
  EXPECT_EQ(outcome_of(clock)["clock_offset_ms"], 5);
  clock.times->receive = 0x80000000;
  EXPECT_EQ(outcome_of(clock)["standard"], false);
  Reply mask = reply();
  mask.mask = 0xffffff00;
  EXPECT_EQ(outcome_of(mask)["mask"], "255.255.255.0");
  Reply node = reply();
  node.node = packet::NodeMessage{.names = {"a."}, .addresses = {kHost}};
  EXPECT_EQ(outcome_of(node)["names"], Json::array({"a."}));
  EXPECT_EQ(outcome_of(node)["addresses"], Json::array({"192.0.2.1"}));
}

TEST(PingJson, TellsOfAllElse) {
  Json json =
      outcome_of(Complaint{.from = kHost, .sequence = {}, .type = 3, .code = 4, .info = 1400, .quoted = {}});
  EXPECT_EQ(json["type"], "error");
  EXPECT_EQ(json["text"], "Frag needed and DF set (mtu = 1400)");
  EXPECT_EQ(json["info"], 1400);
  json = outcome_of(Complaint{.from = kHost, .sequence = {}, .type = 5, .is_error = false, .quoted = {}});
  EXPECT_EQ(json["type"], "notice");
  json = outcome_of(NotSent{.sequence = Sequence{3}, .error = EPERM});
  EXPECT_EQ(json["type"], "not-sent");
  EXPECT_EQ(json["error"], "Operation not permitted");
  EXPECT_EQ(outcome_of(NoAnswerYet{Sequence{2}})["seq"], 2);
  EXPECT_EQ(outcome_of(Leaving{Sequence{2}}, false, {0x45, 0})["packet"], "4500");
  json = object_of([](report::Line& line) { append_json_failure(line, "x", "nobody"); });
  EXPECT_EQ(json, (Json{{"type", "failure"}, {"host", "x"}, {"error", "nobody"}}));
}

TEST(PingJson, BeginsAndEnds) {
  Json json = object_of([](report::Line& line) {
    append_json_start(line,
                      {.name = "h", .address = kHost, .source = kHost, .flow_label = 5, .data_size = 9});
  });
  EXPECT_EQ(json["source"], "192.0.2.1");
  EXPECT_EQ(json["flow_label"], 5);
  EXPECT_EQ(json["data_size"], 9);
  Statistics statistics;
  statistics.received(40us, false);
  json = object_of([&](report::Line& line) {
    append_json_summary(line, kJsonHost, statistics, {.transmitted = 4, .time = 3s, .receive_drops = 5});
  });
  EXPECT_EQ(json["loss_percent"], 75.0);
  EXPECT_EQ(json["rtt_ms"]["avg"], 0.04);
  EXPECT_EQ(json["duration_ms"], 3000.0);
  EXPECT_EQ(json["receive_drops"], 5);
  json = object_of([](report::Line& line) { append_json_summary(line, kJsonHost, {}, {}); });
  EXPECT_FALSE(json.contains("rtt_ms"));
  EXPECT_FALSE(json.contains("loss_percent"));
}

}  // namespace
}  // namespace echosweep::ping
