#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "packet/icmp_message.hpp"

namespace echosweep::listen {

/// `echo`, `unreachable`, `neighbour-solicitation`; `type-77` where no standard of ours has the number.
std::string type_name(Family family, std::uint8_t type);

/// The types that somebody wants to see, of both families.
class TypeSet {
 public:
  /// `echo,unreachable,too-big`: names of type_name(); `neighbor` is `neighbour`, and `too-big` is also
  /// IPv4's "fragmentation needed". The error names what is wrong, what is similar, and all that there are.
  static Result<TypeSet> parse(std::string_view words);

  bool has(const packet::IcmpMessage& message) const;
  void add(const TypeSet& other);

 private:
  std::bitset<256> types4_;
  std::bitset<256> types6_;
  bool fragmentation_needed_ = false;
};

/// All names, each once, in alphabetical order.
std::vector<std::string_view> all_type_names();

}  // namespace echosweep::listen
