#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "report/whole_file.hpp"

namespace echosweep::cli {

/// Whether the two names are the same file, which would be lost if the one were written before the other is
/// read.
inline bool same_file(const std::string& a, const std::string& b) {
  struct stat first{};
  struct stat second{};
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 && S_ISREG(first.st_mode) &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/// The same, of files that need not be there yet. Of two whose folders cannot be looked into, nobody knows.
inline bool will_be_same_file(const std::string& a, const std::string& b) {
  if (a == b || same_file(a, b)) {
    return true;
  }
  const auto place = [](const std::string& name) {
    std::error_code none;
    const auto absolute = std::filesystem::absolute(report::behind_links(name), none);
    return name == "-" ? std::filesystem::path() : std::filesystem::weakly_canonical(absolute, none);
  };
  const std::filesystem::path there = place(a);
  return !there.empty() && there == place(b);
}

}  // namespace echosweep::cli
