#pragma once

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "report/escape.hpp"

namespace echosweep::ping {

using report::append;

/// fmt::format() onto the end of a line.
template <typename... Values>
void put(report::Line& line, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(line), format, std::forward<Values>(values)...);
}

}  // namespace echosweep::ping
