#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/address.hpp"
#include "net/resolver.hpp"

namespace echosweep::cli {

/// What addresses are called in lines, each looked up once.
class AddressNames {
 public:
  /// `alive.example (192.0.2.1)`, or the address alone where it has no name. Waits for the answer; not after
  /// a signal has come.
  const std::string& of(const Address& address);
  /// The name alone; nothing: there is none.
  std::optional<std::string> name_of(const Address& address);

 private:
  std::optional<std::string> look_up(const Address& address);

  std::optional<net::Resolver> resolver_;
  struct Known {
    std::optional<std::string> name;
    std::string words;
  };
  const Known& known(const Address& address);
  std::map<Address, Known> known_;
};

}  // namespace echosweep::cli
