#include "results/read_results.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "reading.hpp"
#include "results/rfc3339.hpp"

namespace echosweep::results {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Keeps what it is told, as text.
class Listener final : public Visitor {
 public:
  Result<void> host(const Finding& finding) override {
    std::string line = to_string(finding.host) + ' ' + std::string(word(finding.state));
    const auto add = [&](std::string_view key, const std::string& value) {
      line += value.empty() ? "" : ' ' + std::string(key) + '=' + value;
    };
    add("reason", std::string(finding.reason));
    add("name", std::string(finding.name));
    add("from", std::string(finding.from));
    add("mac", std::string(finding.mac));
    add("ttl", finding.ttl ? std::to_string(finding.ttl->value) : "");
    add("ns", finding.rtt ? std::to_string(finding.rtt->count()) : "");
    add("tries", finding.tries ? std::to_string(*finding.tries) : "");
    add("sent", finding.sent ? format_utc(*finding.sent) : "");
    add("received", finding.received ? format_utc(*finding.received) : "");
    lines.push_back(line);
    return {};
  }
  Result<void> range(const RangeFinding& finding) override {
    lines.push_back(to_string(finding.prefix.first) + '-' + to_string(HostAddress{finding.prefix.last, {}}) +
                    ' ' + std::string(word(finding.state)));
    return {};
  }
  Result<void> run(std::string_view json) override {
    runs.emplace_back(json);
    return {};
  }
  Result<void> accounting(std::string_view) override {
    ++accountings;
    return {};
  }
  std::vector<std::string> lines;
  std::vector<std::string> runs;
  int accountings = 0;
};

std::string error_of(std::string_view text) {
  Listener listener;
  const auto end = read_text(text, listener);
  return end ? "" : end.error().message;
}

std::vector<std::string> lines_of(std::string_view text) {
  Listener listener;
  const auto end = read_text(text, listener);
  return end ? listener.lines : std::vector{end.error().message};
}

TEST(ReadJson, AllFields) {
  EXPECT_THAT(
      lines_of(R"({"type":"run","version":"0.1.0"}
{"type":"host","address":"192.0.2.1","name":"a\"b","state":"alive","reason":"echo-reply","from":"192.0.2.9","ttl":64,"rtt_us":123.456,"tries":2,"sent":"2023-11-14T22:13:20.5Z","received":"2023-11-14T22:13:21.000001Z","mac":"02:00:00:00:00:01"}
{"type":"range","prefix":"192.0.2.128/25","state":"silent","reason":"no-response","tries":2,"count":128}
)"),
      ElementsAre(
          "192.0.2.1 alive reason=echo-reply name=a\"b from=192.0.2.9 mac=02:00:00:00:00:01 ttl=64 ns=123456 "
          "tries=2 sent=2023-11-14T22:13:20.500000Z received=2023-11-14T22:13:21.000001Z",
          "192.0.2.128-192.0.2.255 silent"));
}

TEST(ReadJson, OlderAndOtherFields) {
  EXPECT_THAT(lines_of(host("::1", "alive", R"("pass":1,"x":{"y":[1,{"z":null}]})") +
                       host("::2", "silent", R"("probes":3)") + "\n \r\n" +
                       R"({"type":"later"})"
                       "\n" +
                       host("::3", "unsent", R"("ttl":null,"name":null)")),
              ElementsAre("::1 alive tries=2", "::2 silent tries=3", "::3 unsent"));
}

TEST(ReadJson, SaysWhichEndTheFileHas) {
  Listener listener;
  EXPECT_FALSE(read_text(host("::1", "alive"), listener)->whole);
  EXPECT_TRUE(read_text(host("::1", "alive") + "{\"type\":\"accounting\"}\n", listener)->whole);
}

TEST(ReadJson, ATornLastLineIsLeftOut) {
  const std::string whole = host("::1", "alive");
  for (std::size_t size = 1; size + 1 < whole.size(); ++size) {
    Listener listener;
    const auto end = read_text(whole + whole.substr(0, size), listener);
    ASSERT_TRUE(end) << size;
    EXPECT_EQ(end->cut_line, 2U) << size;
    EXPECT_EQ(listener.lines.size(), 1U);
  }
  Listener listener;
  const auto end = read_text(whole + whole.substr(0, whole.size() - 1), listener);
  EXPECT_EQ(end->cut_line, 0U);  // only its newline is missing
  EXPECT_EQ(listener.lines.size(), 2U);
}

TEST(ReadJson, BrokenLinesAreErrorsWithTheirPlace) {
  const std::string good = host("::1", "alive");
  EXPECT_EQ(error_of(good + "{\"type\":\"ho\n" + good), "file:2: not a JSON object (a string has no end)");
  EXPECT_EQ(error_of(good + "[1]\n"), "file:2: not a JSON object (it is another kind of value)");
  EXPECT_EQ(error_of("{\"a\":\"\xff\"}\n"), "file:1: not a JSON object (it holds bytes that are not UTF-8)");
  EXPECT_EQ(error_of("{\"a\":1}\n"), "file:1: has no \"type\": not a line of echosweep's JSON");
  EXPECT_EQ(error_of(R"({"type":"host","state":"alive"})"
                     "\n"),
            "file:1: a host has no \"address\"");
  EXPECT_EQ(error_of(host("192.0.2.300", "alive")), "file:1: '192.0.2.300' is not an address");
  EXPECT_EQ(error_of(host("::1", "up")),
            "file:1: \"state\" is not one of alive, unreachable, silent, unsent");
  EXPECT_EQ(error_of(host("::1", "alive", R"("ttl":256)")),
            "file:1: \"ttl\" is not a whole number from 0 to 255");
  EXPECT_EQ(error_of(host("::1", "alive", R"("ttl":-1)")),
            "file:1: \"ttl\" is not a whole number from 0 to 255");
  EXPECT_EQ(error_of(host("::1", "alive", R"("rtt_us":"1")")), "file:1: \"rtt_us\" is not a number");
  EXPECT_EQ(error_of(host("::1", "alive", R"("rtt_us":1e17)")),
            "file:1: \"rtt_us\" is not a time that anything takes");
  EXPECT_EQ(error_of(host("::1", "alive", R"("rtt_us":1e999)")),
            "file:1: not a JSON object (a number is malformed or too big)");
  EXPECT_EQ(error_of(host("::1", "alive", R"("name":1)")), "file:1: \"name\" is not a string");
  EXPECT_EQ(error_of(host("::1", "alive", R"("sent":"today")")),
            "file:1: \"sent\" is not a time like 2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(error_of(range("192.0.2.1/24", "silent")), "file:1: '192.0.2.1/24' has bits behind its prefix");
  EXPECT_EQ(error_of("{\"type\":\"run\",\"x\":" + std::string(100, '[') + std::string(100, ']') + "}\n"),
            "file:1: not a JSON object (it is nested too deeply)");
}

TEST(ReadJson, ALineAboutTheRunHasFewMembers) {
  for (const std::string type : {"run", "accounting"}) {
    std::string line = R"({"type":")" + type + R"(","x":[{)";
    for (int i = 0; i < 5000; ++i) {
      line += fmt::format("{}\"k{}\":{}", i == 0 ? "" : ",", i, i);
    }
    EXPECT_EQ(error_of(line + "}]}\n"), "file:1: has more than 4096 members: not a line of echosweep's JSON");
  }
}

TEST(ReadJson, LongLinesGrowTheBufferUpToALimit) {
  const std::string name(3 << 20, 'n');
  EXPECT_EQ(lines_of(host("::1", "alive", "\"x\":\"" + name + '"') + host("::2", "alive")).size(), 2U);
  EXPECT_EQ(error_of("{" + std::string(LineReader::kLongestLine * 2, ' ')),
            "file:1: a line of more than 16 MiB: not a file of results");
}

TEST(ReadList, AddressesPrefixesAndComments) {
  EXPECT_THAT(
      lines_of("\xef\xbb\xbf"
               "192.0.2.1\r\n# none\n\n  ::1 # one\n198.51.100.0/24\nfe80::1%x0"),
      ElementsAre("192.0.2.1 alive", "::1 alive", "198.51.100.0-198.51.100.255 alive", "fe80::1%x0 alive"));
  EXPECT_THAT(lines_of(""), ElementsAre());
  EXPECT_THAT(error_of("192.0.2.1 is unreachable\n"),
              HasSubstr("file:1: '192.0.2.1 is unreachable' is not an address"));
  EXPECT_THAT(error_of("\x1b[31mhost\n"), HasSubstr("file:1: '\\x1b[31mhost' is not an address"));
}

TEST(ReadList, ALastLineWithoutAnEndCountsAndIsToldOf) {
  Listener listener;
  const auto end = read_text("192.0.2.7\n192.0.2.1", listener);
  ASSERT_TRUE(end);
  EXPECT_EQ(listener.lines.size(), 2U);
  EXPECT_EQ(incompleteness("file", *end),
            "file:2: the last line has no end, and counts as it stands: its address may be torn off");
  const auto torn = read_text("192.0.2.7\n192.0.", listener);
  ASSERT_TRUE(torn);
  EXPECT_THAT(incompleteness("file", *torn), HasSubstr("file:2: the last line is torn off and left out"));
  EXPECT_EQ(incompleteness("file", *read_text("192.0.2.7\n", listener)), "");
}

constexpr std::string_view kNmap = R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>
<nmaprun scanner="nmap" args="nmap -sn" start="1700000000" version="7.93" xmloutputversion="1.05">
<verbose level="0"/>
<host><status state="up" reason="echo-reply" reason_ttl="63"/>
<address addr="192.0.2.1" addrtype="ipv4"/>
<address addr="02:00:00:00:00:01" addrtype="mac" vendor="a&amp;b"/>
<hostnames>
<hostname name="one.example" type="PTR"/>
</hostnames>
<times srtt="1234" rttvar="5000" to="100000"/>
</host>
<host><status state="down" reason="no-response" reason_ttl="0"/><address addr="192.0.2.2" addrtype="ipv4"/></host>
<host><status state="down" reason="host-unreach" reason_ttl="0"/><address addr="2001:db8::3" addrtype="ipv6"/></host>
<runstats><finished time="1700000001"/><hosts up="1" down="2" total="3"/></runstats>
</nmaprun>
)";

TEST(ReadXml, NmapsPingScan) {
  EXPECT_THAT(
      lines_of(kNmap),
      ElementsAre(
          "192.0.2.1 alive reason=echo-reply name=one.example mac=02:00:00:00:00:01 ttl=63 ns=1234000",
          "192.0.2.2 silent reason=no-response", "2001:db8::3 unreachable reason=host-unreach"));
}

TEST(ReadXml, CutAnywhereItIsReadAsFarAsItGoes) {
  const std::size_t start = kNmap.find("<host>");
  for (std::size_t size = start; size < kNmap.size() - 2; ++size) {
    Listener listener;
    const auto end = read_text(kNmap.substr(0, size), listener);
    ASSERT_TRUE(end) << size << ": " << end.error().message;
    EXPECT_EQ(end->whole, false);
  }
}

TEST(ReadXml, RefusesEntitiesAndOthersXml) {
  EXPECT_EQ(error_of("<!DOCTYPE nmaprun [\n<!ENTITY a \"b\">]>\n<nmaprun>&a;</nmaprun>"),
            "file:2: declares an entity, which no scanner's XML does: refused");
  EXPECT_EQ(error_of("<!DOCTYPE nmaprun [<!ENTITY a SYSTEM \"/etc/passwd\">]><nmaprun/>"),
            "file:1: declares an entity, which no scanner's XML does: refused");
  EXPECT_EQ(error_of("<html/>"), "file:1: <'html'> is not nmap's <nmaprun>");
  EXPECT_EQ(error_of("<nmaprun>\n</host></nmaprun>"), "file:2: not well-formed XML (mismatched tag)");
  EXPECT_EQ(
      error_of(
          "<nmaprun><host><status state=\"odd\"/><address addr=\"::1\" addrtype=\"ipv6\"/></host></nmaprun>"),
      "file:1: a host's state is 'odd', none of up, down, unknown");
  std::string deep = "<nmaprun>";
  for (int i = 0; i < 100; ++i) {
    deep += "<a>";
  }
  EXPECT_EQ(error_of(deep), "file:1: tags nested too deeply: not a scanner's XML");
  EXPECT_THAT(error_of("<nmaprun a=\"" + std::string(LineReader::kLongestLine + (2 << 20), 'x')),
              HasSubstr("a tag of many MiB"));
}

}  // namespace

}  // namespace echosweep::results
