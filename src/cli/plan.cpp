#include "cli/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/setup_count.hpp"
#include "cli/values.hpp"
#include "cli/wire.hpp"
#include "modes/auto_rate.hpp"
#include "packet/frame.hpp"
#include "packet/icmp.hpp"
#include "report/output.hpp"

namespace echosweep::cli {

namespace {

/// Ranges whose routes are shown; more would be a list, not a plan.
constexpr std::size_t kShownRanges = 8;

std::string format_range(const targets::Range& range) {
  return range.first == range.last ? to_string(range.first)
                                   : fmt::format("{}-{}", to_string(range.first), to_string(range.last));
}

/// What one probe takes of an Ethernet: header, at least 46 bytes of packet, check sequence, preamble and gap
/// (IEEE 802.3 4.2.3).
std::size_t ethernet_bytes(std::size_t packet) {
  constexpr std::size_t kShortest = 46;
  return packet::kEthernetHeaderSize + std::max(packet, kShortest) + 4 + 8 + 12;
}

/// What the plan needs to know of a command for each route.
struct Transmission {
  net::Paths& paths;
  std::string back_end;  ///< of frames, where frames can be sent; else of everything
  std::size_t payload_size = 0;
  bool neighbours_only = false;

  bool has_frames() const { return back_end != "icmp" && back_end != "raw"; }
};

bool is_attached(const Transmission& transmission, const Address& address) {
  return transmission.paths.find(address).kind == net::Path::Kind::kAttached;
}

/// How a directly attached target is asked.
std::string format_attached(net::Netlink& netlink, const Transmission& transmission, Family family) {
  if (!transmission.has_frames()) {
    return fmt::format(", directly attached: {} at a time by the kernel's neighbour table",
                       net::neighbour_limit(netlink, family) / 2);
  }
  const std::string_view protocol = family == Family::kIpv4 ? "ARP" : "ND";
  return fmt::format(", directly attached: asked by {}{}", protocol,
                     transmission.neighbours_only ? " alone" : " first (one packet more for who answers)");
}

std::string format_transmission(const Transmission& transmission, const net::Route& route,
                                const Address& address) {
  const std::size_t packet = (address.is_v4() ? packet::kIpv4HeaderSize : packet::kIpv6HeaderSize) +
                             packet::kIcmpHeaderSize + transmission.payload_size;
  const auto kind = transmission.paths.find(address).kind;
  const bool by_kernel = kind != net::Path::Kind::kGateway && kind != net::Path::Kind::kAttached;
  const std::string back_end = by_kernel && transmission.has_frames() ? "raw" : transmission.back_end;
  return route.link.is_ethernet() && !route.local
             ? fmt::format(", by {}, {} bytes on the wire each", back_end, ethernet_bytes(packet))
             : fmt::format(", by {}, {} bytes each", back_end, packet);
}

std::string format_route(net::Netlink& netlink, const Address& address, const net::RouteQuery& query,
                         const Transmission& transmission) {
  const auto route = net::route_to(netlink, address, query);
  if (!route) {
    switch (route.error().code) {
      case EINVAL:
        return "blackhole: nothing would leave";
      case EACCES:
        return "prohibited: nothing would leave";
      case EHOSTUNREACH:
      case ENETUNREACH:
        return "no route: nothing would leave";
      default:
        return route.error().message;
    }
  }
  std::string text = route->gateway ? fmt::format("via {} ", to_string(*route->gateway)) : std::string();
  text += fmt::format("dev {}", route->link.name);
  if (route->source) {
    text += fmt::format(" src {}", to_string(*route->source));
  }
  if (transmission.neighbours_only && !is_attached(transmission, address)) {
    return text + ", not on a link of ours: nothing would leave";
  }
  if (route->needs_neighbour()) {
    text += format_attached(netlink, transmission, address.family());
  }
  return text + format_transmission(transmission, *route, address);
}

/// The routes at both ends of each range: one where they agree.
std::string format_routes(const targets::TargetSet& targets, const SweepCommand& command) {
  const net::RouteQuery query = route_query(command);
  auto netlink = net::Netlink::open();
  auto paths = net::Paths::open(query);
  if (!netlink || !paths) {
    return fmt::format("routes    {}\n", (netlink ? paths.error() : netlink.error()).message);
  }
  const Transmission transmission{.paths = **paths,
                                  .back_end = expected_transmit(command),
                                  .payload_size = command.payload_size,
                                  .neighbours_only = command.neighbours_only};
  std::string text;
  for (std::size_t i = 0; i < std::min(kShownRanges, targets.range_count()); ++i) {
    const targets::Range range = targets.range(i);
    const std::string first = format_route(*netlink, range.first, query, transmission);
    const std::string last = format_route(*netlink, range.last, query, transmission);
    text += fmt::format("{}{}: {}\n", i == 0 ? "routes    " : "          ", format_range(range),
                        first == last ? first : fmt::format("first {}; last {}", first, last));
  }
  if (targets.range_count() > kShownRanges) {
    text += fmt::format("          and {} more ranges\n", format_count(targets.range_count() - kShownRanges));
  }
  return text;
}

std::string format_targets(const ReadTargets& read) {
  const auto& counts = read.set.counts();
  std::string text =
      fmt::format("targets   {} in {} range{}", format_count(read.set.size()),
                  format_count(read.set.range_count()), read.set.range_count() == 1 ? "" : "s");
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) {
      text += fmt::format(", {} {}", format_count(count), what);
    }
  };
  add(counts.duplicates, "named twice");
  add(counts.excluded, "excluded");
  add(counts.left_out, "multicast or broadcast left out");
  add(read.unresolved(), "names not resolved");
  return text + "\n";
}

