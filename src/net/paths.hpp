#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "core/quantities.hpp"
#include "net/attached.hpp"
#include "net/neighbours.hpp"
#include "net/routes.hpp"

namespace echosweep::net {

/// A next hop on one of our links. Its MAC address is written by the receiver and read by the sender; what
/// can change besides is the sender's alone.
struct Gateway {
  Gateway(std::uint32_t interface_in, const Address& address_in)
      : interface(interface_in), address(address_in) {}

  const std::uint32_t interface;
  const Address address;
  std::atomic<bool> is_asked{false};     ///< an answer is waited for; others are not believed
  std::atomic<std::uint64_t> mac{0};     ///< MacAddress::value(); 0: not known yet
  bool in_use = true;                    ///< some path leads by it
  MacAddress our_mac{};                  ///< who asks for it
  Address source{};                      ///< the same; of its own family, whatever goes by it
  std::optional<MonotonicTime> waiting;  ///< since when a packet has waited for it
  MonotonicTime asked;                   ///< when we asked for it last
};

/// How packets to some addresses leave.
struct Path {
  enum class Kind : std::uint8_t {
    kNone,      ///< not at all: `error`
    kKernel,    ///< by the kernel: own addresses, links without Ethernet headers, tunnels, broadcasts
    kGateway,   ///< in frames to `gateway`
    kAttached,  ///< in frames to the target itself, whose MAC address must be asked for
  };
  Kind kind = Kind::kKernel;
  int error = 0;  ///< errno that a probe meets
  std::uint32_t interface = 0;
  std::uint32_t mtu = 0;  ///< bytes of an IP packet
  MacAddress our_mac{};
  Address source{};
  Gateway* gateway = nullptr;
};

/// The kernel's routes, as a sweep needs them: an answer for each address in a few nanoseconds. The numbers
/// where routes begin and end are read once and again when the kernel says that something has changed; what
/// lies between two of them is asked about when the first packet goes there.
class Paths final : public Attached {
 public:
  static Result<std::unique_ptr<Paths>> open(const RouteQuery& query);

  /// Sender thread only; valid until the next refresh().
  const Path& find(const Address& destination) {
    // In a sweep nearly every address is of the last one's stretch: two comparisons.
    const bool is_same = last_ != nullptr && destination.family() == last_first_.family() &&
                         destination.zone() == last_first_.zone() &&
                         destination.value() - last_first_.value() <= last_span_;
    return is_same ? *last_ : look_up(destination);
  }
  bool is_attached(const Address& address) override { return find(address).kind == Path::Kind::kAttached; }
  bool learn(std::uint32_t interface, const Address& address, const MacAddress& mac) override;

  /// Reads again what may have changed since the last call. False: nothing has. Sender thread only.
  bool refresh();
  /// Sender thread only.
  std::deque<Gateway>& gateways() { return gateways_; }
  /// For the interface's name and MAC address.
  Link link(std::uint32_t interface) { return link_of(netlink_, interface); }

 private:
  /// What is routed alike, and how, as far as that has been asked.
  struct Table {
    std::vector<Uint128> starts;
    std::vector<const Path*> paths;
  };

  Paths(Netlink netlink, Netlink changes, const RouteQuery& query);
  void read_boundaries();
  const Path& look_up(const Address& destination);
  /// A stretch of addresses on one of our own links, for learn().
  void note_attached(const Address& first, const Address& last, std::uint32_t interface);
  Table& table_of(const Address& destination);
  const Path* ask(const Address& destination);
  Path make_path(const Address& destination);
  Gateway* gateway_of(const Route& route, const Address& packets_source);

  Netlink netlink_;
  Netlink changes_;
  RouteQuery query_;
  std::array<Table, 2> tables_;           ///< by Family
  std::map<std::uint32_t, Table> zoned_;  ///< by zone: link-local addresses
  using PathKey = std::tuple<Path::Kind, int, std::uint32_t, std::uint32_t, MacAddress, Address, Gateway*>;
  std::map<PathKey, Path> paths_;

  // The last answer: neighbours in a range share it.
  Address last_first_;
  Uint128 last_span_ = 0;  ///< from the stretch's first address to its last
  const Path* last_ = nullptr;

  /// Which link an address is asked for on: by the first address of a stretch, its last and the interface.
  std::map<Address, std::pair<Address, std::uint32_t>> attached_;
  std::mutex gateways_lock_;  ///< held to add one or to attached_, and by learn()
  std::deque<Gateway> gateways_;
};

}  // namespace echosweep::net
