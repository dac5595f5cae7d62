#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/address.hpp"
#include "core/result.hpp"
#include "net/resolver.hpp"

namespace echosweep::cli {

/// What the routers on the way are called: each is looked up once, all side by side.
class TraceNames {
 public:
  static Result<TraceNames> open();

  void look_up(const Address& address);
  /// Whether it is known what the address is called, or that it has no name. What nobody has asked for is
  /// asked for by this.
  bool is_known(const Address& address);
  /// Empty: it has none, as far as is known.
  std::string_view of(const Address& address) const;
  bool is_busy() const { return resolver_.pending() > 0; }
  void process(std::chrono::milliseconds at_most) { resolver_.process(at_most); }

 private:
  explicit TraceNames(net::Resolver resolver) : resolver_(std::move(resolver)) {}

  struct Hash {
    std::size_t operator()(const Address& address) const;
  };
  /// Nothing: not known yet.
  std::unordered_map<Address, std::optional<std::string>, Hash> names_;
  net::Resolver resolver_;
};

}  // namespace echosweep::cli
