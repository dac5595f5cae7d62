// Which request a packet answers.
//
// A raw socket hears everybody's replies, and requests carry an identifier of the target's own: that names
// the target. Of a single target, a reply from another address is believed and told of. The identifiers of
// many are so many that other programs' may be among them: there the address must be right, too, unless the
// target is one that many may answer for. A ping socket hears what answers its one identifier,
// which the kernel has written: there the source names the target, and a reply from an address that nobody
// asked can only be put down to a target that many may answer for, or to the only one of its family.
//
// When a request left is known here, by its sequence number. What was never sent is not answered: such a
// reply is dropped. (ping believes the time in the payload, and counts any sequence number.)
#include "modes/ping_handler.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "packet/bytes.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/icmp_types.hpp"
#include "packet/ip_header.hpp"
#include "packet/node_information.hpp"
#include "packet/sweep_codec.hpp"

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using Bytes = std::span<const std::uint8_t>;

constexpr nanoseconds kUntilTaken = 200us;
/// Where half of all sequence numbers are later, a sequence number is not one of the latest.
constexpr std::uint16_t kHalf = 0x7fff;

bool complains(Family family, std::uint8_t type) {
  return family == Family::kIpv4 ? packet::quotes_packet4(type) : packet::quotes_packet6(type);
}

/// A redirect or a source quench does not say that the request is lost.
bool is_error(Family family, std::uint8_t type) {
  return family == Family::kIpv6 ||
         (type != packet::icmp4::kRedirect && type != packet::icmp4::kSourceQuench);
}

bool sums_up(Bytes message) {
  packet::ChecksumSum sum;
  sum.add(message);
  return sum.checksum() == 0;
}

/// RFC 4291 2.6.1: any router of the subnet answers, by an address of its own.
bool is_any_router(const Address& address) {
  return !address.is_v4() && static_cast<std::uint64_t>(address.value()) == 0;
}

std::optional<ping::WrongData> compare(Bytes data, Bytes expected, std::size_t from) {
  for (std::size_t i = from; i < std::min(data.size(), expected.size()); ++i) {
    if (data[i] != expected[i]) {
      return ping::WrongData{.at = i, .expected = expected[i], .found = data[i]};
    }
  }
  return std::nullopt;
}

/// With the zone, where the address means nothing without.
Address keyed(const Address& address, std::uint32_t zone) {
  return address.with_zone(address.needs_zone() ? zone : 0);
}

std::vector<std::uint8_t> copy_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

PingHandler::PingHandler(PingState& state, bool own_identifiers)
    : state_(state), own_identifiers_(own_identifiers), ewma_eighths_(state.targets.size()) {
  for (std::size_t i = 0; i < state.targets.size(); ++i) {
    const Address& address = state.targets[i].target.address;
    by_address_.emplace(keyed(address, address.zone()), i);
    const auto [there, is_new] = by_unzoned_.emplace(address.with_zone(0), i);
    if (!is_new) {
      there->second = std::nullopt;
    }
  }
}

void PingHandler::on_packets(std::span<const net::CapturedPacket> packets,
                             const receiver::ArrivalClock& arrival) {
  for (const net::CapturedPacket& packet : packets) {
    const auto message = read(packet, arrival);
    if (!message) {
      continue;
    }
    if (const auto named = state_.codec.read_reply(packet.family, message->bytes)) {
      take_reply(*message, *named);
    } else if (complains(packet.family, message->bytes[0])) {
      take_complaint(*message);
    }
  }
}

std::optional<PingHandler::Message> PingHandler::read(const net::CapturedPacket& packet,
                                                      const receiver::ArrivalClock& arrival) const {
  const Bytes whole = packet.whole.empty() ? packet.bytes() : packet.whole;
  const packet::IpHeader ip = packet::read_ip_header(packet.family, whole, packet.wire_size);
  const std::uint8_t protocol =
      packet.family == Family::kIpv4 ? packet::kProtocolIcmp : packet::kProtocolIcmpv6;
  if (ip.fault != packet::IpFault::kNone || ip.protocol != protocol ||
      ip.payload.size() < packet::kIcmpHeaderSize) {
    return std::nullopt;
  }
  // The kernel has summed ICMPv6, and what a ping socket gets.
  const bool may_be_wrong = packet.family == Family::kIpv4 && own_identifiers_;
  return Message{.packet = packet,
                 .source = ip.source.needs_zone() ? ip.source.with_zone(packet.interface) : ip.source,
                 .ttl = ip.ttl.value != 0 ? std::optional(ip.ttl) : std::nullopt,
                 .options = ip.options,
                 .bytes = ip.payload,
                 .bad_checksum = may_be_wrong && !sums_up(ip.payload),
                 .received = state_.options.as_read ? arrival.read_at() : arrival.convert(packet.received)};
}

