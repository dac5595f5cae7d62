#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "core/address.hpp"
#include "core/icmp_error.hpp"
#include "core/quantities.hpp"
#include "packet/icmp.hpp"

namespace echosweep::packet {

/// What a timestamp reply says, as it came: milliseconds since midnight UT, or anything else where the
/// highest bit is set (RFC 792).
struct TimestampTimes {
  std::uint32_t originate = 0;  ///< when the request left, by our own word
  std::uint32_t receive = 0;    ///< when it came in there
  std::uint32_t transmit = 0;   ///< when the reply left
  friend bool operator==(const TimestampTimes&, const TimestampTimes&) = default;
};

/// What an ICMP packet says about a request: a reply, or an error that quotes the request.
struct DecodedReply {
  Address source;  ///< who sent this packet
  Ttl ttl;         ///< as it arrived
  Tos tos;
  /// Bytes of the ICMP message: what the IP header claims, but never less than is there nor more than there
  /// was. Of a message in fragments: of the first.
  std::uint32_t size = 0;
  RequestKind asked = RequestKind::kEcho;    ///< what it answers
  std::optional<TimestampTimes> timestamps;  ///< of a timestamp reply
  std::optional<IcmpError> error;  ///< set: an error; the fields below are those of the quoted request
  Address probed;                  ///< the address that was asked: `source` of a reply, quoted destination
  Identifier identifier;
  Sequence sequence;
  std::span<const std::uint8_t> payload;  ///< what is there of it: a cut capture or a short quote has less
};

enum class NotDecoded : std::uint8_t {
  kIrrelevant,  ///< no ICMP, a later fragment, or a type that answers nothing
  kForeign,     ///< an ICMP error about something that is neither an echo nor a timestamp request
  kMalformed,   ///< too short for what it claims to be, or its checksum is wrong
};

/// Reads one IPv4 or IPv6 packet as captured (RFC 791, 792, 8200, 4443). `packet` starts at the IP header and
/// may be cut short or followed by link padding. Total: any bytes of any length give an answer, and nothing
/// outside `packet` is read. The payload points into `packet`. Extension headers are skipped; the ICMPv4
/// checksum is verified where the whole message is there. `interface` becomes the zone of link-local sources.
/// `wire_size`: bytes of the packet before it was cut; where it is less than what is there, nothing was. Each
/// field of `reply` is written, whatever it held; of a refused packet, some or none.
[[nodiscard]] std::expected<void, NotDecoded> decode(Family family, std::span<const std::uint8_t> packet,
                                                     std::uint32_t interface, std::size_t wire_size,
                                                     DecodedReply& reply);

}  // namespace echosweep::packet
