#include "cli/ping_targets.hpp"

#include <net/if.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/host_word.hpp"
#include "cli/signals.hpp"
#include "net/netlink.hpp"
#include "net/ping_sockets.hpp"
#include "net/resolver.hpp"
#include "net/routes.hpp"

namespace echosweep::cli {

namespace {

/// The link by which the kernel would send to an address that is on each link another's; 0: by none.
std::uint32_t link_towards(const Address& address, const PingCommand& command) {
  if (!command.socket.interface.empty()) {
    return if_nametoindex(command.socket.interface.c_str());
  }
  auto netlink = net::Netlink::open();
  const auto route = netlink ? net::route_to(*netlink, address, {}) : std::unexpected(netlink.error());
  if (!route || !route->local) {
    return route ? route->interface : 0;
  }
  // Our own: the kernel says lo, by which it cannot be asked.
  const auto own = net::interface_addresses();
  const auto found = std::ranges::find(
      own, address, [](const net::InterfaceAddress& each) { return each.address.with_zone(0); });
  return found == own.end() ? 0 : found->address.zone();
}

NamedTarget read_word(const std::string& word, const PingCommand& command) {
  NamedTarget target{.word = word, .is_name = false, .addresses = {}, .failure = {}};
  if (const auto address = parse_as_inet_aton(word)) {
    const bool fits = address->is_v4() ? !command.only6 : !command.only4;
    if (fits) {
      const bool needs = address->needs_zone() && address->zone() == 0;
      target.addresses = {needs ? address->with_zone(link_towards(*address, command)) : *address};
    } else {
      target.failure = "Address family for hostname not supported";
    }
  } else if (may_be_name(word)) {
    target.is_name = true;
  } else {
    target.failure = "Name or service not known";
  }
  return target;
}

}  // namespace

Result<std::vector<NamedTarget>> find_ping_targets(const PingCommand& command) {
  std::vector<NamedTarget> targets;
  targets.reserve(command.targets.size());
  for (const std::string& word : command.targets) {
    targets.push_back(read_word(word, command));
  }
  if (std::ranges::none_of(targets, &NamedTarget::is_name)) {
    return targets;
  }
  auto resolver = net::Resolver::open({});
  if (!resolver) {
    return std::unexpected(resolver.error());
  }
  for (NamedTarget& target : targets) {
    if (target.is_name) {
      resolver->lookup(target.word, command.family(), [&target](Result<std::vector<Address>> found) {
        if (found) {
          target.addresses = std::move(*found);
        } else {
          target.failure = found.error().message;
        }
      });
    }
  }
  while (resolver->pending() > 0) {
    resolver->process(std::chrono::seconds(1));
  }
  return targets;
}

}  // namespace echosweep::cli
