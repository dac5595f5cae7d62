#include "cli/trace_names.hpp"

#include <cstdint>
#include <functional>
#include <utility>

namespace echosweep::cli {

std::size_t TraceNames::Hash::operator()(const Address& address) const {
  const auto high = static_cast<std::uint64_t>(address.value() >> 64);
  const auto low = static_cast<std::uint64_t>(address.value());
  constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15;
  return std::hash<std::uint64_t>{}((high * kMix ^ low) * kMix + address.zone());
}

Result<TraceNames> TraceNames::open() {
  auto resolver = net::Resolver::open({});
  if (!resolver) {
    return std::unexpected(resolver.error());
  }
  return TraceNames(std::move(*resolver));
}

void TraceNames::look_up(const Address& address) {
  const auto [known, is_new] = names_.try_emplace(address);
  if (is_new) {
    // Not the place in the map itself: `this` moves before the first question, and never after.
    resolver_.reverse(address, [this, address](const std::optional<std::string>& name) {
      names_[address] = name.value_or("");
    });
  }
}

bool TraceNames::is_known(const Address& address) {
  look_up(address);
  return names_.at(address).has_value();
}

std::string_view TraceNames::of(const Address& address) const {
  const auto known = names_.find(address);
  return known == names_.end() || !known->second ? std::string_view() : std::string_view(*known->second);
}

}  // namespace echosweep::cli
