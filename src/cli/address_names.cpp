#include "cli/address_names.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "cli/signals.hpp"

namespace echosweep::cli {

namespace {

/// So soon a signal is heard.
constexpr std::chrono::milliseconds kPatience{50};
/// Whoever answers from many addresses does not fill our memory with them.
constexpr std::size_t kMostKnown = 65536;

}  // namespace

std::optional<std::string> AddressNames::look_up(const Address& address) {
  if (received_signal() != 0) {
    return std::nullopt;
  }
  if (!resolver_) {
    auto opened = net::Resolver::open({});
    if (!opened) {
      return std::nullopt;
    }
    resolver_ = std::move(*opened);
  }
  std::optional<std::string> name;
  resolver_->reverse(address, [&name](std::optional<std::string> found) { name = std::move(found); });
  while (resolver_->pending() > 0) {
    if (received_signal() != 0) {
      resolver_.reset();  // and with it the callback
      return std::nullopt;
    }
    resolver_->process(kPatience);
  }
  return name;
}

const AddressNames::Known& AddressNames::known(const Address& address) {
  if (const auto found = known_.find(address); found != known_.end()) {
    return found->second;
  }
  if (known_.size() >= kMostKnown) {
    known_.clear();
  }
  auto name = look_up(address);
  const std::string text = to_string(address);
  std::string words = name ? fmt::format("{} ({})", *name, text) : text;
  return known_[address] = Known{.name = std::move(name), .words = std::move(words)};
}

const std::string& AddressNames::of(const Address& address) {
  return known(address).words;
}

std::optional<std::string> AddressNames::name_of(const Address& address) {
  return known(address).name;
}

}  // namespace echosweep::cli
