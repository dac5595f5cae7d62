#pragma once

#include "packet/node_information.hpp"
#include "report/escape.hpp"

namespace echosweep::ping {

/// What a node says of itself, in place of ` icmp_seq=1`: ` host.example., alias.example.`, ` refused`.
void append_node(report::Line& line, const packet::NodeMessage& node);

}  // namespace echosweep::ping
