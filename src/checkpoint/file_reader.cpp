#include "checkpoint/file_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace echosweep::checkpoint {

Result<FileReader> FileReader::open(const std::string& path) {
  const std::string name = path.empty() ? "''" : path;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) {
    return fail_errno(fmt::format("cannot open {}", name), errno);
  }
  std::FILE* const stream = ::fdopen(descriptor, "rb");
  if (stream == nullptr) {
    const int code = errno;
    ::close(descriptor);
    return fail_errno(fmt::format("cannot open {}", name), code);
  }
  FileReader file(stream, name, 0);
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    return fail_errno(fmt::format("cannot read {}", name), errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(fmt::format("cannot read {}: it is no regular file", name));
  }
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

FileReader::FileReader(std::FILE* file, std::string name, std::uint64_t size)
    : file_(file), name_(std::move(name)), size_(size) {}

Result<std::size_t> FileReader::read(std::span<char> into) {
  const std::size_t count = std::fread(into.data(), 1, into.size(), file_.get());
  if (count < into.size() && std::ferror(file_.get()) != 0) {
    return fail_errno(fmt::format("cannot read {}", name_), errno);
  }
  return count;
}

Result<void> FileReader::go_to(std::uint64_t offset) {
  if (::fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET) != 0) {
    return fail_errno(fmt::format("cannot read {}", name_), errno);
  }
  return {};
}

}  // namespace echosweep::checkpoint
