#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace echosweep::results {

/// A file or standard input, as lines or as blocks of any size. Views live until the next call. One thread at
/// a time.
class LineReader {
 public:
  /// What may be read behind the end of a line, whatever stands there: simdjson wants it.
  static constexpr std::size_t kPadding = 64;
  /// Longer lines are refused. The longest that we write holds a command line, of 2 MiB at most.
  static constexpr std::size_t kLongestLine = std::size_t{16} << 20;

  struct Line {
    std::string_view text;   ///< without its newline
    std::size_t number = 0;  ///< counted from 1
    bool whole = true;       ///< false: the file ends here, without a newline
  };

  /// `-` is standard input.
  static Result<LineReader> open(const std::string& path);
  /// Reads from `file`, which it closes. `name`: for messages.
  LineReader(std::FILE* file, std::string name);

  const std::string& name() const { return name_; }
  /// What comes next, without taking it: nothing at the end, else up to a mebibyte.
  Result<std::string_view> peek();
  /// Forgets the first `count` bytes of what peek() showed.
  void skip(std::size_t count) { begin_ += count; }
  /// The next line, or nothing at the end.
  Result<std::optional<Line>> next();

 private:
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };
  /// Reads more behind what is there; nothing happens at the end.
  Result<void> fill();

  std::unique_ptr<std::FILE, Close> file_;
  std::string name_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t number_ = 0;
  bool at_end_ = false;
};

}  // namespace echosweep::results
