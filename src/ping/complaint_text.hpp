#pragma once

#include <string>

#include "ping/outcome.hpp"
#include "ping/reply_text.hpp"
#include "report/escape.hpp"

namespace echosweep::ping {

/// `From 192.0.2.1 icmp_seq=1 Destination Host Unreachable`, with its newline. `verbose`: the IP header that
/// it quotes, too, where it is no error but a redirect or a source quench.
void append_complaint(report::Line& line, const Complaint& complaint, const NameOf& name_of, bool verbose);

/// The words alone: `Destination Host Unreachable`, `Packet too big: mtu=1400`.
std::string words_of(const Complaint& complaint, const NameOf& name_of);

}  // namespace echosweep::ping
