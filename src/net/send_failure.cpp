#include "net/send_failure.hpp"

#include <fmt/format.h>
#include <linux/if.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

namespace echosweep::net {

namespace {

std::optional<long> read_number(const char* path) {
  std::ifstream file(path);
  long number = 0;
  if (file >> number) {
    return number;
  }
  return std::nullopt;
}

bool connection_tracking_is_full() {
  const auto count = read_number("/proc/sys/net/netfilter/nf_conntrack_count");
  const auto limit = read_number("/proc/sys/net/netfilter/nf_conntrack_max");
  // Early drop keeps the table hovering just below its limit.
  return count && limit && *limit > 0 && *count >= *limit - *limit / 20;
}

SendFailure explain_full(const Address& target, const RouteQuery& query, bool kernel_resolves) {
  auto netlink = Netlink::open();
  const auto route = netlink ? route_to(*netlink, target, query) : Result<Route>(fail(""));
  if (!route) {
    return {.reason = "No buffer space available", .advice = "", .on_link_only = false};
  }
  if ((route->link.flags & IFF_RUNNING) == 0) {
    return {.reason = fmt::format("{} has no carrier", route->link.name),
            .advice = fmt::format("see 'ip link show {}'", route->link.name),
            .on_link_only = false};
  }
  if (kernel_resolves && route->needs_neighbour()) {
    const char* const family = target.is_v4() ? "ipv4" : "ipv6";
    return {.reason = "neighbour table full",
            .advice = fmt::format("{} is directly attached, and the kernel holds no more neighbours: "
                                  "sudo sysctl -w net.{}.neigh.default.gc_thresh3=131072",
                                  route->link.name, family),
            .on_link_only = true};
  }
  return {.reason = fmt::format("the queue of {} does not move", route->link.name),
          .advice = fmt::format("see 'tc -s qdisc show dev {}'", route->link.name),
          .on_link_only = false};
}

/// ARP or neighbour discovery got no answer from the next hop.
SendFailure explain_no_gateway(const Address& target, const RouteQuery& query) {
  auto netlink = Netlink::open();
  const auto route = netlink ? route_to(*netlink, target, query) : Result<Route>(fail(""));
  if (!route || !route->gateway) {
    return {.reason = "the gateway does not answer", .advice = "", .on_link_only = false};
  }
  return {
      .reason = "the gateway does not answer",
      .advice = fmt::format("{} on {} says nothing to {}: see 'ip neigh'", to_string(*route->gateway),
                            route->link.name, route->gateway->is_v4() ? "ARP" : "neighbour solicitations"),
      .on_link_only = false};
}

SendFailure explain_no_link(const Address& target, std::string reason) {
  return {.reason = std::move(reason),
          .advice = fmt::format("its interface went down or away: see 'ip route get {}'", to_string(target)),
          .on_link_only = false};
}

}  // namespace

SendFailure explain_send_failure(int error, const Address& target, const RouteQuery& query,
                                 bool kernel_resolves) {
  if ((error == EPERM || error == ENOBUFS) && connection_tracking_is_full()) {
    return {
        .reason = "connection tracking table full",
        .advice =
            "unanswered echoes fill the firewall's table: exempt them (nft … icmp type echo-request notrack) "
            "or sudo sysctl -w net.netfilter.nf_conntrack_max=1048576",
        .on_link_only = false};
  }
  std::string reason = std::strerror(error);
  switch (error) {
    case ENOBUFS:
    case EAGAIN:
      return explain_full(target, query, kernel_resolves);
    case EHOSTDOWN:
      return explain_no_gateway(target, query);
    case ENETDOWN:
    case ENXIO:
    case ENODEV:
      return explain_no_link(target, std::move(reason));
    case EPERM:
      return {
          .reason = std::move(reason),
          .advice = "this machine's firewall refuses echo requests on their way out: see 'nft list ruleset'",
          .on_link_only = false};
    case EACCES:
      return {.reason = std::move(reason),
              .advice = fmt::format("a prohibit route or a firewall stands in the way: see 'ip route get {}'",
                                    to_string(target)),
              .on_link_only = false};
    case EINVAL: {
      auto netlink = Netlink::open();
      const auto route = netlink ? route_to(*netlink, target, query) : Result<Route>(fail(""));
      if (route && route->needs_neighbour() && !target.is_v4()) {
        return explain_full(target, query,
                            kernel_resolves);  // IPv6 says EINVAL for a neighbour that it cannot hold
      }
      return {.reason = std::move(reason),
              .advice = fmt::format("a blackhole route stands in the way: see 'ip route get {}'",
                                    to_string(target)),
              .on_link_only = false};
    }
    case ENETUNREACH:
    case EHOSTUNREACH:
      return {
          .reason = std::move(reason),
          .advice = fmt::format("this machine has no route there: see 'ip route get {}'", to_string(target)),
          .on_link_only = false};
    case EMSGSIZE:
      return {.reason = std::move(reason),
              .advice = "the packet is larger than the interface's MTU: a smaller -b, or no -M",
              .on_link_only = false};
    default:
      return {.reason = std::move(reason), .advice = "", .on_link_only = false};
  }
}

}  // namespace echosweep::net
