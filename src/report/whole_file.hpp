#pragma once

#include <filesystem>
#include <string>

#include "report/output.hpp"

namespace echosweep::report {

/// Where the file lies, or will lie, that a symbolic link leads to: it is to be replaced, and not the link.
std::filesystem::path behind_links(std::filesystem::path path);

/// A file that appears whole or not at all: for formats that have an end. It is written beside its place,
/// under a name of its own (`FILE.part-PID`), and takes its name when all is on the disk; until then whatever
/// had the name keeps it. The file gets the group and the permissions of the one that it replaces. What is no
/// regular file
/// (`-`, a pipe, a terminal) is written directly: there is nothing to put in place. A file that is given up
/// is removed; after SIGKILL the part is left behind. Move-only.
class WholeFile {
 public:
  static Result<WholeFile> create(const std::string& path);
  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&&) = delete;
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;
  ~WholeFile();

  Output& out() { return out_; }
  /// fsync(2), rename(2), and fsync(2) of the folder. The last call; after a failure
  /// to write the part is gone, and where it only cannot get its name the Error says where it is.
  Result<void> put_in_place();

 private:
  WholeFile(Output out, std::string part, std::string place)
      : out_(std::move(out)), part_(std::move(part)), place_(std::move(place)) {}

  Output out_;
  std::string part_;  ///< empty: written directly, or there is none any more
  std::string place_;
};

}  // namespace echosweep::report
