#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/address.hpp"
#include "core/result.hpp"
#include "net/netlink.hpp"
#include "net/routes.hpp"

namespace echosweep::net {

/// The IPv4 source address that the kernel would give a packet: asked for once for each stretch of addresses
/// that is routed alike. One thread.
class SourceAddresses {
 public:
  static Result<SourceAddresses> open(const RouteQuery& query);

  /// 0.0.0.0 where there is no route: a packet to there does not leave.
  Address of(const Address& destination);

 private:
  SourceAddresses(Netlink netlink, const RouteQuery& query, std::vector<Uint128> starts)
      : netlink_(std::move(netlink)), query_(query), starts_(std::move(starts)), sources_(starts_.size()) {}

  Netlink netlink_;
  RouteQuery query_;
  std::vector<Uint128> starts_;  ///< of the stretches; the first is 0
  std::vector<std::optional<Address>> sources_;
};

}  // namespace echosweep::net
