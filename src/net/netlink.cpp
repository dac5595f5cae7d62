#include "net/netlink.hpp"

#include <linux/rtnetlink.h>

#include <array>
#include <cerrno>
#include <vector>

namespace echosweep::net {

Result<Netlink> Netlink::open() {
  Netlink opened(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
  if (opened.socket_ == nullptr || mnl_socket_bind(opened.socket_.get(), 0, MNL_SOCKET_AUTOPID) != 0) {
    return fail_errno("cannot ask the kernel for routes (rtnetlink)", errno);
  }
  return opened;
}

Result<Netlink> Netlink::open_for_route_changes() {
  constexpr unsigned kGroups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE |
                               RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE | 1U << (RTNLGRP_IPV6_RULE - 1);
  Netlink opened(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (opened.socket_ == nullptr || mnl_socket_bind(opened.socket_.get(), kGroups, MNL_SOCKET_AUTOPID) != 0) {
    return fail_errno("cannot hear of changed routes from the kernel (rtnetlink)", errno);
  }
  return opened;
}

bool Netlink::has_news() {
  std::array<char, 64> start{};  // that there is one is all that matters: the rest of it is cut off
  bool any = false;
  while (true) {
    const auto size = mnl_socket_recvfrom(socket_.get(), start.data(), start.size());
    // A message that is cut off is ENOSPC to libmnl; ENOBUFS: there were more than the socket holds.
    if (size < 0 && errno != ENOSPC && errno != ENOBUFS && errno != EINTR) {
      return any;
    }
    any = true;
  }
}

Result<void> Netlink::ask(nlmsghdr& request, const std::function<void(const nlmsghdr&)>& each) {
  // What is left of an answer that was given up would be taken for the next one's.
  std::array<char, 64> rest{};
  while (recv(mnl_socket_get_fd(socket_.get()), rest.data(), rest.size(), MSG_DONTWAIT | MSG_TRUNC) > 0) {
  }
  request.nlmsg_seq = ++sequence_;
  const auto failed = [](int code) { return fail_errno("the kernel's answer by rtnetlink", code); };
  if (mnl_socket_sendto(socket_.get(), &request, request.nlmsg_len) < 0) {
    return failed(errno);
  }
  const unsigned port = mnl_socket_get_portid(socket_.get());
  std::vector<char> buffer(static_cast<std::size_t>(MNL_SOCKET_BUFFER_SIZE));
  const auto forward = [](const nlmsghdr* message, void* data) {
    (*static_cast<const std::function<void(const nlmsghdr&)>*>(data))(*message);
    return MNL_CB_OK;
  };
  const bool is_dump = (request.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  while (true) {
    const auto size = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      return failed(errno);
    }
    const int status = mnl_cb_run(buffer.data(), static_cast<std::size_t>(size), sequence_, port, forward,
                                  const_cast<void*>(static_cast<const void*>(&each)));
    if (status < 0) {
      return failed(errno);  // EINTR: what a dump tells of has changed meanwhile
    }
    if (!is_dump || status == MNL_CB_STOP) {
      return {};
    }
  }
}

}  // namespace echosweep::net
