#include "cli/count_news.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "../net/on_taps.hpp"

namespace echosweep::cli {
namespace {

using namespace std::chrono_literals;
using net::ip_batch;
using net::parse;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

constexpr auto kRound = 1s;
constexpr const char* kTarget = "240.1.0.9";  // on tap0
constexpr const char* kOther = "240.5.0.9";   // on tap1

modes::SendTrouble begins(int error, const char* target = kTarget) {
  return {.error = error, .is_over = false, .target = parse(target), .line = "it fails"};
}
modes::SendTrouble ends(int error, const char* target = kTarget) {
  return {.error = error, .is_over = true, .target = parse(target), .line = "it works"};
}

/// Time passes as the test says.
class NewsOf : public net::OnTaps {
 protected:
  void watch(std::vector<Address> targets) {
    auto opened = net::RouteWatch::open({}, targets, true);
    ASSERT_TRUE(opened) << opened.error().message;
    news_.emplace(std::move(*opened), kRound);
    EXPECT_THAT(after(1h), IsEmpty());
  }
  std::vector<std::string> take(std::vector<modes::SendTrouble> troubles) {
    return news_->take(std::move(troubles), now_);
  }
  /// What is told in so much time, in steps as the main thread takes them.
  std::vector<std::string> after(std::chrono::nanoseconds time) {
    std::vector<std::string> lines;
    const std::chrono::nanoseconds step = std::max<std::chrono::nanoseconds>(time / 100, 20ms);
    for (const MonotonicTime end = now_ + time; now_ < end; now_ += step) {
      for (std::string& line : take({})) {
        lines.push_back(std::move(line));
      }
    }
    return lines;
  }

  std::optional<CountNews> news_;
  MonotonicTime now_{1h};
};

TEST(CountNews, WithoutAWatchTellsEveryFailureAtOnce) {
  CountNews news(std::nullopt, kRound);
  EXPECT_THAT(news.take({begins(ENETDOWN)}, MonotonicTime(1h)), ElementsAre("it fails"));
  EXPECT_THAT(news.take({ends(ENETDOWN)}, MonotonicTime(1h)), ElementsAre("it works"));
}

TEST(CountNews, DoesNotFillTheScreen) {
  CountNews news(std::nullopt, kRound);
  MonotonicTime now{1h};
  std::size_t told = 0;
  for (int i = 0; i < 8; ++i) {
    told += news.take({begins(EPERM), ends(EPERM)}, now += 10ms).size();
  }
  EXPECT_EQ(told, 10U);
  EXPECT_THAT(news.rest(), ElementsAre("sending failed or worked again 6 more times in ten seconds"));
  EXPECT_THAT(news.take({}, now + 10s),
              ElementsAre("sending failed or worked again 6 more times in ten seconds"));
}

TEST_F(NewsOf, ALinkIsOneLine) {
  watch({parse(kTarget)});
  ASSERT_TRUE(ip_batch("link set tap0 down"));
  EXPECT_THAT(take({begins(ENETUNREACH)}), IsEmpty());
  EXPECT_THAT(after(1min), ElementsAre("tap0 went down: probing goes on"));
  ASSERT_TRUE(ip_batch("link set tap0 up"));
  EXPECT_THAT(after(2s), ElementsAre("tap0 is back"));
  EXPECT_THAT(take({ends(ENETUNREACH)}), IsEmpty());
  EXPECT_THAT(after(1min), IsEmpty());
  EXPECT_THAT(news_->rest(), IsEmpty());
}

TEST_F(NewsOf, AFailureThatNothingExplainsIsToldALittleLater) {
  watch({parse(kTarget)});
  EXPECT_THAT(take({begins(ENOBUFS)}), IsEmpty());
  EXPECT_THAT(after(2s), ElementsAre("it fails"));
  EXPECT_THAT(take({ends(ENOBUFS)}), IsEmpty());
  EXPECT_THAT(after(2s), ElementsAre("it works"));
  EXPECT_THAT(take({begins(EPERM)}), ElementsAre("it fails")) << "no matter of the network";
}

TEST_F(NewsOf, ALossDoesNotHideFailuresElsewhere) {
  watch({parse(kTarget), parse(kOther)});
  ASSERT_TRUE(ip_batch("link set tap0 down"));
  EXPECT_THAT(after(1s), ElementsAre("tap0 went down: probing goes on"));
  EXPECT_THAT(take({begins(ENOBUFS, kOther)}), IsEmpty());
  EXPECT_THAT(after(2s), ElementsAre("it fails"));
}

TEST_F(NewsOf, WhatWasMissingFromTheStartAndComesIsOneLine) {
  watch({parse("198.18.67.1")});
  EXPECT_THAT(take({begins(EHOSTUNREACH, "198.18.67.1")}), IsEmpty());
  EXPECT_THAT(after(1min), ElementsAre("it fails"));
  ASSERT_TRUE(ip_batch("route replace 198.18.67.0/24 via 240.5.0.2"));
  EXPECT_THAT(after(1s), ElementsAre(StartsWith("route to 198.18.67.1 now ")));
  EXPECT_THAT(take({ends(EHOSTUNREACH, "198.18.67.1")}), IsEmpty());
  EXPECT_THAT(after(1min), IsEmpty());
}

TEST_F(NewsOf, WhatGoesOnWhenTheLossIsOverIsTold) {
  watch({parse(kTarget)});
  ASSERT_TRUE(ip_batch("link set tap0 down"));
  EXPECT_THAT(take({begins(ENETUNREACH)}), IsEmpty());
  EXPECT_THAT(after(1min), ElementsAre("tap0 went down: probing goes on"));
  ASSERT_TRUE(ip_batch("link set tap0 up"));
  EXPECT_THAT(after(1min), ElementsAre("tap0 is back", "it fails"));
  EXPECT_THAT(take({ends(ENETUNREACH)}), IsEmpty());
  EXPECT_THAT(news_->rest(), ElementsAre("it works")) << "the run ends before anything could explain it";
}

}  // namespace
}  // namespace echosweep::cli
