#include "report/escape.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace echosweep::report {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

/// One character of a text, or bytes of it that are none.
struct Character {
  std::string_view bytes;
  char32_t code = 0;
  bool valid = true;

  bool is_control() const { return code < 0x20 || (code >= 0x7f && code < 0xa0); }
};

/// How many bytes follow this first one, and the least code that needs them; 0: it is no first byte.
struct Form {
  std::size_t more = 0;
  char32_t least = 0;
};

Form form_of(unsigned char first) {
  return first >= 0xf0 && first < 0xf5   ? Form{3, 0x10000}
         : first >= 0xe0 && first < 0xf0 ? Form{2, 0x800}
         : first >= 0xc2 && first < 0xe0 ? Form{1, 0x80}
                                         : Form{};
}

/// The first character of `text`, which is not empty.
Character first_of(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) {
    return {.bytes = text.substr(0, 1), .code = first};
  }
  const auto broken = [&](std::size_t size) {
    return Character{.bytes = text.substr(0, size), .code = first, .valid = false};
  };
  const Form form = form_of(first);
  char32_t code = first & (0x3fU >> form.more);
  for (std::size_t i = 1; i <= form.more; ++i) {
    const unsigned byte = i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    if ((byte & 0xc0U) != 0x80U) {
      return broken(i);
    }
    code = code << 6 | (byte & 0x3fU);
  }
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (form.more == 0 || code < form.least || code > 0x10ffff || surrogate) {
    return broken(1);
  }
  return {.bytes = text.substr(0, form.more + 1), .code = code};
}

template <typename Use>
void for_each_character(std::string_view text, Use use) {
  while (!text.empty()) {
    const Character character = first_of(text);
    use(character);
    text.remove_prefix(character.bytes.size());
  }
}

/// Nearly all names: ASCII that can be printed, and none of `special`.
bool is_plain(std::string_view text, std::string_view special) {
  return std::ranges::all_of(
      text, [&](char c) { return c >= ' ' && c < '\x7f' && special.find(c) == std::string_view::npos; });
}

void append_hex(Line& line, std::string_view bytes) {
  for (const char byte : bytes) {
    fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(byte));
  }
}

/// append_visible(), with these characters shown as bytes, too.
void append_shown(Line& line, std::string_view text, std::string_view also = {}) {
  const auto must_be_hex = [&](const Character& c) {
    return !c.valid || c.is_control() || also.find(c.bytes) != std::string_view::npos;
  };
  if (is_plain(text, also)) {
    append(line, text);
    return;
  }
  bool any = false;
  for_each_character(text, [&](const Character& c) { any = any || must_be_hex(c); });
  if (!any) {
    append(line, text);
    return;
  }
  for_each_character(text, [&](const Character& c) {
    if (must_be_hex(c)) {
      append_hex(line, c.bytes);
    } else {
      append(line, c.code == '\\' ? "\\\\" : c.bytes);
    }
  });
}

bool may_be_in_xml(const Character& c) {
  return c.valid && (c.code >= 0x20 || c.code == '\t' || c.code == '\n' || c.code == '\r') &&
         c.code != 0xfffe && c.code != 0xffff;
}

std::string_view xml_reference(char32_t code) {
  switch (code) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    case '\r':
      return "&#13;";
    default:
      return {};
  }
}

void append_json_character(Line& line, const Character& c) {
  constexpr std::string_view kShort = "\b\f\n\r\t\"\\";
  constexpr std::array<std::string_view, kShort.size()> kWritten = {"\\b", "\\f",  "\\n", "\\r",
                                                                    "\\t", "\\\"", "\\\\"};
  if (!c.valid) {
    append(line, kReplacement);
  } else if (const auto at = c.code < 0x80 ? kShort.find(static_cast<char>(c.code)) : std::string_view::npos;
             at != std::string_view::npos) {
    append(line, kWritten[at]);
  } else if (c.is_control()) {
    fmt::format_to(std::back_inserter(line), "\\u{:04x}", static_cast<std::uint32_t>(c.code));
  } else {
    append(line, c.bytes);
  }
}

}  // namespace

void append_visible(Line& line, std::string_view text) {
  append_shown(line, text);
}

std::string visible(std::string_view text) {
  Line line;
  append_visible(line, text);
  return fmt::to_string(line);
}

void append_csv(Line& line, std::string_view text) {
  if (is_plain(text, ",\" ")) {
    append(line, text);
    return;
  }
  Line shown;
  append_visible(shown, text);
  line.push_back('"');
  for (const char c : shown) {
    if (c == '"') {
      line.push_back('"');
    }
    line.push_back(c);
  }
  line.push_back('"');
}

void append_xml(Line& line, std::string_view text) {
  if (is_plain(text, "&<>\"'")) {
    append(line, text);
    return;
  }
  for_each_character(text, [&](const Character& c) {
    const std::string_view reference = xml_reference(c.code);
    if (!may_be_in_xml(c) || !reference.empty()) {
      append(line, reference.empty() ? kReplacement : reference);
    } else if (c.is_control()) {  // DEL and C1, which terminals obey
      fmt::format_to(std::back_inserter(line), "&#{};", static_cast<std::uint32_t>(c.code));
    } else {
      append(line, c.bytes);
    }
  });
}

void append_json(Line& line, std::string_view text) {
  line.push_back('"');
  if (is_plain(text, "\"\\")) {
    append(line, text);
  } else {
    for_each_character(text, [&](const Character& c) { append_json_character(line, c); });
  }
  line.push_back('"');
}

void append_grepable(Line& line, std::string_view text) {
  append_shown(line, text, "()");
}

}  // namespace echosweep::report
