#pragma once

#include <string_view>

namespace echosweep::html {

/// The page's style sheet and its script; neither has anything in it that would end its element.
std::string_view style();
std::string_view script();

}  // namespace echosweep::html
