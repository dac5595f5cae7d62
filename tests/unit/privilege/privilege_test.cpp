#include "privilege/privilege.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

namespace echosweep::privilege {
namespace {

using testing::IsSupersetOf;
using testing::Pair;

// What is dropped is gone for good, so each test plays in a child, which hands back /proc/self/status.

using Status = std::map<std::string, std::string>;

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

/// The fields of /proc/PID/status, with single blanks between numbers.
Status parse_status(const std::string& text) {
  Status status;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) {
      continue;
    }
    std::istringstream words(line.substr(colon + 1));
    std::string value;
    for (std::string word; words >> word;) {
      value += (value.empty() ? "" : " ") + word;
    }
    status[line.substr(0, colon)] = value;
  }
  return status;
}

struct ChildEnd {
  int exit_code = -1;
  Status status;  ///< just before it ended
};

/// Runs `part` in a child; its result is the exit code.
template <typename Part>
ChildEnd in_child(Part part) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    return {};
  }
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    const int code = part();
    const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    const std::string text = read_all(fd);
    const bool whole = write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(whole ? code : 99);
  }
  close(ends[1]);
  ChildEnd end;
  end.status = parse_status(read_all(ends[0]));
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) == child && WIFEXITED(status)) {
    end.exit_code = WEXITSTATUS(status);
  }
  return end;
}

void set_sudo(const char* uid, const char* gid) {
  setenv("SUDO_UID", uid, 1);
  setenv("SUDO_GID", gid, 1);
}

constexpr const char* kNone = "0000000000000000";

class PrivilegeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "only root has something to drop";
    }
    unsetenv("SUDO_UID");
    unsetenv("SUDO_GID");
  }
};

TEST_F(PrivilegeTest, DropsEveryCapabilityAndTheWayBack) {
  const ChildEnd before = in_child([] { return 0; });
  ASSERT_NE(before.status.at("CapEff"), kNone) << "nothing to drop: the test would prove nothing";
  const ChildEnd end = in_child([] { return drop_all_capabilities() ? 0 : 1; });
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_THAT(end.status,
              IsSupersetOf({Pair("CapInh", kNone), Pair("CapPrm", kNone), Pair("CapEff", kNone),
                            Pair("CapBnd", kNone), Pair("CapAmb", kNone), Pair("NoNewPrivs", "1")}));
}

TEST_F(PrivilegeTest, WithoutCapabilitiesNoRawSocketOpens) {
  const ChildEnd end = in_child([] {
    const int allowed = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    if (allowed < 0 || !drop_all_capabilities()) {
      return 1;
    }
    return socket(AF_INET, SOCK_RAW, IPPROTO_RAW) == -1 && errno == EPERM ? 0 : 2;
  });
  EXPECT_EQ(end.exit_code, 0);
}

TEST_F(PrivilegeTest, CanBeDroppedTwice) {
  const ChildEnd end = in_child([] { return drop_all_capabilities() && drop_all_capabilities() ? 0 : 1; });
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.status.at("CapPrm"), kNone);
}

TEST_F(PrivilegeTest, BecomesTheUserWhoCalledSudo) {
  const ChildEnd end = in_child([] {
    set_sudo("34567", "45678");
    return become_invoking_user() ? 0 : 1;
  });
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_THAT(end.status,
              IsSupersetOf({Pair("Uid", "34567 34567 34567 34567"), Pair("Gid", "45678 45678 45678 45678"),
                            Pair("Groups", ""), Pair("CapPrm", kNone), Pair("CapEff", kNone)}));
}

TEST_F(PrivilegeTest, KeepsNoGroupOfRoots) {
  // Who is daemon, on every Debian, has that one group; whom nobody knows has none.
  const std::pair<const char*, const char*> users[] = {{"1", "1"}, {"34567", ""}};
  for (const auto& [uid, groups] : users) {
    const ChildEnd end = in_child([&] {
      const std::array<gid_t, 2> roots = {0, 4};
      if (setgroups(roots.size(), roots.data()) != 0) {
        return 2;
      }
      set_sudo(uid, "1");
      return become_invoking_user() ? 0 : 1;
    });
    EXPECT_EQ(end.exit_code, 0) << uid;
    EXPECT_THAT(end.status, IsSupersetOf({Pair("Gid", "1 1 1 1"), Pair("Groups", groups)})) << uid;
  }
}

TEST_F(PrivilegeTest, CannotGoBackToRoot) {
  const ChildEnd end = in_child([] {
    set_sudo("34567", "45678");
    if (!become_invoking_user() || !drop_all_capabilities()) {
      return 1;
    }
    return setresuid(0, 0, 0) == -1 && setresgid(0, 0, 0) == -1 ? 0 : 2;
  });
  EXPECT_EQ(end.exit_code, 0);
}

TEST_F(PrivilegeTest, StaysWhoItIsWhereSudoSaysNothingUseful) {
  const std::pair<const char*, const char*> words[] = {
      {"0", "0"},  {"", ""},        {"34567", ""},       {"", "45678"},
      {"-1", "1"}, {"34567x", "1"}, {"4294967295", "1"}, {"99999999999", "1"},
      {" 7", "1"}, {"root", "root"}};
  for (const auto& [uid, gid] : words) {
    const ChildEnd end = in_child([&] {
      set_sudo(uid, gid);
      return become_invoking_user() ? 0 : 1;
    });
    EXPECT_EQ(end.exit_code, 0) << uid;
    EXPECT_EQ(end.status.at("Uid"), "0 0 0 0") << '\'' << uid << "' '" << gid << '\'';
  }
}

TEST_F(PrivilegeTest, StaysWhoItIsWithoutSudo) {
  const ChildEnd end = in_child([] { return become_invoking_user() ? 0 : 1; });
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.status.at("Uid"), "0 0 0 0");
}

TEST_F(PrivilegeTest, OnlyRootChangesItsIdentity) {
  const ChildEnd end = in_child([] {
    if (setresgid(777, 777, 777) != 0 || setresuid(777, 777, 777) != 0) {
      return 2;
    }
    set_sudo("34567", "45678");
    return become_invoking_user() ? 0 : 1;
  });
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.status.at("Uid"), "777 777 777 777");
}

}  // namespace
}  // namespace echosweep::privilege
