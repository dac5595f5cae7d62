#pragma once

#include <cstdint>

namespace echosweep::packet {

// Types of ICMP messages, as the IANA registries have them.

/// RFC 792, RFC 950, RFC 1256, RFC 8335.
namespace icmp4 {
inline constexpr std::uint8_t kEchoReply = 0;
inline constexpr std::uint8_t kUnreachable = 3;
inline constexpr std::uint8_t kSourceQuench = 4;
inline constexpr std::uint8_t kRedirect = 5;
inline constexpr std::uint8_t kEcho = 8;
inline constexpr std::uint8_t kRouterAdvertisement = 9;
inline constexpr std::uint8_t kRouterSolicitation = 10;
inline constexpr std::uint8_t kTimeExceeded = 11;
inline constexpr std::uint8_t kParameterProblem = 12;
inline constexpr std::uint8_t kTimestamp = 13;
inline constexpr std::uint8_t kTimestampReply = 14;
inline constexpr std::uint8_t kInformationRequest = 15;
inline constexpr std::uint8_t kInformationReply = 16;
inline constexpr std::uint8_t kMaskRequest = 17;
inline constexpr std::uint8_t kMaskReply = 18;
inline constexpr std::uint8_t kExtendedEcho = 42;
inline constexpr std::uint8_t kExtendedEchoReply = 43;
/// Codes of kUnreachable that say more than the others.
inline constexpr std::uint8_t kProtocolUnreachable = 2;
inline constexpr std::uint8_t kPortUnreachable = 3;
inline constexpr std::uint8_t kFragmentationNeeded = 4;
}  // namespace icmp4

/// RFC 4443, RFC 2710, RFC 4861, RFC 3810, RFC 8335.
namespace icmp6 {
inline constexpr std::uint8_t kUnreachable = 1;
inline constexpr std::uint8_t kPacketTooBig = 2;
inline constexpr std::uint8_t kTimeExceeded = 3;
inline constexpr std::uint8_t kParameterProblem = 4;
inline constexpr std::uint8_t kEcho = 128;
inline constexpr std::uint8_t kEchoReply = 129;
inline constexpr std::uint8_t kListenerQuery = 130;
inline constexpr std::uint8_t kListenerReport = 131;
inline constexpr std::uint8_t kListenerDone = 132;
inline constexpr std::uint8_t kRouterSolicitation = 133;
inline constexpr std::uint8_t kRouterAdvertisement = 134;
inline constexpr std::uint8_t kNeighbourSolicitation = 135;
inline constexpr std::uint8_t kNeighbourAdvertisement = 136;
inline constexpr std::uint8_t kRedirect = 137;
inline constexpr std::uint8_t kListenerReport2 = 143;
inline constexpr std::uint8_t kExtendedEcho = 160;
inline constexpr std::uint8_t kExtendedEchoReply = 161;
inline constexpr std::uint8_t kPortUnreachable = 4;  ///< code of kUnreachable
}  // namespace icmp6

/// What may be quoted, or stand around an ICMP message.
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolDccp = 33;
inline constexpr std::uint8_t kProtocolSctp = 132;
inline constexpr std::uint8_t kProtocolUdpLite = 136;
/// RFC 8200 4.1: what may stand between the IPv6 header and ICMPv6.
inline constexpr std::uint8_t kHopByHop = 0;
inline constexpr std::uint8_t kRouting = 43;
inline constexpr std::uint8_t kFragment = 44;
inline constexpr std::uint8_t kDestinationOptions = 60;

}  // namespace echosweep::packet
