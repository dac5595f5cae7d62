// How a reply is tied to its probe.
//
// The identifier is one random number per run: one instruction of the kernel's capture filter then keeps out
// everybody else's pings. It is public, though; anyone who has seen one probe knows it. So the payload
// carries the target's index, the pass and the send time under a keyed tag of 48 bits: whoever sends that
// payload back has seen this very probe, whatever source address the reply has, and neither index, pass nor
// time can have been altered. The send time needs no table on our side.
//
// Two things can take the payload away. An ICMP error is only promised to quote 8 bytes of our message (type,
// code, checksum, identifier, sequence); and some hosts answer with a payload cut off or rewritten. For both,
// the sequence number is a keyed hash of target and pass: with the quoted destination (or the reply's source)
// naming the target, one hash per pass tells whether the sequence is the one that we sent there. That proves
// less, 32 bits in all, and gives no round trip.
//
// One SipHash per probe gives both, in the way of Wegman and Carter ("New hash functions and their use in
// authentication and set equality", 1981). The hash of (index, pass), which no two probes share, is 64 bits
// that look random to whoever has not the key, however many others he has seen: 16 of them are the sequence
// number, and the other 48 hide a second, cheap hash, of the time:
//
//   tag = (key x time mod 2^128) / 2^80 + hidden bits, mod 2^48
//
// Who has not seen a probe must guess its hidden bits: 1 in 2^48 a try. Who has seen it, and wants to answer
// with another time, must know how much the product's top 48 bits change. Times x and y differ by an odd
// number times 2^k, k < 48, so key x (x - y) runs evenly through the multiples of 2^k for a random key: its
// top 48 bits are any number with the same chance, and a carry from below them adds 1 or nothing, which makes
// it 2 in 2^48 a try. The product stays hidden, because the bits that hide it are used once. A probe that
// could not leave is made again with a new time, but only one of the two is ever seen. (If both were, who saw
// them could say that his own reply was faster than it was; nothing else.)
//
// Timestamp requests have no payload: there the sequence number is all that there is.
//
// A packet is made once and then patched. The checksum of the fixed part is kept, and each probe adds the
// words that it writes: RFC 1624's incremental update, with old values that are all zero.
#include "packet/sweep_codec.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"
#include "packet/offsets.hpp"

namespace echosweep::packet {

namespace {

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8);

/// Target index (5 bytes) and pass (1): what is hashed.
constexpr std::size_t kHashedBytes = 6;
constexpr std::uint64_t kMask48 = (std::uint64_t{1} << 48) - 1;

std::vector<std::uint8_t> start_message(std::uint8_t type, Identifier identifier, std::size_t size) {
  std::vector<std::uint8_t> message(size);
  message[0] = type;
  store_be16(&message[4], identifier.value);
  return message;
}

std::vector<std::uint8_t> ipv4_header(const SweepCodecOptions& options, std::size_t message_size) {
  std::vector<std::uint8_t> header(kIpv4HeaderSize);
  header[0] = 0x45;
  header[1] = options.tos.value;
  store_be16(&header[2], static_cast<std::uint16_t>(kIpv4HeaderSize + message_size));
  store_be16(&header[6], options.dont_fragment ? 0x4000 : 0);
  header[8] = options.ttl.value;
  header[9] = kProtocolIcmp;
  store_be32(&header[12], options.source4.v4_value());
  return header;
}

std::uint16_t checksum_of(std::span<const std::uint8_t> bytes) {
  ChecksumSum sum;
  sum.add(bytes);
  return sum.checksum();
}

/// The sum of bytes whose checksum this is, to add the words to that were still zero.
ChecksumSum sum_behind(std::uint16_t checksum) {
  ChecksumSum sum;
  sum.add_word(static_cast<std::uint16_t>(~checksum));
  return sum;
}

}  // namespace

std::uint32_t milliseconds_since_midnight(WallTime wall) {
  const auto since_midnight = wall - std::chrono::floor<std::chrono::days>(wall);
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since_midnight).count());
}

