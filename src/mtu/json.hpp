#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mtu/finding.hpp"
#include "report/escape.hpp"

namespace echosweep::mtu {

/// A router's name; empty where it has none.
using NameOnly = std::function<std::string(const Address&)>;

/// What was found out about a target's path as a JSON object on a line of its own; echosweep-mtu(1) has its
/// fields. What is not known is left out. `name`: as it was given; empty: none was.
void append_json_line(report::Line& line, const Address& target, std::string_view name,
                      const Finding& finding, const NameOnly& router_name);

}  // namespace echosweep::mtu
