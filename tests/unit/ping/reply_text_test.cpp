#include "ping/reply_text.hpp"

#include "lines.hpp"

namespace echosweep::ping {
namespace {

using std::chrono::microseconds;

std::string time_of(std::int64_t us, bool precise = false) {
  return text_of([&](report::Line& line) { append_time(line, microseconds(us), precise); });
}

TEST(ReplyText, IsPings) {
  EXPECT_EQ(line_of(reply()), "64 bytes from 192.0.2.1: icmp_seq=7 ttl=64 time=0.045 ms");
}

TEST(ReplyText, CallsTheSenderAsItIsTold) {
  report::Line line;
  append_reply(line, reply(), [](const Address&) { return std::string("host.example (192.0.2.1)"); }, {});
  EXPECT_EQ(fmt::to_string(line).substr(0, 41), "64 bytes from host.example (192.0.2.1): i");
}

TEST(ReplyText, ShowsAnIdentifierWhereItIsVerbose) {
  EXPECT_EQ(line_of(reply(), {.verbose = true}),
            "64 bytes from 192.0.2.1: icmp_seq=7 ident=4711 ttl=64 time=0.045 ms");
}

TEST(ReplyText, HasFewerDecimalsTheLongerItTook) {
  EXPECT_EQ(time_of(0), " time=0.000 ms");
  EXPECT_EQ(time_of(999), " time=0.999 ms");
  EXPECT_EQ(time_of(1004), " time=1.00 ms");
  EXPECT_EQ(time_of(1005), " time=1.01 ms");
  EXPECT_EQ(time_of(9994), " time=9.99 ms");
  EXPECT_EQ(time_of(9995), " time=10.0 ms");
  EXPECT_EQ(time_of(99'949), " time=99.9 ms");
  EXPECT_EQ(time_of(99'950), " time=100 ms");
  EXPECT_EQ(time_of(1'234'500), " time=1235 ms");
}

TEST(ReplyText, HasThreeDecimalsWhereThatIsWanted) {
  EXPECT_EQ(time_of(1'234'567, true), " time=1234.567 ms");
}

TEST(ReplyText, NamesWhatIsWrong) {
  Reply wrong = reply();
  wrong.duplicate = wrong.bad_checksum = wrong.other_address = true;
  EXPECT_EQ(line_of(wrong),
            "64 bytes from 192.0.2.1: icmp_seq=7 ttl=64 time=0.045 ms (DUP!) (BAD CHECKSUM!) "
            "(DIFFERENT ADDRESS!)");
}

TEST(ReplyText, KeepsQuietAboutDuplicatesOfMulticasts) {
  Reply second = reply();
  second.duplicate = true;
  EXPECT_EQ(line_of(second, {.multicast = true}), line_of(reply()));
  EXPECT_NE(line_of(second, {.verbose = true, .multicast = true}).find("(DUP!)"), std::string::npos);
}

TEST(ReplyText, OfATruncatedReplySaysNoMore) {
  Reply cut = reply();
  cut.size = 12;
  cut.truncated = cut.duplicate = true;
  EXPECT_EQ(line_of(cut), "12 bytes from 192.0.2.1: icmp_seq=7 ttl=64 (truncated)");
}

TEST(ReplyText, DumpsDataThatIsWrong) {
  Reply wrong = reply();
  wrong.wrong_data = WrongData{.at = 17, .expected = 0x11, .found = 0xff};
  wrong.data.resize(50);
  wrong.data[16] = 0x10;
  wrong.data[17] = 0xff;
  const std::string text = line_of(wrong);
  EXPECT_NE(text.find(" ms\nwrong data byte #17 should be 0x11 but was 0xff\n#16\t10 ff 0 0 "),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(" 0 \n#48\t0 0 "), std::string::npos) << text;
}

TEST(ReplyText, DumpsDataThatIsTooShortForATime) {
  Reply wrong = reply();
  wrong.wrong_data = WrongData{.at = 1, .expected = 1, .found = 0};
  wrong.data = {0, 0, 2};
  EXPECT_NE(line_of(wrong).find("\n#1\t0 2 "), std::string::npos);
}

}  // namespace
}  // namespace echosweep::ping
