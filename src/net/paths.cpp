// Which way a packet goes, without asking the kernel for each.
//
// A sweep in random order asks about another address for every packet, and the kernel's answer takes 5 us.
// Yet between two neighbouring ends of routes and rules all addresses are routed alike. So the ends are read
// (a dump of all tables), and the kernel itself is asked for one address between each two of them: rules,
// marks, metrics and tables stay its business.
//
// Only what is certain goes in frames of our own: a unicast route by an Ethernet link, whose source address
// the kernel names. Everything else the kernel sends.
#include "net/paths.hpp"

#include <linux/if.h>

#include <algorithm>
#include <cerrno>

namespace echosweep::net {

Result<std::unique_ptr<Paths>> Paths::open(const RouteQuery& query) {
  auto netlink = Netlink::open();
  auto changes = Netlink::open_for_route_changes();
  if (!netlink || !changes) {
    return std::unexpected(netlink ? changes.error() : netlink.error());
  }
  return std::unique_ptr<Paths>(new Paths(std::move(*netlink), std::move(*changes), query));
}

Paths::Paths(Netlink netlink, Netlink changes, const RouteQuery& query)
    : netlink_(std::move(netlink)), changes_(std::move(changes)), query_(query) {
  read_boundaries();
}

void Paths::read_boundaries() {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    Table& of = tables_[static_cast<std::size_t>(family)];
    of.starts = route_boundaries(netlink_, family);
    of.paths.assign(of.starts.size(), nullptr);
  }
  last_ = nullptr;
}

void Paths::refresh() {
  if (changes_.has_news()) {
    read_boundaries();
  }
}

const Path& Paths::find(const Address& destination) {
  const Uint128 number = destination.value();
  if (last_ != nullptr && destination.family() == last_family_ && number >= last_first_ &&
      number <= last_last_ && destination.zone() == 0) {
    return *last_;
  }
  if (destination.zone() != 0) {
    return zoned_;  // link-local: the kernel's
  }
  Table& of = tables_[static_cast<std::size_t>(destination.family())];
  const auto after = std::ranges::upper_bound(of.starts, number);
  const auto place = static_cast<std::size_t>(after - of.starts.begin()) - 1;
  if (of.paths[place] == nullptr) {
    of.paths[place] = ask(destination);
  }
  last_family_ = destination.family();
  last_first_ = of.starts[place];
  last_last_ = after == of.starts.end() ? max_value(last_family_) : *after - 1;
  last_ = of.paths[place];
  return *last_;
}

const Path* Paths::ask(const Address& destination) {
  const Path path = make_path(destination);
  const PathKey key{path.kind, path.error, path.interface, path.mtu, path.our_mac, path.source, path.gateway};
  return &paths_.try_emplace(key, path).first->second;
}

Path Paths::make_path(const Address& destination) {
  const auto route = route_to(netlink_, destination, query_);
  if (!route) {
    switch (route.error().code) {
      case EINVAL:
      case EACCES:
      case EHOSTUNREACH:
      case ENETUNREACH:
        return {.kind = Path::Kind::kNone, .error = route.error().code};
      default:
        return {};
    }
  }
  if (!route->plain || !route->link.is_ethernet() || !route->source ||
      route->source->family() != destination.family() || destination.is_multicast()) {
    return {};
  }
  if ((route->link.flags & IFF_RUNNING) == 0) {
    // No carrier: the kernel would take the packets and let them fall, without a word.
    return {.kind = Path::Kind::kNone, .error = ENETDOWN};
  }
  const auto& wished = destination.is_v4() ? query_.source4 : query_.source6;
  const bool by_gateway = route->gateway.has_value();
  return {.kind = by_gateway ? Path::Kind::kGateway : Path::Kind::kAttached,
          .error = 0,
          .interface = route->interface,
          .mtu = route->link.mtu,
          .our_mac = route->link.mac,
          .source = wished.value_or(*route->source),
          .gateway = by_gateway ? gateway_at(route->interface, *route->gateway) : nullptr};
}

Gateway* Paths::gateway_at(std::uint32_t interface, const Address& address) {
  const Address zoned = address.needs_zone() ? address.with_zone(interface) : address;
  for (Gateway& known : gateways_) {
    if (known.interface == interface && known.address == zoned) {
      return &known;
    }
  }
  const auto mac = neighbour_of(netlink_, interface, zoned);
  const std::lock_guard lock(gateways_lock_);
  Gateway& added = gateways_.emplace_back(interface, zoned);
  added.mac = mac.value_or(MacAddress{}).value();
  return &added;
}

void Paths::learn(std::uint32_t interface, const Address& address, const MacAddress& mac) {
  const std::lock_guard lock(gateways_lock_);
  for (Gateway& known : gateways_) {
    if (known.interface == interface && known.address == address) {
      known.mac.store(mac.value(), std::memory_order_relaxed);
    }
  }
}

}  // namespace echosweep::net
