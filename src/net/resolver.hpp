#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.hpp"
#include "core/result.hpp"

namespace echosweep::net {

/// Which addresses of a name are wanted.
enum class FamilyChoice : std::uint8_t { kAny, kIpv4, kIpv6 };

struct ResolverOptions {
  /// What the first try at a server waits; later ones wait longer.
  std::chrono::milliseconds timeout{2000};
  /// Tries per server.
  int tries = 2;
  /// Questions under way at once; more wait in a queue.
  std::size_t in_flight = 256;
  /// `ADDRESS[:PORT],...`; empty: the machine's own (/etc/resolv.conf).
  std::string servers;
  /// Where to look, in this order: `f` the hosts file, `b` DNS; empty: as the machine does
  /// (/etc/nsswitch.conf).
  std::string lookups;
};

/// Names to addresses and back, many at once, by c-ares: hosts file and DNS. Callbacks run in process() and
/// nowhere else, each exactly once, unless the Resolver is destroyed first; they may ask further questions.
/// Move-only; one thread.
class Resolver {
 public:
  /// error: what getaddrinfo(3) says of a name (`Name or service not known`, without the name).
  using LookupDone = std::function<void(Result<std::vector<Address>>)>;
  /// Nothing: no name, or none that is fit to be shown.
  using ReverseDone = std::function<void(std::optional<std::string>)>;

  static Result<Resolver> open(const ResolverOptions& options);
  Resolver(Resolver&&) noexcept;
  Resolver& operator=(Resolver&&) noexcept;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver();

  /// All addresses of `name`, the preferred one (RFC 6724) first, none twice.
  void lookup(std::string name, FamilyChoice family, LookupDone done);
  void reverse(const Address& address, ReverseDone done);
  /// Questions whose callback has not run yet.
  std::size_t pending() const;
  /// Waits for answers, `at_most` that long and not at all where callbacks are due or nothing is pending, and
  /// runs the callbacks.
  void process(std::chrono::milliseconds at_most);

 private:
  class Channel;
  explicit Resolver(std::unique_ptr<Channel> channel);

  std::unique_ptr<Channel> channel_;
};

/// Whether what somebody's DNS says can be shown as a host's name: printable ASCII without spaces, no
/// backslash (the escape of bytes that are not), no leading `-` (an option to the next program in a pipe), at
/// most 253 characters, and nothing that reads as an address: a host must not pass for another one.
bool is_presentable_name(std::string_view name);

}  // namespace echosweep::net
