#include "cli/read_targets.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <ranges>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/fping_targets.hpp"
#include "cli/messages.hpp"
#include "cli/read_pieces.hpp"
#include "cli/subcommands.hpp"
#include "net/routes.hpp"
#include "targets/spec.hpp"
#include "targets/target_file.hpp"

namespace echosweep::cli {

namespace {

/// Errors about single words: the first ten are shown.
class BadTargets {
 public:
  void add(const std::string& message) {
    if (++count_ <= kShown) {
      complain(message);
    }
  }
  /// So many that the file cannot have been meant: one that never ends would have no last one.
  bool too_many() const { return count_ >= kMost; }
  /// True if there were any.
  bool finish() const {
    if (count_ > kShown) {
      complain(fmt::format("and {} more bad targets", count_ - kShown));
    }
    return count_ > 0;
  }

 private:
  static constexpr std::size_t kShown = 10;
  static constexpr std::size_t kMost = 100'000;
  std::size_t count_ = 0;
};

/// Takes what is read straight into the set's builder; names are looked up when all is read, all at once.
class Collector {
 public:
  explicit Collector(const SweepCommand& command)
      : command_(command), interface_(if_nametoindex(command.socket.interface.c_str())) {
    if (command.counts()) {
      builder_.keep_mentions();
    }
  }

  void add_address(const Address& address, std::size_t line, std::string_view file) {
    if (!fits_family(address) || lacks_zone(address)) {
      bad_.add(fmt::format("{}:{}: {}", file, line, why_not(address, to_string(address))));
    } else {
      builder_.add({zoned(address), zoned(address)}, true);
    }
  }
  /// `where`: file and line as they stand in front of a message; empty for arguments.
  void add_spec(targets::Spec&& spec, std::string_view text, const std::string& where) {
    if (!spec.name.empty()) {
      names_.push_back({.name = std::move(spec.name), .place = builder_.hold_place()});
      return;
    }
    const Address& first = spec.ranges.front().first;
    if (!fits_family(first) || lacks_zone(first)) {
      bad_.add(where + why_not(first, text));
      return;
    }
    for (const targets::Range& range : spec.ranges) {
      builder_.add({zoned(range.first), zoned(range.last)}, spec.single);
    }
  }
  void exclude(targets::Spec&& spec) {
    if (!spec.name.empty()) {
      excluded_names_.push_back({.name = std::move(spec.name), .place = 0});
    }
    for (const targets::Range& range : spec.ranges) {
      builder_.exclude({zoned(range.first), zoned(range.last)});
    }
  }
  void add_bad(const std::string& message) { bad_.add(message); }
  bool any_bad() const { return bad_.finish(); }
  bool too_many_bad() const { return bad_.too_many(); }

  Result<ReadTargets> build();

 private:
  struct Name {
    std::string name;
    std::uint64_t place = 0;
    std::vector<Address> addresses{};
    std::string failure{};
  };

  bool fits_family(const Address& address) const {
    return address.is_v4() ? !command_.only6 : !command_.only4;
  }
  /// A link-local address says nothing without its link: the zone, or -I.
  bool lacks_zone(const Address& address) const {
    return zoned(address).needs_zone() && zoned(address).zone() == 0;
  }
  Address zoned(const Address& address) const {
    return address.needs_zone() && address.zone() == 0 ? address.with_zone(interface_) : address;
  }
  std::string why_not(const Address& address, std::string_view text) const {
    return fits_family(address)
               ? fmt::format("'{0}' needs a zone ({0}%eth0), or {1}", text, command_.interface_option)
               : fmt::format("'{0}' is not IPv{1}, as -{1} wants", text, command_.only4 ? 4 : 6);
  }
  Result<void> resolve();

