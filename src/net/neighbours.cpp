#include "net/neighbours.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace echosweep::net {

namespace {

/// Not what the kernel itself would confirm first (stale, delay, probe).
constexpr unsigned kValid = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE;

ndmsg* put_request(nlmsghdr* request, std::uint16_t type, std::uint16_t flags, Family family) {
  request->nlmsg_type = type;
  request->nlmsg_flags = flags;
  auto* const body = static_cast<ndmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(ndmsg)));
  body->ndm_family = family == Family::kIpv4 ? AF_INET : AF_INET6;
  return body;
}

}  // namespace

std::optional<MacAddress> neighbour_of(Netlink& netlink, std::uint32_t interface, const Address& address) {
  std::array<char, 128> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  put_request(request, RTM_GETNEIGH, NLM_F_REQUEST, address.family())->ndm_ifindex =
      static_cast<int>(interface);
  mnl_attr_put(request, NDA_DST, static_cast<std::size_t>(address_bits(address.family()) / 8),
               address.bytes().data());
  std::optional<MacAddress> found;
  (void)netlink.ask(*request, [&](const nlmsghdr& message) {
    if ((static_cast<const ndmsg*>(mnl_nlmsg_get_payload(&message))->ndm_state & kValid) == 0) {
      return;
    }
    for_each_attribute(message, sizeof(ndmsg), [&](const nlattr& attribute) {
      MacAddress mac;
      if (mnl_attr_get_type(&attribute) == NDA_LLADDR &&
          mnl_attr_get_payload_len(&attribute) == mac.bytes.size()) {
        std::copy_n(static_cast<const std::uint8_t*>(mnl_attr_get_payload(&attribute)), mac.bytes.size(),
                    mac.bytes.begin());
        found = mac;
      }
    });
  });
  return found;
}

std::uint32_t neighbour_limit(Netlink& netlink, Family family) {
  constexpr std::uint32_t kUsual = 1024;
  const std::string_view table = family == Family::kIpv4 ? "arp_cache" : "ndisc_cache";
  std::array<char, 128> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETNEIGHTBL;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  auto* const body = static_cast<ndtmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(ndtmsg)));
  body->ndtm_family = family == Family::kIpv4 ? AF_INET : AF_INET6;
  std::uint32_t limit = kUsual;
  (void)netlink.ask(*request, [&](const nlmsghdr& message) {
    bool wanted = false;
    std::uint32_t threshold = 0;
    for_each_attribute(message, sizeof(ndtmsg), [&](const nlattr& attribute) {
      switch (mnl_attr_get_type(&attribute)) {
        case NDTA_NAME:
          wanted = mnl_attr_validate(&attribute, MNL_TYPE_NUL_STRING) == 0 &&
                   mnl_attr_get_str(&attribute) == table;
          break;
        case NDTA_THRESH3:
          threshold = mnl_attr_get_u32(&attribute);
          break;
        default:
          break;
      }
    });
    if (wanted && threshold > 0) {
      limit = threshold;
    }
  });
  return limit;
}

}  // namespace echosweep::net
