// How an answer says which probe it answers, when it may quote no more than 8 bytes of it.
//
// Routers that spread packets over several paths choose by the fields that all packets of a flow share:
// ports, and for ICMP the first four bytes (type, code, checksum). A trace whose probes differ there sees
// hops of different paths as one path. So these fields are the same for all probes of a target, and what
// tells the probes apart is elsewhere: a stamp of 32 bits, made of the send time (20 bits), the TTL (8) and
// the probe's number (4). In an IPv4 error that quotes only 8 bytes of ours it stands
//
//   ICMP   upper half: IP identification    lower half: sequence number
//   UDP    upper half: IP identification    lower half: checksum
//   TCP    sequence number, all of it, under the flow's mask
//
// and two bytes of the payload are chosen so that the ICMP checksum stays what it was, or the UDP checksum
// becomes what it shall be (the idea of Augustin et al., "Avoiding traceroute anomalies with Paris
// traceroute", 2006). The time's unit is such that it does not come round while an answer is waited for: 7 us
// for a wait of 5 s. Its lowest 16 values are left out: the identification is never 0, which the kernel would
// replace.
//
// What a flow's packets share is keyed (SipHash of the destination): the ICMP checksum, the source port of
// UDP and TCP, the mask. With the random identifier of the run, whoever has not seen a probe must guess 32
// bits to answer for a router (ICMP); 15 and those of a probe under way (UDP); 15 and a number under the mask
// (TCP).
//
// The payload says all of it again, and precisely: send time in nanoseconds, target index, TTL, number, under
// a tag of 64 bits. It counts where it comes back: in echo replies, in what IPv6 quotes, and by routers that
// quote more than they must (RFC 1812 4.3.2.3). Then the quoted destination may be another than ours (NAT).
#include "packet/trace_codec.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"
#include "packet/offsets.hpp"

