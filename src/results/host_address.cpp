#include "results/host_address.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "core/address_text.hpp"

namespace echosweep::results {

namespace {

std::unexpected<Error> no_address(std::string_view text) {
  return fail(fmt::format("{} is not an address", in_quotes(text)));
}

/// Zones are printed on terminals: letters that an interface's name has, and no others.
bool is_zone(std::string_view text) {
  return !text.empty() && text.size() < IF_NAMESIZE &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '%' && c != '/'; });
}

}  // namespace

Result<HostAddress> parse_host_address(std::string_view text) {
  const std::size_t percent = text.find('%');
  const auto address = Address::parse(text.substr(0, percent));
  if (!address) {
    return no_address(text);
  }
  if (percent == std::string_view::npos) {
    return HostAddress{*address, {}};
  }
  const std::string_view zone = text.substr(percent + 1);
  if (address->is_v4() || !is_zone(zone)) {
    return no_address(text);
  }
  return HostAddress{*address, address->needs_zone() ? zone : std::string_view()};
}

Result<HostPrefix> parse_host_prefix(std::string_view text) {
  const auto wrong = [&] {
    return fail(fmt::format("{} is not a prefix, as 192.0.2.0/25 is", in_quotes(text)));
  };
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return wrong();
  }
  std::string_view length = text.substr(slash + 1);
  auto first = parse_host_address(text.substr(0, slash));
  if (const std::size_t percent = length.find('%'); first && percent != std::string_view::npos) {
    const std::string_view zone = length.substr(percent + 1);
    length = length.substr(0, percent);
    if (!first->zone.empty() || first->address.is_v4() || !is_zone(zone)) {
      return wrong();
    }
    first->zone = first->address.needs_zone() ? zone : std::string_view();
  }
  int bits = 0;
  const auto [end, code] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (!first || code != std::errc{} || end != length.data() + length.size() || bits < 0 ||
      bits > address_bits(first->address.family())) {
    return wrong();
  }
  const int host_bits = address_bits(first->address.family()) - bits;
  const Uint128 span = host_bits == 128 ? ~Uint128{0} : (Uint128{1} << host_bits) - 1;
  if ((first->address.value() & span) != 0) {
    return fail(fmt::format("{} has bits behind its prefix", in_quotes(text)));
  }
  return HostPrefix{*first, first->address.plus(span)};
}

std::string to_string(const HostAddress& address) {
  std::array<char, kLongestAddressText> text;
  char* const end = write_bare_address(address.address, text.data());
  std::string whole(text.data(), end);
  if (!address.zone.empty()) {
    whole += '%';
    whole += address.zone;
  }
  return whole;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out = "'";
  for (const char c : text.substr(0, kMost)) {
    if (c >= ' ' && c < '\x7f') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  out += text.size() > kMost ? "...'" : "'";
  return out;
}

}  // namespace echosweep::results
