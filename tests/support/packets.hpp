#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/icmp_error.hpp"
#include "net/packet_rx.hpp"
#include "net/packet_tx.hpp"

namespace echosweep::support {

// What a host or a router makes of a packet of ours, written without the code under test.

/// 198.19.0.1 and fd00:e5::a: the scanner.
Address scanner_address(Family family);

/// How an answer differs from a plain one.
struct AnswerOptions {
  std::optional<Address> from{};         ///< the source, where it is not the one that was asked
  std::optional<std::size_t> payload{};  ///< so many bytes of the echo payload come back
  std::optional<std::size_t> quoted{};   ///< an error quotes so many bytes of our ICMP message
  Ttl ttl{64};
  Tos tos{};
  std::uint32_t word = 0;  ///< bytes 4 to 7 of an error: its MTU
  Ttl quoted_ttl{1};
  bool damage_tag = false;  ///< the payload's last tagged byte is another
  bool damage_sequence = false;
  bool damage_checksum = false;
};

/// The echo reply to `request`, from the IP header on.
std::vector<std::uint8_t> echo_reply(const net::OutgoingPacket& request, const AnswerOptions& options = {});
/// The ICMP error about `request`, from the IP header on. Quotes all of it unless told otherwise.
std::vector<std::uint8_t> icmp_error(const net::OutgoingPacket& request, std::uint8_t type, std::uint8_t code,
                                     const AnswerOptions& options = {});

/// The ARP reply or the solicited neighbour advertisement by which `address` says its MAC address, as
/// captured.
net::CapturedPacket neighbour_answer(const Address& address, const MacAddress& mac, WallTime received,
                                     std::uint32_t interface = 1);

/// As the capture has it: cut at its snapshot length.
net::CapturedPacket captured(Family family, std::span<const std::uint8_t> bytes, WallTime received,
                             std::uint32_t interface = 1);

}  // namespace echosweep::support
