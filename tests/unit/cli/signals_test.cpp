#include "cli/signals.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace echosweep::cli {
namespace {

// Signals belong to the whole process, and a third one ends it: so each test plays in a child of its own.

std::atomic<int> requests{0};

/// What became of a child that ran `part`: its exit status as waitpid() has it.
template <typename Part>
int status_of_child(Part part) {
  const pid_t child = fork();
  if (child == 0) {
    _exit(part());
  }
  EXPECT_GT(child, 0);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

/// `part` holds in a child that watches.
template <typename Part>
void expect_true_in_child(Part part) {
  const int status = status_of_child([&] {
    const SignalWatch watch(requests);
    return part() ? 0 : 1;
  });
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Signals, NoneAtFirst) {
  expect_true_in_child([] { return requests == 0 && received_signal() == 0; });
}

TEST(Signals, TheFirstRaisesTheRequestToOne) {
  expect_true_in_child([] {
    raise(SIGTERM);
    return requests == 1 && received_signal() == SIGTERM;
  });
}

TEST(Signals, TheSecondRaisesItToTwoAndTheFirstIsRemembered) {
  expect_true_in_child([] {
    raise(SIGINT);
    raise(SIGTERM);
    return requests == 2 && received_signal() == SIGINT;
  });
}

TEST(Signals, TheThirdEndsTheProcess) {
  for (const int number : {SIGINT, SIGTERM}) {
    const int status = status_of_child([number] {
      const SignalWatch watch(requests);
      raise(SIGINT);
      raise(SIGINT);
      raise(number);
      return 0;
    });
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), number);
  }
}

TEST(Signals, AreTheSystemsAgainAfterTheWatch) {
  const int status = status_of_child([] {
    {
      const SignalWatch watch(requests);
    }
    raise(SIGTERM);
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST(Signals, AReaderWhoGoesAwayIsAnErrorOfTheWrite) {
  expect_true_in_child([] {
    int ends[2];
    if (pipe(ends) != 0) {
      return false;
    }
    close(ends[0]);
    return write(ends[1], "x", 1) == -1 && errno == EPIPE && received_signal() == 0;
  });
}

}  // namespace
}  // namespace echosweep::cli
