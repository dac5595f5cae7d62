#include "report/whole_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace echosweep::report {

namespace {

namespace fs = std::filesystem;

/// The kernel follows no more.
constexpr int kMostLinks = 40;

/// So that a new name outlives a power cut. Where a file system cannot, there is nothing to be done.
bool sync_folder_of(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return errno == EACCES;  // one may write there, and not read
  }
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  errno = error;
  return error == 0 || error == EINVAL || error == ENOTSUP;
}

}  // namespace

fs::path behind_links(fs::path path) {
  std::error_code none;
  for (int links = 0; links < kMostLinks && fs::is_symlink(fs::symlink_status(path, none)); ++links) {
    const fs::path next = fs::read_symlink(path, none);
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  return path;
}

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
  std::string place = behind_links(path).string();
  std::string part = fmt::format("{}.part-{}", place, getpid());
  ::unlink(part.c_str());  // of an earlier process with our number
  auto out = Output::create_as(part, O_EXCL, path);
  if (!out) {
    return std::unexpected(out.error());
  }
  WholeFile file(std::move(*out), std::move(part), std::move(place));
  if (exists) {
    // As far as one may: who replaces another's file becomes its owner.
    [[maybe_unused]] const int kept_group = ::fchown(file.out().get(), static_cast<uid_t>(-1), there.st_gid);
    [[maybe_unused]] const int kept_mode = ::fchmod(file.out().get(), there.st_mode & 0777);
  }
  return file;
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
  const std::string part = std::exchange(part_, {});
  auto done = out_.flush();
  if (done && ::fsync(out_.get()) != 0) {
    done = std::unexpected(explain_errno("write to", out_.name(), errno));
  }
  if (done) {
    done = out_.close();
  }
  if (!done) {
    ::unlink(part.c_str());
    return done;
  }
  if (::rename(part.c_str(), place_.c_str()) != 0) {
    Error error = explain_errno("put into place", out_.name(), errno);
    error.message += fmt::format("; all of it is in {}", part);
    return std::unexpected(std::move(error));
  }
  if (!sync_folder_of(place_)) {
    return std::unexpected(explain_errno("sync the folder of", out_.name(), errno));
  }
  return {};
}

}  // namespace echosweep::report
