#include "report/summary.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace echosweep::report {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// What fping 5.1 counts in `fping -s -r 1 -t 100` on one host alive, one that rejects, and one that drops.
Accounting three_hosts() {
  Accounting sums;
  sums.targets = 3;
  sums.alive = 1;
  sums.unreachable = 1;
  sums.silent = 1;
  sums.probes_by_pass = {3, 2};
  sums.echo_replies = 1;
  sums.icmp_errors = 2;
  sums.rtt_min = sums.rtt_max = microseconds(30);
  sums.rtt_sum = microseconds(30);
  sums.rtt_count = 1;
  sums.elapsed = milliseconds(252);
  return sums;
}

TEST(FpingStats, IsWhatFpingPrints) {
  EXPECT_EQ(format_fping_stats(three_hosts()),
            "\n"
            "       3 targets\n"
            "       1 alive\n"
            "       2 unreachable\n"
            "       0 unknown addresses\n"
            "\n"
            "       4 timeouts (waiting for response)\n"
            "       5 ICMP Echos sent\n"
            "       1 ICMP Echo Replies received\n"
            "       2 other ICMP received\n"
            "\n"
            " 0.030 ms (min round trip time)\n"
            " 0.030 ms (avg round trip time)\n"
            " 0.030 ms (max round trip time)\n"
            "        0.252 sec (elapsed real time)\n"
            "\n");
}

TEST(FpingStats, WithoutAnyReply) {
  Accounting sums;
  sums.targets = 1;
  sums.unsent = 1;
  sums.unresolved_names = 2;
  EXPECT_EQ(format_fping_stats(sums),
            "\n"
            "       1 targets\n"
            "       0 alive\n"
            "       1 unreachable\n"
            "       2 unknown addresses\n"
            "\n"
            "       0 timeouts (waiting for response)\n"
            "       0 ICMP Echos sent\n"
            "       0 ICMP Echo Replies received\n"
            "       0 other ICMP received\n"
            "\n"
            " 0.000 ms (min round trip time)\n"
            " 0.000 ms (avg round trip time)\n"
            " 0.000 ms (max round trip time)\n"
            "        0.000 sec (elapsed real time)\n"
            "\n");
}

TEST(FpingStats, LargeNumbersAndMean) {
  Accounting sums;
  sums.targets = 16'777'216;
  sums.alive = 16'777'214;
  sums.probes_by_pass = {16'777'216, 2};
  sums.echo_replies = 16'777'215;
  sums.extra = 1;
  sums.rtt_min = microseconds(9);
  sums.rtt_max = milliseconds(123);
  sums.rtt_sum = milliseconds(4);
  sums.rtt_count = 3;
  sums.elapsed = milliseconds(83'456'789);
  const std::string text = format_fping_stats(sums);
  EXPECT_NE(text.find(" 16777216 targets\n 16777214 alive\n       2 unreachable\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("       4 timeouts (waiting for response)\n 16777218 ICMP Echos sent\n"
                      " 16777215 ICMP Echo Replies received\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(" 0.009 ms (min round trip time)\n 1.33 ms (avg round trip time)\n"
                      " 123 ms (max round trip time)\n    83456.789 sec (elapsed real time)\n"),
            std::string::npos)
      << text;
}

TEST(FormatAccounting, SixLines) {
  Accounting sums;
  sums.targets = 65536;
  sums.alive = 31000;
  sums.unreachable = 12;
  sums.silent = 34524;
  sums.probes_by_pass = {65536, 34536};
  sums.echo_replies = 31000;
  sums.icmp_errors = 12;
  sums.missed = {.about = 0.4, .at_most = 3, .answered = 0.999};
  EXPECT_EQ(format_accounting(sums),
            "accounting: 65536 targets = 31000 alive + 12 icmp-unreachable + 34524 silent + 0 unsent\n"
            "probes: 100072 sent (pass 0: 65536, pass 1: 34536)\n"
            "replies: 31000 echo, 12 icmp errors, 0 late, 0 extra, 0 foreign, 0 forged, 0 malformed\n"
            "capture: 0 dropped\n"
            "send errors: none\n"
            "missed: about 0.4, at most 3 of 31,000 alive (95%)\n");
}

