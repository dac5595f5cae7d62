#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "report/escape.hpp"
#include "trace/traced.hpp"

namespace echosweep::trace {

/// The name to show for an address; empty: it has none. No function: names are not wanted (-n).
using NameOf = std::function<std::string_view(const Address&)>;

struct TextOptions {
  NameOf name_of;
  bool extensions = false;  ///< -e
};

/// traceroute's first line: `traceroute to www.example.org (192.0.2.1), 30 hops max, 60 byte packets`.
/// `name`: as the user gave it; empty: the address.
void append_header(report::Line& line, const Address& target, std::string_view name, Ttl last,
                   std::size_t size);

/// The line of hops[at], as traceroute has it: ` 3  name (192.0.2.9)  0.512 ms  0.400 ms *`. A probe's answer
/// names its sender again where that differs from the probe's before.
void append_hop(report::Line& line, const Traced& traced, std::size_t at, const TextOptions& options);

}  // namespace echosweep::trace
