#include "net/routes.hpp"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addrlabel.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace echosweep::net {

namespace {

std::optional<Address> read_address(const nlattr& attribute, std::uint32_t interface) {
  const auto* const bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(&attribute));
  switch (mnl_attr_get_payload_len(&attribute)) {
    case 4:
      return Address::v4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
                         std::uint32_t{bytes[2]} << 8 | bytes[3]);
    case 16: {
      const Address address = Address::v6_from_bytes(bytes);
      return address.needs_zone() ? address.with_zone(interface) : address;
    }
    default:
      return std::nullopt;
  }
}

/// RTA_VIA: a gateway of the other family (RFC 5549): two bytes of family, then the address.
std::optional<Address> read_via(const nlattr& attribute) {
  const auto* const bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(&attribute));
  if (mnl_attr_get_payload_len(&attribute) != 2 + 16) {
    return std::nullopt;
  }
  return Address::v6_from_bytes(bytes + 2);
}

Route read_route(const nlmsghdr& message) {
  Route route;
  const auto type = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message))->rtm_type;
  route.local = type == RTN_LOCAL;
  route.plain = type == RTN_UNICAST;
  for_each_attribute(message, sizeof(rtmsg), [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case RTA_OIF:
        route.interface = mnl_attr_get_u32(&attribute);
        break;
      case RTA_GATEWAY:
        route.gateway = read_address(attribute, route.interface);
        break;
      case RTA_VIA:
        route.gateway = read_via(attribute);
        break;
      case RTA_PREFSRC:
        route.source = read_address(attribute, route.interface);
        break;
      case RTA_ENCAP:
        route.plain = false;
        break;
      default:
        break;
    }
  });
  return route;
}

bool has_several_hops(const nlmsghdr& message) {
  bool several = false;
  for_each_attribute(message, sizeof(rtmsg), [&](const nlattr& attribute) {
    several = several || mnl_attr_get_type(&attribute) == RTA_MULTIPATH;
  });
  return several;
}

void put_address(nlmsghdr* request, std::uint16_t type, const Address& address) {
  const auto bytes = address.bytes();
  mnl_attr_put(request, type, static_cast<std::size_t>(address_bits(address.family()) / 8), bytes.data());
}

rtmsg* put_route_request(nlmsghdr* request, Family family, std::uint16_t flags) {
  request->nlmsg_type = RTM_GETROUTE;
  request->nlmsg_flags = flags;
  auto* const body = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(rtmsg)));
  body->rtm_family = family == Family::kIpv4 ? AF_INET : AF_INET6;
  return body;
}

}  // namespace

bool Route::needs_neighbour() const {
  return !local && !gateway && (link.flags & (IFF_NOARP | IFF_LOOPBACK | IFF_POINTOPOINT)) == 0;
}

Result<Route> route_to(Netlink& netlink, const Address& destination, const RouteQuery& query) {
  std::array<char, 256> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  rtmsg* const body = put_route_request(request, destination.family(), NLM_F_REQUEST);
  body->rtm_dst_len = static_cast<unsigned char>(address_bits(destination.family()));
  put_address(request, RTA_DST, destination);
  const auto& source = destination.is_v4() ? query.source4 : query.source6;
  if (source) {
    body->rtm_src_len = body->rtm_dst_len;
    put_address(request, RTA_SRC, *source);
  }
  const std::uint32_t interface = destination.zone() != 0 ? destination.zone() : query.interface;
  if (interface != 0) {
    mnl_attr_put_u32(request, RTA_OIF, interface);
  }
  if (query.fwmark) {
    mnl_attr_put_u32(request, RTA_MARK, *query.fwmark);
  }
  body->rtm_tos = query.tos.value;
  Route route;
  if (auto asked = netlink.ask(*request, [&](const nlmsghdr& message) { route = read_route(message); });
      !asked) {
    return std::unexpected(asked.error());
  }
  route.link = link_of(netlink, route.interface);
  // Asked again for the table's entry instead of one destination's: that tells of several next hops.
  body->rtm_flags = RTM_F_FIB_MATCH;
  bool several = false;
  (void)netlink.ask(*request, [&](const nlmsghdr& message) { several = has_several_hops(message); });
  route.plain = route.plain && !several;
  return route;
}

std::vector<Address> broadcast_addresses(Netlink& netlink) {
  std::array<char, 128> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  put_route_request(request, Family::kIpv4, NLM_F_REQUEST | NLM_F_DUMP);
  std::vector<Address> found;
  // Not knowing one is no reason not to sweep: it is then probed like any other address of its range.
  (void)netlink.ask(*request, [&](const nlmsghdr& message) {
    if (static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message))->rtm_type != RTN_BROADCAST) {
      return;
    }
    for_each_attribute(message, sizeof(rtmsg), [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == RTA_DST) {
        if (const auto address = read_address(attribute, 0)) {
          found.push_back(*address);
        }
      }
    });
  });
  return found;
}