  const SweepCommand& command_;
  std::uint32_t interface_;  ///< of -I; 0: none
  targets::TargetSetBuilder builder_;
  std::vector<Name> names_;
  std::vector<Name> excluded_names_;
  BadTargets bad_;
};

Result<void> Collector::resolve() {
  if (names_.empty() && excluded_names_.empty()) {
    return {};
  }
  auto resolver = net::Resolver::open({});
  if (!resolver) {
    return std::unexpected(resolver.error());
  }
  const auto look_up = [&](std::vector<Name>& names, net::FamilyChoice family) {
    for (Name& name : names) {
      resolver->lookup(name.name, family, [&name](Result<std::vector<Address>> found) {
        if (found) {
          name.addresses = std::move(*found);
        } else {
          name.failure = found.error().message;
        }
      });
    }
  };
  look_up(names_, command_.family());
  look_up(excluded_names_, net::FamilyChoice::kAny);
  while (resolver->pending() > 0) {
    resolver->process(std::chrono::seconds(1));
  }
  return {};
}

Result<ReadTargets> Collector::build() {
  if (auto resolved = resolve(); !resolved) {
    return std::unexpected(resolved.error());
  }
  std::vector<UnresolvedName> unresolved;
  for (const Name& name : names_) {
    if (name.addresses.empty()) {
      unresolved.push_back({name.name, name.failure});
      const Subcommand* const meant = similar_subcommand(name.name);
      const std::string hint =
          meant == nullptr ? "" : fmt::format(" (did you mean the subcommand {}?)", meant->name);
      complain(fmt::format("{}: {}{}", name.name, name.failure, hint));
    }
    const std::size_t wanted = command_.all_addresses ? name.addresses.size() : 1;
    for (const Address& address : name.addresses | std::views::take(wanted)) {
      builder_.add_named(name.place, address, name.name);
    }
  }
  for (const Name& name : excluded_names_) {
    if (name.addresses.empty()) {  // then nobody knows what must not be asked
      return fail(fmt::format("cannot exclude {}: {}", name.name, name.failure));
    }
    for (const Address& address : name.addresses) {
      builder_.exclude({address, address});
    }
  }
  if (auto netlink = net::Netlink::open()) {
    for (const Address& address : net::broadcast_addresses(*netlink)) {
      builder_.leave_out_unless_single({address, address});
    }
  }
  auto set = builder_.build();
  if (!set) {
    return std::unexpected(set.error());
  }
  return ReadTargets{.set = std::move(*set), .unresolved_names = std::move(unresolved)};
}

void read_arguments(const SweepCommand& command, Collector& collector) {
  const auto take = [&](Result<targets::Spec> spec, const std::string& text) {
    if (spec) {
      collector.add_spec(std::move(*spec), text, "");
    } else {
      collector.add_bad(spec.error().message);
    }
  };
  const auto& words = command.targets;
  if (command.generate) {
    take(words.size() == 2 ? targets::parse_generate(words[0], words[1]) : targets::parse_generate(words[0]),
         words[0]);
    return;
  }
  for (const std::string& word : words) {
    take(targets::parse_spec(word), word);
  }
}

void read_exclusions(const SweepCommand& command, Collector& collector) {
  for (const std::string& word : command.exclude) {
    if (auto spec = targets::parse_spec(word)) {
      collector.exclude(std::move(*spec));
    } else {
      collector.add_bad("--exclude: " + spec.error().message);
    }
  }
}

enum class FileUse : std::uint8_t { kTargets, kExclusions };

/// An Error: the file cannot be read. What is wrong with its lines goes to the collector.
Result<void> read_file(const std::string& path, FileUse use, Collector& collector) {
  const std::string name = path == "-" ? "standard input" : path;
  const auto where = [&](std::size_t line) { return fmt::format("{}:{}: ", name, line); };
  const auto on_spec = [&](targets::Spec&& spec, std::size_t line) {
    if (use == FileUse::kExclusions) {
      collector.exclude(std::move(spec));
    } else {
      const std::string first = spec.ranges.empty() ? spec.name : to_string(spec.ranges.front().first);
      collector.add_spec(std::move(spec), first, where(line));
    }
  };
  const auto on_address = [&](const Address& address, std::size_t line) {
    if (use == FileUse::kExclusions) {
      collector.exclude({.ranges = {{address, address}}, .name = {}, .single = true});
    } else {
      collector.add_address(address, line, name);
    }
  };
  const targets::LineHandlers handlers = {
      .on_address = on_address, .on_spec = on_spec, .on_bad = [&](targets::BadLine&& bad) {
        collector.add_bad(where(bad.line) + bad.why);
      }};
  std::size_t line = 1;
  return read_pieces(path, [&](std::string_view piece) {
    line = targets::parse_target_lines(piece, handlers, line);
    return !collector.too_many_bad();
  });
}

Result<void> read_files(const SweepCommand& command, Collector& collector) {
  for (const std::string& path : command.files) {
    if (auto done = read_file(path, FileUse::kTargets, collector); !done) {
      return done;
    }
  }
  if (command.targets.empty() && command.files.empty()) {
    if (auto done = read_file("-", FileUse::kTargets, collector); !done) {
      return done;
    }
  }
  for (const std::string& path : command.exclude_files) {
    if (auto done = read_file(path, FileUse::kExclusions, collector); !done) {
      return done;
    }
  }
  return {};
}

}  // namespace

std::expected<ReadTargets, TargetFailure> read_targets(const SweepCommand& command) {
  if (command.as_fping) {
    return read_fping_targets(command);
  }
  const auto give_up = [](const std::string& message, int exit_code) {
    complain(message);
    return std::unexpected(TargetFailure{exit_code});
  };
  if (command.targets.empty() && command.files.empty() && isatty(STDIN_FILENO) == 1) {
    return give_up("no targets: name some, or use -f FILE, or pipe them in (see echosweep --help)",
                   kBadOption);
  }
  Collector collector(command);
  read_arguments(command, collector);
  read_exclusions(command, collector);
  if (auto done = read_files(command, collector); !done) {
    return give_up(done.error().message, kSystemFailure);
  }
  if (collector.any_bad()) {
    return std::unexpected(TargetFailure{kBadTarget});
  }
  auto read = collector.build();
  if (!read) {
    return give_up(read.error().message, kBadTarget);
  }
  if (read->set.empty()) {
    // Where names did not resolve, that was said; otherwise nothing was named, or all of it excluded.
    return read->unresolved() > 0
               ? std::unexpected(TargetFailure{kBadTarget})
               : give_up("no targets: nothing was named, or everything excluded", kBadTarget);
  }
  return std::move(*read);
}

}  // namespace echosweep::cli
