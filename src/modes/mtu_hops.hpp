#pragma once

#include <cstdint>

#include "core/quantities.hpp"

namespace echosweep::modes {

/// How many hops away a target is: the smallest TTL with which it answers. First guessed by the TTL of its
/// reply, then asked.
class MtuHops {
 public:
  /// `most`: it has answered a packet with this TTL, or is going to.
  explicit MtuHops(Ttl most) : most_(most.value) {}

  /// By the first reply, as its TTL came in: systems start with 32, 64, 128 or 255.
  void guess(Ttl reply);
  /// The TTL to ask about; 0: it is known.
  std::uint8_t next() const;
  /// The target has answered a packet with this TTL.
  void arrived(Ttl ttl);
  /// A packet with the TTL of next() was or was not answered by the target.
  void asked(Ttl ttl, bool arrived);

  /// Once it is known.
  std::uint8_t count() const { return most_; }

 private:
  std::uint8_t guess_ = 0;
  std::uint8_t least_ = 0;  ///< with this TTL it does not answer
  std::uint8_t most_;       ///< with this one it does
  std::uint8_t steps_ = 0;
};

}  // namespace echosweep::modes
