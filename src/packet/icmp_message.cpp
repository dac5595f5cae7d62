// From a captured packet to everything that it says. Each reader below gets a span that is narrowed to what
// is really there, and sets only what it has found; a message that ends too soon is marked as cut and keeps
// what came before. Nothing is refused for its contents: who listens wants to see broken packets most of all.
#include "packet/icmp_message.hpp"

#include <algorithm>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::packet {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kAddress6 = 16;

constexpr std::uint8_t icmp_of(Family family) {
  return family == Family::kIpv4 ? kProtocolIcmp : kProtocolIcmpv6;
}

/// The numbers of one message from its start on; a number that is not there marks the message as cut.
class Reader {
 public:
  Reader(Bytes bytes, bool& cut) : bytes_(bytes), cut_(cut) {}

  std::optional<std::uint8_t> u8(std::size_t at) const {
    return there(at, 1) ? std::optional(bytes_[at]) : std::nullopt;
  }
  std::optional<std::uint16_t> u16(std::size_t at) const {
    return there(at, 2) ? std::optional(load_be16(&bytes_[at])) : std::nullopt;
  }
  std::optional<std::uint32_t> u32(std::size_t at) const {
    return there(at, 4) ? std::optional(load_be32(&bytes_[at])) : std::nullopt;
  }
  std::optional<Address> address6(std::size_t at) const {
    return there(at, kAddress6) ? std::optional(Address::v6_from_bytes(&bytes_[at])) : std::nullopt;
  }
  std::optional<IcmpName> name() const {
    return there(4, 4)
               ? std::optional(IcmpName{Identifier{load_be16(&bytes_[4])}, Sequence{load_be16(&bytes_[6])}})
               : std::nullopt;
  }
  /// RFC 8335 2 and 3: the sequence number has 8 bits.
  std::optional<IcmpName> extended_name() const {
    return there(4, 4) ? std::optional(IcmpName{Identifier{load_be16(&bytes_[4])}, Sequence{bytes_[6]}})
                       : std::nullopt;
  }
  Bytes from(std::size_t at) const { return bytes_.subspan(std::min(at, bytes_.size())); }
  bool there(std::size_t at, std::size_t size) const {
    const bool is_there = at + size <= bytes_.size();
    cut_ = cut_ || !is_there;
    return is_there;
  }

 private:
  Bytes bytes_;
  bool& cut_;
};

/// Protocols whose headers begin with the two ports.
constexpr bool has_ports(std::uint8_t protocol) {
  return protocol == kProtocolTcp || protocol == kProtocolUdp || protocol == kProtocolDccp ||
         protocol == kProtocolSctp || protocol == kProtocolUdpLite;
}

IcmpQuote read_quote(Family family, Bytes bytes) {
  IcmpQuote quote;
  quote.ip = read_ip_header(family, bytes, bytes.size());
  const Bytes upper = quote.ip.payload;
  if (quote.ip.fault != IpFault::kNone || quote.ip.fragment_offset != 0) {
    return quote;
  }
  const std::uint8_t protocol = quote.ip.protocol;
  if (has_ports(protocol) && upper.size() >= 4) {
    quote.source_port = load_be16(upper.data());
    quote.destination_port = load_be16(&upper[2]);
  }
  if (protocol == icmp_of(family) && upper.size() >= 2) {
    const std::uint8_t type = quote.type.emplace(upper[0]);
    quote.code = upper[1];
    const bool is_echo = family == Family::kIpv4 ? type == icmp4::kEcho || type == icmp4::kEchoReply
                                                 : type == icmp6::kEcho || type == icmp6::kEchoReply;
    if (is_echo && upper.size() >= kIcmpHeaderSize) {
      quote.name = IcmpName{Identifier{load_be16(&upper[4])}, Sequence{load_be16(&upper[6])}};
    }
  }
  return quote;
}

/// RFC 4861 4.6: each has its length in units of 8 bytes, never 0.
void read_options(Bytes bytes, IcmpMessage& message) {
  constexpr std::size_t kUnit = 8;
  while (!bytes.empty()) {
    const std::size_t size = bytes.size() >= 2 ? std::size_t{bytes[1]} * kUnit : 0;
    if (size == 0 || size > bytes.size()) {
      message.options_broken = true;
      return;
    }
    message.options.push_back({.type = bytes[0], .data = bytes.subspan(2, size - 2)});
    bytes = bytes.subspan(size);
  }
}

