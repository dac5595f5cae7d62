#pragma once

#include <expected>
#include <utility>

#include "core/address.hpp"
#include "core/result.hpp"
#include "net/fd.hpp"
#include "targets/target_set.hpp"

namespace echosweep::cli {

/// Those that a run has targets of.
struct Families {
  bool v4 = false;
  bool v6 = false;
};

inline Families families_of(const targets::TargetSet& targets) {
  Families families;
  for (std::size_t i = 0; i < targets.range_count(); ++i) {
    (targets.range(i).first.is_v4() ? families.v4 : families.v6) = true;
  }
  return families;
}

/// Empty for a family without targets.
struct SocketPair {
  net::Fd v4;
  net::Fd v6;
};

/// One socket for each family that has targets, by `open(Family)`, whose first failure is the result.
template <typename Open>
Result<SocketPair> open_each(const Families& families, Open open) {
  SocketPair pair;
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const bool v4 = family == Family::kIpv4;
    if (v4 ? families.v4 : families.v6) {
      auto fd = open(family);
      if (!fd) {
        return std::unexpected(fd.error());
      }
      (v4 ? pair.v4 : pair.v6) = std::move(*fd);
    }
  }
  return pair;
}

}  // namespace echosweep::cli
