#include "mtu/line.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "examples.hpp"

namespace echosweep::mtu {
namespace {

using Kind = Answer::Kind;

std::string line_of(const Finding& finding, const std::string& host = "192.0.2.9") {
  report::Line line;
  append_line(line, host, finding, [](const Address& router) { return to_string(router); });
  return fmt::to_string(line);
}

std::string line_of(const Question& question, const Answer& answer) {
  report::Line line;
  append_line(line, "192.0.2.9", Step{.index = 0, .question = question, .answer = answer});
  return fmt::to_string(line);
}

TEST(MtuLine, AllThatTheInterfaceTakesArrives) {
  EXPECT_EQ(line_of(all_fits()), "192.0.2.9: 1500 (as here; 5 hops)\n");
  Finding near = all_fits();
  near.hops = 1;
  near.cut = true;
  EXPECT_EQ(line_of(near, "here.example"), "here.example: 1500 (as here; 1 hop; replies come back cut)\n");
}

TEST(MtuLine, NoMoreWasTried) {
  Finding finding = all_fits();
  finding.found = Found::kMaximum;
  finding.mtu = 1000;
  EXPECT_EQ(line_of(finding), "192.0.2.9: 1000 (no more was tried; 1500 here; 5 hops)\n");
}

TEST(MtuLine, WhoTold) {
  EXPECT_EQ(line_of(told()), "192.0.2.9: 1300 (told by 192.0.2.5, 3 hops away; 1500 here; 5 hops)\n");
  Finding unknown = told();
  unknown.told_hop = 0;
  EXPECT_EQ(line_of(unknown), "192.0.2.9: 1300 (told by 192.0.2.5; 1500 here; 5 hops)\n");
}

TEST(MtuLine, RoutersAreCalledByTheirNames) {
  report::Line line;
  append_line(line, "x", told(), [](const Address&) { return std::string("gw.example (192.0.2.5)"); });
  EXPECT_EQ(fmt::to_string(line),
            "x: 1300 (told by gw.example (192.0.2.5), 3 hops away; 1500 here; 5 hops)\n");
}

TEST(MtuLine, WhoSaysThatItIsTooBigAndNotForWhat) {
  Finding finding = told();
  finding.found = Found::kSearched;
  EXPECT_EQ(line_of(finding),
            "192.0.2.9: 1300 (more is refused by 192.0.2.5, 3 hops away, which tells no MTU; 1500 here; 5 "
            "hops)\n");
  finding.told_by.reset();
  EXPECT_EQ(line_of(finding), "192.0.2.9: 1300 (nobody told; 1500 here; 5 hops)\n");
}

TEST(MtuLine, WhatWasToldOfAnotherTarget) {
  Finding finding = told();
  finding.found = Found::kElsewhere;
  EXPECT_EQ(line_of(finding),
            "192.0.2.9: 1300 (as 192.0.2.5, 3 hops away, told of another target; 1500 here; 5 hops)\n");
  finding.told_hop = 0;
  EXPECT_EQ(line_of(finding), "192.0.2.9: 1300 (as 192.0.2.5 told of another target; 1500 here; 5 hops)\n");
}

TEST(MtuLine, WhereABlackHoleBegins) {
  Finding finding = black_hole();
  EXPECT_EQ(line_of(finding),
            "192.0.2.9: 1400 (black hole: 1401 bytes get lost after 192.0.2.5, 2 hops away; 1500 here; 5 "
            "hops)\n");
  finding.lost_before_hop = 4;
  EXPECT_EQ(
      line_of(finding),
      "192.0.2.9: 1400 (black hole: 1401 bytes get lost after 192.0.2.5, 2 hops away, and before hop 4; "
      "1500 here; 5 hops)\n");
  finding.lost_after.reset();
  finding.lost_after_hop = 0;
  EXPECT_EQ(line_of(finding),
            "192.0.2.9: 1400 (black hole: 1401 bytes get lost before hop 4; 1500 here; 5 hops)\n");
  finding.lost_before_hop = 1;
  EXPECT_EQ(line_of(finding),
            "192.0.2.9: 1400 (black hole: 1401 bytes get lost before the first hop; 1500 here; 5 hops)\n");
  finding.lost_before_hop = 0;
  EXPECT_EQ(line_of(finding), "192.0.2.9: 1400 (black hole: 1401 bytes get lost; 1500 here; 5 hops)\n");
}

TEST(MtuLine, ABlackHoleBesideARouterThatTells) {
  Finding finding = black_hole();
  finding.found = Found::kTold;
  finding.mtu = 1300;
  finding.told_by = Address::v4(0xc0000206);
  finding.told_hop = 4;
  EXPECT_EQ(
      line_of(finding),
      "192.0.2.9: 1300 (told by 192.0.2.6, 4 hops away; black hole: 1401 bytes get lost after 192.0.2.5, "
      "2 hops away; 1500 here; 5 hops)\n");
}

TEST(MtuLine, WhereNothingWasFound) {
  EXPECT_EQ(line_of(Finding{}), "192.0.2.9: no reply\n");
  Finding finding = told();
  finding.outcome = Outcome::kToldOnly;
  EXPECT_EQ(line_of(finding), "192.0.2.9: no reply (1300 told by 192.0.2.5, 3 hops away; 1500 here)\n");
  finding = {.outcome = Outcome::kUnreachable,
             .error = {.family = Family::kIpv4, .type = 3, .code = 13},
             .error_from = kRouter};
  EXPECT_EQ(line_of(finding), "192.0.2.9: admin-prohibited (from 192.0.2.5)\n");
  finding = {.outcome = Outcome::kNotSent, .error_number = EACCES};
  EXPECT_EQ(line_of(finding), "192.0.2.9: not sent: Permission denied\n");
}

TEST(MtuLine, EachStepSaysWhatItTaught) {
  const Question large{.size = 1500, .ttl = Ttl{64}};
  const IcmpError v4{.family = Family::kIpv4, .type = 3, .code = 4};
  const auto too_big = [&](std::uint32_t mtu, const IcmpError& error) {
    return line_of(large, {.kind = Kind::kTooBig, .from = kRouter, .mtu = mtu, .hop = 3, .error = error});
  };
  EXPECT_EQ(line_of(large, {.kind = Kind::kArrived, .rtt = std::chrono::microseconds(1234)}),
            "192.0.2.9: 1500 bytes arrive, 1.23 ms\n");
  EXPECT_EQ(line_of(large, {.kind = Kind::kArrived, .cut = true}),
            "192.0.2.9: 1500 bytes arrive, and come back cut\n");
  EXPECT_EQ(too_big(1300, v4),
            "192.0.2.9: 1500 bytes are too big for 192.0.2.5, 3 hops away, which takes 1300\n");
  EXPECT_EQ(too_big(0, v4),
            "192.0.2.9: 1500 bytes are too big for 192.0.2.5, 3 hops away, which tells no MTU\n");
  for (const std::uint32_t absurd : {67U, 1500U, 70000U}) {
    EXPECT_EQ(
        too_big(absurd, v4),
        fmt::format("192.0.2.9: 1500 bytes are too big for 192.0.2.5, 3 hops away, which tells {}: that "
                    "cannot be\n",
                    absurd));
  }
  EXPECT_EQ(
      too_big(1279, {.family = Family::kIpv6, .type = 2, .code = 0}),
      "192.0.2.9: 1500 bytes are too big for 192.0.2.5, 3 hops away, which tells 1279: that cannot be\n");
  EXPECT_EQ(line_of(large, {}), "192.0.2.9: 1500 bytes get lost\n");
  EXPECT_EQ(line_of({.size = 1401, .ttl = Ttl{2}}, {.kind = Kind::kExpired, .from = kRouter}),
            "192.0.2.9: 1401 bytes, TTL 2: reach 192.0.2.5\n");
  EXPECT_EQ(line_of(large, {.kind = Kind::kRefused, .from = kRouter, .error = {Family::kIpv4, 3, 13}}),
            "192.0.2.9: 1500 bytes are refused by 192.0.2.5: admin-prohibited\n");
  EXPECT_EQ(line_of(large, {.kind = Kind::kLocalLimit}),
            "192.0.2.9: 1500 bytes are too big for the interface here\n");
  EXPECT_EQ(line_of(large, {.kind = Kind::kNotSent, .error_number = EPERM}),
            "192.0.2.9: 1500 bytes are not sent: Operation not permitted\n");
}

}  // namespace
}  // namespace echosweep::mtu
