#include "targets/spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include "targets/octets.hpp"

namespace echosweep::targets {

namespace {

constexpr std::size_t kLongestQuote = 80;
constexpr std::size_t kLongestName = 253;  // RFC 1035 2.3.4, without the root's dot
constexpr std::size_t kLongestLabel = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::unexpected<Error> not_a_target(std::string_view text) {
  return fail(fmt::format("{} is not an address, a range or a name", in_quotes(text)));
}

std::unexpected<Error> flawed(std::string_view text, std::string_view why) {
  return fail(fmt::format("{} {}", in_quotes(text), why));
}

Spec spec_of(const Range& range, bool single = false) {
  Spec spec;
  spec.ranges.push_back(range);
  spec.single = single;
  return spec;
}

/// An address that may carry a zone; `unknown_zone`: it is one, but for an interface that is not here.
struct Reading {
  std::optional<Address> address;
  bool unknown_zone = false;
  bool is_address() const { return address.has_value() || unknown_zone; }
};

Reading read_address(std::string_view text) {
  if (const auto address = Address::parse(text)) {
    return {*address, false};
  }
  const std::size_t percent = text.find('%');
  if (percent == std::string_view::npos || percent + 1 == text.size()) {
    return {};
  }
  const auto bare = Address::parse(text.substr(0, percent));
  return {std::nullopt, bare.has_value() && !bare->is_v4()};
}

constexpr std::string_view kUnknownZone = "names an interface that this machine does not have";

/// `word` is what the user typed for the two, each of which is_address().
Result<Spec> spec_between(std::string_view word, const Reading& from, const Reading& to) {
  if (!from.address || !to.address) {
    return flawed(word, kUnknownZone);
  }
  Address first = *from.address;
  Address last = *to.address;
  if (first.family() != last.family()) {
    return flawed(word, "begins in one address family and ends in the other");
  }
  if (first.zone() == 0) {
    first = first.with_zone(last.zone());
  } else if (last.zone() == 0) {
    last = last.with_zone(first.zone());
  }
  if (first.zone() != last.zone()) {
    return flawed(word, "begins in one zone and ends in another");
  }
  if (last < first) {
    return flawed(word, "ends before it begins");
  }
  return spec_of({first, last});
}

struct Prefix {
  Address address;
  int length;
};

Result<Prefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::string base(text.substr(0, slash));
  std::string_view digits = text.substr(slash + 1);
  if (const std::size_t percent = digits.find('%'); percent != std::string_view::npos) {
    if (base.find('%') != std::string::npos) {
      return flawed(text, "has two zones");
    }
    base += digits.substr(percent);
    digits = digits.substr(0, percent);
  }
  const Reading reading = read_address(base);
  if (reading.unknown_zone) {
    return flawed(text, kUnknownZone);
  }
  if (!reading.address) {
    if (base.find_first_of(":%,*/-") == std::string::npos && std::ranges::any_of(base, is_letter)) {
      return flawed(text, "has a prefix length behind a name: only an address takes one");
    }
    return not_a_target(text);
  }
  if (digits.empty() || !std::ranges::all_of(digits, is_digit) ||
      (digits.size() > 1 && digits.front() == '0')) {
    return flawed(text, "has a prefix length that is not a number");
  }
  const int most = address_bits(reading.address->family());
  int length = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (code != std::errc{} || length > most) {
    return flawed(text, fmt::format("has a prefix length above {}", most));
  }
  return Prefix{*reading.address, length};
}

Result<Spec> parse_cidr(std::string_view text) {
  const auto prefix = parse_prefix(text);
  if (!prefix) {
    return std::unexpected(prefix.error());
  }
  return spec_of(prefix_range(prefix->address, prefix->length));
}

/// Digits, dots, and what joins them: addresses, ranges and nmap's octet forms, never names.
Result<Spec> parse_v4_form(std::string_view text) {
  if (const auto address = Address::parse(text)) {
    return spec_of({*address, *address}, true);
  }
  if (text.find_first_of(",-*") == std::string_view::npos) {
    return not_a_target(text);
  }
  if (std::ranges::count(text, '.') == 6) {
    const std::size_t dash = text.find('-');
    const Reading from = read_address(text.substr(0, dash));
    const Reading to = dash == std::string_view::npos ? Reading{} : read_address(text.substr(dash + 1));
    return from.is_address() && to.is_address() ? spec_between(text, from, to) : not_a_target(text);
  }
  auto ranges = parse_octets(text);
  if (!ranges) {
    return std::unexpected(std::move(ranges.error()));
  }
  Spec spec;
  spec.ranges = std::move(*ranges);
  return spec;
}

Result<Spec> parse_v6_form(std::string_view text) {
  const Reading whole = read_address(text);
  if (whole.address) {
    return spec_of({*whole.address, *whole.address}, true);
  }
  // An interface's name may hold hyphens (veth-a), so each is tried as the one between the two ends.
  for (std::size_t dash = text.find('-'); dash != std::string_view::npos; dash = text.find('-', dash + 1)) {
    const Reading from = read_address(text.substr(0, dash));
    const Reading to = from.is_address() ? read_address(text.substr(dash + 1)) : Reading{};
    if (to.is_address()) {
      return spec_between(text, from, to);
    }
  }
  return whole.unknown_zone ? Result<Spec>(flawed(text, kUnknownZone)) : not_a_target(text);
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label,
                             [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

/// What inet_aton(), and getaddrinfo() with it, takes for a number: the last label decides.
bool is_number(std::string_view label) {
  if (label.starts_with("0x") || label.starts_with("0X")) {
    return label.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  }
  return std::ranges::all_of(label, is_digit);
}

Result<Spec> parse_name(std::string_view text) {
  std::string_view rest = text;
  if (rest.ends_with('.')) {
    rest.remove_suffix(1);
  }
  if (rest.size() > kLongestName) {
    return flawed(text, fmt::format("is too long for a name, which has at most {} characters", kLongestName));
  }
  for (;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (!is_label(label)) {
      const bool foreign =
          std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 127; });
      return foreign ? Result<Spec>(flawed(
                           text, "has a character beyond ASCII: write an international name as xn--..."))
                     : not_a_target(text);
    }
    if (dot == std::string_view::npos) {
      if (is_number(label)) {
        return not_a_target(text);
      }
      break;
    }
    rest.remove_prefix(dot + 1);
  }
  Spec spec;
  spec.name = text;
  return spec;
}

}  // namespace

