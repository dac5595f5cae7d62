#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/address.hpp"
#include "core/quantities.hpp"
#include "trace/traced.hpp"

namespace echosweep::modes {

/// The routers that a fast trace has met, each with the one in front of it: a tree whose root we are.
///
/// Paths from one place share their beginnings: behind a router at TTL t, whoever the target is, lies the
/// same way back to us (as Donnet et al. found of most, "Efficient algorithms for large-scale topology
/// discovery", 2005). So a trace that starts in the middle and goes down towards us may stop at the first
/// router that another trace has met at the same TTL; the hops below are that one's. Where routers spread
/// packets over several paths this shows one of them.
class TracePaths {
 public:
  explicit TracePaths(Ttl first) : first_(first) {}

  /// All hops below the one at which this router answers; nothing: it is not known at that TTL.
  std::optional<std::vector<trace::Hop>> below(const Address& router, Ttl hop) const;
  bool knows(const Address& router, Ttl hop) const { return nodes_.contains(Place{router, hop}); }
  /// Takes the path over, from its first hop on up to the last that is settled (`hops` of them).
  void learn(const trace::Traced& path, std::size_t hops);
  /// Routers at a TTL that are known.
  std::size_t size() const { return nodes_.size(); }

 private:
  struct Place {
    Address router;
    Ttl hop;
    friend bool operator<(const Place& a, const Place& b) {
      return a.hop.value != b.hop.value ? a.hop.value < b.hop.value : a.router < b.router;
    }
  };
  /// The nearest router in front of this one that answers.
  using Before = std::optional<Place>;

  Ttl first_;
  std::map<Place, Before> nodes_;
};

}  // namespace echosweep::modes
