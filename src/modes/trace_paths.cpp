#include "modes/trace_paths.hpp"

#include <algorithm>
#include <utility>

namespace echosweep::modes {

namespace {

/// The first answer of a router on the way.
const trace::Answer* router_of(const trace::Hop& hop) {
  for (const auto& answer : hop.probes) {
    if (answer && trace::goes_on(*answer)) {
      return &*answer;
    }
  }
  return nullptr;
}

}  // namespace

std::optional<std::vector<trace::Hop>> TracePaths::below(const Address& router, Ttl hop) const {
  auto known = nodes_.find(Place{router, hop});
  if (known == nodes_.end()) {
    return std::nullopt;
  }
  std::vector<trace::Hop> hops(static_cast<std::size_t>(hop.value - first_.value));
  for (trace::Hop& each : hops) {
    each.shared = true;
    each.probes.resize(1);
  }
  for (Before before = known->second; before; before = nodes_.at(*before)) {
    const bool v4 = before->router.is_v4();
    trace::Answer answer;
    answer.from = before->router;
    answer.error = {.family = before->router.family(), .type = std::uint8_t(v4 ? 11 : 3), .code = 0};
    hops[static_cast<std::size_t>(before->hop.value - first_.value)].probes[0] = std::move(answer);
  }
  return hops;
}

void TracePaths::learn(const trace::Traced& path, std::size_t hops) {
  Before before;
  for (std::size_t i = 0; i < std::min(hops, path.hops.size()); ++i) {
    const trace::Answer* const answer = router_of(path.hops[i]);
    if (answer == nullptr) {
      continue;
    }
    const Place place{answer->from, Ttl{static_cast<std::uint8_t>(first_.value + i)}};
    const auto [known, is_new] = nodes_.try_emplace(place, before);
    const bool is_nearer = before && (!known->second || before->hop.value > known->second->hop.value);
    if (!is_new && is_nearer) {
      known->second = before;  // a router that was silent the last time
    }
    before = place;
  }
}

}  // namespace echosweep::modes
