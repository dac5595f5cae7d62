#include "cli/fping_targets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <functional>
#include <ranges>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/fping_usage.hpp"
#include "cli/messages.hpp"
#include "net/fd.hpp"
#include "net/resolver.hpp"

namespace echosweep::cli {

namespace {

/// fping's exit code where there is nobody to ask, or a wrong word.
constexpr int kNobody = 1;
constexpr const char* kNoName = "Name or service not known";
constexpr const char* kOtherFamily = "Address family for hostname not supported";

std::unexpected<TargetFailure> give_up(int exit_code) {
  return std::unexpected(TargetFailure{exit_code});
}

/// One address, if that is what the word is: in our strict form, or in one of inet_aton()'s.
std::optional<Address> numeric(const std::string& word) {
  if (const auto address = Address::parse(word)) {
    return *address;
  }
  in_addr old{};
  if (!word.empty() && word.find_first_of(" \t") == std::string::npos && inet_aton(word.c_str(), &old) != 0) {
    return Address::v4(ntohl(old.s_addr));
  }
  return std::nullopt;
}

/// What getaddrinfo(3) does not even ask for.
bool can_be_a_name(const std::string& word) {
  static constexpr std::string_view kOthers = "-_.";
  return !word.empty() && word[0] != '-' && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c < 0 ||
           kOthers.find(c) != std::string_view::npos;
  });
}

/// The targets as they are named, one after the other; names are looked up when all are known, all at once.
class FpingTargets {
 public:
  explicit FpingTargets(const SweepCommand& command) : command_(command) { builder_.keep_mentions(); }

  void add_word(const std::string& word) {
    Word named{.text = word};
    if (const auto address = numeric(word)) {
      if (fits_family(*address)) {
        named.addresses = {zoned(*address)};
      } else {
        named.failure = kOtherFamily;
      }
    } else if (!can_be_a_name(word)) {
      named.failure = kNoName;
    }
    words_.push_back(std::move(named));
  }
  void add_range(const targets::Range& range) { builder_.add(range, true); }
  Result<ReadTargets> build();

 private:
  struct Word {
    std::string text;
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
    const std::size_t wanted = command_.all_addresses ? word.addresses.size() : 1;
    for (const Address& address : word.addresses | std::views::take(wanted)) {
      // What is typed as it is printed needs no name, and reverse DNS may give it one.
      builder_.add_named(builder_.hold_place(), address, word.text == to_string(address) ? "" : word.text);
    }
  }
  auto set = builder_.build();
  if (!set) {
    return std::unexpected(set.error());
  }
  read.set = std::move(*set);
  return read;
}

/// The first word of each line; none of empty lines and of those that begin with #.
void add_lines(std::string_view text, FpingTargets& targets) {
  constexpr std::string_view kBlanks = " \t\r\f\v";
  for (const auto part : std::views::split(text, '\n')) {
    const std::string_view line(part.begin(), part.end());
    const std::size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos || line[first] == '#') {
      continue;
    }
    const std::size_t end = line.find_first_of(kBlanks, first);
    targets.add_word(std::string(line.substr(first, end - first)));
  }
}

/// errno, or 0.
int add_file(const std::string& path, FpingTargets& targets) {
  const net::Fd file(path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                 : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return errno;
  }
  constexpr std::size_t kPiece = 1 << 16;
  std::string text;
  while (true) {
    const std::size_t kept = text.size();
    text.resize(kept + kPiece);
    const ssize_t got = read(file.get(), text.data() + kept, kPiece);
    if (got < 0 && errno == EINTR) {
      text.resize(kept);
      continue;
    }
    text.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got <= 0) {  // a folder reads as nothing, as it does for fping
      add_lines(text, targets);
      return 0;
    }
    if (const std::size_t whole = text.rfind('\n'); whole != std::string::npos) {
      add_lines(std::string_view(text).substr(0, whole), targets);
      text.erase(0, whole + 1);
    }
  }
}

/// What -g cannot use; the form with a prefix has a comma after the name, as fping has.
int complain_of_address(const std::string& word, std::string_view why, bool is_network,
                        std::string_view name) {
  print_to_stderr(fmt::format("{}{} can't parse address {}: {}\n", name, is_network ? "," : ":", word, why));
  return kNobody;
}

std::optional<std::string_view> why_not(const std::optional<Address>& address, const SweepCommand& command) {
  if (!address) {
    return kNoName;
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
  const auto address = numeric(text);
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
  const auto first = numeric(start);
  if (const auto why = why_not(first, command)) {
    return complain_of_address(start, *why, false, command.arguments.front());
  }
  const auto last = numeric(end);
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
    if (const int code = add_file(file, targets); code != 0) {
      complain(fmt::format("fopen : {}", std::strerror(code)));
      return give_up(kSystemFailure);
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
