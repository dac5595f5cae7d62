#include "targets/octets.hpp"

#include <fmt/format.h>

#include <array>
#include <bitset>
#include <charconv>
#include <cstdint>
#include <optional>

#include "targets/spec.hpp"

namespace echosweep::targets {

namespace {

constexpr unsigned kMaxOctet = 255;
using Octet = std::bitset<kMaxOctet + 1>;

enum class Flaw { kSyntax, kAbove255, kBackwards, kLeadingZero };

std::unexpected<Error> flawed(std::string_view text, Flaw flaw) {
  switch (flaw) {
    case Flaw::kAbove255:
      return fail(fmt::format("{} has an octet above 255", in_quotes(text)));
    case Flaw::kBackwards:
      return fail(fmt::format("{} has an octet range that ends before it begins", in_quotes(text)));
    case Flaw::kLeadingZero:
      return fail(fmt::format("{} has an octet with a leading zero, which some read as octal: leave it out",
                              in_quotes(text)));
    case Flaw::kSyntax:
      break;
  }
  return fail(fmt::format("{} is not an address, a range or a name", in_quotes(text)));
}

/// A decimal number up to 255; an empty text is `open`, the end that the user left out.
std::expected<unsigned, Flaw> parse_number(std::string_view text, unsigned open) {
  if (text.empty()) {
    return open;
  }
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::unexpected(Flaw::kSyntax);
    }
  }
  if (text.size() > 1 && text.front() == '0') {
    return std::unexpected(Flaw::kLeadingZero);
  }
  unsigned number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || number > kMaxOctet) {
    return std::unexpected(Flaw::kAbove255);
  }
  return number;
}

/// `7`, `3-5`, `10-`, `-9`, `-` or `*` put into `octet`.
std::optional<Flaw> parse_item(std::string_view text, Octet& octet) {
  if (text.empty()) {
    return Flaw::kSyntax;
  }
  const std::string_view item = text == "*" ? "-" : text;
  const std::size_t dash = item.find('-');
  const auto first = parse_number(item.substr(0, dash), 0);
  const auto last = dash == std::string_view::npos ? first : parse_number(item.substr(dash + 1), kMaxOctet);
  if (!first || !last) {
    return first ? last.error() : first.error();
  }
  if (*first > *last) {
    return Flaw::kBackwards;
  }
  for (unsigned value = *first; value <= *last; ++value) {
    octet.set(value);
  }
  return std::nullopt;
}

std::optional<Flaw> parse_list(std::string_view text, Octet& octet) {
  for (;;) {
    const std::size_t comma = text.find(',');
    if (const auto flaw = parse_item(text.substr(0, comma), octet)) {
      return flaw;
    }
    if (comma == std::string_view::npos) {
      return std::nullopt;
    }
    text.remove_prefix(comma + 1);
  }
}

/// A run of neighbouring values in an octet.
struct Run {
  std::uint32_t first;
  std::uint32_t last;
};

std::vector<Run> runs_of(const Octet& octet) {
  std::vector<Run> runs;
  for (std::uint32_t value = 0; value <= kMaxOctet; ++value) {
    if (!octet[value]) {
      continue;
    }
    if (!runs.empty() && runs.back().last + 1 == value) {
      runs.back().last = value;
    } else {
      runs.push_back({value, value});
    }
  }
  return runs;
}

/// Every way to choose the octets before the one at `depth`, as the number that they make.
void expand_heads(const std::array<Octet, 4>& octets, std::size_t depth, std::vector<std::uint32_t>& heads) {
  heads.assign(1, 0);
  for (std::size_t i = 0; i < depth; ++i) {
    std::vector<std::uint32_t> longer;
    longer.reserve(heads.size() * octets[i].count());
    for (const std::uint32_t head : heads) {
      for (std::uint32_t value = 0; value <= kMaxOctet; ++value) {
        if (octets[i][value]) {
          longer.push_back(head << 8 | value);
        }
      }
    }
    heads = std::move(longer);
  }
}

}  // namespace

Result<std::vector<Range>> parse_octets(std::string_view text) {
  std::array<Octet, 4> octets;
  std::string_view rest = text;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::size_t dot = rest.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == octets.size())) {
      return flawed(text, Flaw::kSyntax);
    }
    if (const auto flaw = parse_list(rest.substr(0, dot), octets[i])) {
      return flawed(text, *flaw);
    }
    rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  }

  // The pivot is the last octet that is not full: behind it every range simply goes on.
  std::size_t pivot = octets.size() - 1;
  while (pivot > 0 && octets[pivot].all()) {
    --pivot;
  }
  const std::vector<Run> runs = runs_of(octets[pivot]);
  std::size_t count = runs.size();
  for (std::size_t i = 0; i < pivot; ++i) {
    count *= octets[i].count();
  }
  if (count > kMaxOctetRanges) {
    return fail(fmt::format(
        "{} makes {} separate ranges, above the {} that are taken from one word: give whole prefixes "
        "(198.18.0.0/15) and leave out the rest with --exclude-file, or a file of addresses",
        in_quotes(text), count, kMaxOctetRanges));
  }

  std::vector<std::uint32_t> heads;
  expand_heads(octets, pivot, heads);
  const unsigned tail_bits = 8 * static_cast<unsigned>(octets.size() - 1 - pivot);
  const std::uint32_t tail = (std::uint32_t{1} << tail_bits) - 1;
  std::vector<Range> ranges;
  ranges.reserve(count);
  for (const std::uint32_t head : heads) {
    for (const Run& run : runs) {
      ranges.push_back({Address::v4((head << 8 | run.first) << tail_bits),
                        Address::v4((head << 8 | run.last) << tail_bits | tail)});
    }
  }
  return ranges;
}

}  // namespace echosweep::targets
