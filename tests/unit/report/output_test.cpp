#include "report/output.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "pipe.hpp"

namespace echosweep::report {
namespace {

class OutputFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/output_test.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string content(const std::string& name) const {
    std::ifstream file(path(name));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::filesystem::path folder_;
};

TEST_F(OutputFile, HoldsNothingUntilFlushedAndEverythingAfter) {
  auto out = Output::create(path("ok.txt"));
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->append("192.0.2.1\n"));
  EXPECT_EQ(content("ok.txt"), "");
  EXPECT_TRUE(out->flush());
  EXPECT_EQ(content("ok.txt"), "192.0.2.1\n");
  EXPECT_TRUE(out->append("192.0.2.2\n"));
  EXPECT_TRUE(out->close());
  EXPECT_EQ(content("ok.txt"), "192.0.2.1\n192.0.2.2\n");
  EXPECT_TRUE(out->close());
}

TEST_F(OutputFile, IsEmptiedFirst) {
  std::ofstream(path("ok.txt")) << "of yesterday\n";
  ASSERT_TRUE(Output::create(path("ok.txt")));
  EXPECT_EQ(content("ok.txt"), "");
}

TEST_F(OutputFile, HasModeAndCloseOnExec) {
  const mode_t before = umask(0);
  auto out = Output::create(path("ok.txt"));
  umask(before);
  ASSERT_TRUE(out);
  struct stat status{};
  ASSERT_EQ(fstat(out->get(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0644U);
  EXPECT_EQ(fcntl(out->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_F(OutputFile, DestructorWritesWhatIsLeft) {
  {
    auto out = Output::create(path("ok.txt"));
    ASSERT_TRUE(out);
    EXPECT_TRUE(out->append("192.0.2.1\n"));
  }
  EXPECT_EQ(content("ok.txt"), "192.0.2.1\n");
}

TEST_F(OutputFile, MovesWithItsTextAndDescriptor) {
  auto first = Output::create(path("first"));
  auto second = Output::create(path("second"));
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->append("1"));
  EXPECT_TRUE(second->append("2"));
  *first = std::move(*second);
  EXPECT_EQ(first->name(), path("second"));
  Output third(std::move(*first));
  EXPECT_TRUE(third.append("3"));
  EXPECT_TRUE(third.close());
  EXPECT_EQ(content("first"), "1");
  EXPECT_EQ(content("second"), "23");
}

TEST_F(OutputFile, NeverTearsAPieceAtTheEndOfItsBuffer) {
  auto out = Output::create(path("ok.txt"));
  ASSERT_TRUE(out);
  const std::string line(999, 'x');
  std::string all;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(out->append(line + '\n'));
    all += line + '\n';
    const std::string seen = content("ok.txt");
    ASSERT_TRUE(seen.empty() || seen.back() == '\n') << "after line " << i;
  }
  EXPECT_FALSE(content("ok.txt").empty());  // 200 kB do not fit in the buffer
  EXPECT_TRUE(out->append(std::string(300'000, 'y')));
  EXPECT_TRUE(out->close());
  EXPECT_EQ(content("ok.txt"), all + std::string(300'000, 'y'));
}

TEST_F(OutputFile, SaysWhatCannotBeCreatedAndWhy) {
  const auto missing = Output::create(path("none/ok.txt"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ENOENT);
  EXPECT_EQ(missing.error().message, "cannot create " + path("none/ok.txt") +
                                         ": No such file or directory (make the folder first, or correct the "
                                         "path)");
  const auto folder = Output::create(folder_.string());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, EISDIR);
  const auto nameless = Output::create("");
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().message,
            "cannot create '': No such file or directory (make the folder first, or correct the path)");
}

TEST(Output, DashIsStandardOutput) {
  auto out = Output::create("-");
  ASSERT_TRUE(out);
  EXPECT_EQ(out->get(), STDOUT_FILENO);
  EXPECT_EQ(out->name(), "standard output");
  EXPECT_TRUE(out->close());
  EXPECT_NE(fcntl(STDOUT_FILENO, F_GETFD), -1);  // borrowed: left open
}

TEST(Output, ReportsAFullDiskAndStaysFailed) {
  auto out = Output::create("/dev/full");
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->append("192.0.2.1\n"));
  const auto flushed = out->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, ENOSPC);
  EXPECT_EQ(flushed.error().message,
            "cannot write to /dev/full: No space left on device (free some space there, or name a file on "
            "another disk)");
  const auto appended = out->append("192.0.2.2\n");
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, ENOSPC);
  EXPECT_FALSE(out->close());
}

TEST(Output, TellsAClosedPipeApart) {
  ASSERT_NE(std::signal(SIGPIPE, SIG_IGN), SIG_ERR);
  Pipe pipe;
  Output out = pipe.output();
  pipe.close_reader();
  EXPECT_TRUE(out.append("192.0.2.1\n"));
  const auto flushed = out.flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, EPIPE);
  EXPECT_EQ(flushed.error().message, "cannot write to the pipe: Broken pipe (its reader has gone)");
}

/// Reads until the writer is gone; before each read, `before_read` may annoy the writer.
template <typename BeforeRead>
std::string read_slowly(int descriptor, BeforeRead before_read) {
  std::string text;
  std::array<char, 1000> piece{};
  for (;;) {
    before_read();
    const ssize_t size = ::read(descriptor, piece.data(), piece.size());
    if (size == 0) {
      return text;
    }
    if (size > 0) {
      text.append(piece.data(), static_cast<std::size_t>(size));
    }
  }
}

std::string numbered_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += std::to_string(i) + '\n';
  }
  return text;
}

TEST(Output, WaitsForANonBlockingPipe) {
  Pipe pipe;
  ASSERT_GE(fcntl(pipe.writer(), F_SETPIPE_SZ, 4096), 4096);  // short counts first, then EAGAIN
  ASSERT_EQ(fcntl(pipe.writer(), F_SETFL, O_NONBLOCK), 0);
  std::string seen;
  std::thread reader([&] { seen = read_slowly(pipe.reader(), [] {}); });
  const std::string text = numbered_lines(100'000);
  Output out = pipe.output();
  EXPECT_TRUE(out.append(text));
  EXPECT_TRUE(out.flush());
  pipe.close_writer();
  reader.join();
  EXPECT_TRUE(seen == text) << "of " << text.size() << " bytes " << seen.size() << " came";
}

std::atomic<int> interruptions{0};

TEST(Output, GoesOnAfterSignals) {
  struct sigaction action{};
  action.sa_handler = [](int) { ++interruptions; };  // without SA_RESTART: write() returns short, or EINTR
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  Pipe pipe;
  ASSERT_GE(fcntl(pipe.writer(), F_SETPIPE_SZ, 4096), 4096);
  const std::string before(4096, '-');
  ASSERT_EQ(::write(pipe.writer(), before.data(), before.size()), ssize_t{4096});  // full: nothing but EINTR
  const pthread_t writer = pthread_self();
  std::string seen;
  std::thread reader([&] {
    while (interruptions < 1000) {
      pthread_kill(writer, SIGUSR1);
      std::this_thread::yield();
    }
    seen = read_slowly(pipe.reader(), [writer] { pthread_kill(writer, SIGUSR1); });
  });
  const std::string text = numbered_lines(100'000);
  Output out = pipe.output();
  EXPECT_TRUE(out.append(text));
  EXPECT_TRUE(out.flush());
  pipe.close_writer();
  reader.join();
  EXPECT_TRUE(seen == before + text) << "of " << text.size() << " bytes " << seen.size() << " came";
}

}  // namespace
}  // namespace echosweep::report
