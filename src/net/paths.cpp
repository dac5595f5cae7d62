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
  zoned_.clear();
  last_ = nullptr;
  for (Gateway& gateway : gateways_) {
    gateway.in_use = false;
  }
}

bool Paths::refresh() {
  const bool has_news = changes_.has_news();
  if (has_news) {
    read_boundaries();
  }
  return has_news;
}

const Path& Paths::look_up(const Address& destination) {
  Table& of = table_of(destination);
  const auto after = std::ranges::upper_bound(of.starts, destination.value());
  const auto place = static_cast<std::size_t>(after - of.starts.begin()) - 1;
  const bool is_new = of.paths[place] == nullptr;
  if (is_new) {
    of.paths[place] = ask(destination);
  }
  const Address zero = destination.is_v4() ? Address() : Address::v6(0, destination.zone());
  last_first_ = zero.plus(of.starts[place]);
  last_span_ = (after == of.starts.end() ? max_value(destination.family()) : *after - 1) - of.starts[place];
  last_ = of.paths[place];
  if (is_new && last_->kind == Path::Kind::kAttached) {
    note_attached(last_first_, last_first_.plus(last_span_), last_->interface);
  }
  return *last_;
}

void Paths::note_attached(const Address& first, const Address& last, std::uint32_t interface) {
  const std::lock_guard lock(gateways_lock_);
  // What overlaps is from before a change of routes.
  auto old = attached_.upper_bound(first);
  if (old != attached_.begin() && std::prev(old)->second.first >= first) {
    --old;
  }
  while (old != attached_.end() && old->first <= last) {
    old = attached_.erase(old);
  }
  attached_.emplace(first, std::pair(last, interface));
}

Paths::Table& Paths::table_of(const Address& destination) {
  Table& whole = tables_[static_cast<std::size_t>(destination.family())];
  if (destination.zone() == 0) {
    return whole;
  }
  const auto [known, is_new] = zoned_.try_emplace(destination.zone());
  if (is_new) {
    known->second.starts = whole.starts;
    known->second.paths.assign(whole.starts.size(), nullptr);
  }
  return known->second;
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
  // Who names a source gets none back from the kernel.
  const auto& wished = destination.is_v4() ? query_.source4 : query_.source6;
  const auto source = wished ? wished : route->source;
  if (!route->plain || !route->link.is_ethernet() || !source || source->family() != destination.family() ||
      destination.is_multicast()) {
    return {};
  }
  if ((route->link.flags & IFF_RUNNING) == 0) {
    // No carrier: the kernel would take the packets and let them fall, without a word.
    return {.kind = Path::Kind::kNone, .error = ENETDOWN};
  }
  const bool by_gateway = route->gateway.has_value();
  Gateway* const gateway = by_gateway ? gateway_of(*route, *source) : nullptr;
  if (by_gateway && gateway == nullptr) {
    return {};
  }
  return {.kind = by_gateway ? Path::Kind::kGateway : Path::Kind::kAttached,
          .error = 0,
          .interface = route->interface,
          .mtu = route->link.mtu,
          .our_mac = route->link.mac,
          .source = *source,
          .gateway = gateway};
}

/// Nothing where we have no address to ask for it with: then the kernel has, or nobody.
Gateway* Paths::gateway_of(const Route& route, const Address& packets_source) {
  const std::uint32_t interface = route.interface;
  const Address address = route.gateway->needs_zone() ? route.gateway->with_zone(interface) : *route.gateway;
  // Not simply the packets' source: IPv4 may go by an IPv6 gateway.
  const auto way =
      route_to(netlink_, address,
               {.interface = interface, .fwmark = query_.fwmark, .tos = {}, .source4 = {}, .source6 = {}});
  const Address source = way && way->source ? *way->source : packets_source;
  if (source.family() != address.family()) {
    return nullptr;
  }
  auto known = std::ranges::find_if(gateways_, [&](const Gateway& gateway) {
    return gateway.interface == interface && gateway.address == address;
  });
  if (known == gateways_.end()) {
    const auto mac = neighbour_of(netlink_, interface, address);
    const std::lock_guard lock(gateways_lock_);
    gateways_.emplace_back(interface, address).mac = mac.value_or(MacAddress{}).value();
    known = std::prev(gateways_.end());
  }
  known->in_use = true;
  known->our_mac = route.link.mac;
  known->source = source;
  return &*known;
}

bool Paths::learn(std::uint32_t interface, const Address& address, const MacAddress& mac) {
  const std::lock_guard lock(gateways_lock_);
  for (Gateway& known : gateways_) {
    if (known.interface == interface && known.address == address && known.is_asked.exchange(false)) {
      known.mac.store(mac.value(), std::memory_order_relaxed);
    }
  }
  const auto after = attached_.upper_bound(address);
  if (after == attached_.begin()) {
    return false;
  }
  const auto& [last, asked_on] = std::prev(after)->second;
  return address <= last && interface == asked_on;
}

}  // namespace echosweep::net
