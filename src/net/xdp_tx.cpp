#include "net/xdp_tx.hpp"

#include <fmt/format.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/fd.hpp"

namespace echosweep::net {

namespace {

/// The longest frame that an interface takes, without a VLAN tag. The driver would drop a longer one.
Result<std::size_t> longest_frame(const std::string& interface) {
  const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (!fd || ioctl(fd.get(), SIOCGIFMTU, &request) != 0) {
    return fail_errno(fmt::format("cannot learn the MTU of {}", interface), errno);
  }
  return static_cast<std::size_t>(request.ifr_mtu) + sizeof(ether_header);
}

}  // namespace

Result<std::unique_ptr<XdpTx>> XdpTx::open(std::span<const std::uint32_t> interfaces) {
  std::unique_ptr<XdpTx> tx(new XdpTx);
  for (const std::uint32_t interface : interfaces) {
    std::array<char, IF_NAMESIZE> name{};
    if (if_indextoname(interface, name.data()) == nullptr) {
      return fail_errno(fmt::format("cannot find the interface with index {} (see 'ip link')", interface),
                        errno);
    }
    const auto longest = longest_frame(name.data());
    if (!longest) {
      return std::unexpected(longest.error());
    }
    auto rings = open_xsk_rings(name.data());
    if (!rings) {
      return std::unexpected(rings.error());
    }
    tx->ports_.push_back(
        {.interface = interface, .queue = std::make_unique<XskQueue>(std::move(*rings), *longest)});
  }
  return tx;
}

XskQueue* XdpTx::queue_of(std::uint32_t interface) const {
  const auto found = std::ranges::find(ports_, interface, &Port::interface);
  return found == ports_.end() ? nullptr : found->queue.get();
}

SendResult XdpTx::send(std::span<const OutgoingFrame> frames) {
  std::size_t left = 0;
  while (left < frames.size()) {
    const std::uint32_t interface = frames[left].interface;
    const auto rest = frames.subspan(left);
    const auto other =
        std::ranges::find_if(rest, [&](const OutgoingFrame& frame) { return frame.interface != interface; });
    XskQueue* const queue = queue_of(interface);
    if (queue == nullptr) {
      return {.left = left, .error = ENXIO};
    }
    const SendResult run = queue->send(rest.first(static_cast<std::size_t>(other - rest.begin())));
    left += run.left;
    if (run.error != 0) {
      return {.left = left, .error = run.error};
    }
  }
  return {.left = left, .error = 0};
}

std::size_t XdpTx::flush() {
  std::size_t waiting = 0;
  for (const Port& port : ports_) {
    waiting += port.queue->flush();
  }
  return waiting;
}

std::string_view XdpTx::mode(std::uint32_t interface) const {
  const XskQueue* const queue = queue_of(interface);
  return queue == nullptr ? "" : queue->zero_copy() ? "zero-copy" : "copy";
}

}  // namespace echosweep::net
