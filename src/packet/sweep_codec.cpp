// How a reply is tied to its probe.
//
// The identifier is one random number per run: one instruction of the kernel's capture filter then keeps out
// everybody else's pings. It is public, though; anyone who has seen one probe knows it. So the payload
// carries the target's index, the pass and the send time under a keyed tag (SipHash-2-4, cut to 48 bits):
// whoever sends that payload back has seen this very probe, whatever source address the reply has, and
// neither index nor time can have been altered. The send time needs no table on our side.
//
// Two things can take the payload away. An ICMP error is only promised to quote 8 bytes of our message (type,
// code, checksum, identifier, sequence); and some hosts answer with a payload cut off or rewritten. For both,
// the sequence number is a keyed hash of target and pass: with the quoted destination (or the reply's source)
// naming the target, one hash per pass tells whether the sequence is the one that we sent there. That proves
// less, 32 bits in all, and gives no round trip.
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

namespace echosweep::packet {

namespace {

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8);

// Where things lie in an IPv4 header.
constexpr std::size_t kIdentification = 4;
constexpr std::size_t kHeaderChecksum = 10;
constexpr std::size_t kSource = 12;
constexpr std::size_t kDestination = 16;
// Where things lie in an ICMP echo message.
constexpr std::size_t kIcmpChecksum = 2;
constexpr std::size_t kSequence = 6;
// Where things lie in the payload, and how long they are.
constexpr std::size_t kIndexAt = 6;
constexpr std::size_t kPassAt = 11;
constexpr std::size_t kTagAt = 12;
constexpr int kTimeBytes = 6;
constexpr int kIndexBytes = 5;
constexpr int kTagBytes = 6;
constexpr std::uint64_t kMask48 = (std::uint64_t{1} << 48) - 1;

std::uint64_t siphash(std::span<const std::uint8_t> bytes, const std::array<std::uint8_t, 16>& key) {
  std::array<std::uint8_t, 8> hash{};
  crypto_shorthash(hash.data(), bytes.data(), bytes.size(), key.data());
  return load_be(hash.data(), 8);
}

std::vector<std::uint8_t> echo_request(std::uint8_t type, Identifier identifier, std::size_t payload_size) {
  std::vector<std::uint8_t> message(kIcmpHeaderSize + payload_size);
  message[0] = type;
  store_be16(&message[4], identifier.value);
  return message;
}

std::vector<std::uint8_t> ipv4_header(const SweepCodecOptions& options) {
  std::vector<std::uint8_t> header(kIpv4HeaderSize);
  header[0] = 0x45;
  header[1] = options.tos.value;
  store_be16(&header[2],
             static_cast<std::uint16_t>(kIpv4HeaderSize + kIcmpHeaderSize + options.payload_size));
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

/// The checksum of bytes whose checksum was `before` while the words of `patched` were still zero.
std::uint16_t checksum_with(std::uint16_t before, std::span<const std::uint8_t> patched,
                            std::uint16_t patched_word) {
  ChecksumSum sum;
  sum.add_word(static_cast<std::uint16_t>(~before));
  sum.add(patched);
  sum.add_word(patched_word);
  return sum.checksum();
}

}  // namespace

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

SweepCodec::SweepCodec(const RunKey& key, const SweepCodecOptions& options) : key_(key), options_(options) {
  const auto icmp4 = echo_request(kEchoRequest4, key.identifier, options.payload_size);
  template4_ = ipv4_header(options);
  template4_.insert(template4_.end(), icmp4.begin(), icmp4.end());
  template6_ = echo_request(kEchoRequest6, key.identifier, options.payload_size);
  if (options.random_payload) {
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

void SweepCodec::encode(const Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet) const {
  const bool v4 = probe.destination.is_v4();
  const std::uint16_t sequence_number = sequence(probe.index, probe.pass).value;
  const std::span<std::uint8_t> icmp = packet.subspan(v4 ? kIpv4HeaderSize : 0);
  store_be16(&icmp[kSequence], sequence_number);
  std::span<const std::uint8_t> patched;
  if (tags_payload()) {
    const auto payload = icmp.subspan(kIcmpHeaderSize, kTaggedPayload);
    const auto time = static_cast<std::uint64_t>(sent_at.time_since_epoch().count());
    store_be(&payload[0], time & kMask48, kTimeBytes);
    store_be(&payload[kIndexAt], probe.index, kIndexBytes);
    payload[kPassAt] = probe.pass.value;
    store_be(&payload[kTagAt], tag(payload.first(kTagAt)), kTagBytes);
    patched = payload;
  }
  if (!v4) {
    return;  // the kernel sums IPv6: only it knows the source address
  }
  store_be16(&icmp[kIcmpChecksum], checksum_with(icmp_checksum4_, patched, sequence_number));
  // Not zero: the kernel would look for one, at 10-20% of the cost of sending. Any other will do, since
  // packets that may be fragmented go through a socket whose headers the kernel writes.
  const std::uint16_t identification = sequence_number == 0 ? 1 : sequence_number;
  store_be16(&packet[kIdentification], identification);
  store_be32(&packet[kSource], options_.source4.v4_value());  // somebody may have filled it in on the way out
  store_be32(&packet[kDestination], probe.destination.v4_value());
  store_be16(&packet[kHeaderChecksum],
             checksum_with(ip_checksum4_, packet.subspan(kDestination, 4), identification));
}

Sequence SweepCodec::sequence(std::uint64_t index, Pass pass) const {
  std::array<std::uint8_t, 9> message{};
  store_be(message.data(), index, 8);
  message[8] = pass.value;
  return Sequence{static_cast<std::uint16_t>(siphash(message, key_.sequence_key))};
}

std::uint64_t SweepCodec::tag(std::span<const std::uint8_t> tagged_bytes) const {
  return siphash(tagged_bytes, key_.tag_key) & kMask48;
}

std::optional<SweepCodec::Tagged> SweepCodec::verify(std::span<const std::uint8_t> payload) const {
  if (!tags_payload() || payload.size() < kTaggedPayload ||
      load_be(&payload[kTagAt], kTagBytes) != tag(payload.first(kTagAt))) {
    return std::nullopt;
  }
  return Tagged{.index = load_be(&payload[kIndexAt], kIndexBytes),
                .pass = Pass{payload[kPassAt]},
                .sent_at_mod48 = std::chrono::nanoseconds(load_be(&payload[0], kTimeBytes))};
}

std::chrono::nanoseconds SweepCodec::round_trip(const Tagged& tagged, MonotonicTime received) {
  const auto now = static_cast<std::uint64_t>(received.time_since_epoch().count());
  const auto sent = static_cast<std::uint64_t>(tagged.sent_at_mod48.count());
  return std::chrono::nanoseconds((now - sent) & kMask48);
}

std::string SweepCodec::capture_filter() const {
  return fmt::format(
      "(icmp and ((icmp[0] = 0 and icmp[4:2] = {0}) or icmp[0] = 3 or icmp[0] = 4 or icmp[0] = 5 or "
      "icmp[0] = 11 or icmp[0] = 12)) or "
      "(ip6 and ip6[6] = 58 and ((ip6[40] = 129 and ip6[44:2] = {0}) or (ip6[40] >= 1 and ip6[40] <= 4))) or "
      "(ip6 and (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60))",
      key_.identifier.value);
}

}  // namespace echosweep::packet