namespace {

/// Asks for everything of one kind. What the kernel does not say is taken for not there: the routes of single
/// addresses are asked for one by one later, these numbers only say which addresses share one.
void dump(Netlink& netlink, std::uint16_t type, Family family,
          const std::function<void(const nlmsghdr&)>& each) {
  std::array<char, 128> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  put_route_request(request, family, NLM_F_REQUEST | NLM_F_DUMP);
  request->nlmsg_type = type;
  constexpr int kTries = 5;
  for (int i = 0; i < kTries; ++i) {
    if (const auto asked = netlink.ask(*request, each); asked || asked.error().code != EINTR) {
      return;
    }
  }
}

/// The numbers at which prefixes of one family begin, and those behind their ends.
class Boundaries {
 public:
  explicit Boundaries(Family family) : family_(family) {}

  void add(const Address& address, unsigned length) {
    const auto bits = static_cast<unsigned>(address_bits(family_));
    if (address.family() != family_ || length == 0 || length > bits) {
      return;
    }
    const Uint128 size = Uint128{1} << (bits - length);
    const Uint128 first = address.value() & ~(size - 1);
    numbers_.push_back(first);
    if (first + (size - 1) != max_value(family_)) {
      numbers_.push_back(first + size);
    }
  }
  /// Adds what such an attribute of a message with `Header` says.
  template <typename Header>
  void add(const nlmsghdr& message, std::uint16_t type, unsigned length) {
    for_each_attribute(message, sizeof(Header), [&](const nlattr& attribute) {
      const auto address =
          mnl_attr_get_type(&attribute) == type ? read_address(attribute, 0) : std::optional<Address>();
      if (address) {
        add(*address, length);
      }
    });
  }
  std::vector<Uint128> sorted() && {
    std::ranges::sort(numbers_);
    const auto repeated = std::ranges::unique(numbers_);
    numbers_.erase(repeated.begin(), repeated.end());
    return std::move(numbers_);
  }

 private:
  Family family_;
  std::vector<Uint128> numbers_{0};
};

/// What the kernel treats in a way of its own though no route says so: a default route covers these too.
void add_special(Boundaries& boundaries, Family family) {
  if (family == Family::kIpv4) {
    boundaries.add(Address::v4(0), 32);           // this machine
    boundaries.add(Address::v4(0x7f000000), 8);   // loopback
    boundaries.add(Address::v4(0xe0000000), 4);   // multicast
    boundaries.add(Address::v4(0xffffffff), 32);  // broadcast
  } else {
    boundaries.add(Address::v6(0), 128);                      // this machine
    boundaries.add(Address::v6(1), 128);                      // loopback
    boundaries.add(Address::v6(Uint128{0xfe80} << 112), 10);  // link-local
    boundaries.add(Address::v6(Uint128{0xff00} << 112), 8);   // multicast
  }
}

/// By which of our addresses the kernel sends depends, in IPv6, on the destination too (RFC 6724 5): on its
/// label (rule 6), and on how much of it is as in ours (rule 8), which changes where prefixes of ours end.
void add_source_choices(Netlink& netlink, Boundaries& boundaries) {
  dump(netlink, RTM_GETADDRLABEL, Family::kIpv6, [&](const nlmsghdr& message) {
    const auto& body = *static_cast<const ifaddrlblmsg*>(mnl_nlmsg_get_payload(&message));
    boundaries.add<ifaddrlblmsg>(message, IFAL_ADDRESS, body.ifal_prefixlen);
  });
  dump(netlink, RTM_GETADDR, Family::kIpv6, [&](const nlmsghdr& message) {
    const auto& body = *static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
    if (body.ifa_scope == RT_SCOPE_UNIVERSE) {
      for (unsigned length = 1; length <= body.ifa_prefixlen; ++length) {
        boundaries.add<ifaddrmsg>(message, IFA_ADDRESS, length);
      }
    }
  });
}

}  // namespace

std::vector<Uint128> route_boundaries(Netlink& netlink, Family family) {
  Boundaries boundaries(family);
  add_special(boundaries, family);
  dump(netlink, RTM_GETROUTE, family, [&](const nlmsghdr& message) {
    boundaries.add<rtmsg>(message, RTA_DST,
                          static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message))->rtm_dst_len);
  });
  dump(netlink, RTM_GETRULE, family, [&](const nlmsghdr& message) {
    boundaries.add<fib_rule_hdr>(message, FRA_DST,
                                 static_cast<const fib_rule_hdr*>(mnl_nlmsg_get_payload(&message))->dst_len);
  });
  if (family == Family::kIpv6) {
    add_source_choices(netlink, boundaries);
  }
  return std::move(boundaries).sorted();
}

}  // namespace echosweep::net
