#include "results/read_results.hpp"

#include <fmt/format.h>

namespace echosweep::results {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlanks = " \t\v\f\r";

/// The address or prefix on a line of a list; empty where there is none before its end or a comment.
std::string_view meat(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const std::size_t start = line.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) {
    return {};
  }
  return line.substr(start, line.find_last_not_of(kBlanks) + 1 - start);
}

Result<void> take_entry(std::string_view text, Visitor& visitor) {
  if (text.contains('/')) {
    const auto prefix = parse_host_prefix(text);
    return prefix ? visitor.range({.prefix = *prefix, .state = State::kAlive, .reason = {}, .tries = {}})
                  : std::unexpected(prefix.error());
  }
  const auto host = parse_host_address(text);
  if (!host) {
    return fail(fmt::format("{} (one address a line is wanted: --alive-file with -A, or JSON lines, or XML)",
                            host.error().message));
  }
  Finding finding;
  finding.host = *host;
  finding.state = State::kAlive;
  return visitor.host(finding);
}

}  // namespace

Result<ReadEnd> read_list(LineReader& lines, Visitor& visitor) {
  while (true) {
    const auto line = lines.next();
    if (!line) {
      return std::unexpected(line.error());
    }
    if (!*line) {
      return ReadEnd{};
    }
    const std::string_view text = meat((*line)->text);
    if (text.empty()) {
      continue;
    }
    const bool has_end = (*line)->whole;
    auto taken = take_entry(text, visitor);
    if (!has_end) {
      return ReadEnd{.cut_line = (*line)->number, .cut_line_counts = taken.has_value(), .whole = false};
    }
    if (!taken) {
      return fail(fmt::format("{}:{}: {}", lines.name(), (*line)->number, taken.error().message));
    }
  }
}

Result<Form> form_of(LineReader& lines) {
  auto start = lines.peek();
  if (!start) {
    return std::unexpected(start.error());
  }
  if (start->starts_with(kByteOrderMark)) {
    lines.skip(kByteOrderMark.size());
    start->remove_prefix(kByteOrderMark.size());
  }
  const std::size_t first = start->find_first_not_of(" \t\r\n");
  const char character = first == std::string_view::npos ? '\0' : (*start)[first];
  return character == '{' ? Form::kJson : character == '<' ? Form::kXml : Form::kList;
}

Result<ReadEnd> read_results(LineReader& lines, Visitor& visitor) {
  const auto form = form_of(lines);
  if (!form) {
    return std::unexpected(form.error());
  }
  switch (*form) {
    case Form::kJson:
      return read_json(lines, visitor);
    case Form::kXml:
      return read_xml(lines, visitor);
    default:
      return read_list(lines, visitor);
  }
}

Result<ReadEnd> read_results(const std::string& path, Visitor& visitor) {
  auto lines = LineReader::open(path);
  return lines ? read_results(*lines, visitor) : std::unexpected(lines.error());
}

std::string incompleteness(std::string_view name, const ReadEnd& end) {
  if (end.cut_line != 0 && end.cut_line_counts) {
    return fmt::format(
        "{}:{}: the last line has no end, and counts as it stands: its address may be torn off", name,
        end.cut_line);
  }
  if (end.cut_line != 0) {
    return fmt::format(
        "{}:{}: the last line is torn off and left out: its run was killed, or a copy cut short", name,
        end.cut_line);
  }
  if (!end.whole) {
    return fmt::format("{}: has no end ({}): its run was killed, or a copy cut short", name,
                       end.form == Form::kXml ? "</nmaprun>" : "accounting line");
  }
  return {};
}

}  // namespace echosweep::results
