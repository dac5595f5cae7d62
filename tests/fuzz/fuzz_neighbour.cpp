// Any bytes as an ARP packet (the first one even) or as an IPv6 packet: reading them must not crash or read
// outside of them, and an answer must name an address of the right family and a MAC address that a host can
// have. Packets are also tried with their checksum put right, or hardly any would get that far.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include "packet/bytes.hpp"
#include "packet/ethernet.hpp"
#include "packet/icmp.hpp"
#include "packet/neighbour.hpp"

namespace {

using echosweep::Address;
using echosweep::packet::kIpv6HeaderSize;
using echosweep::packet::NeighbourAnswer;

constexpr std::uint32_t kInterface = 3;

void require(bool held) {
  if (!held) {
    std::abort();
  }
}

void check(const std::optional<NeighbourAnswer>& answer, bool v4) {
  if (answer) {
    require(answer->address.is_v4() == v4);
    require(answer->address.zone() == (answer->address.needs_zone() ? kInterface : 0U));
    require(!answer->mac.empty() && (answer->mac.bytes[0] & 1) == 0);
  }
}

/// Puts the checksum right, if the packet says a length that it has.
void seal(std::span<std::uint8_t> packet) {
  if (packet.size() < kIpv6HeaderSize + 4) {
    return;
  }
  const std::size_t size = echosweep::packet::load_be16(&packet[4]);
  if (size < 4 || size > packet.size() - kIpv6HeaderSize) {
    return;
  }
  const auto message = packet.subspan(kIpv6HeaderSize, size);
  echosweep::packet::store_be16(&message[2], 0);
  echosweep::packet::store_be16(
      &message[2], echosweep::packet::icmpv6_checksum(Address::v6_from_bytes(&packet[8]),
                                                      Address::v6_from_bytes(&packet[24]), message));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  // A copy of its own: a read behind the last byte is seen, one in front of the first as well.
  std::vector<std::uint8_t> packet(data + 1, data + size);
  if ((data[0] & 1) == 0) {
    check(echosweep::packet::decode_arp_reply(packet), true);
    return 0;
  }
  check(echosweep::packet::decode_neighbour_advertisement(packet, kInterface), false);
  seal(packet);
  check(echosweep::packet::decode_neighbour_advertisement(packet, kInterface), false);
  return 0;
}