std::optional<std::size_t> PingHandler::target_of_other_address(Family family) const {
  std::optional<std::size_t> only;
  bool several = false;
  for (std::size_t i = 0; i < state_.targets.size(); ++i) {
    const PingTarget& target = state_.targets[i].target;
    if (target.address.family() == family) {
      if (target.many_answer) {
        return i;
      }
      several = several || only.has_value();
      only = i;
    }
  }
  return several ? std::nullopt : only;
}

std::optional<std::size_t> PingHandler::target_of(Identifier identifier, const Address& address,
                                                  std::uint32_t interface) const {
  if (own_identifiers_) {
    const auto first = state_.codec.identifier_of(0).value;
    const std::size_t target = static_cast<std::uint16_t>(identifier.value - first);
    const bool ours =
        target < state_.targets.size() && state_.targets[target].target.address.family() == address.family();
    return ours ? std::optional(target) : std::nullopt;
  }
  if (const auto found = by_address_.find(keyed(address, interface)); found != by_address_.end()) {
    return found->second;
  }
  const auto found = by_unzoned_.find(address.with_zone(0));
  return found == by_unzoned_.end() ? std::nullopt : found->second;
}

void PingHandler::take_reply(const Message& message, const packet::PingCodec::Named& named) {
  auto target = target_of(named.identifier, message.source, message.packet.interface);
  if (!target && !own_identifiers_) {
    target = target_of_other_address(message.source.family());
  }
  if (!target) {
    return;
  }
  PingProgress& progress = state_.targets[*target];
  const Address& asked = progress.target.address;
  const bool is_other =
      !progress.target.many_answer && !is_any_router(asked) && message.source.value() != asked.value();
  if (is_other && own_identifiers_ && state_.targets.size() > 1) {
    return;
  }
  const Sequence sequence = named.sequence;
  const auto sent =
      message.bad_checksum ? progress.times.find(sequence) : progress.times.take_answer(sequence);
  if (!sent) {
    return;
  }
  const nanoseconds rtt = std::max(0ns, message.received - sent->at);
  const Bytes data = message.bytes.subspan(packet::kIcmpHeaderSize);
  ping::Reply reply{.from = message.source,
                    .sequence = sequence,
                    .identifier = named.identifier,
                    .size = message.bytes.size(),
                    .ttl = message.ttl,
                    .rtt = rtt,
                    .duplicate = !sent->first && !message.bad_checksum,
                    .bad_checksum = message.bad_checksum,
                    .other_address = is_other,
                    .truncated = data.size() < state_.codec.least_answer(),
                    .wrong_data = {},
                    .options = copy_of(message.options),
                    .data = {},
                    .times = {},
                    .arrived = 0,
                    .mask = {},
                    .node = {}};
  if (!reply.truncated) {
    read_answer(message, data, reply);
  }
  std::uint32_t pipe = 0;
  if (!message.bad_checksum) {
    pipe = acknowledge(progress, sequence);
    adapt(*target, rtt);
    if (!reply.duplicate) {
      progress.answers.fetch_add(1, std::memory_order_relaxed);
    }
  }
  hand_over(*target, message, pipe, std::move(reply));
}

/// What a reply that is long enough says.
void PingHandler::read_answer(const Message& message, Bytes data, ping::Reply& reply) const {
  const Bytes expected = state_.codec.data();
  switch (state_.codec.request()) {
    case packet::PingRequest::kEcho:
      reply.wrong_data = compare(data, expected, state_.codec.time_size());
      if (reply.wrong_data) {
        reply.data = copy_of(data.first(expected.size()));
      }
      break;
    case packet::PingRequest::kTimestamp:
      reply.times = {.originate = packet::load_be32(&data[0]),
                     .receive = packet::load_be32(&data[4]),
                     .transmit = packet::load_be32(&data[8])};
      reply.arrived = packet::milliseconds_since_midnight(message.packet.received);
      break;
    case packet::PingRequest::kMask:
      reply.mask = packet::load_be32(data.data());
      break;
    case packet::PingRequest::kNode:
      reply.node = packet::read_node_message(message.bytes);
      break;
  }
}

