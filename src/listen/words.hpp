#pragma once

#include <string>

#include "packet/icmp_message.hpp"
#include "report/escape.hpp"

namespace echosweep::listen {

// What a line says of a message, in tcpdump's words. tests/lab/listen_differences.py has where they differ.

/// `echo request, id 1, seq 1`, `host 192.0.2.9 unreachable`. The message is whole or cut anywhere.
void append_words4(report::Line& line, const packet::IcmpMessage& message);
/// `echo reply, id 1, seq 1`, `destination unreachable, unreachable address 2001:db8::9`.
void append_words6(report::Line& line, const packet::IcmpMessage& message);

/// `who-are-you request node information query (DNS name, subject=2001:db8::9)`: of both messages of RFC
/// 4620.
void append_node_words(report::Line& line, const packet::IcmpMessage& message);
/// `DNS name`, `node addresses`: what a query asks for; `unknown`.
std::string_view node_type_words(std::uint16_t type);

/// The address without a zone.
std::string bare(const Address& address);

/// `udp port 53`, `tcp port 80`, `protocol 132 port 7`: where a packet that is quoted wanted to. Empty: its
/// ports are not quoted.
std::string port_words(const packet::IcmpQuote& quote);

/// Stands where a packet ends before its fields do.
inline constexpr std::string_view kCutWords4 = "[|icmp]";
inline constexpr std::string_view kCutWords6 = "[|icmp6]";

}  // namespace echosweep::listen
