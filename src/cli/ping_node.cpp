#include "cli/ping_node.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

#include "cli/ping_values.hpp"
#include "core/address.hpp"

namespace echosweep::cli {

namespace {

using packet::NodeQueryType;

struct Word {
  std::string_view word;
  NodeQueryType type;
  std::uint16_t flags;
};

constexpr std::array kWords = {
    Word{"name", NodeQueryType::kNames, 0},
    Word{"fqdn", NodeQueryType::kNames, 0},
    Word{"ipv6", NodeQueryType::kIpv6Addresses, 0},
    Word{"ipv6-all", NodeQueryType::kIpv6Addresses, packet::kAllAddresses},
    Word{"ipv6-compatible", NodeQueryType::kIpv6Addresses, packet::kCompatibleAddresses},
    Word{"ipv6-global", NodeQueryType::kIpv6Addresses, packet::kGlobalAddresses},
    Word{"ipv6-linklocal", NodeQueryType::kIpv6Addresses, packet::kLinkLocalAddresses},
    Word{"ipv6-sitelocal", NodeQueryType::kIpv6Addresses, packet::kSiteLocalAddresses},
    Word{"ipv4", NodeQueryType::kIpv4Addresses, 0},
    Word{"ipv4-all", NodeQueryType::kIpv4Addresses, packet::kAllAddresses},
};

constexpr std::array<std::string_view, 4> kSubjects = {"subject-ipv6=ADDRESS", "subject-ipv4=ADDRESS",
                                                       "subject-name=NAME", "subject-fqdn=NAME"};

/// All words that there are, each behind `between` but the first.
std::string known_words(std::string_view between) {
  std::vector<std::string_view> words;
  std::ranges::transform(kWords, std::back_inserter(words), &Word::word);
  words.insert(words.end(), kSubjects.begin(), kSubjects.end());
  return fmt::format("{}", fmt::join(words, between));
}

[[noreturn]] void refuse_word(const std::string& word) {
  refuse_ping(fmt::format("-N: '{}' is none of {}", word, known_words(", ")));
}

/// The way out of those who ask for the version: a text, and the exit code of success.
[[noreturn]] void list_words() {
  throw CLI::CallForVersion(
      fmt::format("-N asks a node for its names or addresses, about a subject:\n  {}", known_words("\n  ")),
      0);
}

}  // namespace

void NodeOption::ask(NodeQueryType type, std::uint16_t flags) {
  if (has_type_ && query_.type != type) {
    refuse_ping("-N: one query at a time: names, IPv6 addresses or IPv4 addresses");
  }
  has_type_ = true;
  query_.type = type;
  query_.flags |= flags;
}

void NodeOption::set_subject(std::string_view kind, const std::string& value) {
  if (!query_.subject.empty()) {
    refuse_ping("-N: one subject at a time");
  }
  if (kind == "subject-name" || kind == "subject-fqdn") {
    const std::size_t zone = value.find('%');
    const std::string name = value.substr(0, zone);
    auto about = packet::query_about(query_, name, kind == "subject-fqdn");
    const auto group = packet::node_group(name);
    if (!about || !group) {
      refuse_ping(fmt::format("-N: '{}' cannot be a name", value));
    }
    query_ = std::move(*about);
    group_ = to_string(*group) + (zone == std::string::npos ? "" : value.substr(zone));
    return;
  }
  const auto address = Address::parse(value);
  if (!address || address->is_v4() != (kind == "subject-ipv4")) {
    refuse_ping(fmt::format("-N: {}: '{}' is no such address", kind, value));
  }
  query_ = packet::query_about(query_, *address);
}

void NodeOption::take(const std::string& word) {
  if (word == "help") {
    list_words();
  }
  given_ = true;
  const auto* const known = std::ranges::find(kWords, word, &Word::word);
  if (known != kWords.end()) {
    ask(known->type, known->flags);
    return;
  }
  const std::size_t equals = word.find('=');
  const std::string kind = word.substr(0, equals);
  const bool is_subject =
      kind == "subject-ipv6" || kind == "subject-ipv4" || kind == "subject-name" || kind == "subject-fqdn";
  if (!is_subject || equals == std::string::npos) {
    refuse_word(word);
  }
  set_subject(kind, word.substr(equals + 1));
}

std::optional<packet::NodeQuery> NodeOption::query() const {
  if (!given_) {
    return std::nullopt;
  }
  packet::NodeQuery query = query_;
  if (!has_type_) {
    query.type = NodeQueryType::kNames;
  }
  return query;
}

}  // namespace echosweep::cli