void PingHandler::take_complaint(const Message& message) {
  const Bytes quoted = message.bytes.subspan(packet::kIcmpHeaderSize);
  const Family family = message.packet.family;
  const packet::IpHeader ip = packet::read_ip_header(family, quoted, 0);
  // What a fragment's quote has behind the IP header may be anything.
  if (ip.fault != packet::IpFault::kNone || ip.fragment_offset != 0) {
    return;
  }
  const auto named = state_.codec.read_request(family, ip.payload);
  const auto target =
      named ? target_of(named->identifier, ip.destination, message.packet.interface) : std::nullopt;
  if (!target || state_.targets[*target].target.address.value() != ip.destination.value()) {
    return;
  }
  PingProgress& progress = state_.targets[*target];
  const Sequence sequence = named->sequence;
  if (!progress.times.find(sequence) || message.bad_checksum) {
    return;
  }
  constexpr std::size_t kInfo = 4;
  ping::Complaint complaint{.from = message.source,
                            .sequence = sequence,
                            .type = message.bytes[0],
                            .code = message.bytes[1],
                            .info = packet::load_be32(&message.bytes[kInfo]),
                            .is_error = is_error(family, message.bytes[0]),
                            .quoted = copy_of(quoted)};
  std::uint32_t pipe = 0;
  if (complaint.is_error) {
    pipe = acknowledge(progress, sequence);
    progress.errors.fetch_add(1, std::memory_order_relaxed);
    progress.answers.fetch_add(1, std::memory_order_relaxed);
  }
  hand_over(*target, message, pipe, std::move(complaint));
}

/// How many requests were on their way, this one included; 0: it is too old to tell.
std::uint32_t PingHandler::acknowledge(PingProgress& progress, Sequence sequence) {
  const auto made = static_cast<std::uint16_t>(progress.made.load(std::memory_order_acquire));
  const auto since = static_cast<std::uint16_t>(made - sequence.value);
  if (since > kHalf) {
    return 0;
  }
  const std::uint16_t before = progress.acknowledged.load(std::memory_order_relaxed);
  const bool later = static_cast<std::uint16_t>(sequence.value - before - 1) < kHalf;
  const bool before_is_old = static_cast<std::uint16_t>(made - before) > kHalf;
  if (later || before_is_old) {
    progress.acknowledged.store(sequence.value, std::memory_order_release);
  }
  return std::uint32_t{since} + 1;
}

/// ping's rule: an interval is the smoothed round trip, in whole milliseconds, so that one request is on its
/// way at a time.
void PingHandler::adapt(std::size_t target, nanoseconds rtt) {
  if (!state_.options.adaptive) {
    return;
  }
  const std::int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(rtt).count();
  std::int64_t& ewma = ewma_eighths_[target];
  ewma = ewma == 0 ? us * 8 : ewma + us - ewma / 8;
  const auto interval = std::chrono::milliseconds((ewma / 8 + 500) / 1000);
  state_.targets[target].interval_ns.store(
      std::max<nanoseconds>(interval, state_.options.shortest_interval).count(), std::memory_order_relaxed);
}

void PingHandler::hand_over(std::size_t target, const Message& message, std::uint32_t pipe,
                            ping::Event what) {
  auto outcome = std::make_unique<ping::Outcome>(ping::Outcome{.target = target,
                                                               .when = message.received,
                                                               .wall = message.packet.received,
                                                               .pipe = pipe,
                                                               .packet = {},
                                                               .what = std::move(what)});
  if (state_.options.keep_packets) {
    const net::CapturedPacket& packet = message.packet;
    outcome->packet = copy_of(packet.whole.empty() ? packet.bytes() : packet.whole);
  }
  while (!state_.from_receiver.push(outcome)) {
    if (state_.stop_requests.load(std::memory_order_relaxed) > 0) {
      return;
    }
    std::this_thread::sleep_for(kUntilTaken);
  }
}

}  // namespace echosweep::modes
