#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "packet/icmp.hpp"
#include "packet/probe_codec.hpp"

namespace echosweep::packet {

/// What is random in a run, so that nobody can answer for a host without having seen its probe.
struct RunKey {
  Identifier identifier;
  std::array<std::uint8_t, 16> tag_key{};       ///< what ties the send time to the tag: a multiplier
  std::array<std::uint8_t, 16> sequence_key{};  ///< SipHash-2-4 of target and pass: sequence, rest of the tag

  /// From the kernel's random numbers (libsodium).
  static Result<RunKey> random();
};

/// As ICMP timestamps say it (RFC 792): milliseconds since midnight UT.
std::uint32_t milliseconds_since_midnight(WallTime wall);

struct SweepCodecOptions {
  RequestKind request = RequestKind::kEcho;
  std::size_t payload_size = 18;  ///< of echo requests
  Ttl ttl{64};
  Tos tos{};
  bool dont_fragment = false;
  bool random_payload = false;  ///< fill what lies behind the tag with random bytes instead of zeros
  /// The sequence numbers are the probes' own instead of keyed hashes.
  bool given_sequences = false;
  Address source4{};  ///< 0.0.0.0: the kernel fills in the route's
};

/// Writes a run's requests and proves that a reply answers one of them.
///
/// The payload's first 18 bytes, network byte order: send time (6, nanoseconds of CLOCK_MONOTONIC modulo
/// 2^48, 78 hours), target index (5), pass (1), tag (6). A smaller payload carries none of them.
///
/// Timestamp requests (RFC 792) carry none either: three times of 4 bytes, of which the first is the send
/// time. IPv6 has no such request; do not give it any.
class SweepCodec final : public ProbeCodec {
 public:
  /// What the identity takes, and the most that still fits into Ethernet's minimum frame (IPv4).
  static constexpr std::size_t kTaggedPayload = 18;
  /// An IPv4 packet is at most 65,535 bytes long.
  static constexpr std::size_t kMaxPayload = 65507;

  SweepCodec(const RunKey& key, const SweepCodecOptions& options);

  std::size_t packet_size(Family family) const override { return packet_template(family).size(); }
  void prepare(Family family, std::span<std::uint8_t> packet) const override;
  /// Writes destination, identification, sequence, time, index, pass, tag and checksums. `wall` is what
  /// timestamp requests say.
  std::size_t encode(const Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet,
                     WallTime wall = {}) const override;

  /// The keyed sequence number of a probe, where it is not given: what an ICMP error with 8 quoted bytes is
  /// recognised by.
  Sequence sequence(std::uint64_t index, Pass pass) const;
  Identifier identifier() const { return key_.identifier; }
  RequestKind request() const { return options_.request; }
  bool tags_payload() const {
    return options_.request == RequestKind::kEcho && options_.payload_size >= kTaggedPayload;
  }

  /// What a tag proves: this very probe was seen by whoever sent the payload back.
  struct Tagged {
    std::uint64_t index = 0;
    Pass pass;
    std::chrono::nanoseconds sent_at_mod48{0};
  };
  /// Nothing where the payload is too short or its tag wrong.
  std::optional<Tagged> verify(std::span<const std::uint8_t> payload) const;

  /// The time from the send time in a tag to `received`, in [0, 2^48) ns.
  static std::chrono::nanoseconds round_trip(const Tagged& tagged, MonotonicTime received);

  /// A libpcap filter expression for what can answer this run's probes: replies with its identifier,
  /// and every ICMP error (what they quote, the decoder checks).
  std::string capture_filter() const;

 private:
  const std::vector<std::uint8_t>& packet_template(Family family) const {
    return family == Family::kIpv4 ? template4_ : template6_;
  }
  /// The keyed hash of a probe, in two parts.
  struct Hashed {
    Sequence sequence;
    std::uint64_t hidden = 0;  ///< 48 bits, in the packet only as a part of the tag
  };
  Hashed hash(std::uint64_t index, Pass pass) const;
  std::uint64_t tag(const Hashed& hashed, std::uint64_t time) const;

  RunKey key_;
  SweepCodecOptions options_;
  Uint128 time_key_;  ///< the tag_key as a number
  std::vector<std::uint8_t> template4_;
  std::vector<std::uint8_t> template6_;
  std::uint16_t ip_checksum4_ = 0;    ///< of the template's header
  std::uint16_t icmp_checksum4_ = 0;  ///< of the template's ICMP message
};

}  // namespace echosweep::packet
