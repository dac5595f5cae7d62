// Any bytes as a packet that came in (the first one says of which family) while path MTUs are searched:
// reading it must not crash or read outside of it, and names only targets that there are. Bit 1 of the first
// byte puts our identifier where it belongs, so that more than the first comparison is reached; bit 2 has the
// search take what came of it.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/clock.hpp"
#include "modes/mtu_handler.hpp"
#include "modes/mtu_source.hpp"

namespace {

using echosweep::Address;
using echosweep::Family;
using namespace echosweep::modes;

constexpr std::uint64_t kTargets = 16;

void require(bool held) {
  if (!held) {
    std::abort();
  }
}

class StillClock final : public echosweep::Clock {
 public:
  echosweep::MonotonicTime now() const override { return echosweep::MonotonicTime(std::chrono::hours(1)); }
  echosweep::WallTime wall() const override { return echosweep::WallTime(std::chrono::hours(1)); }
  void sleep_until(echosweep::MonotonicTime) override {}
};

echosweep::targets::TargetSet some_targets() {
  echosweep::targets::TargetSetBuilder builder;
  const Address first4 = Address::v4(0xc6120000);
  const Address first6 = Address::v6(echosweep::Uint128{0xfd0000e500000000} << 64);
  builder.add({first4, first4.plus(kTargets / 2 - 1)}, false);
  builder.add({first6, first6.plus(kTargets / 2 - 1)}, false);
  return builder.build().value();
}

/// Where identifiers are: of a message behind a plain header, and of what an error behind one quotes.
void put_identifier(std::span<std::uint8_t> bytes, Family family, std::uint16_t identifier) {
  const std::size_t header = family == Family::kIpv4 ? 20 : 40;
  for (const std::size_t at : {header + 4, 2 * header + 12}) {
    if (at + 1 < bytes.size()) {
      bytes[at] = static_cast<std::uint8_t>(identifier >> 8);
      bytes[at + 1] = static_cast<std::uint8_t>(identifier);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  static const echosweep::targets::TargetSet targets = some_targets();
  static const echosweep::packet::MtuCodec codec({.identifier = {0x4e53}}, {});
  static StillClock clock;
  static MtuState state(targets, codec, {});
  const Family family = (data[0] & 1) == 0 ? Family::kIpv4 : Family::kIpv6;
  echosweep::net::CapturedPacket packet{};
  packet.family = family;
  packet.interface = 3;
  packet.received = clock.wall();
  packet.size = static_cast<std::uint16_t>(std::min(size - 1, packet.storage.size()));
  packet.wire_size = static_cast<std::uint32_t>(size - 1);
  std::copy_n(data + 1, packet.size, packet.storage.begin());
  if ((data[0] & 2) != 0) {
    put_identifier(std::span(packet.storage).first(packet.size), family, codec.identifier().value);
  }
  MtuHandler handler(state);
  echosweep::receiver::ArrivalClock arrival(clock);
  arrival.start_batch(false);
  handler.on_packets({&packet, 1}, arrival);
  MtuEvent event;
  if (!state.events.pop(event)) {
    return 0;
  }
  require(event.index < kTargets);
  require(event.from.family() == family);
  if ((data[0] & 4) != 0) {
    MtuSource source(state, [](const Address&) { return 1500U; });
    std::array<echosweep::packet::Probe, kTargets> room;
    require(source.next(clock.now(), room).probes == kTargets);
    source.left(room, clock.now());
    event.number = static_cast<std::uint16_t>(event.number % 2);
    require(state.events.push(event));
    require(source.next(clock.now(), room).probes <= 1);
  }
  return 0;
}
