#pragma once

#include "packet/icmp_extensions.hpp"
#include "report/json_lines.hpp"

namespace echosweep::listen {

/// {"class": number, "type": number, "mpls": [{"label", "traffic_class", "bottom", "ttl"}] or else "data":
/// hexadecimal}
report::Json object_json(const packet::ExtensionObject& object);

}  // namespace echosweep::listen
