#include "listen/json.hpp"

#include <nlohmann/json.hpp>

#include "hearing.hpp"

namespace echosweep::listen {
namespace {

using packet::error4;
using packet::hex;
using packet::join;
using packet::quote4;

nlohmann::json json_of(const Heard& heard, bool payload = false) {
  report::Line line;
  append_json_line(line, heard, payload);
  const std::string text = fmt::to_string(line);
  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
  return nlohmann::json::parse(text);
}

TEST(Json, OfAnEcho) {
  const Packet packet = packet::reply4();
  const auto object = json_of(heard(Family::kIpv4, packet), true);
  EXPECT_EQ(object["type"], "packet");
  EXPECT_EQ(object["time"], "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(object["interface"], "eth0");
  EXPECT_EQ(object["direction"], "In");
  EXPECT_EQ(object["ip"]["source"], "198.18.1.2");
  EXPECT_EQ(object["ip"]["ttl"], 57);
  EXPECT_EQ(object["icmp"]["name"], "echo-reply");
  EXPECT_EQ(object["icmp"]["id"], 0xbeef);
  EXPECT_EQ(object["icmp"]["seq"], 0x2337);
  EXPECT_EQ(object["icmp"]["checksum_right"], true);
  EXPECT_EQ(object["icmp"]["payload_length"], 18);
  EXPECT_EQ(object["icmp"]["payload"].get<std::string>().size(), 36U);
  EXPECT_FALSE(json_of(heard(Family::kIpv4, packet))["icmp"].contains("payload"));
}

TEST(Json, OfAnErrorWithLabels) {
  Packet padded = quote4(26);
  padded.resize(128);
  const Packet packet = error4(3, 4, join({padded, hex("20000000 00080101 03e81b40")}), "00200578");
  const auto icmp = json_of(heard(Family::kIpv4, packet))["icmp"];
  EXPECT_EQ(icmp["mtu"], 1400);
  EXPECT_EQ(icmp["quoted"]["destination"], "198.18.1.2");
  EXPECT_EQ(icmp["quoted"]["type"], 8);
  EXPECT_EQ(icmp["quoted"]["seq"], 0x2337);
  EXPECT_EQ(icmp["extensions"]["objects"][0]["mpls"],
            nlohmann::json::parse(R"([{"label":16001,"traffic_class":5,"bottom":true,"ttl":64}])"));
}

TEST(Json, WhateverAnInterfaceIsCalledItIsValid) {
  const Packet packet = packet::reply4();
  Heard one = heard(Family::kIpv4, packet);
  one.interface = "a\"\n\xff";
  EXPECT_EQ(json_of(one)["interface"], "a\"\n\xef\xbf\xbd");
}

TEST(Json, ABrokenHeaderSaysWhy) {
  const auto object = json_of(heard(Family::kIpv6, hex("6000")));
  EXPECT_EQ(object["ip"], nlohmann::json::parse(R"({"version":6,"fault":"cut in the IP header"})"));
  EXPECT_FALSE(object.contains("icmp"));
}

}  // namespace
}  // namespace echosweep::listen
