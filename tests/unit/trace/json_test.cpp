#include "trace/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cerrno>

#include "tracing.hpp"

namespace echosweep::trace {
namespace {

nlohmann::json json_of(const Traced& traced, std::string_view name = "", const RunWords& run = {},
                       const NameOf& name_of = {}) {
  report::Line line;
  append_json_line(line, traced, name, run, name_of);
  const std::string text = fmt::to_string(line);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  return nlohmann::json::parse(text);
}

TEST(TraceJson, HasAllFacts) {
  Answer labelled = error_by(1, 1.5);
  labelled.objects = mpls_objects();
  const auto json = json_of(path_of({{labelled, std::nullopt}, {reply_by_target(2)}}), "host.example");
  EXPECT_EQ(json, nlohmann::json::parse(R"({
    "type":"trace","target":"198.18.1.2","name":"host.example","time":"2023-11-14T22:13:20.000000Z",
    "protocol":"icmp","max_ttl":30,"ending":"reached","distance":2,"probes_sent":0,"probes_not_sent":0,
    "duplicates":0,"hops":[
      {"ttl":1,"probes":[{"from":"198.19.0.1","answer":"time-exceeded","type":11,"code":0,"rtt_us":1500.0,"ttl":64,
        "quoted_ttl":1,"extensions":[{"class":1,"type":1,"mpls":[
          {"label":16,"traffic_class":0,"bottom":false,"ttl":1},{"label":17,"traffic_class":1,"bottom":true,"ttl":2}]}]},
        null]},
      {"ttl":2,"probes":[{"from":"198.18.1.2","answer":"echo-reply","rtt_us":2000.0,"ttl":64}]}]})"));
}

TEST(TraceJson, SaysWhyItEnded) {
  Traced traced = path_of({{error_by(1, 1, 3, 4)}});
  traced.hops[0].probes[0]->mtu = 1400;
  traced.ending = Ending::kUnreachable;
  auto json = json_of(traced);
  EXPECT_EQ(json["ending"], "unreachable");
  EXPECT_FALSE(json.contains("distance"));
  EXPECT_EQ(json["hops"][0]["probes"][0]["mark"], "!F-1400");
  EXPECT_EQ(json["hops"][0]["probes"][0]["mtu"], 1400);
  traced = path_of({});
  traced.ending = Ending::kNotSent;
  traced.error = ENETUNREACH;
  json = json_of(traced);
  EXPECT_EQ(json["error"], "Network is unreachable");
  EXPECT_EQ(json["hops"].size(), 0U);
}

TEST(TraceJson, SharedHopsAndNames) {
  Traced traced = path_of({{error_by(1, 1)}});
  traced.hops[0].shared = true;
  const auto json =
      json_of(traced, "", {.protocol = packet::TraceProtocol::kTcp, .port = 443, .last = Ttl{9}},
              [](const Address&) { return "gw\".example"; });
  EXPECT_EQ(json["hops"][0],
            nlohmann::json::parse(
                R"({"ttl":1,"shared":true,"probes":[{"from":"198.19.0.1","name":"gw\".example"}]})"));
  EXPECT_EQ(json["port"], 443);
  EXPECT_EQ(json["protocol"], "tcp");
}

}  // namespace
}  // namespace echosweep::trace