TEST(FormatAccounting, WhatWasMissed) {
  const auto missed = [](double about, std::uint64_t at_most) {
    Accounting sums;
    sums.alive = 1'234'567;
    sums.missed = {.about = about, .at_most = at_most, .answered = 1};
    const std::string text = format_accounting(sums);
    return text.substr(text.find("missed: "));
  };
  EXPECT_EQ(missed(0, 0), "missed: about 0, at most 0 of 1,234,567 alive (95%)\n");
  EXPECT_EQ(missed(0.04, 1), "missed: about 0, at most 1 of 1,234,567 alive (95%)\n");
  EXPECT_EQ(missed(0.96, 4), "missed: about 1, at most 4 of 1,234,567 alive (95%)\n");
  EXPECT_EQ(missed(9.94, 44), "missed: about 9.9, at most 44 of 1,234,567 alive (95%)\n");
  EXPECT_EQ(missed(9.96, 44), "missed: about 10, at most 44 of 1,234,567 alive (95%)\n");
  EXPECT_EQ(missed(45'678.6, 65'432), "missed: about 45,679, at most 65,432 of 1,234,567 alive (95%)\n");

  Accounting sums;
  sums.missed_unknown = "one pass only: -r 1 or more tells";
  EXPECT_TRUE(format_accounting(sums).ends_with("\nmissed: unknown (one pass only: -r 1 or more tells)\n"));
}

TEST(FormatAccounting, EveryCounterInItsPlace) {
  Accounting sums;
  sums.targets = 10;
  sums.alive = 1;
  sums.unreachable = 2;
  sums.silent = 3;
  sums.unsent = 4;
  sums.probes_by_pass = {6};
  sums.echo_replies = 21;
  sums.icmp_errors = 22;
  sums.late = 23;
  sums.extra = 24;
  sums.foreign = 25;
  sums.forged = 26;
  sums.malformed = 27;
  sums.capture_drops = 28;
  sums.send_errors = {{EPERM, 1}, {EACCES, 1}, {ENOBUFS, 5}};
  sums.retries_of_sends = 5;
  sums.missed_unknown = "nobody answered";
  EXPECT_EQ(format_accounting(sums),
            "accounting: 10 targets = 1 alive + 2 icmp-unreachable + 3 silent + 4 unsent\n"
            "probes: 6 sent (pass 0: 6)\n"
            "replies: 21 echo, 22 icmp errors, 23 late, 24 extra, 25 foreign, 26 forged, 27 malformed\n"
            "capture: 28 dropped\n"
            "send errors: 5 ENOBUFS (No buffer space available), 1 EPERM (Operation not permitted), 1 EACCES "
            "(Permission denied); 5 sent again\n"
            "missed: unknown (nobody answered)\n");
  EXPECT_TRUE(sums.adds_up());
  sums.unsent = 3;
  EXPECT_FALSE(sums.adds_up());
}

TEST(FormatAccounting, NothingSent) {
  EXPECT_NE(format_accounting(Accounting{}).find("\nprobes: 0 sent\n"), std::string::npos);
}

/// The line about the rate: the last one.
std::string rate_line(const Accounting& sums) {
  const std::string text = format_accounting(sums);
  const std::size_t at = text.find("rate: ");
  return at == std::string::npos ? "" : text.substr(at);
}

TEST(FormatAccounting, SaysWhatARateThatFoundItselfCameTo) {
  Accounting sums;
  EXPECT_EQ(rate_line(sums), "");
  sums.rate_at_end = PacketRate{9834.4};
  sums.control = ControlAccount{
      .sent = 812, .answered = 809, .judged = 520, .loss = 0.0038, .loss_low = 0.001, .loss_high = 0.0124};
  EXPECT_EQ(rate_line(sums),
            "rate: auto, 9834/s at the end; control: 812 sent, 809 answered; loss 0.4% (0.1% to 1.2%) of the "
            "last 520\n");
  sums.control = ControlAccount{};
  EXPECT_EQ(rate_line(sums), "rate: auto, 9834/s at the end; control: 0 sent, 0 answered; loss not known\n");
}