void read_error(const Reader& in, Bytes bytes, bool complete, IcmpMessage& message) {
  auto parts = split_error(message.family, message.type, bytes, complete);
  if (!in.there(0, kIcmpHeaderSize + 1)) {
    return;
  }
  message.quote = read_quote(message.family, parts.quote);
  message.extensions = std::move(parts.extensions);
}

RouterList read_routers(const Reader& in) {
  RouterList list;
  list.claimed = in.u8(4).value_or(0);
  list.entry_size = in.u8(5).value_or(0);
  list.lifetime_s = in.u16(6).value_or(0);
  const std::size_t step = std::size_t{list.entry_size} * 4;
  constexpr std::size_t kLeast = 8;
  for (std::size_t i = 0; i < list.claimed && step >= kLeast; ++i) {
    const std::size_t at = kIcmpHeaderSize + i * step;
    const auto address = in.u32(at);
    const auto preference = in.u32(at + 4);
    if (!address || !preference) {
      break;
    }
    list.routers.push_back(
        {.address = Address::v4(*address), .preference = static_cast<std::int32_t>(*preference)});
  }
  return list;
}

void read_fields4(const Reader& in, IcmpMessage& message) {
  switch (message.type) {
    case icmp4::kEcho:
    case icmp4::kEchoReply:
    case icmp4::kInformationRequest:
    case icmp4::kInformationReply:
      message.name = in.name();
      message.payload = in.from(kIcmpHeaderSize);
      break;
    case icmp4::kExtendedEcho:
    case icmp4::kExtendedEchoReply:
      message.name = in.extended_name();
      message.payload = in.from(kIcmpHeaderSize);
      break;
    case icmp4::kTimestamp:
    case icmp4::kTimestampReply:
      message.name = in.name();
      if (in.there(0, kIcmpTimestampSize)) {
        message.times = TimestampTimes{*in.u32(8), *in.u32(12), *in.u32(16)};
      }
      message.payload = in.from(kIcmpTimestampSize);
      break;
    case icmp4::kMaskRequest:
    case icmp4::kMaskReply:
      message.name = in.name();
      message.mask = in.u32(8);
      message.payload = in.from(12);
      break;
    case icmp4::kRedirect:
      if (const auto gateway = in.u32(4)) {
        message.gateway = Address::v4(*gateway);
      }
      break;
    case icmp4::kUnreachable:
      if (message.code == icmp4::kFragmentationNeeded) {
        message.mtu = in.u16(6);
      }
      break;
    case icmp4::kParameterProblem:
      message.pointer = in.u8(4);
      break;
    case icmp4::kRouterAdvertisement:
      message.routers = read_routers(in);
      break;
    case icmp4::kTimeExceeded:
    case icmp4::kSourceQuench:
    case icmp4::kRouterSolicitation:
      break;
    default:
      message.payload = in.from(4);
      break;
  }
}

void read_router_advertisement(const Reader& in, IcmpMessage& message) {
  constexpr std::size_t kSize = 16;
  if (in.there(0, kSize)) {
    message.advertisement = RouterAdvertisement{.hop_limit = *in.u8(4),
                                                .flags = *in.u8(5),
                                                .lifetime_s = *in.u16(6),
                                                .reachable_ms = *in.u32(8),
                                                .retransmit_ms = *in.u32(12)};
    read_options(in.from(kSize), message);
  }
}