namespace echosweep::packet {

namespace {

using std::chrono::nanoseconds;
using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kTcpHeader = 40;  ///< with the options of an ordinary SYN
constexpr std::uint8_t kSyn = 0x02;
constexpr std::size_t kTcpChecksum = 16;

ChecksumSum sum_of(Bytes bytes) {
  ChecksumSum sum;
  sum.add(bytes);
  return sum;
}

/// RFC 768, RFC 9293 3.1: what is summed besides the message.
void add_pseudo_header4(ChecksumSum& sum, const Address& source, const Address& destination,
                        std::uint8_t protocol, std::size_t size) {
  sum.add_words(source.v4_value());
  sum.add_words(destination.v4_value());
  sum.add_word(protocol);
  sum.add_word(static_cast<std::uint16_t>(size));
}

/// What an ordinary SYN says: the largest segment, SACK, timestamps, window scaling.
void write_syn_options(std::uint8_t* at) {
  constexpr std::array<std::uint8_t, 20> kOptions = {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0,
                                                     0, 1, 0,    0,    0, 0, 1, 3,  3, 7};
  std::ranges::copy(kOptions, at);
}

}  // namespace

TraceCodec::TraceCodec(const RunKey& key, TraceCodecOptions options)
    : key_(key), options_(std::move(options)) {
  using namespace std::chrono_literals;
  options_.size = std::max(options_.size, kSmallest);
  const nanoseconds range = options_.wait * 5 / 4 + 1s;
  unit_ = nanoseconds(range.count() / static_cast<std::int64_t>(kTimes) + 1);
}

std::size_t TraceCodec::message_size(Family family) const {
  if (options_.protocol == TraceProtocol::kTcp) {
    return kTcpHeader;
  }
  return family == Family::kIpv4 ? options_.size - kIpv4HeaderSize
                                 : std::max(options_.size, kSmallest6) - kIpv6HeaderSize;
}

std::size_t TraceCodec::payload_at() const {
  return options_.protocol == TraceProtocol::kUdp ? kUdpHeader : kIcmpHeaderSize;
}

std::size_t TraceCodec::packet_size(Family family) const {
  return message_size(family) + (family == Family::kIpv4 ? kIpv4HeaderSize : 0);
}

void TraceCodec::prepare(Family family, std::span<std::uint8_t> packet) const {
  std::ranges::fill(packet, std::uint8_t{0});
  std::uint8_t* message = packet.data();
  if (family == Family::kIpv4) {
    packet[0] = 0x45;
    packet[1] = options_.tos.value;
    store_be16(&packet[2], static_cast<std::uint16_t>(packet_size(family)));
    store_be16(&packet[6], options_.dont_fragment ? 0x4000 : 0);
    packet[9] = protocol_number(options_.protocol, family);
    message += kIpv4HeaderSize;
  }
  switch (options_.protocol) {
    case TraceProtocol::kIcmp:
      message[0] = family == Family::kIpv4 ? icmp4::kEcho : icmp6::kEcho;
      store_be16(message + 4, key_.identifier.value);
      break;
    case TraceProtocol::kUdp:
      store_be16(message + 2, options_.port);
      store_be16(message + 4, static_cast<std::uint16_t>(message_size(family)));
      break;
    case TraceProtocol::kTcp:
      store_be16(message + 2, options_.port);
      message[12] = kTcpHeader / 4 << 4;
      message[13] = kSyn;
      store_be16(message + 14, 64240);
      write_syn_options(message + 20);
      break;
  }
}

TraceCodec::Name TraceCodec::flow_of(const Address& destination, std::uint8_t probe) const {
  std::array<std::uint8_t, 17> message{};
  std::ranges::copy(destination.bytes(), message.begin());
  message[16] = options_.multipath ? static_cast<std::uint8_t>(probe + 1) : std::uint8_t{0};
  std::array<std::uint8_t, 8> bytes;
  crypto_shorthash(bytes.data(), message.data(), message.size(), key_.sequence_key.data());
  const std::uint64_t hash = load_be64(bytes.data());
  // 0xffff is no sum of anything but zeros.
  return {.stamp = 0,
          .checksum = std::min(static_cast<std::uint16_t>(hash >> 48), std::uint16_t{0xfffe}),
          .port = static_cast<std::uint16_t>(0x8000 | hash >> 32),
          .mask = static_cast<std::uint32_t>(hash)};
}

std::uint32_t TraceCodec::stamp(MonotonicTime sent_at, Ttl hop, std::uint8_t probe) const {
  const auto units = static_cast<std::uint64_t>(sent_at.time_since_epoch() / unit_);
  const auto time = static_cast<std::uint32_t>(units % kTimes) + kFirstTime;
  return time << 12 | std::uint32_t{hop.value} << 4 | probe;
}

void TraceCodec::write_tag(const Probe& probe, MonotonicTime sent_at, std::uint8_t* payload) const {
  const std::uint64_t time = static_cast<std::uint64_t>(sent_at.time_since_epoch().count()) & kPreciseTimes;
  store_be64(payload, time << 16 | (probe.index >> 24 & 0xffff));
  store_be64(payload + 8, (probe.index & 0xffffff) << 40 | std::uint64_t{probe.ttl.value} << 32 |
                              std::uint64_t{probe.pass.value} << 24);
  crypto_shorthash(payload + 16, payload, 16, key_.tag_key.data());
}

/// Two bytes of the payload make the checksum what it shall be.
void TraceCodec::balance(std::span<std::uint8_t> message, const Address& source, const Address& destination,
                         std::uint16_t checksum) const {
  ChecksumSum sum = sum_of(message);
  sum.add_word(checksum);
  if (options_.protocol == TraceProtocol::kUdp && destination.is_v4()) {
    add_pseudo_header4(sum, source, destination, kProtocolUdp, message.size());
  }
  store_be16(&message[payload_at() + kTagged], sum.checksum());
}

/// The address that an IPv4 header has and its checksums cover; 0.0.0.0: the kernel's choice.
Address TraceCodec::source_for(const Address& destination) const {
  if (options_.source4 || options_.protocol == TraceProtocol::kIcmp) {
    return options_.source4.value_or(Address{});
  }
  return options_.find_source4(destination);
}

void TraceCodec::encode_message(const Probe& probe, const Address& source, MonotonicTime sent_at,
                                const Name& name, std::span<std::uint8_t> message) const {
  const bool v4 = probe.destination.is_v4();
  const auto low = static_cast<std::uint16_t>(name.stamp);
  if (options_.protocol == TraceProtocol::kTcp) {
    store_be16(message.data(), name.port);
    store_be32(&message[4], name.stamp ^ name.mask);
    store_be16(&message[kTcpChecksum], 0);
    if (v4) {
      ChecksumSum sum = sum_of(message);
      add_pseudo_header4(sum, source, probe.destination, kProtocolTcp, message.size());
      store_be16(&message[kTcpChecksum], sum.checksum());
    }
    return;
  }
  const bool is_icmp = options_.protocol == TraceProtocol::kIcmp;
  const std::size_t checksum_at = is_icmp ? kIcmpChecksum : kUdpChecksum;
  is_icmp ? store_be16(&message[kSequence], low) : store_be16(message.data(), name.port);
  write_tag(probe, sent_at, &message[payload_at()]);
  store_be16(&message[payload_at() + kTagged], 0);
  store_be16(&message[checksum_at], 0);
  // The kernel sums IPv6: what it gets is the flow's own number plus the addresses.
  const std::uint16_t checksum = v4 && !is_icmp ? low : name.checksum;
  balance(message, source, probe.destination, checksum);
  if (v4) {
    store_be16(&message[checksum_at], checksum);
  }
}

std::size_t TraceCodec::encode(const Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet,
                               WallTime) const {
  const Family family = probe.destination.family();
  packet = packet.first(packet_size(family));
  Name name = flow_of(probe.destination, probe.pass.value);
  name.stamp = stamp(sent_at, probe.ttl, probe.pass.value);
  Address source;
  if (family == Family::kIpv4) {
    source = source_for(probe.destination);
    store_be16(&packet[kIdentification], static_cast<std::uint16_t>(name.stamp >> 16));
    packet[8] = probe.ttl.value;
    store_be32(&packet[kSource], source.v4_value());
    store_be32(&packet[kDestination], probe.destination.v4_value());
  }
  encode_message(probe, source, sent_at, name, packet.last(message_size(family)));
  return packet.size();
}

std::string TraceCodec::capture_filter() const {
  // Extension headers may hide ICMPv6, which the filter language does not look behind.
  constexpr std::string_view kErrors =
      "(icmp and (icmp[0] = 3 or icmp[0] = 11 or icmp[0] = 12)) or "
      "(ip6 and ip6[6] = 58 and ip6[40] >= 1 and ip6[40] <= 4) or "
      "(ip6 and (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60))";
  switch (options_.protocol) {
    case TraceProtocol::kIcmp:
      return fmt::format(
          "(icmp and icmp[0] = 0 and icmp[4:2] = {0}) or "
          "(ip6 and ip6[6] = 58 and ip6[40] = 129 and ip6[44:2] = {0}) or {1}",
          key_.identifier.value, kErrors);
    case TraceProtocol::kTcp:
      return fmt::format(
          "(ip and tcp and tcp[0:2] = {0} and tcp[2:2] >= 32768 and tcp[13] & 6 != 0) or "
          "(ip6 and ip6[6] = 6 and ip6[40:2] = {0} and ip6[42:2] >= 32768 and ip6[53] & 6 != 0) or {1}",
          options_.port, kErrors);
    default:
      return std::string(kErrors);
  }
}

}  // namespace echosweep::packet
