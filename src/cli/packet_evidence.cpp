#include "cli/packet_evidence.hpp"

#include <utility>

#include "cli/messages.hpp"
#include "packet/ethernet.hpp"
#include "report/output.hpp"

namespace echosweep::cli {

report::Packet as_written(const net::CapturedPacket& packet) {
  const std::uint16_t ethertype = packet.is_arp                    ? packet::kEthertypeArp
                                  : packet.family == Family::kIpv4 ? packet::kEthertypeIpv4
                                                                   : packet::kEthertypeIpv6;
  return {.received = packet.received,
          .interface = packet.interface,
          .ethertype = ethertype,
          .bytes = packet.bytes(),
          .wire_size = packet.wire_size};
}

Result<PacketEvidence> PacketEvidence::open(const std::string& file) {
  PacketEvidence evidence;
  if (file.empty()) {
    return evidence;
  }
  auto out = report::Output::create(file);
  if (!out) {
    return std::unexpected(out.error());
  }
  evidence.sink_.emplace(std::move(*out));
  if (auto done = evidence.sink_->begin({}); !done) {
    return std::unexpected(done.error());
  }
  return evidence;
}

void PacketEvidence::take(const report::Packet& packet) {
  if (sink_ && is_whole_) {
    note(sink_->packet(packet));
  }
}

void PacketEvidence::flush() {
  if (sink_ && is_whole_) {
    note(sink_->flush());
  }
}

bool PacketEvidence::close() {
  if (sink_ && is_whole_) {
    note(sink_->end({}));
  }
  sink_.reset();
  return is_whole_;
}

void PacketEvidence::note(const Result<void>& done) {
  if (!done) {
    complain(done.error().message);
    is_whole_ = false;
  }
}

}  // namespace echosweep::cli
