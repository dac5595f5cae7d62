#include "map/live_map.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "survey.hpp"

namespace echosweep::map {
namespace {

/// A terminal of 80 by 40, and what was written to it.
class Terminal {
 public:
  Terminal() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    grantpt(master_);
    unlockpt(master_);
    terminal_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
    resize(80, 40);
  }
  ~Terminal() {
    close(terminal_);
    close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int get() const { return terminal_; }
  void resize(unsigned short columns, unsigned short rows) const {
    const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ioctl(terminal_, TIOCSWINSZ, &size);
  }
  std::string take() const {
    std::string text;
    char buffer[4096];
    for (ssize_t count = 0; (count = read(master_, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  int master_;
  int terminal_ = -1;
};

class LiveMapTest : public testing::Test {
 protected:
  void draw(const std::string& progress) {
    map_.draw(progress, [this] { return now_; });
  }

  Terminal terminal_;
  LiveMap map_{terminal_.get(), example_survey()};
  MonotonicTime now_{std::chrono::seconds(100)};
};

std::size_t newlines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST_F(LiveMapTest, DrawsInTheSamePlaceAgain) {
  draw("half");
  const std::string first = terminal_.take();
  EXPECT_TRUE(first.starts_with("\r192.0.2.0/24")) << first;
  EXPECT_TRUE(first.ends_with("half\x1b[J")) << first;
  draw("more");
  const std::string second = terminal_.take();
  EXPECT_TRUE(second.starts_with("\r\x1b[" + std::to_string(newlines(first)) + "A192.0.2.0/24")) << second;
}

TEST_F(LiveMapTest, IsDueFourTimesASecond) {
  EXPECT_TRUE(map_.due(now_));
  draw("");
  EXPECT_FALSE(map_.due(now_ + std::chrono::milliseconds(249)));
  EXPECT_TRUE(map_.due(now_ + std::chrono::milliseconds(250)));
}

TEST_F(LiveMapTest, TakesAFifthOfTheTimeAtMost) {
  map_.draw("", [this] { return now_ += std::chrono::seconds(1); });
  EXPECT_FALSE(map_.due(now_ + std::chrono::milliseconds(3900)));
  EXPECT_TRUE(map_.due(now_ + std::chrono::milliseconds(4000)));
}

TEST_F(LiveMapTest, GoesAwayWhenAsked) {
  draw("half");
  const std::size_t lines = newlines(terminal_.take());
  map_.clear();
  EXPECT_EQ(terminal_.take(), "\r\x1b[" + std::to_string(lines) + "A\x1b[J");
  map_.clear();
  EXPECT_EQ(terminal_.take(), "");
  draw("half");
  EXPECT_TRUE(terminal_.take().starts_with("\r192"));
}

TEST_F(LiveMapTest, StaysAtTheEnd) {
  draw("half");
  static_cast<void>(terminal_.take());
  map_.leave();
  EXPECT_TRUE(terminal_.take().ends_with("\x1b[K\r\n\x1b[J"));
  map_.clear();
  EXPECT_EQ(terminal_.take(), "");
}

TEST_F(LiveMapTest, StartsAnewInAWindowOfAnotherSize) {
  draw("half");
  static_cast<void>(terminal_.take());
  terminal_.resize(60, 30);
  draw("half");
  EXPECT_TRUE(terminal_.take().starts_with("\x1b[H\x1b[J192.0.2.0/24"));
}

TEST_F(LiveMapTest, LeavesTheProgressAloneWhereAMapHasNoRoom) {
  terminal_.resize(80, 10);
  draw("half");
  EXPECT_EQ(terminal_.take(), "\rhalf\x1b[J");
}

}  // namespace
}  // namespace echosweep::map
