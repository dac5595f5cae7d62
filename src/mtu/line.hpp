#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mtu/finding.hpp"
#include "report/escape.hpp"

namespace echosweep::mtu {

/// What a router is called: its address, or its name with it.
using RouterName = std::function<std::string(const Address&)>;

/// A target's path MTU, or why there is none, as a line: `192.0.2.9: 1300 (told by 192.0.2.5, 3 hops away;
/// 1500 here; 5 hops)`. `host`: what the target is called, fit to be shown.
void append_line(report::Line& line, std::string_view host, const Finding& finding,
                 const RouterName& router_name);

/// What a packet's fate taught, as a line: `192.0.2.9: 1500 bytes are too big for 192.0.2.5, 3 hops away,
/// which takes 1300`.
void append_line(report::Line& line, std::string_view host, const Step& step);

}  // namespace echosweep::mtu
