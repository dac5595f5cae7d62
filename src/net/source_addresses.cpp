#include "net/source_addresses.hpp"

#include <algorithm>
#include <utility>

namespace echosweep::net {

Result<SourceAddresses> SourceAddresses::open(const RouteQuery& query) {
  auto netlink = Netlink::open();
  if (!netlink) {
    return std::unexpected(netlink.error());
  }
  auto starts = route_boundaries(*netlink, Family::kIpv4);
  if (starts.empty() || starts.front() != 0) {
    starts.insert(starts.begin(), 0);
  }
  return SourceAddresses(std::move(*netlink), query, std::move(starts));
}

Address SourceAddresses::of(const Address& destination) {
  const auto after = std::ranges::upper_bound(starts_, destination.value());
  auto& known = sources_[static_cast<std::size_t>(after - starts_.begin() - 1)];
  if (!known) {
    const auto route = route_to(netlink_, destination, query_);
    if (!route || !route->source) {
      return {};  // there may be one when it is asked for again
    }
    known = *route->source;
  }
  return *known;
}

}  // namespace echosweep::net
