#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "core/result.hpp"

namespace echosweep::checkpoint {

/// A regular file, read from its beginning. Move-only; any one thread at a time.
class FileReader {
 public:
  /// How much is read at once where it is all the same.
  static constexpr std::size_t kBlock = std::size_t{64} * 1024;

  /// Never waits, as opening a pipe would: what is no regular file is an Error.
  static Result<FileReader> open(const std::string& path);

  const std::string& name() const { return name_; }
  /// In bytes, when it was opened.
  std::uint64_t size() const { return size_; }
  /// Fills `into` as far as the file goes, and says how far: less only at the end of the file.
  Result<std::size_t> read(std::span<char> into);
  /// The next byte read will be the one at `offset`, which is not beyond the end.
  Result<void> go_to(std::uint64_t offset);

 private:
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };
  FileReader(std::FILE* file, std::string name, std::uint64_t size);

  std::unique_ptr<std::FILE, Close> file_;
  std::string name_;
  std::uint64_t size_;
};

}  // namespace echosweep::checkpoint
