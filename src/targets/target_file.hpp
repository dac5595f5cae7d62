#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "targets/spec.hpp"

namespace echosweep::targets {

/// A line that names no target, and why not, without the file's name: `'10.0.0.300' is not an address, ...`.
struct BadLine {
  std::size_t line;  ///< counted from 1
  std::string why;
};

/// Where the lines of a target file go, each in the order of the file and with its number, counted from 1.
struct LineHandlers {
  /// A line with a plain address: nearly all of a big file, and so without a Spec to allocate.
  std::function<void(const Address&, std::size_t line)> on_address;
  /// Any other target.
  std::function<void(Spec&&, std::size_t line)> on_spec;
  std::function<void(BadLine&&)> on_bad;
};

/// Longer lines are refused: no octet list, name or address needs more.
inline constexpr std::size_t kLongestLine = 4096;

/// Reads a target file's text: one target a line, of which the first word counts; blank lines, `#` comments
/// (also behind a target), CRLF and a UTF-8 byte order mark are understood. After a bad line the next is
/// read. A file may come in pieces that end where lines do: `first` is the number of the piece's first line,
/// the result that of the next piece's.
std::size_t parse_target_lines(std::string_view text, const LineHandlers& handlers, std::size_t first = 1);

}  // namespace echosweep::targets
