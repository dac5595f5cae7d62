#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/address.hpp"
#include "core/icmp_error.hpp"
#include "core/quantities.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_message.hpp"
#include "packet/icmp_types.hpp"
#include "packet/probe_codec.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::packet {

/// What a trace asks with.
enum class TraceProtocol : std::uint8_t {
  kIcmp,  ///< echo requests
  kUdp,   ///< datagrams to a port at which nobody should listen
  kTcp,   ///< SYNs
};

/// As the IP header has it.
constexpr std::uint8_t protocol_number(TraceProtocol protocol, Family family) {
  switch (protocol) {
    case TraceProtocol::kUdp:
      return kProtocolUdp;
    case TraceProtocol::kTcp:
      return kProtocolTcp;
    default:
      return family == Family::kIpv4 ? kProtocolIcmp : kProtocolIcmpv6;
  }
}

/// What came back.
enum class TraceAnswerKind : std::uint8_t {
  kEchoReply,
  kSynAck,
  kReset,
  kError,  ///< an ICMP error that quotes the probe
};

/// A packet that answers a probe of a trace.
struct TraceAnswer {
  TraceAnswerKind kind = TraceAnswerKind::kError;
  Address from;
  /// Which target: its address as the answer has it, and (`index`) where the probe's tag came back, its place
  /// in the target set, which then counts.
  Address probed;
  std::optional<std::uint64_t> index;
  Ttl hop;                 ///< the probe's TTL when it left
  std::uint8_t probe = 0;  ///< the probe's number
  IcmpError error;         ///< of kError
  std::uint32_t mtu = 0;   ///< of fragmentation needed and packet too big
  std::optional<std::chrono::nanoseconds> rtt;
  Ttl ttl;                                ///< of the answer, as it arrived
  std::optional<Ttl> quoted_ttl;          ///< the probe's, when it met its end
  std::span<const std::uint8_t> objects;  ///< RFC 4884 8: all objects, with their headers
};

struct TraceCodecOptions {
  TraceProtocol protocol = TraceProtocol::kIcmp;
  std::uint16_t port = 0;  ///< of UDP and TCP
  std::size_t size =
      60;  ///< bytes of a whole packet, from kSmallest on; IPv6: at least kSmallest6. TCP: those
  Tos tos{};
  bool dont_fragment = false;
  bool multipath = false;  ///< each probe number is a flow of its own; else a target is one flow
  std::chrono::nanoseconds wait = std::chrono::seconds(5);  ///< answers come within it
  std::optional<Address> source4;
  /// The source address of packets to a target: UDP's and TCP's checksums need it. Where source4 is set, it
  /// is not asked. Sender thread only.
  std::function<Address(const Address&)> find_source4;
};

/// Writes a trace's probes and reads what comes back. trace_codec.cpp tells what lies where, and what it
/// proves. IPv4 packets are whole, but for what the kernel fills in (header checksum, source); IPv6 packets
/// start behind the IP header, and their checksum is the kernel's. A probe's `pass` is its number.
class TraceCodec final : public ProbeCodec {
 public:
  static constexpr std::size_t kSmallest = 60;
  static constexpr std::size_t kSmallest6 = 80;
  /// Probe numbers are below this.
  static constexpr std::uint8_t kProbeNumbers = 15;

  TraceCodec(const RunKey& key, TraceCodecOptions options);

  std::size_t packet_size(Family family) const override;
  void prepare(Family family, std::span<std::uint8_t> packet) const override;
  std::size_t encode(const Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet,
                     WallTime wall) const override;

  /// What a captured packet, from the IP header on, answers; nothing: none of our probes. Total: any bytes of
  /// any length give an answer, and nothing outside is read; spans of the result point into the packet.
  /// `interface` becomes the zone of link-local addresses.
  std::optional<TraceAnswer> read(Family family, std::span<const std::uint8_t> packet,
                                  std::uint32_t interface, std::size_t wire_size,
                                  MonotonicTime received) const;

  /// A libpcap filter expression for what can answer.
  std::string capture_filter() const;
  TraceProtocol protocol() const { return options_.protocol; }

 private:
  static constexpr std::size_t kUdpChecksum = 6;            ///< its place
  static constexpr std::size_t kTagged = 24;                ///< payload bytes under the tag, the tag included
  static constexpr std::uint64_t kTimes = (1U << 20) - 16;  ///< of the stamp
  static constexpr std::uint32_t kFirstTime = 16;
  static constexpr std::uint64_t kPreciseTimes = (std::uint64_t{1} << 48) - 1;  ///< of the tagged payload

  /// What a probe says besides its address, and what all probes of its flow share.
  struct Name {
    std::uint32_t stamp = 0;  ///< time, TTL and number
    std::uint16_t checksum = 0;
    std::uint16_t port = 0;
    std::uint32_t mask = 0;
  };
  struct Quoted {
    std::optional<std::uint64_t> index;
    Ttl hop;
    std::uint8_t probe = 0;
    std::optional<std::chrono::nanoseconds> rtt;
  };

  std::size_t message_size(Family family) const;
  std::size_t payload_at() const;
  Name flow_of(const Address& destination, std::uint8_t probe) const;
  /// Those of a target.
  std::uint8_t flows() const { return options_.multipath ? kProbeNumbers : std::uint8_t{1}; }
  std::uint32_t stamp(MonotonicTime sent_at, Ttl hop, std::uint8_t probe) const;
  Quoted read_stamp(std::uint32_t stamp, MonotonicTime received) const;
  void write_tag(const Probe& probe, MonotonicTime sent_at, std::uint8_t* payload) const;
  std::optional<Quoted> read_tag(std::span<const std::uint8_t> payload, MonotonicTime received) const;
  Address source_for(const Address& destination) const;
  void encode_message(const Probe& probe, const Address& source, MonotonicTime sent_at, const Name& name,
                      std::span<std::uint8_t> message) const;
  void balance(std::span<std::uint8_t> message, const Address& source, const Address& destination,
               std::uint16_t sum) const;

  std::optional<TraceAnswer> read_reply(const IcmpPacket& packet, MonotonicTime received) const;
  std::optional<TraceAnswer> read_error(const IcmpPacket& packet, std::uint32_t interface,
                                        MonotonicTime received) const;
  std::optional<Quoted> read_quote(const IcmpQuote& quote, const Address& destination,
                                   MonotonicTime received) const;
  std::optional<TraceAnswer> read_tcp(const IpHeader& ip, std::uint32_t interface,
                                      MonotonicTime received) const;

  RunKey key_;
  TraceCodecOptions options_;
  std::chrono::nanoseconds unit_;  ///< of the stamp's time
};

}  // namespace echosweep::packet
