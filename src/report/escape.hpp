#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace echosweep::report {

// Text that others wrote (names from files and DNS, command lines) on its way into a format. Whoever chooses
// a name can put any byte into it: a quote that ends a field, a newline that forges a line, an escape
// sequence that rewrites a terminal. Everything is read as UTF-8 (RFC 3629).

/// A record on its way out: most fit without an allocation, and the buffer is used again.
using Line = fmt::memory_buffer;

inline void append(Line& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

/// As it can be shown and listed: one line, nothing that a terminal obeys. Control characters (C0, DEL, C1)
/// and bytes that are not UTF-8 become `\x1b`; a backslash in such a text is doubled.
void append_visible(Line& line, std::string_view text);
std::string visible(std::string_view text);

/// A field of RFC 4180: in quotes where it has a comma, a quote or a space at an end. What is no text is
/// written as append_visible() does, so that a record is a line, always.
void append_csv(Line& line, std::string_view text);

/// Character data or an attribute's value of XML 1.0, for either kind of quote. What XML cannot hold
/// (2.2 Characters), and bytes that are not UTF-8, become U+FFFD; tabs and newlines are written as
/// references, because attributes would lose them (3.3.3), and so are DEL and C1.
void append_xml(Line& line, std::string_view text);

/// A JSON string with its quotes (RFC 8259 7). Bytes that are not UTF-8 become U+FFFD.
void append_json(Line& line, std::string_view text);

/// A field of nmap's grepable form: append_visible(), and parentheses as `\x28`, because they enclose names.
void append_grepable(Line& line, std::string_view text);

}  // namespace echosweep::report
