#include "cli/fping_targets.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ranges>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/fping_usage.hpp"
#include "cli/host_word.hpp"
#include "cli/messages.hpp"
#include "cli/read_pieces.hpp"
#include "net/resolver.hpp"

namespace echosweep::cli {

namespace {

/// fping's exit code where there is nobody to ask, or a wrong word.
constexpr int kNobody = 1;
constexpr const char* kUnknownName = "Name or service not known";
constexpr const char* kOtherFamily = "Address family for hostname not supported";

std::unexpected<TargetFailure> give_up(int exit_code) {
  return std::unexpected(TargetFailure{exit_code});
}

/// The targets as they are named, one after the other; names are looked up when all are known, all at once.
class FpingTargets {
 public:
  explicit FpingTargets(const SweepCommand& command) : command_(command) { builder_.keep_mentions(); }

  void add_word(const std::string& word) {
    if (const auto plain = Address::parse(word);
        plain && fits_family(*plain) && to_string(zoned(*plain)) == word) {
      builder_.add({zoned(*plain), zoned(*plain)}, true);
      return;
    }
    Word named{.text = word, .place = builder_.hold_place(kMostAddresses)};
    if (const auto address = parse_as_inet_aton(word)) {
      if (fits_family(*address)) {
        named.addresses = {zoned(*address)};
      } else {
        named.failure = kOtherFamily;
      }
    } else if (!may_be_name(word)) {
      named.failure = kUnknownName;
    }
    words_.push_back(std::move(named));
  }
  void add_range(const targets::Range& range) { builder_.add(range, true); }
  Result<ReadTargets> build();

 private:
  /// The addresses of one name stay in the order in which the resolver gave them.
  static constexpr std::uint64_t kMostAddresses = 256;

  struct Word {
    std::string text;
    std::uint64_t place = 0;
    std::vector<Address> addresses{};
    std::string failure{};
  };

  bool fits_family(const Address& address) const {
    return address.is_v4() ? !command_.only6 : !command_.only4;
  }
  Address zoned(const Address& address) const {
    return address.needs_zone() && address.zone() == 0
               ? address.with_zone(if_nametoindex(command_.socket.interface.c_str()))
               : address;
  }
  Result<void> resolve();