Result<Spec> parse_spec(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return not_a_target(text);
  }
  if (text.find('/') != std::string_view::npos) {
    return parse_cidr(text);
  }
  if (text.find(':') != std::string_view::npos) {
    return parse_v6_form(text);
  }
  if (text.find_first_not_of("0123456789.,-*") == std::string_view::npos) {
    return parse_v4_form(text);
  }
  return parse_name(text);
}

Result<Spec> parse_generate(std::string_view start, std::string_view end) {
  const Reading from = read_address(start);
  const Reading to = read_address(end);
  if (!from.is_address() || !to.is_address()) {
    return flawed(from.is_address() ? end : start, "is not an address: -g takes START END, or one CIDR");
  }
  return spec_between(fmt::format("{}-{}", start, end), from, to);
}

Result<Spec> parse_generate(std::string_view cidr) {
  if (cidr.find('/') == std::string_view::npos) {
    return flawed(cidr, "is not a CIDR: -g takes one, or START END");
  }
  const auto prefix = parse_prefix(cidr);
  if (!prefix) {
    return std::unexpected(prefix.error());
  }
  Range range = prefix_range(prefix->address, prefix->length);
  if (prefix->length < address_bits(prefix->address.family()) - 1) {
    range = {with_value(range.first, range.first.value() + 1),
             with_value(range.last, range.last.value() - 1)};
  }
  return spec_of(range);
}

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kLongestQuote)) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (text.size() > kLongestQuote) {
    out += "...";
  }
  out += "'";
  return out;
}

}  // namespace echosweep::targets
