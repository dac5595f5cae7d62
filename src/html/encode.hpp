#pragma once

#include <string>
#include <string_view>

namespace echosweep::html {

// Text that others wrote (names from files and DNS, command lines) on its way into a page. Bytes that are not
// UTF-8, and control characters, become U+FFFD: they mean nothing to a reader, and something to a browser.

/// For text between tags and for attributes in quotes of either kind.
std::string escape(std::string_view text);

/// A JSON string with its quotes, for a <script> element: nothing in it can end the element or open a
/// comment.
std::string script_string(std::string_view text);

/// RFC 4648 4, with padding.
std::string base64(std::string_view bytes);

}  // namespace echosweep::html
