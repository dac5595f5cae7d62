#include "net/links.hpp"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>

namespace echosweep::net {

namespace {

std::string kind_of(const nlattr& link_info) {
  std::string kind;
  for_each_nested(link_info, [&](const nlattr& nested) {
    if (mnl_attr_get_type(&nested) == IFLA_INFO_KIND &&
        mnl_attr_validate(&nested, MNL_TYPE_NUL_STRING) == 0) {
      kind = mnl_attr_get_str(&nested);
    }
  });
  return kind;
}

Link read_link(const nlmsghdr& message) {
  Link link;
  const auto& body = *static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  link.flags = body.ifi_flags;
  for_each_attribute(message, sizeof(ifinfomsg), [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case IFLA_IFNAME:
        link.name = mnl_attr_get_str(&attribute);
        break;
      case IFLA_MTU:
        link.mtu = mnl_attr_get_u32(&attribute);
        break;
      case IFLA_ADDRESS:
        if (body.ifi_type == ARPHRD_ETHER && mnl_attr_get_payload_len(&attribute) == link.mac.bytes.size()) {
          std::copy_n(static_cast<const std::uint8_t*>(mnl_attr_get_payload(&attribute)),
                      link.mac.bytes.size(), link.mac.bytes.begin());
        }
        break;
      case IFLA_MASTER:
        link.master = mnl_attr_get_u32(&attribute);
        break;
      case IFLA_LINKINFO:
        link.kind = kind_of(attribute);
        break;
      default:
        break;
    }
  });
  return link;
}

}  // namespace

bool Link::is_ethernet() const {
  return !mac.empty() && (flags & (IFF_NOARP | IFF_LOOPBACK | IFF_POINTOPOINT)) == 0;
}

Link link_of(Netlink& netlink, std::uint32_t interface) {
  std::array<char, 128> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETLINK;
  request->nlmsg_flags = NLM_F_REQUEST;
  auto* const body = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(request, sizeof(ifinfomsg)));
  body->ifi_family = AF_UNSPEC;
  body->ifi_index = static_cast<int>(interface);
  Link link;
  (void)netlink.ask(*request, [&](const nlmsghdr& message) { link = read_link(message); });
  return link;
}

bool hands_packets_to_master(std::uint32_t interface) {
  auto netlink = Netlink::open();
  if (!netlink) {
    return false;
  }
  const Link link = link_of(*netlink, interface);
  return link.master != 0 && link_of(*netlink, link.master).kind != "vrf";
}

}  // namespace echosweep::net
