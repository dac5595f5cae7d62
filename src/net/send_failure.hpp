#pragma once

#include <string>

#include "net/routes.hpp"

namespace echosweep::net {

/// What lies behind an errno from sending.
struct SendFailure {
  std::string reason;  ///< short, for a target's record: "neighbour table full", "Permission denied"
  std::string advice;  ///< what the user can do; empty where there is nothing to say
  /// The same will happen to every target that is directly attached, and to no other.
  bool on_link_only = false;
};

/// Looks at routes, the connection tracking table and the link to find out why sending to `target` fails with
/// `error`. Costs some system calls: for the first of its kind, not for each packet. `kernel_resolves`: the
/// kernel asks for the MAC addresses of directly attached targets, not we.
SendFailure explain_send_failure(int error, const Address& target, const RouteQuery& query,
                                 bool kernel_resolves = true);

}  // namespace echosweep::net