Result<RunKey> RunKey::random() {
  if (sodium_init() < 0) {
    return fail("cannot start libsodium: no random numbers from this kernel");
  }
  RunKey key;
  // Not 0, which on a ping socket asks the kernel to choose.
  key.identifier = Identifier{static_cast<std::uint16_t>(1 + randombytes_uniform(0xffff))};
  randombytes_buf(key.tag_key.data(), key.tag_key.size());
  randombytes_buf(key.sequence_key.data(), key.sequence_key.size());
  return key;
}

SweepCodec::SweepCodec(const RunKey& key, const SweepCodecOptions& options)
    : key_(key),
      options_(options),
      time_key_(Uint128{load_be64(key.tag_key.data())} << 64 | load_be64(key.tag_key.data() + 8)) {
  const bool is_echo = options.request == RequestKind::kEcho;
  const std::size_t echo_size = kIcmpHeaderSize + options.payload_size;
  const auto icmp4 = is_echo ? start_message(icmp4::kEcho, key.identifier, echo_size)
                             : start_message(icmp4::kTimestamp, key.identifier, kIcmpTimestampSize);
  template4_ = ipv4_header(options, icmp4.size());
  template4_.insert(template4_.end(), icmp4.begin(), icmp4.end());
  template6_ = start_message(icmp6::kEcho, key.identifier, echo_size);
  if (is_echo && options.random_payload) {
    const std::size_t kept = tags_payload() ? kTaggedPayload : 0;
    const std::size_t random = options.payload_size - kept;
    randombytes_buf(template4_.data() + kIpv4HeaderSize + kIcmpHeaderSize + kept, random);
    randombytes_buf(template6_.data() + kIcmpHeaderSize + kept, random);
  }
  const std::span<const std::uint8_t> whole4 = template4_;
  ip_checksum4_ = checksum_of(whole4.first(kIpv4HeaderSize));
  icmp_checksum4_ = checksum_of(whole4.subspan(kIpv4HeaderSize));
}

void SweepCodec::prepare(Family family, std::span<std::uint8_t> packet) const {
  std::ranges::copy(packet_template(family), packet.begin());
}

std::size_t SweepCodec::encode(const Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet,
                               WallTime wall) const {
  const bool v4 = probe.destination.is_v4();
  const Hashed hashed = hash(probe.index, probe.pass);
  const std::uint16_t sequence_number =
      options_.given_sequences ? probe.sequence.value : hashed.sequence.value;
  std::uint8_t* const icmp = packet.data() + (v4 ? kIpv4HeaderSize : 0);
  store_be16(icmp + kSequence, sequence_number);
  ChecksumSum icmp_sum = sum_behind(icmp_checksum4_);
  icmp_sum.add_word(sequence_number);
  if (tags_payload()) {
    // The 18 bytes as two numbers of 8 and one of 2: time 48 bits, index 16 | 24, pass 8, tag 32 | 16.
    const std::uint64_t time = static_cast<std::uint64_t>(sent_at.time_since_epoch().count()) & kMask48;
    const std::uint64_t tagged = tag(hashed, time);
    const std::uint64_t first = time << 16 | (probe.index >> 24 & 0xffff);
    const std::uint64_t second =
        (probe.index & 0xffffff) << 40 | std::uint64_t{probe.pass.value} << 32 | tagged >> 16;
    const auto third = static_cast<std::uint16_t>(tagged);
    std::uint8_t* const payload = icmp + kIcmpHeaderSize;
    store_be64(payload, first);
    store_be64(payload + 8, second);
    store_be16(payload + 16, third);
    icmp_sum.add_words(first);
    icmp_sum.add_words(second);
    icmp_sum.add_word(third);
  }
  if (!v4) {
    return template6_.size();  // the kernel sums IPv6: only it knows the source address
  }
  if (options_.request == RequestKind::kTimestamp) {
    const std::uint32_t originate = milliseconds_since_midnight(wall);
    store_be32(icmp + kIcmpHeaderSize, originate);
    icmp_sum.add_words(originate);
  }
  store_be16(icmp + kIcmpChecksum, icmp_sum.checksum());
  // Not zero: the kernel would look for one, at 10-20% of the cost of sending. Any other will do, since
  // packets that may be fragmented go through a socket whose headers the kernel writes.
  const std::uint16_t identification = sequence_number == 0 ? 1 : sequence_number;
  const std::uint32_t destination = probe.destination.v4_value();
  store_be16(&packet[kIdentification], identification);
  store_be32(&packet[kSource], options_.source4.v4_value());  // somebody may have filled it in on the way out
  store_be32(&packet[kDestination], destination);
  ChecksumSum header_sum = sum_behind(ip_checksum4_);
  header_sum.add_word(identification);
  header_sum.add_words(destination);
  store_be16(&packet[kHeaderChecksum], header_sum.checksum());
  return template4_.size();
}

