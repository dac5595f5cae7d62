// Any bytes as a captured packet (the first one says which family): decoding must not crash or read outside
// of them, and what it makes of them must stay within what the handler relies on.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "packet/icmp.hpp"
#include "packet/sweep_codec.hpp"
#include "support/decoded.hpp"

namespace {

using echosweep::Address;
using echosweep::Family;
using echosweep::packet::DecodedReply;
using echosweep::packet::RequestKind;
using echosweep::support::decoded;

void require(bool held) {
  if (!held) {
    std::abort();
  }
}

void check(Family family, std::span<const std::uint8_t> packet, const DecodedReply& reply) {
  require(reply.source.family() == family && reply.probed.family() == family);
  require(reply.error || reply.source == reply.probed);
  if (reply.error) {
    const auto type = reply.error->type;
    require(reply.error->family == family);
    require(family == Family::kIpv4 ? echosweep::packet::quotes_packet4(type)
                                    : echosweep::packet::quotes_packet6(type));
    require(!word(*reply.error).empty());
  }
  require(!reply.timestamps || (!reply.error && family == Family::kIpv4 && reply.size >= 20));
  require(reply.asked == RequestKind::kEcho || family == Family::kIpv4);
  require(reply.size >= 8 && reply.size < 65536);
  // The zone of link-local addresses is the interface, and no others have one.
  for (const Address& address : {reply.source, reply.probed}) {
    require(address.zone() == (address.is_link_local_v6() ? 3U : 0U));
  }
  const auto* const begin = reply.payload.data();
  require(reply.payload.empty() ||
          (begin >= packet.data() && begin + reply.payload.size() <= packet.data() + packet.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  static const echosweep::packet::SweepCodec codec({}, {});
  const Family family = (data[0] & 1) == 0 ? Family::kIpv4 : Family::kIpv6;
  // A copy of its own: a read behind the last byte is seen, one in front of the first as well.
  const std::vector<std::uint8_t> packet(data + 1, data + size);
  const auto reply = decoded(family, packet, 3);
  if (!reply) {
    return 0;
  }
  check(family, packet, *reply);
  static_cast<void>(codec.verify(reply->payload));
  require(reply->size <= packet.size());
  // If it was cut, it was longer, and says nothing else.
  const auto longer = decoded(family, packet, 3, packet.size() + 1000);
  require(longer && longer->size >= reply->size && longer->size <= reply->size + 1000);
  require(longer->payload.size() == reply->payload.size() && longer->sequence == reply->sequence);

  // Cut anywhere, a packet says the same or less: the checksum is then unknown, and never the reason to
  // refuse.
  std::vector<std::uint8_t> shorter(packet.begin(), packet.end() - 1);
  if (const auto cut = decoded(family, shorter, 3)) {
    check(family, shorter, *cut);
    require(cut->source == reply->source && cut->probed == reply->probed && cut->error == reply->error);
    require(cut->asked == reply->asked && cut->timestamps == reply->timestamps && cut->size <= reply->size);
    require(cut->identifier == reply->identifier && cut->sequence == reply->sequence);
    require(cut->payload.size() <= reply->payload.size());
  }
  return 0;
}
