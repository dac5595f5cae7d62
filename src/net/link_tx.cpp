#include "net/link_tx.hpp"

#include <algorithm>

namespace echosweep::net {

Result<void> LinkTx::use_xdp(std::uint32_t interface) {
  auto opened = XdpTx::open(std::span(&interface, 1));
  if (!opened) {
    return std::unexpected(opened.error());
  }
  const bool zero_copy = (*opened)->mode(interface) == "zero-copy";
  ports_.push_back({.interface = interface, .tx = std::move(*opened), .zero_copy = zero_copy});
  return {};
}

const LinkTx::Port* LinkTx::port_of(std::uint32_t interface) const {
  const auto found = std::ranges::find(ports_, interface, &Port::interface);
  return found == ports_.end() ? nullptr : &*found;
}

SendResult LinkTx::send(std::span<const OutgoingFrame> frames) {
  std::size_t left = 0;
  while (left < frames.size()) {
    const Port* const port = port_of(frames[left].interface);
    std::size_t end = left + 1;
    while (end < frames.size() && port_of(frames[end].interface) == port) {
      ++end;
    }
    const auto run = frames.subspan(left, end - left);
    const SendResult sent = port != nullptr ? port->tx->send(run) : packet_.send(run);
    (port == nullptr   ? counts_.by_packet
     : port->zero_copy ? counts_.by_xdp_zero_copy
                       : counts_.by_xdp) += sent.left;
    left += sent.left;
    if (sent.error != 0) {
      return {.left = left, .error = sent.error};
    }
  }
  return {.left = left, .error = 0};
}

std::size_t LinkTx::flush() {
  std::size_t waiting = 0;
  for (const Port& port : ports_) {
    waiting += port.tx->flush();
  }
  return waiting;
}

}  // namespace echosweep::net
