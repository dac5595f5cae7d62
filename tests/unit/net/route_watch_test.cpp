#include "net/route_watch.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "on_taps.hpp"

namespace echosweep::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Time passes as the test says; the kernel's messages are there as soon as its answer to `ip` is.
class OfRouteWatch : public OnTaps {
 protected:
  void watch(std::vector<Address> targets, const RouteQuery& query = {}, bool are_all = true) {
    auto opened = RouteWatch::open(query, targets, are_all);
    ASSERT_TRUE(opened) << opened.error().message;
    watch_.emplace(std::move(*opened));
    EXPECT_THAT(after(1h), IsEmpty());
  }
  /// What is told at once and so much later.
  std::vector<std::string> after(std::chrono::nanoseconds time) {
    std::vector<std::string> lines = watch_->look(now_);
    now_ += time;
    for (std::string& line : watch_->look(now_)) {
      lines.push_back(std::move(line));
    }
    return lines;
  }
  std::vector<std::string> changed(const std::string& commands) {
    EXPECT_TRUE(ip_batch(commands));
    return after(1min);
  }

  std::optional<RouteWatch> watch_;
  MonotonicTime now_{1h};
};

TEST_F(OfRouteWatch, SaysNothingOfWhatConcernsOthers) {
  watch({parse("240.2.9.9")});
  EXPECT_THAT(changed("route add 240.77.0.0/16 via 240.5.0.2"), IsEmpty());
  EXPECT_THAT(changed("link set tap1 down"), IsEmpty());
  EXPECT_THAT(changed("addr add 240.1.0.7/24 dev tap0"), IsEmpty());
  EXPECT_FALSE(watch_->has_told_of_a_loss());
}

TEST_F(OfRouteWatch, TellsOfALinkThatIsDownAndBackAndNotOfWhatGoesWithIt) {
  watch({parse("240.1.0.9"), parse("240.1.0.10")});
  EXPECT_THAT(changed("link set tap0 down"), ElementsAre("tap0 went down: probing goes on"));
  EXPECT_TRUE(watch_->has_told_of_a_loss());
  EXPECT_THAT(changed("link set tap0 up"), ElementsAre("tap0 is back"));
  EXPECT_FALSE(watch_->has_told_of_a_loss());
}

TEST_F(OfRouteWatch, GivesALinkTimeToBringBackWhatItHad) {
  watch({parse("240.2.9.9")});
  EXPECT_THAT(changed("link set tap0 down"), ElementsAre("tap0 went down: probing goes on"));
  ASSERT_TRUE(ip_batch("link set tap0 up"));
  EXPECT_THAT(after(200ms), ElementsAre("tap0 is back"));
  EXPECT_THAT(after(2s), IsEmpty()) << "the kernel has dropped the route to the gateway for good";
  EXPECT_THAT(after(2s), ElementsAre("no route to 240.2.9.9 any more (was by 240.1.0.2 on tap0)"));
  EXPECT_TRUE(watch_->has_told_of_a_loss());
  EXPECT_THAT(changed("route add 240.2.0.0/16 via 240.1.0.2"),
              ElementsAre("route to 240.2.9.9 now by 240.1.0.2 on tap0 (was none)"));
  EXPECT_FALSE(watch_->has_told_of_a_loss());
}

TEST_F(OfRouteWatch, TellsOfALinkThatIsGone) {
  watch({parse("240.1.0.9")});
  tap0_ = VirtualLink();
  EXPECT_THAT(after(1min), ElementsAre("tap0 is gone: probing goes on"));
}

TEST_F(OfRouteWatch, TellsOfAnotherSource) {
  watch({parse("240.1.0.9"), parse("240.1.0.10"), parse("fd00:e5:a::9")});
  EXPECT_THAT(changed("addr del 240.1.0.1/24 dev tap0\naddr add 240.1.0.8/24 dev tap0"),
              ElementsAre("now sending from 240.1.0.8 (was 240.1.0.1)"));
  EXPECT_THAT(changed("addr add fd00:e5:a::7/64 dev tap0 nodad\naddr del fd00:e5:a::1/64 dev tap0"),
              ElementsAre("now sending from fd00:e5:a::7 (was fd00:e5:a::1)"));
}

TEST_F(OfRouteWatch, TellsOfASourceThatIsGone) {
  watch({parse("240.1.0.9")});
  EXPECT_THAT(
      changed("addr del 240.1.0.1/24 dev tap0"),
      ElementsAre("240.1.0.1 is no address of this machine any more, and without it there is no route to "
                  "240.1.0.9"));
  EXPECT_THAT(changed("addr add 240.1.0.1/24 dev tap0"),
              ElementsAre("route to 240.1.0.9 now on tap0 (was none)"));
}

TEST_F(OfRouteWatch, TellsOfTheSourceThatWasAskedFor) {
  for (const char* source : {"240.1.0.1", "fd00:e5:a::1"}) {
    RouteQuery query;
    const Address address = parse(source);
    (address.is_v4() ? query.source4 : query.source6) = address;
    watch({parse(address.is_v4() ? "240.5.0.9" : "fd00:e5:a::9")}, query);
    const std::string what = std::string(source) + (address.is_v4() ? "/24" : "/64") + " dev tap0";
    EXPECT_THAT(
        changed("addr del " + what),
        ElementsAre(std::string(source) + ", which we send from, is no address of this machine any more"));
    EXPECT_TRUE(watch_->has_told_of_a_loss());
    EXPECT_THAT(changed("addr add " + what + (address.is_v4() ? "" : " nodad")),
                ElementsAre(std::string(source) + ", which we send from, is back"));
  }
}

