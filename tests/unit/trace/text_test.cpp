#include "trace/text.hpp"

#include <gtest/gtest.h>

#include "tracing.hpp"

namespace echosweep::trace {
namespace {

std::string hop_of(std::vector<std::optional<Answer>> probes, const TextOptions& options = {}) {
  report::Line line;
  append_hop(line, path_of({std::move(probes)}), 0, options);
  return fmt::to_string(line);
}

TEST(Text, HeaderIsTraceroutes) {
  report::Line line;
  append_header(line, Address::v4(0xc6120102), "", Ttl{30}, 60);
  append_header(line, Address::v4(0xc6120102), "host.example", Ttl{5}, 1400);
  append_header(line, Address::v4(0xc6120102), "evil\x1b[2J", Ttl{5}, 60);
  EXPECT_EQ(fmt::to_string(line),
            "traceroute to 198.18.1.2 (198.18.1.2), 30 hops max, 60 byte packets\n"
            "traceroute to host.example (198.18.1.2), 5 hops max, 1400 byte packets\n"
            "traceroute to evil\\x1b[2J (198.18.1.2), 5 hops max, 60 byte packets\n");
}

TEST(Text, AHopIsTraceroutes) {
  EXPECT_EQ(hop_of({error_by(1, 0.5123), error_by(1, 12.3456), error_by(1, 100)}),
            " 1  198.19.0.1  0.512 ms  12.346 ms  100.000 ms\n");
  EXPECT_EQ(hop_of({std::nullopt, std::nullopt, std::nullopt}), " 1  * * *\n");
  EXPECT_EQ(hop_of({std::nullopt, error_by(1, 1), std::nullopt}), " 1  * 198.19.0.1  1.000 ms *\n");
}

TEST(Text, WhoeverElseAnswersIsNamed) {
  EXPECT_EQ(hop_of({error_by(1, 1), error_by(2, 2), error_by(2, 3)}),
            " 1  198.19.0.1  1.000 ms 198.19.0.2  2.000 ms  3.000 ms\n");
  EXPECT_EQ(hop_of({error_by(1, 1), std::nullopt, error_by(1, 3)}), " 1  198.19.0.1  1.000 ms *  3.000 ms\n");
}

TEST(Text, NamesStandInFrontOfAddresses) {
  const TextOptions options{
      .name_of =
          [](const Address& address) { return address == Address::v4(0xc6130001) ? "gw.example" : ""; },
      .extensions = false};
  EXPECT_EQ(hop_of({error_by(1, 1), error_by(2, 2)}, options),
            " 1  gw.example (198.19.0.1)  1.000 ms 198.19.0.2 (198.19.0.2)  2.000 ms\n");
}

TEST(Text, MarksAndExtensions) {
  EXPECT_EQ(hop_of({error_by(1, 1, 3, 1), error_by(1, 1, 3, 13)}),
            " 1  198.19.0.1  1.000 ms !H  1.000 ms !X\n");
  Answer labelled = error_by(1, 1);
  labelled.objects = mpls_objects();
  EXPECT_EQ(
      hop_of({labelled, labelled, error_by(1, 2)}, {.name_of = {}, .extensions = true}),
      " 1  198.19.0.1 <MPLS:L=16,E=0,S=0,T=1/L=17,E=1,S=1,T=2>  1.000 ms  1.000 ms 198.19.0.1  2.000 ms\n");
  EXPECT_EQ(hop_of({labelled}), " 1  198.19.0.1  1.000 ms\n");
}

TEST(Text, TtlsCountFromTheFirst) {
  Traced traced = path_of({{error_by(1, 1)}, {reply_by_target(2)}});
  traced.first = Ttl{9};
  report::Line line;
  append_hop(line, traced, 0, {});
  append_hop(line, traced, 1, {});
  EXPECT_EQ(fmt::to_string(line), " 9  198.19.0.1  1.000 ms\n10  198.18.1.2  2.000 ms\n");
}

TEST(Text, WithoutARoundTripThereIsNoTime) {
  Answer answer = error_by(1, 1);
  answer.rtt.reset();
  EXPECT_EQ(hop_of({answer, std::nullopt}), " 1  198.19.0.1 *\n");
}

}  // namespace
}  // namespace echosweep::trace
