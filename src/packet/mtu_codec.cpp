#include "packet/mtu_codec.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"
#include "packet/offsets.hpp"

namespace echosweep::packet {

namespace {

constexpr std::uint8_t kNoOptions = 0x45;  ///< version 4, a header of five words
constexpr std::uint16_t kDontFragment = 0x4000;
/// IPv6 is tried with that at least (RFC 8200 5).
constexpr std::uint16_t kLeastIpv6 = 1280;

template <std::size_t size>
std::uint64_t keyed_hash(const std::array<std::uint8_t, size>& message,
                         const std::array<std::uint8_t, 16>& key) {
  std::array<std::uint8_t, crypto_shorthash_BYTES> hash;
  crypto_shorthash(hash.data(), message.data(), message.size(), key.data());
  return load_be64(hash.data());
}

std::uint16_t checksum_of(std::span<const std::uint8_t> bytes) {
  ChecksumSum sum;
  sum.add(bytes);
  return sum.checksum();
}

}  // namespace

std::size_t MtuCodec::packet_size(Family family) const {
  return family == Family::kIpv4 ? options_.largest
                                 : std::max(options_.largest, kLeastIpv6) - kIpv6HeaderSize;
}

void MtuCodec::prepare(Family family, std::span<std::uint8_t> packet) const {
  std::ranges::fill(packet, std::uint8_t{0});
  const bool v4 = family == Family::kIpv4;
  std::uint8_t* const icmp = packet.data() + (v4 ? kIpv4HeaderSize : 0);
  icmp[0] = v4 ? icmp4::kEcho : icmp6::kEcho;
  store_be16(icmp + 4, key_.identifier.value);
  if (v4) {
    packet[0] = kNoOptions;
    packet[1] = options_.tos.value;
    store_be16(&packet[6], kDontFragment);
    packet[9] = kProtocolIcmp;
  }
}

std::size_t MtuCodec::encode(const Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet,
                             WallTime) const {
  const bool v4 = probe.destination.is_v4();
  std::uint8_t* const icmp = packet.data() + (v4 ? kIpv4HeaderSize : 0);
  const auto time = static_cast<std::uint64_t>(sent_at.time_since_epoch().count());
  store_be16(icmp + kSequence, probe.sequence.value);
  store_be64(icmp + kIcmpHeaderSize, time);
  store_be64(icmp + kIcmpHeaderSize + 8, probe.index);
  store_be64(icmp + kIcmpHeaderSize + 16, tag(time, probe.index, probe.sequence));
  if (!v4) {
    return probe.size - kIpv6HeaderSize;
  }
  // Behind the tag are zeros: however many, they add nothing to the sum.
  store_be16(icmp + kIcmpChecksum, 0);
  store_be16(icmp + kIcmpChecksum, checksum_of({icmp, kIcmpHeaderSize + kTaggedPayload}));
  store_be16(&packet[2], probe.size);
  // Not 0, which the kernel would replace.
  store_be16(&packet[kIdentification], std::max(probe.sequence.value, std::uint16_t{1}));
  packet[8] = probe.ttl.value;
  store_be16(&packet[kHeaderChecksum], 0);
  store_be32(&packet[kSource], options_.source4.v4_value());  // somebody may have filled it in on the way out
  store_be32(&packet[kDestination], probe.destination.v4_value());
  store_be16(&packet[kHeaderChecksum], checksum_of(packet.first(kIpv4HeaderSize)));
  return probe.size;
}

Sequence MtuCodec::sequence(std::uint64_t index, std::uint16_t number) const {
  std::array<std::uint8_t, 8> message;
  store_be64(message.data(), index);
  const auto start = static_cast<std::uint16_t>(keyed_hash(message, key_.sequence_key));
  return Sequence{static_cast<std::uint16_t>(start + number)};
}

std::uint16_t MtuCodec::number(std::uint64_t index, Sequence sequence) const {
  return static_cast<std::uint16_t>(sequence.value - this->sequence(index, 0).value);
}

std::uint64_t MtuCodec::tag(std::uint64_t time, std::uint64_t index, Sequence sequence) const {
  std::array<std::uint8_t, 18> message;
  store_be64(message.data(), time);
  store_be64(message.data() + 8, index);
  store_be16(message.data() + 16, sequence.value);
  return keyed_hash(message, key_.tag_key);
}

std::optional<MtuCodec::Tagged> MtuCodec::verify(std::span<const std::uint8_t> payload,
                                                 Sequence sequence) const {
  if (payload.size() < kTaggedPayload) {
    return std::nullopt;
  }
  const std::uint64_t time = load_be64(&payload[0]);
  const std::uint64_t index = load_be64(&payload[8]);
  if (load_be64(&payload[16]) != tag(time, index, sequence)) {
    return std::nullopt;
  }
  return Tagged{.index = index,
                .sent_at = MonotonicTime(std::chrono::nanoseconds(static_cast<std::int64_t>(time)))};
}

}  // namespace echosweep::packet
