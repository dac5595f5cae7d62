// What trace_codec.cpp wrote, read back from what answers it.
#include <sodium.h>

#include <algorithm>
#include <array>

#include "packet/bytes.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"
#include "packet/offsets.hpp"
#include "packet/trace_codec.hpp"

namespace echosweep::packet {

namespace {

using std::chrono::nanoseconds;
using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kFlagSyn = 0x02;
constexpr std::uint8_t kFlagRst = 0x04;
constexpr std::uint8_t kFlagAck = 0x10;

bool is_answer(Family family, std::uint8_t type) {
  return family == Family::kIpv4
             ? type == icmp4::kUnreachable || type == icmp4::kTimeExceeded || type == icmp4::kParameterProblem
             : quotes_packet6(type);
}

Address zoned(const Address& address, std::uint32_t interface) {
  return address.needs_zone() ? address.with_zone(interface) : address;
}

}  // namespace

TraceCodec::Quoted TraceCodec::read_stamp(std::uint32_t stamp, MonotonicTime received) const {
  Quoted quoted{.index = {},
                .hop = Ttl{static_cast<std::uint8_t>(stamp >> 4)},
                .probe = static_cast<std::uint8_t>(stamp & 15),
                .rtt = {}};
  const std::uint32_t time = stamp >> 12;
  if (time >= kFirstTime) {
    const auto now = static_cast<std::uint64_t>(received.time_since_epoch() / unit_);
    const std::uint64_t elapsed = (now % kTimes + kTimes - (time - kFirstTime)) % kTimes;
    const auto sent = static_cast<std::int64_t>(now - elapsed) * unit_ + unit_ / 2;
    const nanoseconds rtt = std::max(received.time_since_epoch() - sent, nanoseconds(0));
    quoted.rtt = rtt <= options_.wait * 5 / 4 ? std::optional(rtt) : std::nullopt;
  }
  return quoted;
}

std::optional<TraceCodec::Quoted> TraceCodec::read_tag(Bytes payload, MonotonicTime received) const {
  if (payload.size() < kTagged) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 8> tag;
  crypto_shorthash(tag.data(), payload.data(), 16, key_.tag_key.data());
  if (sodium_memcmp(tag.data(), &payload[16], tag.size()) != 0) {
    return std::nullopt;
  }
  const std::uint64_t first = load_be64(payload.data());
  const std::uint64_t second = load_be64(&payload[8]);
  const auto now = static_cast<std::uint64_t>(received.time_since_epoch().count());
  return Quoted{.index = (first & 0xffff) << 24 | second >> 40,
                .hop = Ttl{static_cast<std::uint8_t>(second >> 32)},
                .probe = static_cast<std::uint8_t>(second >> 24),
                .rtt = nanoseconds((now - (first >> 16)) & kPreciseTimes)};
}

std::optional<TraceAnswer> TraceCodec::read(Family family, Bytes packet, std::uint32_t interface,
                                            std::size_t wire_size, MonotonicTime received) const {
  if (options_.protocol == TraceProtocol::kTcp) {
    const IpHeader ip = read_ip_header(family, packet, wire_size);
    if (ip.fault == IpFault::kNone && ip.protocol == kProtocolTcp) {
      return read_tcp(ip, interface, received);
    }
  }
  const auto icmp = read_icmp_packet(family, packet, wire_size);
  if (!icmp || !icmp->message || icmp->message->cut || icmp->message->checksum_right == false) {
    return std::nullopt;
  }
  auto answer = is_answer(family, icmp->message->type) ? read_error(*icmp, interface, received)
                                                       : read_reply(*icmp, received);
  if (answer) {
    answer->from = zoned(icmp->ip.source, interface);
    answer->ttl = icmp->ip.ttl;
    if (answer->kind == TraceAnswerKind::kEchoReply) {
      answer->probed = answer->from;
    }
  }
  return answer;
}

std::optional<TraceAnswer> TraceCodec::read_reply(const IcmpPacket& packet, MonotonicTime received) const {
  const IcmpMessage& message = *packet.message;
  const std::uint8_t reply = message.family == Family::kIpv4 ? icmp4::kEchoReply : icmp6::kEchoReply;
  if (options_.protocol != TraceProtocol::kIcmp || message.type != reply || !message.name ||
      message.name->identifier != key_.identifier) {
    return std::nullopt;
  }
  TraceAnswer answer;
  answer.kind = TraceAnswerKind::kEchoReply;
  if (const auto tagged = read_tag(message.payload, received)) {
    answer.index = tagged->index;
    answer.hop = tagged->hop;
    answer.probe = tagged->probe;
    answer.rtt = tagged->rtt;
    return answer;
  }
  // Cut or rewritten: the sequence number has the TTL and the number, and no time.
  const Quoted quoted = read_stamp(message.name->sequence.value, received);
  answer.hop = quoted.hop;
  answer.probe = quoted.probe;
  return answer;
}

std::optional<TraceAnswer> TraceCodec::read_error(const IcmpPacket& packet, std::uint32_t interface,
                                                  MonotonicTime received) const {
  const IcmpMessage& message = *packet.message;
  if (!message.quote || message.quote->ip.fault != IpFault::kNone || message.quote->ip.fragment_offset != 0) {
    return std::nullopt;
  }
  const Address probed = zoned(message.quote->ip.destination, interface);
  const auto quoted = read_quote(*message.quote, probed, received);
  if (!quoted) {
    return std::nullopt;
  }
  TraceAnswer answer;
  answer.kind = TraceAnswerKind::kError;
  answer.probed = probed;
  answer.index = quoted->index;
  answer.hop = quoted->hop;
  answer.probe = quoted->probe;
  answer.rtt = quoted->rtt;
  answer.error = {.family = message.family, .type = message.type, .code = message.code};
  answer.mtu = message.mtu.value_or(0);
  answer.quoted_ttl = message.quote->ip.ttl;
  if (message.extensions) {
    answer.objects = message.extensions->bytes;
  }
  return answer;
}

std::optional<TraceCodec::Quoted> TraceCodec::read_quote(const IcmpQuote& quote, const Address& destination,
                                                         MonotonicTime received) const {
  const Bytes message = quote.ip.payload;
  const bool v4 = quote.ip.family == Family::kIpv4;
  constexpr std::size_t kPromised = 8;
  if (quote.ip.protocol != protocol_number(options_.protocol, quote.ip.family) ||
      message.size() < kPromised) {
    return std::nullopt;
  }
  if (options_.protocol == TraceProtocol::kTcp) {
    const auto port = load_be16(message.data());
    for (std::uint8_t flow = 0; flow < flows(); ++flow) {
      const Name name = flow_of(destination, flow);
      const Quoted quoted = read_stamp(load_be32(&message[4]) ^ name.mask, received);
      if (port == name.port && load_be16(&message[2]) == options_.port &&
          (!options_.multipath || quoted.probe == flow)) {
        return quoted;
      }
    }
    return std::nullopt;
  }
  if (const auto tagged = read_tag(message.subspan(kPromised), received)) {
    return tagged;
  }
  if (!v4) {
    return std::nullopt;  // all of our packet is quoted there (RFC 4443 2.4 c)
  }
  const bool is_icmp = options_.protocol == TraceProtocol::kIcmp;
  const std::uint32_t low = load_be16(&message[is_icmp ? kSequence : kUdpChecksum]);
  const Quoted quoted = read_stamp(quote.ip.identification << 16 | low, received);
  const Name name = flow_of(destination, quoted.probe);
  const bool is_ours =
      is_icmp ? message[0] == icmp4::kEcho && load_be16(&message[4]) == key_.identifier.value &&
                    load_be16(&message[kIcmpChecksum]) == name.checksum
              : load_be16(message.data()) == name.port && load_be16(&message[2]) == options_.port;
  return is_ours ? std::optional(quoted) : std::nullopt;
}

std::optional<TraceAnswer> TraceCodec::read_tcp(const IpHeader& ip, std::uint32_t interface,
                                                MonotonicTime received) const {
  constexpr std::size_t kLeast = 20;
  const Bytes segment = ip.payload;
  if (ip.is_fragment || segment.size() < kLeast || load_be16(segment.data()) != options_.port) {
    return std::nullopt;
  }
  const std::uint8_t flags = segment[13] & (kFlagSyn | kFlagRst | kFlagAck);
  if (flags != (kFlagSyn | kFlagAck) && flags != (kFlagRst | kFlagAck)) {
    return std::nullopt;
  }
  TraceAnswer answer;
  answer.kind = flags == (kFlagSyn | kFlagAck) ? TraceAnswerKind::kSynAck : TraceAnswerKind::kReset;
  answer.from = answer.probed = zoned(ip.source, interface);
  answer.ttl = ip.ttl;
  const std::uint32_t sequence = load_be32(&segment[8]) - 1;
  for (std::uint8_t flow = 0; flow < flows(); ++flow) {
    const Name name = flow_of(answer.from, flow);
    const Quoted quoted = read_stamp(sequence ^ name.mask, received);
    if (load_be16(&segment[2]) == name.port && (!options_.multipath || quoted.probe == flow)) {
      answer.hop = quoted.hop;
      answer.probe = quoted.probe;
      answer.rtt = quoted.rtt;
      return answer;
    }
  }
  return std::nullopt;
}

}  // namespace echosweep::packet
