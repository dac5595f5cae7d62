#include "results/line_reader.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace echosweep::results {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

}  // namespace

Result<LineReader> LineReader::open(const std::string& path) {
  if (path == "-") {
    // A copy, so that closing it leaves standard input alone.
    const int copy = dup(STDIN_FILENO);
    std::FILE* const file = copy < 0 ? nullptr : fdopen(copy, "rb");
    if (file == nullptr) {
      return fail_errno("cannot read standard input", errno);
    }
    return LineReader(file, "standard input");
  }
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) {
    return fail_errno(fmt::format("cannot open {}", path.empty() ? "''" : path), errno);
  }
  return LineReader(file, path);
}

LineReader::LineReader(std::FILE* file, std::string name)
    : file_(file), name_(std::move(name)), buffer_(new char[kBlock + kPadding]()), capacity_(kBlock) {
  // Whole blocks go straight into our own buffer.
  static_cast<void>(std::setvbuf(file, nullptr, _IONBF, 0));
}

Result<void> LineReader::fill() {
  if (at_end_) {
    return {};
  }
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  if (end_ == capacity_) {
    const std::size_t wider = capacity_ * 2;
    std::unique_ptr<char[]> moved(new char[wider + kPadding]());
    std::memcpy(moved.get(), buffer_.get(), end_);
    buffer_ = std::move(moved);
    capacity_ = wider;
  }
  const std::size_t count = std::fread(buffer_.get() + end_, 1, capacity_ - end_, file_.get());
  end_ += count;
  if (count == 0) {
    if (std::ferror(file_.get()) != 0) {
      return fail_errno(fmt::format("cannot read {}", name_), errno);
    }
    at_end_ = true;
  }
  return {};
}

Result<std::string_view> LineReader::peek() {
  if (begin_ == end_) {
    if (auto filled = fill(); !filled) {
      return std::unexpected(filled.error());
    }
  }
  return std::string_view(buffer_.get() + begin_, end_ - begin_);
}

Result<std::optional<LineReader::Line>> LineReader::next() {
  std::size_t searched = 0;
  while (true) {
    const char* const start = buffer_.get() + begin_;
    const std::size_t size = end_ - begin_;
    const void* const newline = std::memchr(start + searched, '\n', size - searched);
    if (newline != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - start);
      begin_ += length + 1;
      return Line{.text = {start, length}, .number = ++number_, .whole = true};
    }
    if (at_end_) {
      if (size == 0) {
        return std::nullopt;
      }
      begin_ = end_;
      return Line{.text = {start, size}, .number = ++number_, .whole = false};
    }
    if (size > kLongestLine) {
      return fail(fmt::format("{}:{}: a line of more than {} MiB: not a file of results", name_, number_ + 1,
                              kLongestLine >> 20));
    }
    searched = size;
    if (auto filled = fill(); !filled) {
      return std::unexpected(filled.error());
    }
  }
}

}  // namespace echosweep::results