void read_fields6(const Reader& in, IcmpMessage& message) {
  switch (message.type) {
    case icmp6::kEcho:
    case icmp6::kEchoReply:
      message.name = in.name();
      message.payload = in.from(kIcmpHeaderSize);
      break;
    case icmp6::kExtendedEcho:
    case icmp6::kExtendedEchoReply:
      message.name = in.extended_name();
      message.payload = in.from(kIcmpHeaderSize);
      break;
    case icmp6::kPacketTooBig:
      message.mtu = in.u32(4);
      break;
    case icmp6::kParameterProblem:
      message.pointer = in.u32(4);
      break;
    case icmp6::kListenerQuery:
    case icmp6::kListenerReport:
    case icmp6::kListenerDone:
      message.listener = ListenerMessage{
          .max_delay = in.u16(4).value_or(0), .group = in.address6(kIcmpHeaderSize), .records = {}};
      message.payload = in.from(kIcmpHeaderSize + kAddress6);
      break;
    case icmp6::kListenerReport2:
      message.listener = ListenerMessage{.max_delay = 0, .group = {}, .records = in.u16(6)};
      message.payload = in.from(kIcmpHeaderSize);
      break;
    case kNodeQuery:
    case kNodeReply:
      if (in.there(0, kNodeHeader)) {
        message.node = read_node_message(in.from(0));
      }
      message.payload = in.from(kNodeHeader);
      break;
    case icmp6::kRouterSolicitation:
      read_options(in.from(kIcmpHeaderSize), message);
      break;
    case icmp6::kRouterAdvertisement:
      read_router_advertisement(in, message);
      break;
    case icmp6::kNeighbourAdvertisement:
      message.flags = in.u8(4);
      [[fallthrough]];
    case icmp6::kNeighbourSolicitation:
      message.target = in.address6(kIcmpHeaderSize);
      read_options(in.from(kIcmpHeaderSize + kAddress6), message);
      break;
    case icmp6::kRedirect:
      message.gateway = in.address6(kIcmpHeaderSize);
      message.destination = in.address6(kIcmpHeaderSize + kAddress6);
      read_options(in.from(kIcmpHeaderSize + 2 * kAddress6), message);
      break;
    case icmp6::kUnreachable:
    case icmp6::kTimeExceeded:
      break;
    default:
      message.payload = in.from(4);
      break;
  }
}

/// With segments left the destination is not yet the one that the sum was made with (RFC 8200 8.1).
bool is_on_its_way(const IpHeader& ip) {
  return std::ranges::any_of(ip.extensions, [](const Ipv6Extension& extension) {
    return extension.type == kRouting && extension.bytes[3] != 0;
  });
}

std::optional<bool> checksum_holds(const IpHeader& ip) {
  if (!ip.complete() || is_on_its_way(ip)) {
    return std::nullopt;
  }
  ChecksumSum sum;
  sum.add(ip.payload);
  if (ip.family == Family::kIpv6) {
    const auto size = static_cast<std::uint32_t>(ip.payload.size());
    sum.add(ip.source.bytes());
    sum.add(ip.destination.bytes());
    sum.add_word(static_cast<std::uint16_t>(size >> 16));
    sum.add_word(static_cast<std::uint16_t>(size));
    sum.add_word(kProtocolIcmpv6);
  }
  return sum.checksum() == 0;
}

/// Where the header is not whole, or its chain is broken, what could have been ICMP is worth showing.
bool may_be_icmp(const IpHeader& ip, Bytes packet) {
  constexpr std::size_t kProtocolAt4 = 9;
  if (ip.fault == IpFault::kExtension) {
    return true;
  }
  if (ip.fault == IpFault::kCut) {
    return ip.family == Family::kIpv6 || packet.size() <= kProtocolAt4 ||
           packet[kProtocolAt4] == kProtocolIcmp;
  }
  return ip.protocol == icmp_of(ip.family);
}

IcmpMessage read_message(const IpHeader& ip) {
  IcmpMessage message;
  message.family = ip.family;
  message.size = ip.payload_size;
  const Reader in(ip.payload, message.cut);
  message.type = in.u8(0).value_or(0);
  message.code = in.u8(1).value_or(0);
  message.checksum = in.u16(2).value_or(0);
  message.checksum_right = checksum_holds(ip);
  const bool v4 = ip.family == Family::kIpv4;
  v4 ? read_fields4(in, message) : read_fields6(in, message);
  if (v4 ? quotes_packet4(message.type) : quotes_packet6(message.type)) {
    read_error(in, ip.payload, ip.complete(), message);
  }
  return message;
}

}  // namespace

std::optional<IcmpPacket> read_icmp_packet(Family family, Bytes packet, std::size_t wire_size) {
  IcmpPacket found{.ip = read_ip_header(family, packet, wire_size), .message = {}};
  if (!may_be_icmp(found.ip, packet)) {
    return std::nullopt;
  }
  if (found.ip.fault == IpFault::kNone && found.ip.fragment_offset == 0 && !found.ip.payload.empty()) {
    found.message = read_message(found.ip);
  }
  return found;
}

}  // namespace echosweep::packet
