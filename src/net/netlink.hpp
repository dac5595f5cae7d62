#pragma once

#include <libmnl/libmnl.h>

#include <functional>
#include <memory>

#include "core/result.hpp"

namespace echosweep::net {

/// One conversation with the kernel's routing and link tables (rtnetlink(7)). Needs no privileges.
class Netlink {
 public:
  static Result<Netlink> open();
  /// One that hears when links, addresses, routes or rules change.
  static Result<Netlink> open_for_route_changes();

  /// Sends `request` and hands each message of the answer to `each`. The kernel's refusal comes back as
  /// Error with its errno in `code`.
  Result<void> ask(nlmsghdr& request, const std::function<void(const nlmsghdr&)>& each);

  /// Whether anything was heard since the last call. Never blocks; only on one that hears changes.
  bool has_news();

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  explicit Netlink(mnl_socket* socket) : socket_(socket) {}

  std::unique_ptr<mnl_socket, Closer> socket_;
  unsigned sequence_ = 0;
};

/// Calls `each(const nlattr&)` for the attributes behind a message's fixed part of `header_size` bytes.
template <typename Each>
void for_each_attribute(const nlmsghdr& message, std::size_t header_size, Each each) {
  mnl_attr_parse(
      &message, static_cast<unsigned>(header_size),
      [](const nlattr* attribute, void* data) {
        (*static_cast<Each*>(data))(*attribute);
        return MNL_CB_OK;
      },
      &each);
}

/// The same for the attributes inside an attribute.
template <typename Each>
void for_each_nested(const nlattr& outer, Each each) {
  mnl_attr_parse_nested(
      &outer,
      [](const nlattr* attribute, void* data) {
        (*static_cast<Each*>(data))(*attribute);
        return MNL_CB_OK;
      },
      &each);
}

}  // namespace echosweep::net
