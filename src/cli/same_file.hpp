#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace echosweep::cli {

/// Whether the two names are the same file, which would be lost if the one were written before the other is
/// read.
inline bool same_file(const std::string& a, const std::string& b) {
  struct stat first{};
  struct stat second{};
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 && S_ISREG(first.st_mode) &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/// The same, of files that need not be there yet.
inline bool will_be_same_file(const std::string& a, const std::string& b) {
  namespace fs = std::filesystem;
  std::error_code none;
  return a == b || same_file(a, b) ||
         (a != "-" && b != "-" &&
          fs::weakly_canonical(fs::absolute(a, none), none) ==
              fs::weakly_canonical(fs::absolute(b, none), none));
}

}  // namespace echosweep::cli