std::string format_packets(const SweepCommand& command, std::uint64_t targets) {
  const std::uint64_t most = targets * (command.sweep.retries + 1);
  std::string text = fmt::format("packets   {}", format_count(targets));
  if (most > targets) {
    text += fmt::format(" if all answer, {} if none does", format_count(most));
  }
  const std::size_t with_headers = packet::kIpv4HeaderSize + packet::kIcmpHeaderSize + command.payload_size;
  text += fmt::format("; {} bytes of payload ({} as IPv4)\n", command.payload_size, with_headers);
  return text;
}

std::string format_pace(const SweepCommand& command, std::uint64_t targets) {
  if (command.sweep.auto_rate) {
    return fmt::format(
        "rate      auto: {} packets/s at first, as many as lose no more than {:g}% then\ntime      unknown\n",
        format_count(static_cast<std::uint64_t>(modes::AutoRate::kStart)), command.sweep.max_loss * 100);
  }
  if (command.rate.unlimited()) {
    return "rate      as fast as it goes\n";
  }
  const auto sending = [&](double packets) {
    constexpr double kCenturies = 9e18;  // three, in nanoseconds: what fits
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(std::min(packets / command.rate.per_second * 1e9, kCenturies)));
  };
  const double count = static_cast<double>(targets);
  // The passes overlap: at the end there are only the timeouts of the last targets, and the drain.
  std::chrono::nanoseconds waiting = command.sweep.drain;
  for (unsigned pass = 0; pass < command.sweep.retries; ++pass) {
    waiting += modes::timeout_of(command.sweep, Pass{static_cast<std::uint8_t>(pass)});
  }
  return fmt::format("rate      {:g} packets/s\ntime      {} if all answer, {} if none does\n",
                     command.rate.per_second, format_time(sending(count)),
                     format_time(sending(count * (command.sweep.retries + 1)) + waiting));
}

/// Of a run that asks each target many times.
std::string format_rounds(const SweepCommand& command, std::uint64_t targets) {
  const CountCommand& count = command.count;
  // In seconds, as numbers so large that nothing overflows.
  const auto seconds = [](std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
  };
  const double spread = seconds(count_spacing(command, targets)) * static_cast<double>(targets);
  const double round = std::max(seconds(count.period), spread);
  const std::size_t with_headers = packet::kIpv4HeaderSize + packet::kIcmpHeaderSize + command.payload_size;
  const std::string size = command.icmp_timestamp ? "ICMP timestamp requests"
                                                  : fmt::format("{} bytes of payload ({} as IPv4)",
                                                                command.payload_size, with_headers);
  const std::string rate = fmt::format("rate      {:g} packets/s, a round each {:g} s\n",
                                       static_cast<double>(targets) / round, round);
  if (count.rounds == 0) {
    return fmt::format("packets   {} a round; {}\n{}time      until it is stopped\n", format_count(targets),
                       size, rate);
  }
  constexpr double kMost = 9e9;  // seconds that fit into nanoseconds: three centuries
  const double rounds = static_cast<double>(count.rounds);
  const double most = std::min((rounds - 1) * round + spread + seconds(command.sweep.timeout), kMost);
  const Uint128 packets = Uint128{targets} * count.rounds;
  return fmt::format("packets   {} in {} rounds; {}\n{}time      {} at most\n",
                     packets > ~std::uint64_t{0} ? fmt::format("{:g}", static_cast<double>(packets))
                                                 : format_count(static_cast<std::uint64_t>(packets)),
                     format_count(count.rounds), size, rate,
                     format_time(std::chrono::nanoseconds(static_cast<std::int64_t>(most * 1e9))));
}

}  // namespace

int print_plan(const SweepCommand& command, const ReadTargets& read, std::uint64_t count,
               std::uint64_t seed) {
  std::string text = format_targets(read);
  text += command.input_order ? std::string("order     as given\n")
                              : fmt::format("order     random, --seed {}\n", seed);
  if (command.shard.count > 1) {
    text += fmt::format("shard     {} of {}: {} of the targets\n", format_count(command.shard.index),
                        format_count(command.shard.count), format_count(count));
  }
  text += format_routes(read.set, command);
  text += command.counts() ? format_rounds(command, count)
                           : format_packets(command, count) + format_pace(command, count);
  if (command.sweep.complete) {
    text += fmt::format("complete  asks 2 to {} times, until {:g}% of the alive are found (95% sure)\n",
                        command.max_passes, *command.sweep.complete);
  }
  if (command.sweep.max_runtime > std::chrono::nanoseconds(0)) {
    text += fmt::format("stops     after {}\n", format_time(command.sweep.max_runtime));
  }
  if (command.sweep.max_probes > 0) {
    text += fmt::format("stops     after {} packets\n", format_count(command.sweep.max_probes));
  }
  text += "nothing was sent\n";
  if (!print(text)) {
    return kSystemFailure;
  }
  return read.unresolved() > 0 ? kBadTarget : kAllAlive;
}

}  // namespace echosweep::cli