TEST(FormatAccounting, SaysWhenTheHighestRateCameDown) {
  Accounting sums;
  sums.rate_at_end = PacketRate{0};
  EXPECT_EQ(rate_line(sums), "");
  sums.rate_at_end = PacketRate{153'000};
  sums.rate_falls = 1;
  EXPECT_EQ(rate_line(sums), "rate: max, came down 1 time, 153000/s at the end\n");
  sums.rate_falls = 2;
  EXPECT_EQ(rate_line(sums), "rate: max, came down 2 times, 153000/s at the end\n");
}

TEST(FormatFpingStats, ControlProbesArePacketsToo) {
  Accounting sums;
  sums.probes_by_pass = {100};
  sums.echo_replies = 60;
  sums.control = ControlAccount{.sent = 10, .answered = 7};
  const std::string text = format_fping_stats(sums);
  EXPECT_NE(text.find("      43 timeouts"), std::string::npos) << text;
  EXPECT_NE(text.find("     110 ICMP Echos sent"), std::string::npos) << text;
  EXPECT_NE(text.find("      67 ICMP Echo Replies received"), std::string::npos) << text;
}

/// What fping 5.1 counts in `fping -s -c 2 -p 100 -q` on one host alive and one that rejects.
CountTotals two_rounds() {
  CountTotals totals;
  totals.accounting.targets = 2;
  totals.accounting.alive = 1;
  totals.accounting.unreachable = 1;
  totals.accounting.probes_by_pass = {4};
  totals.accounting.echo_replies = 2;
  totals.accounting.icmp_errors = 2;
  totals.accounting.rtt_min = microseconds(33);
  totals.accounting.rtt_max = microseconds(38);
  totals.accounting.rtt_sum = microseconds(71);
  totals.accounting.rtt_count = 2;
  totals.accounting.elapsed = milliseconds(213);
  totals.timeouts = 2;
  return totals;
}

TEST(FpingStats, OfRoundsIsWhatFpingPrints) {
  EXPECT_EQ(format_fping_stats(two_rounds()),
            "\n"
            "       2 targets\n"
            "       1 alive\n"
            "       1 unreachable\n"
            "       0 unknown addresses\n"
            "\n"
            "       2 timeouts (waiting for response)\n"
            "       4 ICMP Echos sent\n"
            "       2 ICMP Echo Replies received\n"
            "       2 other ICMP received\n"
            "\n"
            " 0.033 ms (min round trip time)\n"
            " 0.035 ms (avg round trip time)\n"
            " 0.038 ms (max round trip time)\n"
            "        0.213 sec (elapsed real time)\n"
            "\n");
}

TEST(FpingStats, OfRoundsCountsWhatDidNotLeaveAsSent) {
  CountTotals totals = two_rounds();
  totals.not_sent = 3;
  EXPECT_NE(format_fping_stats(totals).find("       7 ICMP Echos sent\n"), std::string::npos);
}

TEST(FormatAccounting, OfRounds) {
  CountTotals totals = two_rounds();
  EXPECT_EQ(format_accounting(totals),
            "accounting: 2 targets = 1 alive + 1 icmp-unreachable + 0 silent + 0 unsent\n"
            "probes: 4 sent = 2 answered in time + 2 timed out (0 answered late) + 0 in flight; 0 not sent\n"
            "replies: 2 echo (0 late, 0 duplicates), 2 icmp errors, 0 foreign, 0 forged, 0 malformed\n"
            "capture: 0 dropped\n"
            "send errors: none\n");
  totals.accounting.echo_replies = 12;
  totals.accounting.probes_by_pass = {30};
  totals.accounting.late = 2;
  totals.accounting.foreign = 5;
  totals.accounting.forged = 6;
  totals.accounting.malformed = 7;
  totals.accounting.capture_drops = 8;
  totals.accounting.send_errors = {{ENOBUFS, 4}};
  totals.accounting.transmitted = {{"raw", 30}};
  totals.timeouts = 20;
  totals.duplicates = 1;
  totals.not_sent = 4;
  EXPECT_EQ(
      format_accounting(totals),
      "accounting: 2 targets = 1 alive + 1 icmp-unreachable + 0 silent + 0 unsent\n"
      "probes: 30 sent = 9 answered in time + 20 timed out (2 answered late) + 1 in flight; 4 not sent\n"
      "replies: 12 echo (2 late, 1 duplicate), 2 icmp errors, 5 foreign, 6 forged, 7 malformed\n"
      "capture: 8 dropped\n"
      "send errors: 4 ENOBUFS (No buffer space available)\n"
      "transmit: 30 by raw\n");
}

}  // namespace
}  // namespace echosweep::report
