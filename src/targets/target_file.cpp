#include "targets/target_file.hpp"

#include <fmt/format.h>

#include <utility>

namespace echosweep::targets {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlanks = " \t\v\f";

/// Why the line as a whole cannot be read; empty if it can.
std::string flaw_of(std::string_view line) {
  if (line.size() > kLongestLine) {
    return fmt::format("a line of {} bytes is longer than the {} that are taken", line.size(), kLongestLine);
  }
  if (line.find('\0') != std::string_view::npos) {
    return "the line holds a NUL byte: not a text file, or one in UTF-16 (save it as UTF-8)";
  }
  if (line.find('\r') != std::string_view::npos) {
    // Taken for a blank it would hide every target behind it.
    return "the line holds a carriage return: end lines with a newline";
  }
  return {};
}

/// The line's first word; empty where there is none before its end or a comment.
std::string_view first_word(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const std::size_t start = line.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) {
    return {};
  }
  line.remove_prefix(start);
  return line.substr(0, line.find_first_of(kBlanks));
}

void parse_line(std::string_view line, std::size_t number, const LineHandlers& handlers) {
  if (std::string flaw = flaw_of(line); !flaw.empty()) {
    handlers.on_bad({number, std::move(flaw)});
    return;
  }
  const std::string_view word = first_word(line);
  if (word.empty()) {
    return;
  }
  if (word.find_first_not_of("0123456789.") == std::string_view::npos) {
    if (const auto address = Address::parse(word)) {
      handlers.on_address(*address, number);
      return;
    }
  }
  auto spec = parse_spec(word);
  if (!spec) {
    handlers.on_bad({number, std::move(spec.error().message)});
  } else if (spec->single) {
    handlers.on_address(spec->ranges.front().first, number);
  } else {
    handlers.on_spec(std::move(*spec), number);
  }
}

}  // namespace

std::size_t parse_target_lines(std::string_view text, const LineHandlers& handlers, std::size_t first) {
  if (first == 1 && text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  std::size_t number = first;
  for (; !text.empty(); ++number) {
    const std::size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    parse_line(line, number, handlers);
  }
  return number;
}

}  // namespace echosweep::targets