SweepCodec::Hashed SweepCodec::hash(std::uint64_t index, Pass pass) const {
  std::array<std::uint8_t, kHashedBytes> message;
  store_be32(message.data(), static_cast<std::uint32_t>(index >> 8));
  store_be16(message.data() + 4, static_cast<std::uint16_t>(index << 8 | pass.value));
  std::array<std::uint8_t, 8> bytes;
  crypto_shorthash(bytes.data(), message.data(), message.size(), key_.sequence_key.data());
  const std::uint64_t number = load_be64(bytes.data());
  return {.sequence = Sequence{static_cast<std::uint16_t>(number >> 48)}, .hidden = number & kMask48};
}

Sequence SweepCodec::sequence(std::uint64_t index, Pass pass) const {
  return hash(index, pass).sequence;
}

std::uint64_t SweepCodec::tag(const Hashed& hashed, std::uint64_t time) const {
  const auto product = static_cast<std::uint64_t>(time_key_ * time >> 80);
  return (product + hashed.hidden) & kMask48;
}

std::optional<SweepCodec::Tagged> SweepCodec::verify(std::span<const std::uint8_t> payload) const {
  if (!tags_payload() || payload.size() < kTaggedPayload) {
    return std::nullopt;
  }
  // As encode() writes it.
  const std::uint64_t first = load_be64(&payload[0]);
  const std::uint64_t second = load_be64(&payload[8]);
  const std::uint64_t time = first >> 16;
  const std::uint64_t index = (first & 0xffff) << 24 | second >> 40;
  const Pass pass{static_cast<std::uint8_t>(second >> 32)};
  const std::uint64_t claimed = (second & 0xffffffff) << 16 | load_be16(&payload[16]);
  if (claimed != tag(hash(index, pass), time)) {
    return std::nullopt;
  }
  return Tagged{.index = index, .pass = pass, .sent_at_mod48 = std::chrono::nanoseconds(time)};
}

std::chrono::nanoseconds SweepCodec::round_trip(const Tagged& tagged, MonotonicTime received) {
  const auto now = static_cast<std::uint64_t>(received.time_since_epoch().count());
  const auto sent = static_cast<std::uint64_t>(tagged.sent_at_mod48.count());
  return std::chrono::nanoseconds((now - sent) & kMask48);
}

std::string SweepCodec::capture_filter() const {
  return fmt::format(
      "(icmp and ((icmp[0] = {1} and icmp[4:2] = {0}) or icmp[0] = 3 or icmp[0] = 4 or icmp[0] = 5 or "
      "icmp[0] = 11 or icmp[0] = 12)) or "
      "(ip6 and ip6[6] = 58 and ((ip6[40] = 129 and ip6[44:2] = {0}) or (ip6[40] >= 1 and ip6[40] <= 4))) or "
      "(ip6 and (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60))",
      key_.identifier.value,
      options_.request == RequestKind::kEcho ? icmp4::kEchoReply : icmp4::kTimestampReply);
}

}  // namespace echosweep::packet
