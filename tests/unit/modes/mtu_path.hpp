#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "modes/mtu_search.hpp"

namespace echosweep::modes {

/// A path as MtuSearch may meet it: routers, each with the link behind it, and a target at the end.
struct MtuPath {
  /// What a router says of a packet that is larger than its next link takes.
  enum class Says : std::uint8_t { kMtu, kZero, kNothing, kTooMuch, kTooLittle };
  struct Router {
    std::uint16_t mtu = 1500;  ///< of the link behind it
    Says says = Says::kMtu;
    bool mute = false;  ///< tells nobody that a TTL has ended
  };
  Family family = Family::kIpv4;
  std::vector<Router> routers{};
  bool target_answers = true;

  static Address router_address(std::size_t number) {
    return Address::v4(0xc6120000 + static_cast<std::uint32_t>(number));
  }

  mtu::Answer operator()(const mtu::Question& asked) const {
    using Kind = mtu::Answer::Kind;
    for (std::size_t i = 0; i < routers.size(); ++i) {
      const Router& router = routers[i];
      const Address address = router_address(i + 1);
      if (asked.ttl.value <= i + 1) {
        return router.mute ? mtu::Answer{} : mtu::Answer{.kind = Kind::kExpired, .from = address};
      }
      if (asked.size > router.mtu) {
        if (router.says == Says::kNothing) {
          return {};
        }
        const std::uint32_t told = router.says == Says::kMtu       ? router.mtu
                                   : router.says == Says::kZero    ? 0
                                   : router.says == Says::kTooMuch ? asked.size + 0U
                                                                   : 67;
        return {.kind = Kind::kTooBig, .from = address, .mtu = told, .hop = static_cast<std::uint8_t>(i + 1)};
      }
    }
    if (!target_answers) {
      return {};
    }
    return {.kind = Kind::kArrived,
            .rtt = std::chrono::microseconds(asked.size),
            .ttl = Ttl{static_cast<std::uint8_t>(64 - routers.size())}};
  }
};

/// The whole search over a path; how many questions it took.
template <typename Path>
unsigned search_all(MtuSearch& search, const Path& path) {
  unsigned questions = 0;
  while (!search.done() && questions <= MtuSearch::kMostQuestions) {
    search.answer(path(search.question()));
    ++questions;
  }
  return questions;
}

}  // namespace echosweep::modes
