#include "html/encode.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>

namespace echosweep::html {

namespace {

using nlohmann::json;

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Valid UTF-8 without control characters.
std::string readable(std::string_view text) {
  const std::string written = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  std::string valid;
  const auto decoded = json::parse(written).get<std::string>();
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const auto byte = static_cast<unsigned char>(decoded[i]);
    const auto next = static_cast<unsigned char>(i + 1 < decoded.size() ? decoded[i + 1] : 0);
    if (byte < 0x20 || byte == 0x7f) {
      valid += kReplacement;
    } else if (byte == 0xc2 && next < 0xa0) {  // C1: U+0080 to U+009F
      valid += kReplacement;
      ++i;
    } else {
      valid += decoded[i];
    }
  }
  return valid;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char character : readable(text)) {
    switch (character) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += character;
    }
  }
  return escaped;
}

std::string script_string(std::string_view text) {
  // HTML reads a script's text before JSON does, and knows `</script` and `<!--`.
  std::string escaped;
  for (const char character : json(readable(text)).dump()) {
    if (character == '<' || character == '>' || character == '&') {
      escaped += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
    } else {
      escaped += character;
    }
  }
  return escaped;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t value = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      value = value << 8 | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= group.size() ? kDigits[value >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

}  // namespace echosweep::html
