#include "mtu/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <string>

#include "examples.hpp"

namespace echosweep::mtu {
namespace {

using Json = nlohmann::json;

const Address kTarget = Address::v4(0xc0000209);

std::string text_of(const Finding& finding, std::string_view name = "", const std::string& router = "") {
  report::Line line;
  append_json_line(line, kTarget, name, finding, [&](const Address&) { return router; });
  return fmt::to_string(line);
}

TEST(MtuJson, IsALineWithTheFieldsOfTheManual) {
  EXPECT_EQ(text_of(all_fits()),
            R"({"type":"mtu","address":"192.0.2.9","outcome":"found","mtu":1500,"found":"interface",)"
            R"("local_mtu":1500,"hops":5,"probes":4,"rtt_us":1234.0})"
            "\n");
}

TEST(MtuJson, SaysWhoToldByAddressAndName) {
  const Json object = Json::parse(text_of(told(), "nine.example", "gw.example"));
  EXPECT_EQ(object["name"], "nine.example");
  EXPECT_EQ(object["mtu"], 1300);
  EXPECT_EQ(object["found"], "told");
  EXPECT_EQ(object["told_by"], "192.0.2.5");
  EXPECT_EQ(object["told_by_name"], "gw.example");
  EXPECT_EQ(object["told_hop"], 3);
}

TEST(MtuJson, SaysWhereABlackHoleBegins) {
  const Json object = Json::parse(text_of(black_hole()));
  EXPECT_EQ(object["found"], "searched");
  EXPECT_EQ(object["black_hole"],
            Json::parse(R"({"size":1401,"after":"192.0.2.5","after_hop":2,"before_hop":3})"));
  EXPECT_FALSE(object.contains("told_by"));
}

TEST(MtuJson, EachOutcomeHasItsWord) {
  EXPECT_EQ(text_of({.local_mtu = 1500, .probes = 6}),
            R"({"type":"mtu","address":"192.0.2.9","outcome":"silent","local_mtu":1500,"probes":6})"
            "\n");
  Finding finding = told();
  finding.outcome = Outcome::kToldOnly;
  EXPECT_EQ(Json::parse(text_of(finding))["outcome"], "told");
  Json object = Json::parse(text_of({.outcome = Outcome::kUnreachable,
                                     .error = {.family = Family::kIpv4, .type = 3, .code = 1},
                                     .error_from = kRouter}));
  EXPECT_EQ(object["outcome"], "unreachable");
  EXPECT_EQ(object["reason"], "host-unreachable");
  EXPECT_EQ(object["from"], "192.0.2.5");
  object = Json::parse(text_of({.outcome = Outcome::kNotSent, .error_number = EACCES}));
  EXPECT_EQ(object["outcome"], "unsent");
  EXPECT_EQ(object["reason"], "Permission denied");
}

TEST(MtuJson, ANameIsTextWhateverItsBytesAre) {
  const std::string text = text_of(all_fits(), "a\"\n\xff");
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_EQ(Json::parse(text)["name"], "a\"\n\xef\xbf\xbd");
}

TEST(MtuJson, EachWayOfFindingHasItsWord) {
  const auto word_of = [](Found found) {
    Finding finding = told();
    finding.found = found;
    return Json::parse(text_of(finding))["found"];
  };
  EXPECT_EQ(word_of(Found::kInterface), "interface");
  EXPECT_EQ(word_of(Found::kMaximum), "maximum");
  EXPECT_EQ(word_of(Found::kTold), "told");
  EXPECT_EQ(word_of(Found::kElsewhere), "elsewhere");
  EXPECT_EQ(word_of(Found::kSearched), "searched");
}

TEST(MtuJson, RepliesThatComeBackCut) {
  Finding finding = all_fits();
  finding.cut = true;
  EXPECT_EQ(Json::parse(text_of(finding))["cut"], true);
}

}  // namespace
}  // namespace echosweep::mtu