  const SweepCommand& command_;
  targets::TargetSetBuilder builder_;
  std::vector<Word> words_;
};

Result<void> FpingTargets::resolve() {
  const auto is_open = [](const Word& word) { return word.addresses.empty() && word.failure.empty(); };
  if (std::ranges::none_of(words_, is_open)) {
    return {};
  }
  auto resolver = net::Resolver::open({});
  if (!resolver) {
    return std::unexpected(resolver.error());
  }
  for (Word& word : words_ | std::views::filter(is_open)) {
    resolver->lookup(word.text, command_.family(), [&word](Result<std::vector<Address>> found) {
      if (found) {
        word.addresses = std::move(*found);
      } else {
        word.failure = found.error().message;
      }
    });
  }
  while (resolver->pending() > 0) {
    resolver->process(std::chrono::seconds(1));
  }
  return {};
}

Result<ReadTargets> FpingTargets::build() {
  if (auto resolved = resolve(); !resolved) {
    return std::unexpected(resolved.error());
  }
  ReadTargets read;
  for (const Word& word : words_) {
    if (word.addresses.empty()) {
      read.unresolved_names.push_back({word.text, word.failure});
      if (!command_.quiet && !command_.count.report_every) {
        print_to_stderr(fmt::format("{}: {}\n", word.text, word.failure));
      }
    }
    const std::size_t wanted = command_.all_addresses ? kMostAddresses : 1;
    std::uint64_t place = word.place;
    for (const Address& address : word.addresses | std::views::take(wanted)) {
      // What is typed as it is printed needs no name, and reverse DNS may give it one.
      builder_.add_named(place++, zoned(address), word.text == to_string(address) ? "" : word.text);
    }
  }
  auto set = builder_.build();
  if (!set) {
    return std::unexpected(set.error());
  }
  read.set = std::move(*set);
  return read;
}

/// The first word of each line; none of empty lines and of those that begin with #. False: a word is too
/// long.
bool add_lines(std::string_view text, FpingTargets& targets) {
  constexpr std::string_view kBlanks = " \t\r\f\v";
  constexpr std::size_t kLongestName = 255;
  for (const auto part : std::views::split(text, '\n')) {
    const std::string_view line(part.begin(), part.end());
    const std::size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos || line[first] == '#') {
      continue;
    }
    const std::string_view word = line.substr(first, line.find_first_of(kBlanks, first) - first);
    if (word.size() > kLongestName) {
      return false;
    }
    targets.add_word(std::string(word));
  }
  return true;
}

/// An exit code: it cannot be read.
std::optional<int> add_file(const std::string& path, FpingTargets& targets) {
  bool names_fit = true;
  const auto done = read_pieces(path, [&](std::string_view text) {
    names_fit = add_lines(text, targets);
    return names_fit;
  });
  if (!names_fit) {
    complain("target name too long");
    return kNobody;
  }
  // A folder reads as nothing, as it does for fping.
  if (!done && done.error().code != EISDIR) {
    const int code = done.error().code;
    complain(fmt::format("fopen : {}", code != 0 ? std::strerror(code) : done.error().message));
    return kSystemFailure;
  }
  return std::nullopt;
}

/// What -g cannot use; the form with a prefix has a comma after the name, as fping has.
int complain_of_address(const std::string& word, std::string_view why, bool is_network,
                        std::string_view name) {
  print_to_stderr(fmt::format("{}{} can't parse address {}: {}\n", name, is_network ? "," : ":", word, why));
  return kNobody;
}

std::optional<std::string_view> why_not(const std::optional<Address>& address, const SweepCommand& command) {
  if (!address) {
    return kUnknownName;
  }
  const bool fits = address->is_v4() ? !command.only6 : !command.only4;
  return fits ? std::nullopt : std::optional<std::string_view>(kOtherFamily);
}

/// `ADDRESS/PREFIX`: without its ends, but where there are no more than two; IPv6 with them.
std::optional<int> add_network(const std::string& word, const SweepCommand& command, FpingTargets& targets) {
  const std::size_t slash = word.find('/');
  const std::string text = word.substr(0, slash);
  unsigned long prefix = 0;
  const char* const end = word.data() + word.size();
  const auto [stopped, error] = std::from_chars(word.data() + slash + 1, end, prefix);
  if (error != std::errc() || stopped != end) {
    print_to_stderr(kFpingUsage);
    return kNobody;
  }
  const auto address = parse_as_inet_aton(text);
  if (const auto why = why_not(address, command)) {
    return complain_of_address(text, *why, true, command.arguments.front());
  }
  const auto [least, most] = address->is_v4() ? std::pair(1UL, 32UL) : std::pair(65UL, 128UL);
  if (prefix < least || prefix > most) {
    complain(fmt::format("netmask must be between {} and {} (is: {})", least, most, prefix));
    return kNobody;
  }
  targets::Range range = targets::prefix_range(*address, static_cast<int>(prefix));
  if (address->is_v4() && prefix < 31) {
    range = {range.first.plus(1), range.last.plus(~Uint128{0})};
  }
  targets.add_range(range);
  return std::nullopt;
}

std::optional<int> add_between(const std::string& start, const std::string& end, const SweepCommand& command,
                               FpingTargets& targets) {
  const auto first = parse_as_inet_aton(start);
  if (const auto why = why_not(first, command)) {
    return complain_of_address(start, *why, false, command.arguments.front());
  }
  const auto last = parse_as_inet_aton(end);
  if (const auto why = why_not(last, command)) {
    return complain_of_address(end, *why, false, command.arguments.front());
  }
  if (first->family() != last->family()) {
    return complain_of_address(end, kOtherFamily, false, command.arguments.front());
  }
  if (*first <= *last) {
    targets.add_range({*first, *last});
  }
  return std::nullopt;
}

std::optional<int> add_generated(const SweepCommand& command, FpingTargets& targets) {
  const auto& words = command.targets;
  if (words.size() == 2) {
    return add_between(words[0], words[1], command, targets);
  }
  if (words[0].find('/') == std::string::npos) {
    print_to_stderr(kFpingUsage);
    return kNobody;
  }
  return add_network(words[0], command, targets);
}

}  // namespace

std::expected<ReadTargets, TargetFailure> read_fping_targets(const SweepCommand& command) {
  FpingTargets targets(command);
  if (command.generate) {
    if (const auto stop = add_generated(command, targets)) {
      return give_up(*stop);
    }
  } else if (!command.targets.empty()) {
    std::ranges::for_each(command.targets, [&](const std::string& word) { targets.add_word(word); });
  } else {
    const std::string file = command.files.empty() ? "-" : command.files.front();
    if (const auto stop = add_file(file, targets)) {
      return give_up(*stop);
    }
  }
  auto read = targets.build();
  if (!read) {
    complain(read.error().message);
    return give_up(kSystemFailure);
  }
  if (read->set.empty()) {
    return give_up(read->unresolved() > 0 ? kBadTarget : kNobody);
  }
  return std::move(*read);
}

}  // namespace echosweep::cli
