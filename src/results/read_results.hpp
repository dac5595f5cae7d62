#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "results/finding.hpp"
#include "results/line_reader.hpp"

namespace echosweep::results {

enum class Form : std::uint8_t {
  kJson,  ///< our NDJSON
  kXml,   ///< nmap's, or ours
  kList,  ///< an address or a prefix a line: all alive
};

/// How the reading of a file went.
struct ReadEnd {
  Form form = Form::kList;
  std::size_t cut_line = 0;  ///< the last line, where it is torn off and was left out; 0: there is none such
  /// Of a list: that line was taken, for hand-made lists often lack the last newline.
  bool cut_line_counts = false;
  bool whole = true;  ///< it has the end that its form asks for: the accounting, </nmaprun>
};

/// By the first character that is not blank. Takes a byte order mark off `lines`, and nothing else.
Result<Form> form_of(LineReader& lines);

/// Reads any of the three, told by its first character, and hands it to `visitor`. Blank lines, unknown
/// fields and unknown types of lines are passed over. Errors are one line, `FILE:LINE: what, why`.
Result<ReadEnd> read_results(LineReader& lines, Visitor& visitor);
/// Opens `path` (`-`: standard input) for it.
Result<ReadEnd> read_results(const std::string& path, Visitor& visitor);

// The parts of it, each for one form.
Result<ReadEnd> read_json(LineReader& lines, Visitor& visitor);
Result<ReadEnd> read_xml(LineReader& lines, Visitor& visitor);
Result<ReadEnd> read_list(LineReader& lines, Visitor& visitor);

/// What to tell the user about a file that was cut off in mid-run; empty where it was not.
std::string incompleteness(std::string_view name, const ReadEnd& end);

}  // namespace echosweep::results
