#include "packet/ping_codec.hpp"

#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"
#include "packet/offsets.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::packet {

namespace {

constexpr std::size_t kTimesSize = 12;
constexpr std::size_t kMaskSize = 4;
constexpr std::size_t kAddressSize = 16;

std::size_t header_room(Family family) {
  return family == Family::kIpv4 ? kIpv4HeaderSize : 0;
}

/// In this machine's byte order: nobody else reads it.
void write_time(std::uint8_t* at, WallTime wall) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(wall);
  const std::int64_t whole = seconds.time_since_epoch().count();
  const std::int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(wall - seconds).count();
  std::memcpy(at, &whole, sizeof whole);
  std::memcpy(at + sizeof whole, &us, sizeof us);
}

std::vector<std::uint8_t> echo_data(const PingCodecOptions& options) {
  std::vector<std::uint8_t> data(options.data_size);
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] =
        options.pattern.empty() ? static_cast<std::uint8_t>(i) : options.pattern[i % options.pattern.size()];
  }
  return data;
}

/// Nonce and subject; room for the target's address where nothing else is the subject.
std::vector<std::uint8_t> node_data(const NodeQuery& query) {
  std::vector<std::uint8_t> data(kNodeHeader - kIcmpHeaderSize);
  data.insert(data.end(), query.subject.begin(), query.subject.end());
  data.resize(data.size() + (query.subject.empty() ? kAddressSize : 0));
  return data;
}

}  // namespace

PingCodec::PingCodec(const PingCodecOptions& options) : options_(options) {
  switch (options.request) {
    case PingRequest::kEcho:
      data_ = echo_data(options);
      break;
    case PingRequest::kTimestamp:
      data_.resize(kTimesSize);
      break;
    case PingRequest::kMask:
      data_.resize(kMaskSize);
      break;
    case PingRequest::kNode:
      data_ = node_data(options.query);
      break;
  }
}

Identifier PingCodec::identifier_of(std::uint64_t target) const {
  const auto further = options_.counts_identifiers ? target : 0;
  return Identifier{static_cast<std::uint16_t>(options_.identifier.value + further)};
}

std::size_t PingCodec::time_size() const {
  return options_.request == PingRequest::kEcho && data_.size() >= kTimeSize ? kTimeSize : 0;
}

std::uint8_t PingCodec::request_type(Family family) const {
  switch (options_.request) {
    case PingRequest::kTimestamp:
      return icmp4::kTimestamp;
    case PingRequest::kMask:
      return icmp4::kMaskRequest;
    case PingRequest::kNode:
      return kNodeQuery;
    default:
      return family == Family::kIpv4 ? icmp4::kEcho : icmp6::kEcho;
  }
}

std::uint8_t PingCodec::reply_type(Family family) const {
  switch (options_.request) {
    case PingRequest::kTimestamp:
      return icmp4::kTimestampReply;
    case PingRequest::kMask:
      return icmp4::kMaskReply;
    case PingRequest::kNode:
      return kNodeReply;
    default:
      return family == Family::kIpv4 ? icmp4::kEchoReply : icmp6::kEchoReply;
  }
}

std::size_t PingCodec::packet_size(Family family) const {
  return header_room(family) + kIcmpHeaderSize + data_.size();
}

void PingCodec::prepare(Family family, std::span<std::uint8_t> packet) const {
  std::ranges::fill(packet, std::uint8_t{0});
  const auto message = packet.subspan(header_room(family));
  message[0] = request_type(family);
  if (options_.request == PingRequest::kNode) {
    message[1] = options_.query.subject_code;
    store_be16(&message[kIdentifier], static_cast<std::uint16_t>(options_.query.type));
    store_be16(&message[kSequence], options_.query.flags);
  }
  std::ranges::copy(data_, message.begin() + kIcmpHeaderSize);
}

std::size_t PingCodec::encode(const Probe& probe, MonotonicTime, std::span<std::uint8_t> packet,
                              WallTime wall) const {
  const Family family = probe.destination.family();
  const auto message = packet.subspan(header_room(family));
  const Named named{.identifier = identifier_of(probe.index), .sequence = probe.sequence};
  if (options_.request == PingRequest::kNode) {
    write_nonce(&message[kNodeNonce], named);
    if (options_.query.subject.empty()) {
      std::ranges::copy(probe.destination.bytes(), &message[kNodeHeader]);
    }
    return packet.size();
  }
  store_be16(&message[kIdentifier], named.identifier.value);
  store_be16(&message[kSequence], named.sequence.value);
  if (options_.request == PingRequest::kTimestamp) {
    store_be32(&message[kIcmpHeaderSize], milliseconds_since_midnight(wall));
  } else if (time_size() > 0) {
    write_time(&message[kIcmpHeaderSize], wall);
  }
  if (family == Family::kIpv4) {  // IPv6: the kernel's, who knows the source address
    store_be16(&message[kIcmpChecksum], 0);
    ChecksumSum sum;
    sum.add(message);
    store_be16(&message[kIcmpChecksum], sum.checksum());
  }
  return packet.size();
}

void PingCodec::write_nonce(std::uint8_t* at, Named named) const {
  static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8);
  constexpr std::size_t kHashed = 4;
  store_be16(at, named.sequence.value);
  store_be16(at + 2, named.identifier.value);
  std::array<std::uint8_t, crypto_shorthash_BYTES> hash;
  crypto_shorthash(hash.data(), at, kHashed, options_.nonce_key.data());
  std::copy_n(hash.begin(), kHashed, at + kHashed);
}

std::optional<PingCodec::Named> PingCodec::named(std::span<const std::uint8_t> message) const {
  if (options_.request != PingRequest::kNode) {
    return Named{.identifier = Identifier{load_be16(&message[kIdentifier])},
                 .sequence = Sequence{load_be16(&message[kSequence])}};
  }
  if (message.size() < kNodeHeader) {
    return std::nullopt;
  }
  const Named claimed{.identifier = Identifier{load_be16(&message[kNodeNonce + 2])},
                      .sequence = Sequence{load_be16(&message[kNodeNonce])}};
  std::array<std::uint8_t, kNodeHeader - kNodeNonce> nonce{};
  write_nonce(nonce.data(), claimed);
  const auto there = message.subspan(kNodeNonce, nonce.size());
  return std::ranges::equal(there, nonce) ? std::optional(claimed) : std::nullopt;
}

std::optional<PingCodec::Named> PingCodec::read_reply(Family family,
                                                      std::span<const std::uint8_t> message) const {
  const bool is_one = message.size() >= kIcmpHeaderSize && message[0] == reply_type(family);
  return is_one ? named(message) : std::nullopt;
}

std::optional<PingCodec::Named> PingCodec::read_request(Family family,
                                                        std::span<const std::uint8_t> message) const {
  const bool is_one = message.size() >= kIcmpHeaderSize && message[0] == request_type(family);
  return is_one ? named(message) : std::nullopt;
}

}  // namespace echosweep::packet
