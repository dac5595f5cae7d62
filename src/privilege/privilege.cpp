#include "privilege/privilege.hpp"

#include <cap-ng.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace echosweep::privilege {

namespace {

/// A user or group number from the environment.
std::optional<unsigned> id_from(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) {
    return std::nullopt;
  }
  unsigned id = 0;
  const auto [rest, code] = std::from_chars(text, text + std::strlen(text), id);
  const bool whole = code == std::errc{} && *rest == '\0';
  return whole && id != ~0U ? std::optional(id) : std::nullopt;
}

}  // namespace

Result<void> become_invoking_user() {
  const auto uid = id_from("SUDO_UID");
  const auto gid = id_from("SUDO_GID");
  if (geteuid() != 0 || !uid || !gid || *uid == 0) {
    return {};
  }
  const passwd* const user = getpwuid(*uid);
  const int grouped = user != nullptr ? initgroups(user->pw_name, *gid) : setgroups(0, nullptr);
  if (grouped != 0 || setresgid(*gid, *gid, *gid) != 0 || setresuid(*uid, *uid, *uid) != 0) {
    return fail_errno(fmt::format("cannot go back to user {} (SUDO_UID)", *uid), errno);
  }
  return {};
}

Result<void> drop_all_capabilities() {
  // The bounding set can only be emptied by who has CAP_SETPCAP; without it there is nothing to gain from it.
  // To be asked first: clearing makes the library forget what this process has.
  const capng_select_t sets =
      capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0 ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS;
  capng_clear(CAPNG_SELECT_BOTH);
  if (capng_apply(sets) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return fail_errno("cannot drop the capabilities", errno);
  }
  return {};
}

}  // namespace echosweep::privilege
