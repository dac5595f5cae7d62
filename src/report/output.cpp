#include "report/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace echosweep::report {

namespace {

/// What the user can do about an errno of open(2), write(2) or close(2); empty where only the errno is known.
std::string_view advice(int code) {
  switch (code) {
    case ENOSPC:
      return "free some space there, or name a file on another disk";
    case EDQUOT:
      return "your quota is used up: free some space, or name a file on another disk";
    case EFBIG:
      return "the file system or 'ulimit -f' allows no bigger file";
    case EACCES:
    case EPERM:
    case EROFS:
      return "name a file in a folder that you may write to";
    case ENOENT:
    case ENOTDIR:
      return "make the folder first, or correct the path";
    case EISDIR:
      return "name a file in it";
    case EMFILE:
      return "raise 'ulimit -n'";
    case EIO:
      return "the disk or the network behind it fails";
    case EPIPE:
      return "its reader has gone";
    case EBADF:
      return "it is closed, or not open for writing";
    default:
      return "";
  }
}

/// Whether a file of ours has no name any more: what is in it will be gone when it is closed.
bool is_removed(int descriptor) {
  struct stat file{};
  return fstat(descriptor, &file) == 0 && S_ISREG(file.st_mode) && file.st_nlink == 0;
}

}  // namespace

Error explain_errno(std::string_view action, std::string_view name, int code) {
  std::string message = fmt::format("cannot {} {}: {}", action, name, std::generic_category().message(code));
  if (const std::string_view more = advice(code); !more.empty()) {
    message += fmt::format(" ({})", more);
  }
  return Error{std::move(message), code};
}

Result<Output> Output::create(const std::string& path) {
  return path == "-" ? standard_output() : create_as(path, O_TRUNC, path);
}

Result<Output> Output::create_as(const std::string& path, int flags, const std::string& name) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | flags, 0644);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) {
    return std::unexpected(explain_errno("create", name.empty() ? "''" : name, errno));
  }
  return Output(descriptor, true, name);
}

Result<Output> Output::go_on(const std::string& path, std::uint64_t size) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) {
    return std::unexpected(explain_errno("go on with", path, errno));
  }
  Output out(descriptor, true, path);
  struct stat file{};
  if (fstat(descriptor, &file) != 0) {
    return std::unexpected(explain_errno("go on with", path, errno));
  }
  if (!S_ISREG(file.st_mode) || static_cast<std::uint64_t>(file.st_size) < size) {
    return fail(fmt::format("cannot go on with {}: it is no longer what the run had written", path));
  }
  const auto end = static_cast<off_t>(size);
  if (ftruncate(descriptor, end) != 0 || lseek(descriptor, end, SEEK_SET) != end) {
    return std::unexpected(explain_errno("go on with", path, errno));
  }
  return out;
}

Output Output::standard_output() {
  return borrow(STDOUT_FILENO, "standard output");
}

Output Output::standard_error() {
  return borrow(STDERR_FILENO, "standard error");
}

Output Output::borrow(int descriptor, std::string name) {
  return Output(descriptor, false, std::move(name));
}

Output::Output(int descriptor, bool owned, std::string name)
    : name_(std::move(name)), descriptor_(descriptor), owned_(owned) {}

Output::Output(Output&& other) noexcept
    : name_(std::move(other.name_)),
      buffer_(std::exchange(other.buffer_, {})),
      failure_(std::move(other.failure_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      owned_(std::exchange(other.owned_, false)) {}

Output& Output::operator=(Output&& other) noexcept {
  if (this != &other) {
    [[maybe_unused]] const auto lost = close();
    name_ = std::move(other.name_);
    buffer_ = std::exchange(other.buffer_, {});
    failure_ = std::move(other.failure_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    owned_ = std::exchange(other.owned_, false);
  }
  return *this;
}

Output::~Output() {
  [[maybe_unused]] const auto lost = close();
}

Result<void> Output::append(std::string_view text) {
  if (failure_.code != 0) {
    return std::unexpected(failure_);
  }
  if (!buffer_.empty() && buffer_.size() + text.size() > kBufferSize) {
    if (auto flushed = flush(); !flushed) {
      return flushed;
    }
  }
  if (text.size() > kBufferSize) {
    return write_out(text);
  }
  buffer_.append(text);
  return {};
}

Result<void> Output::flush() {
  if (failure_.code != 0) {
    return std::unexpected(failure_);
  }
  if (buffer_.empty()) {
    return {};
  }
  auto written = write_out(buffer_);
  buffer_.clear();
  return written;
}

Result<void> Output::close() {
  if (descriptor_ < 0) {
    return {};
  }
  auto result = flush();
  if (owned_ && result && is_removed(descriptor_)) {
    failure_ = Error{fmt::format("{} was removed while it was written: its results are lost", name_), ENOENT};
    result = std::unexpected(failure_);
  }
  // Not again on EINTR: Linux has let go of the descriptor by then.
  const bool failed = owned_ && ::close(descriptor_) != 0 && errno != EINTR;
  if (failed && result) {
    result = remember(errno);
  }
  descriptor_ = -1;
  owned_ = false;
  return result;
}

void show_or_lose(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return;
    }
  }
}

Result<void> Output::write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor_, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // A terminal or pipe that somebody else (ssh, a parent) made non-blocking; EINTR only asks again.
      pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      static_cast<void>(::poll(&ready, 1, -1));
    } else if (errno != EINTR) {
      return remember(errno);
    }
  }
  return {};
}

Result<void> Output::remember(int code) {
  failure_ = explain_errno("write to", name_, code);
  return std::unexpected(failure_);
}

}  // namespace echosweep::report
