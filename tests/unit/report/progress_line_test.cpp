#include "report/progress_line.hpp"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>

#include <cstdlib>

#include "pipe.hpp"

namespace echosweep::report {
namespace {

using std::chrono::milliseconds;

ProgressSnapshot snapshot() {
  return {.done = 0.421, .probes = 27'530, .rate = 10'000, .alive = 3'021, .eta = std::chrono::seconds(5)};
}

MonotonicTime at(milliseconds time) {
  return MonotonicTime(time);
}

/// A terminal of our own, without NO_COLOR and with a capable TERM, and what was written to it.
class Terminal : public testing::Test {
 protected:
  void SetUp() override {
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    ASSERT_EQ(openpty(&master_, &slave_, nullptr, nullptr, nullptr), 0);
    fcntl(master_, F_SETFL, O_NONBLOCK);
    resize(40);
  }
  void TearDown() override {
    ::close(master_);
    ::close(slave_);
    unsetenv("NO_COLOR");
  }
  void resize(unsigned short columns) {
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ASSERT_EQ(ioctl(slave_, TIOCSWINSZ, &size), 0);
  }
  std::string shown() const {
    std::array<char, 4096> text{};
    const ssize_t size = ::read(master_, text.data(), text.size());
    return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }

  int master_ = -1;
  int slave_ = -1;
};

TEST_F(Terminal, FitsTheWidthOfTheMoment) {
  setenv("NO_COLOR", "1", 1);
  ProgressLine line(slave_);
  line.draw(snapshot(), at(milliseconds(0)));
  EXPECT_EQ(shown(), "\r 42.1%  10.0k/s  3,021 alive  eta 5 s\x1b[K");
  resize(200);
  line.draw(snapshot(), at(milliseconds(200)));
  EXPECT_EQ(shown(), "\r 42.1%  27,530 probes  10.0k/s  3,021 alive  eta 5 s\x1b[K");
  resize(0);  // unknown: as 80
  line.draw(snapshot(), at(milliseconds(400)));
  EXPECT_EQ(shown(), "\r 42.1%  27,530 probes  10.0k/s  3,021 alive  eta 5 s\x1b[K");
}

TEST_F(Terminal, DrawsAtMostFiveTimesASecond) {
  ProgressLine line(slave_);
  EXPECT_TRUE(line.due(at(milliseconds(1000))));
  line.draw(snapshot(), at(milliseconds(1000)));
  EXPECT_NE(shown(), "");
  EXPECT_FALSE(line.due(at(milliseconds(1199))));
  line.draw(snapshot(), at(milliseconds(1199)));
  EXPECT_EQ(shown(), "");
  EXPECT_TRUE(line.due(at(milliseconds(1200))));
  line.draw(snapshot(), at(milliseconds(1200)));
  EXPECT_NE(shown(), "");
}

TEST_F(Terminal, RestoresWhatResultsPushedAway) {
  ProgressLine line(slave_);
  line.restore();
  EXPECT_EQ(shown(), "");
  line.draw(snapshot(), at(milliseconds(0)));
  const std::string drawn = shown();
  line.restore();
  EXPECT_EQ(shown(), "") << "it is there already";
  line.clear();
  EXPECT_EQ(shown(), "\r\x1b[K");
  line.restore();
  EXPECT_EQ(shown(), drawn);
}

TEST_F(Terminal, IsColouredUnlessNoColor) {
  ProgressLine coloured(slave_);
  coloured.draw(snapshot(), at(milliseconds(0)));
  EXPECT_EQ(shown(), "\r 42.1%  10.0k/s  \x1b[1;32m3,021 alive\x1b[0m  eta 5 s\x1b[K");
  setenv("NO_COLOR", "", 1);  // empty counts as unset
  ProgressLine still(slave_);
  still.draw(snapshot(), at(milliseconds(0)));
  EXPECT_NE(shown().find("\x1b[1;32m"), std::string::npos);
}

TEST_F(Terminal, ClearsOnceAndOnlyWhatIsThere) {
  ProgressLine line(slave_);
  line.clear();
  EXPECT_EQ(shown(), "");
  line.draw(snapshot(), at(milliseconds(0)));
  static_cast<void>(shown());
  line.clear();
  EXPECT_EQ(shown(), "\r\x1b[K");
  line.clear();
  EXPECT_EQ(shown(), "");
}

TEST_F(Terminal, IsGoneAtTheEnd) {
  {
    ProgressLine line(slave_);
    line.draw(snapshot(), at(milliseconds(0)));
    static_cast<void>(shown());
  }
  EXPECT_EQ(shown(), "\r\x1b[K");
}

TEST_F(Terminal, PrintsPlainLinesWhereTheCursorCannotMove) {
  setenv("TERM", "dumb", 1);
  ProgressLine line(slave_);
  line.draw(snapshot(), at(milliseconds(0)));
  EXPECT_EQ(shown(), " 42.1%  10.0k/s  3,021 alive  eta 5 s\r\n");  // the terminal itself adds \r
}

TEST(ProgressLine, PrintsALineASecondIntoAPipe) {
  Pipe pipe;
  {
    ProgressLine line(pipe.writer());
    line.draw(snapshot(), at(milliseconds(0)));
    line.draw(snapshot(), at(milliseconds(999)));
    line.clear();
    line.draw(snapshot(), at(milliseconds(1000)));
  }
  const std::string text = " 42.1%  27,530 probes  10.0k/s  3,021 alive  eta 5 s\n";
  EXPECT_EQ(pipe.read_now(), text + text);
}

TEST(ProgressLine, NeverMindsAClosedDescriptor) {
  ProgressLine line(-1);
  line.draw(snapshot(), at(milliseconds(0)));
  line.clear();
  EXPECT_FALSE(line.due(at(milliseconds(1))));
}

}  // namespace
}  // namespace echosweep::report
