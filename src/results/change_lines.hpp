#pragma once

#include <string>

#include "results/difference.hpp"

namespace echosweep::results {

// How a change is told, with its newline.

/// `+ 192.0.2.7 alive (was silent)`, `- 192.0.2.8 not listed (was alive)`, `~ 192.0.2.9 unreachable (was
/// silent)`,
/// `* 192.0.2.10 alive 52.1 ms (was 1.20 ms)`; a prefix of hosts as `192.0.2.128/25`.
std::string text_line(const Change& change);

/// {"type":"change", "change":"came"|"went"|"state"|"rtt", "address": string, or "prefix": string and
/// "count": number,
///  "old": null where the old file does not list it, else {"state": string, "reason": string, "rtt_us":
///  number}, the last two where they are known, "new": the same of the new file}
std::string json_line(const Change& change);

}  // namespace echosweep::results
