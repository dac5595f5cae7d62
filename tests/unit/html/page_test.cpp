#include "html/page.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>

#include "html/assets.hpp"
#include "html/histogram.hpp"

namespace echosweep::html {
namespace {

using namespace std::chrono_literals;
using report::State;

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) {
    return "";
  }
  return text.substr(from + begin.size(), text.find(end, from + begin.size()) - from - begin.size());
}

nlohmann::json rows_of(const std::string& html) {
  return nlohmann::json::parse(between(html, "id=\"rows\">", "</script>"));
}

TEST(Page, OfNothingIsStillAPage) {
  const std::string html = render({});
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>\n"));
  EXPECT_TRUE(html.ends_with("</html>\n"));
  EXPECT_EQ(html.find("<h2>"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
}

TEST(Page, ForbidsEverythingFromElsewhere) {
  const std::string html = render({});
  EXPECT_NE(html.find("content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
                      "script-src 'unsafe-inline'\""),
            std::string::npos);
  EXPECT_EQ(html.find("http://"), std::string::npos);
  EXPECT_EQ(html.find("https://"), std::string::npos);
}

TEST(Page, IsNotEndedByWhatIsInIt) {
  EXPECT_EQ(script().find("</"), std::string_view::npos);
  EXPECT_EQ(style().find("</"), std::string_view::npos);
}

TEST(Page, HasTheHostsAsData) {
  Page page;
  page.hosts.add({Address::v4(0xc0000202), "two.example", State::kAlive, "echo-reply", 1234567ns});
  page.hosts.add({Address::v4(0xc0000201), "", State::kSilent, "no-response", std::nullopt});
  page.hosts.add({Address::v4(0xc0000203), "", State::kAlive, "echo-reply", std::nullopt});
  const auto data = rows_of(render(page));
  EXPECT_EQ(data["states"], (nlohmann::json{"unsent", "silent", "unreachable", "alive"}));
  EXPECT_EQ(data["reasons"], (nlohmann::json{"no-response", "echo-reply"}));
  EXPECT_EQ(
      data["rows"].dump(),
      R"([["192.0.2.1","",1,0,null],["192.0.2.2","two.example",3,1,1234.567],["192.0.2.3","",3,1,null]])");
}

TEST(Page, MakesHostileTextHarmless) {
  const std::string hostile =
      "</script></title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x1b";
  Page page;
  page.title = hostile;
  page.facts = {{hostile, hostile}};
  page.map_png = "png";
  page.map_alt = hostile;
  page.prefixes = {{hostile, 1, 1, 1ms}};
  page.hosts.add({Address::v4(1), hostile, State::kAlive, hostile, 1ms});
  const std::string html = render(page);
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(html.find("<img src=x"), std::string::npos);
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
  const std::regex script_end("</script>");
  EXPECT_EQ(std::distance(std::sregex_iterator(html.begin(), html.end(), script_end), std::sregex_iterator()),
            2);
  EXPECT_EQ(rows_of(html)["rows"][0][1].get<std::string>().substr(0, 17), "</script></title>");
}

TEST(Page, SaysWhatItLeavesOut) {
  Page page;
  for (unsigned i = 0; i <= HostTable::kMost; ++i) {
    page.hosts.add({Address::v4(i), "", i < 5 ? State::kAlive : State::kSilent, "", std::nullopt});
  }
  for (unsigned i = 0; i <= Page::kMostPrefixes; ++i) {
    page.prefixes.push_back({std::to_string(i) + "/24", 256, i, std::nullopt});
  }
  const std::string html = render(page);
  EXPECT_NE(html.find("100,001 hosts are more than a page can bear: these are the 5 that are alive."),
            std::string::npos);
  EXPECT_NE(html.find("The 1,000 prefixes with the most alive, of 1,001."), std::string::npos);
  EXPECT_EQ(html.find(">0/24<"), std::string::npos);
  EXPECT_LT(html.find(">1/24<"), html.find(">1000/24<"));
  EXPECT_EQ(rows_of(html)["rows"].size(), 5U);
}

TEST(Page, ShowsThePrefixesShares) {
  Page page;
  page.prefixes = {{"192.0.2.0/24", 256, 64, 1500us}, {"198.51.100.0/24", 0, 0, std::nullopt}};
  const std::string html = render(page);
  EXPECT_NE(
      html.find(
          "<td data-value=\"0\">192.0.2.0/24</td><td class=\"number\" data-value=\"256\">256</td>"
          "<td class=\"number\" data-value=\"64\">64</td><td class=\"number\" data-value=\"25\">25.0%</td>"
          "<td class=\"number\" data-value=\"1500000\">1.500</td>"),
      std::string::npos);
  EXPECT_NE(
      html.find("<td class=\"number\" data-value=\"0\">0.0%</td><td class=\"number\" data-value=\"\"></td>"),
      std::string::npos);
}

TEST(Histogram, HasABarForEachBin) {
  const std::string svg = histogram({{100us, 200us, 10}, {200us, 500us, 0}, {500us, 1ms, 40}});
  const std::regex bar("<rect class=\"bar\"[^>]* height=\"([0-9.]+)\"");
  std::vector<std::string> heights;
  for (std::sregex_iterator i(svg.begin(), svg.end(), bar); i != std::sregex_iterator(); ++i) {
    heights.push_back((*i)[1]);
  }
  EXPECT_EQ(heights, (std::vector<std::string>{"44.0", "0.0", "176.0"}));
  EXPECT_NE(svg.find("<title>500 µs to 1 ms: 40</title>"), std::string::npos);
}

TEST(Histogram, BearsEmptyBins) {
  EXPECT_NE(histogram({{1ms, 2ms, 0}}).find("height=\"0.0\""), std::string::npos);
}

TEST(TimeText, HasItsUnit) {
  EXPECT_EQ(time_text(1500ns), "1.5 µs");
  EXPECT_EQ(time_text(1234567ns), "1.235 ms");
  EXPECT_EQ(time_text(2s), "2 s");
}

TEST(Page, SaysHowManyHostsStandInNoRow) {
  Page page;
  page.hosts.add({Address::v4(0xc0000201), "", State::kAlive, "echo-reply", 1ms});
  EXPECT_EQ(render(page).find("by prefix alone"), std::string::npos);
  page.in_prefixes = 65'535;
  EXPECT_NE(render(page).find("<p class=\"note\">65,535 more hosts are known by prefix alone"),
            std::string::npos);
}

}  // namespace
}  // namespace echosweep::html
