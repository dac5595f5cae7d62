#include "support/fake_tx.hpp"

namespace echosweep::support {

net::SendResult FakeTx::send(std::span<const net::OutgoingPacket> packets) {
  calls_.push_back(packets.size());
  if (hook_) {
    hook_(packets);
  }
  if (refusals_left_ > 0) {
    --refusals_left_;
    return {.left = 0, .error = refusal_};
  }
  std::size_t left = 0;
  for (const net::OutgoingPacket& packet : packets) {
    if (left == most_) {
      return {.left = left, .error = most_error_};
    }
    if (const auto refused = refused_.find(packet.destination);
        refused != refused_.end() && refused->second != 0) {
      return {.left = left, .error = refused->second};
    }
    sent_.push_back({.bytes = {packet.bytes.begin(), packet.bytes.end()}, .destination = packet.destination});
    ++left;
  }
  return {.left = left, .error = 0};
}

}  // namespace echosweep::support
