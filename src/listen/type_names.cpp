#include "listen/type_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "packet/icmp_types.hpp"
#include "packet/node_information.hpp"
#include "report/escape.hpp"

namespace echosweep::listen {

namespace {

namespace icmp4 = packet::icmp4;
namespace icmp6 = packet::icmp6;

struct NamedType {
  std::string_view name;
  Family family;
  std::uint8_t type;
};

constexpr Family k4 = Family::kIpv4;
constexpr Family k6 = Family::kIpv6;
constexpr std::string_view kTooBig = "too-big";

constexpr std::array kNames = {
    NamedType{"echo", k4, icmp4::kEcho},
    NamedType{"echo", k6, icmp6::kEcho},
    NamedType{"echo-reply", k4, icmp4::kEchoReply},
    NamedType{"echo-reply", k6, icmp6::kEchoReply},
    NamedType{"extended-echo", k4, icmp4::kExtendedEcho},
    NamedType{"extended-echo", k6, icmp6::kExtendedEcho},
    NamedType{"extended-echo-reply", k4, icmp4::kExtendedEchoReply},
    NamedType{"extended-echo-reply", k6, icmp6::kExtendedEchoReply},
    NamedType{"information", k4, icmp4::kInformationRequest},
    NamedType{"information-reply", k4, icmp4::kInformationReply},
    NamedType{"listener-done", k6, icmp6::kListenerDone},
    NamedType{"listener-query", k6, icmp6::kListenerQuery},
    NamedType{"listener-report", k6, icmp6::kListenerReport},
    NamedType{"listener-report-v2", k6, icmp6::kListenerReport2},
    NamedType{"mask", k4, icmp4::kMaskRequest},
    NamedType{"mask-reply", k4, icmp4::kMaskReply},
    NamedType{"neighbour-advertisement", k6, icmp6::kNeighbourAdvertisement},
    NamedType{"neighbour-solicitation", k6, icmp6::kNeighbourSolicitation},
    NamedType{"node-query", k6, packet::kNodeQuery},
    NamedType{"node-reply", k6, packet::kNodeReply},
    NamedType{"parameter-problem", k4, icmp4::kParameterProblem},
    NamedType{"parameter-problem", k6, icmp6::kParameterProblem},
    NamedType{"redirect", k4, icmp4::kRedirect},
    NamedType{"redirect", k6, icmp6::kRedirect},
    NamedType{"router-advertisement", k4, icmp4::kRouterAdvertisement},
    NamedType{"router-advertisement", k6, icmp6::kRouterAdvertisement},
    NamedType{"router-solicitation", k4, icmp4::kRouterSolicitation},
    NamedType{"router-solicitation", k6, icmp6::kRouterSolicitation},
    NamedType{"source-quench", k4, icmp4::kSourceQuench},
    NamedType{"time-exceeded", k4, icmp4::kTimeExceeded},
    NamedType{"time-exceeded", k6, icmp6::kTimeExceeded},
    NamedType{"timestamp", k4, icmp4::kTimestamp},
    NamedType{"timestamp-reply", k4, icmp4::kTimestampReply},
    NamedType{kTooBig, k6, icmp6::kPacketTooBig},
    NamedType{"unreachable", k4, icmp4::kUnreachable},
    NamedType{"unreachable", k6, icmp6::kUnreachable},
};

/// The name that somebody who typed `word` most likely meant: it begins alike, or has most letters in common.
std::string_view similar_name(std::string_view word) {
  constexpr std::size_t kLeast = 3;
  std::size_t best = kLeast - 1;
  std::string_view found;
  for (const NamedType& named : kNames) {
    const auto at = std::ranges::mismatch(word, named.name).in1;
    const auto alike = static_cast<std::size_t>(at - word.begin());
    if (alike > best) {
      best = alike;
      found = named.name;
    }
  }
  return found;
}

std::unexpected<Error> fail_unknown(std::string_view word) {
  const std::string_view similar = similar_name(word);
  return fail(fmt::format("'{}' is no ICMP type{}; there are {}", report::visible(word),
                          similar.empty() ? "" : fmt::format(" (did you mean {}?)", similar),
                          fmt::join(all_type_names(), ", ")));
}

std::string british(std::string_view word) {
  constexpr std::string_view kAmerican = "neighbor-";
  return word.starts_with(kAmerican) ? fmt::format("neighbour-{}", word.substr(kAmerican.size()))
                                     : std::string(word);
}

}  // namespace

std::string type_name(Family family, std::uint8_t type) {
  const auto* const found = std::ranges::find_if(
      kNames, [&](const NamedType& named) { return named.family == family && named.type == type; });
  return found != kNames.end() ? std::string(found->name) : fmt::format("type-{}", type);
}

Result<TypeSet> TypeSet::parse(std::string_view words) {
  TypeSet set;
  while (true) {
    const std::size_t comma = words.find(',');
    const std::string word = british(words.substr(0, comma));
    bool known = false;
    for (const NamedType& named : kNames) {
      if (named.name == word) {
        (named.family == k4 ? set.types4_ : set.types6_).set(named.type);
        known = true;
      }
    }
    if (!known) {
      return fail_unknown(words.substr(0, comma));
    }
    set.fragmentation_needed_ = set.fragmentation_needed_ || word == kTooBig;
    if (comma == std::string_view::npos) {
      return set;
    }
    words.remove_prefix(comma + 1);
  }
}

bool TypeSet::has(const packet::IcmpMessage& message) const {
  const auto& types = message.family == k4 ? types4_ : types6_;
  const bool needed = message.family == k4 && message.type == icmp4::kUnreachable &&
                      message.code == icmp4::kFragmentationNeeded;
  return types.test(message.type) || (needed && fragmentation_needed_);
}

void TypeSet::add(const TypeSet& other) {
  types4_ |= other.types4_;
  types6_ |= other.types6_;
  fragmentation_needed_ = fragmentation_needed_ || other.fragmentation_needed_;
}

std::vector<std::string_view> all_type_names() {
  std::vector<std::string_view> names;
  for (const NamedType& named : kNames) {
    if (names.empty() || names.back() != named.name) {
      names.push_back(named.name);
    }
  }
  return names;
}

}  // namespace echosweep::listen
