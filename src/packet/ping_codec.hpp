#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "packet/node_information.hpp"
#include "packet/probe_codec.hpp"

namespace echosweep::packet {

/// What a request asks.
enum class PingRequest : std::uint8_t {
  kEcho,       ///< RFC 792, RFC 4443 4.1
  kTimestamp,  ///< RFC 792; IPv4
  kMask,       ///< RFC 950; IPv4
  kNode,       ///< RFC 4620; IPv6
};

struct PingCodecOptions {
  PingRequest request = PingRequest::kEcho;
  Identifier identifier = {};  ///< of the first target's requests
  /// Each target's identifier is one more than that of the target before it. Not on ping sockets, where the
  /// kernel writes its own.
  bool counts_identifiers = true;
  std::size_t data_size = 56;  ///< of echo requests
  /// Fills the data again and again; empty: 0, 1, 2, ... 255, 0, ...
  std::vector<std::uint8_t> pattern = {};
  NodeQuery query = {};  ///< without a subject: about the target's own address
  /// What ties the nonces of queries to us.
  std::array<std::uint8_t, 16> nonce_key = {};
};

/// Requests as ping has them. A probe's index is its target's place, its sequence is written as it is. In
/// front of IPv4 packets is room for the IP header, all zeros: the kernel writes that.
///
/// Where there is room, an echo's data begins with the time when the request leaves, as a timeval of this
/// machine (seconds and microseconds since 1970), and goes on with the pattern. A node information query has
/// a nonce of 8 bytes: sequence, identifier, and 32 bits of their keyed hash.
class PingCodec final : public ProbeCodec {
 public:
  /// Bytes of the time in front of an echo's data.
  static constexpr std::size_t kTimeSize = 16;

  explicit PingCodec(const PingCodecOptions& options);

  std::size_t packet_size(Family family) const override;
  void prepare(Family family, std::span<std::uint8_t> packet) const override;
  std::size_t encode(const Probe& probe, MonotonicTime sent_at, std::span<std::uint8_t> packet,
                     WallTime wall) const override;

  PingRequest request() const { return options_.request; }
  Identifier identifier_of(std::uint64_t target) const;
  /// What is behind the ICMP header of a request; of an echo, but for the time, in each of them the same.
  std::span<const std::uint8_t> data() const { return data_; }
  /// How many bytes of an echo's data() are the time: kTimeSize, or 0.
  std::size_t time_size() const;
  /// The fewest bytes behind the ICMP header that an untruncated reply has.
  std::size_t least_answer() const { return options_.request == PingRequest::kNode ? 0 : data_.size(); }

  /// Which request a message is about.
  struct Named {
    Identifier identifier;
    Sequence sequence;
  };
  /// Nothing: it is no reply of the kind that is asked for, or (node information) has not our nonce.
  std::optional<Named> read_reply(Family family, std::span<const std::uint8_t> message) const;
  /// The same of a request that an error quotes, as far as it does.
  std::optional<Named> read_request(Family family, std::span<const std::uint8_t> message) const;

 private:
  std::uint8_t request_type(Family family) const;
  std::uint8_t reply_type(Family family) const;
  std::optional<Named> named(std::span<const std::uint8_t> message) const;
  void write_nonce(std::uint8_t* at, Named named) const;

  PingCodecOptions options_;
  std::vector<std::uint8_t> data_;
};

}  // namespace echosweep::packet
