#pragma once

#include <string_view>

namespace echosweep::html {

/// The page's style sheet and its script; neither has anything in it that would end its element.
extern const std::string_view kStyle;
extern const std::string_view kScript;

}  // namespace echosweep::html
