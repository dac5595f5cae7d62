#include "report/whole_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace echosweep::report {

namespace {

/// Where the file lies that a symbolic link leads to: it is to be replaced, and not the link.
std::string behind_links(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

}  // namespace

Result<WholeFile> WholeFile::create(const std::string& path) {
  struct stat there{};
  const bool exists = path != "-" && ::stat(path.c_str(), &there) == 0;
  if (path == "-" || (exists && !S_ISREG(there.st_mode))) {
    auto direct = Output::create(path);
    if (!direct) {
      return std::unexpected(direct.error());
    }
    return WholeFile(std::move(*direct), {}, {});
  }
  if (exists && ::access(path.c_str(), W_OK) != 0) {
    return std::unexpected(explain_errno("write to", path, errno));  // as if it were written in place
  }
  std::string place = behind_links(path);
  std::string part = fmt::format("{}.part-{}", place, getpid());
  ::unlink(part.c_str());  // of an earlier process with our number
  auto out = Output::create_as(part, O_EXCL, path);
  if (!out) {
    return std::unexpected(out.error());
  }
  return WholeFile(std::move(*out), std::move(part), std::move(place));
}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : out_(std::move(other.out_)), part_(std::exchange(other.part_, {})), place_(std::move(other.place_)) {}

WholeFile::~WholeFile() {
  if (!part_.empty()) {
    ::unlink(part_.c_str());
  }
}

Result<void> WholeFile::put_in_place() {
  if (part_.empty()) {
    return out_.close();
  }
  const std::string part = part_;
  auto done = out_.flush();
  if (done && ::fsync(out_.get()) != 0) {
    done = std::unexpected(explain_errno("write to", out_.name(), errno));
  }
  if (done) {
    done = out_.close();
  }
  if (done && ::rename(part.c_str(), place_.c_str()) != 0) {
    done = std::unexpected(explain_errno("put into place", out_.name(), errno));
  }
  if (!done) {
    ::unlink(part.c_str());
  }
  part_.clear();
  return done;
}

}  // namespace echosweep::report