TEST_F(OfRouteWatch, TellsOfAnotherRouteOnceForAllThatItConcerns) {
  watch({parse("240.2.9.9"), parse("240.2.9.10"), parse("240.2.9.11"), parse("240.3.0.1")});
  EXPECT_THAT(
      changed("route replace 240.2.0.0/16 via 240.5.0.2"),
      ElementsAre("route to 240.2.9.9 and 2 other targets now by 240.5.0.2 on tap1 from 240.5.0.1 (was by "
                  "240.1.0.2 on tap0 from 240.1.0.1)"));
  EXPECT_THAT(
      changed("route replace 240.2.0.0/16 via 240.5.0.3"),
      ElementsAre(
          "route to 240.2.9.9 and 2 other targets now by 240.5.0.3 on tap1 (was by 240.5.0.2 on tap1)"));
  EXPECT_THAT(changed("route replace blackhole 240.2.9.10"),
              ElementsAre("route to 240.2.9.10 now a blackhole (was by 240.5.0.3 on tap1)"));
  EXPECT_TRUE(watch_->has_told_of_a_loss());
}

TEST_F(OfRouteWatch, SaysWhereItDoesNotLookAtAll) {
  watch({parse("240.2.9.9"), parse("240.2.9.10")}, {}, false);
  EXPECT_THAT(changed("route del 240.2.0.0/16"),
              ElementsAre("no route to 240.2.9.9 and others any more (was by 240.1.0.2 on tap0)"));
}

TEST_F(OfRouteWatch, DoesNotTellOfALossThatWasThereBefore) {
  watch({parse("198.18.67.1")});
  EXPECT_FALSE(watch_->has_told_of_a_loss());
  EXPECT_THAT(changed("link set tap1 down"), IsEmpty());
  EXPECT_FALSE(watch_->has_told_of_a_loss());
}

TEST_F(OfRouteWatch, ExplainsNoLossButTheOneItHasToldOf) {
  watch({parse("240.1.0.9"), parse("240.5.0.9")});
  EXPECT_FALSE(watch_->has_told_why(parse("240.1.0.9")));
  EXPECT_THAT(changed("link set tap0 down"), SizeIs(1));
  EXPECT_TRUE(watch_->has_told_why(parse("240.1.0.9")));
  EXPECT_TRUE(watch_->has_told_why(parse("240.2.9.9"))) << "not looked after, and lost with the same link";
  EXPECT_FALSE(watch_->has_told_why(parse("240.5.0.9"))) << "its link works";
  EXPECT_FALSE(watch_->has_told_why(parse("198.18.66.1"))) << "prohibited, which nobody was told";
  EXPECT_EQ(watch_->last_recovery(), std::nullopt);
  EXPECT_THAT(changed("link set tap0 up"), SizeIs(1));
  EXPECT_FALSE(watch_->has_told_why(parse("240.1.0.9")));
  ASSERT_NE(watch_->last_recovery(), std::nullopt);
  EXPECT_LE(now_ - *watch_->last_recovery(), 1min);
}

TEST_F(OfRouteWatch, DoesNotTakeALinkThatWasDownBeforeForAToldLoss) {
  ASSERT_TRUE(ip_batch("link set tap0 carrier off"));
  watch({parse("240.1.0.9")});
  EXPECT_THAT(changed("route add 240.77.0.0/16 via 240.5.0.2"), IsEmpty());
  EXPECT_FALSE(watch_->has_told_of_a_loss());
  EXPECT_FALSE(watch_->has_told_why(parse("240.1.0.9")));
  ASSERT_TRUE(ip_batch("link set tap0 carrier on"));
  EXPECT_THAT(after(1min), ElementsAre("tap0 is back"));
  EXPECT_THAT(changed("link set tap0 down"), ElementsAre("tap0 went down: probing goes on"));
  EXPECT_TRUE(watch_->has_told_why(parse("240.1.0.9")));
}

TEST_F(OfRouteWatch, WaitsUntilAllHasHappened) {
  watch({parse("240.2.9.9")});
  ASSERT_TRUE(ip_batch("route del 240.2.0.0/16"));
  EXPECT_THAT(watch_->look(now_), IsEmpty());
  ASSERT_TRUE(ip_batch("route add 240.2.0.0/16 via 240.1.0.2"));
  EXPECT_THAT(after(1min), IsEmpty()) << "as it was";
}

TEST_F(OfRouteWatch, DoesNotFillTheScreen) {
  watch({parse("240.2.9.9")});
  std::size_t told = 0;
  for (int i = 0; i < 16; ++i) {
    ASSERT_TRUE(ip_batch("route replace 240.2.0.0/16 via 240.5.0." + std::to_string(2 + i)));
    told += after(500ms).size();
  }
  EXPECT_EQ(told, 10U);
  EXPECT_THAT(after(10s), ElementsAre("6 more changes of links, addresses and routes in ten seconds"));
  EXPECT_THAT(changed("route del 240.2.0.0/16"), SizeIs(1));
}

TEST_F(OfRouteWatch, IsNotLostInMoreMessagesThanTheKernelKeeps) {
  watch({parse("240.2.9.9")});
  for (int i = 0; i < 4; ++i) {
    std::string flood;
    for (int j = 0; j < 1000; ++j) {
      flood += fmt::format("route add 240.9.{}.{} via 240.5.0.2\n", 4 * i + j / 256, j % 256);
    }
    ASSERT_TRUE(ip_batch(flood));
  }
  EXPECT_THAT(changed("route del 240.2.0.0/16"),
              ElementsAre("no route to 240.2.9.9 any more (was by 240.1.0.2 on tap0)"));
}

}  // namespace
}  // namespace echosweep::net
