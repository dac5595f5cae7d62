// What the kernel does to a run's routes, in as many lines as there are events.
//
// One event is many messages: who pulls a cable hears of the link, of its addresses and of every route over
// it. So none is taken at its word. They only say that something has changed; a moment later the routes to
// the targets are asked for again, and what is told is how they differ from what the user was told before. A
// link that is down explains all that is missing because of it; when it is back, what comes back with it
// within some seconds (IPv6 looks whether its addresses are free first) is not told again.
#include "net/route_watch.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace echosweep::net {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// So long the messages of one event take.
constexpr nanoseconds kSettle = 100ms;
/// From one look to the next: it takes some milliseconds, and there are networks that do not rest.
constexpr nanoseconds kBetweenLooks = 250ms;
/// What a link that was down brings back with it comes within this time.
constexpr nanoseconds kComeBack = 3s;

/// "by 198.18.0.1 on eth0", "on eth0", or what there is in place of a route.
template <typename Way>
std::string words(const Way& way, bool with_source) {
  switch (way.error) {
    case 0:
      break;
    case EHOSTUNREACH:
      return "unreachable";
    case EACCES:
      return "prohibited";
    case EINVAL:
      return "a blackhole";
    default:
      return "none";
  }
  const std::string by = way.gateway ? fmt::format("by {} ", to_string(way.gateway->with_zone(0))) : "";
  const std::string from =
      with_source && way.source ? fmt::format(" from {}", to_string(way.source->with_zone(0))) : "";
  return fmt::format("{}on {}{}", by, way.link, from);
}

}  // namespace

Result<RouteWatch> RouteWatch::open(const RouteQuery& query, std::span<const Address> targets, bool are_all) {
  // The listening first: what changes while the rest is read is looked at again.
  auto changes = Netlink::open_for_route_changes();
  auto netlink = Netlink::open();
  if (!netlink || !changes) {
    return std::unexpected(netlink ? changes.error() : netlink.error());
  }
  RouteWatch watch(std::move(*netlink), std::move(*changes), query, are_all);
  for (const Address& target : targets.first(std::min(targets.size(), kMostTargets))) {
    const Way way = watch.way_to(target).value_or(Way{});
    watch.targets_.push_back({.address = target, .told = way, .now = way, .lost = false});
    if (way.error == 0 && !way.link.empty() && !watch.links_.contains(way.link)) {
      watch.links_[way.link].up = watch.is_up(way.link);
    }
  }
  return watch;
}

RouteWatch::RouteWatch(Netlink netlink, Netlink changes, const RouteQuery& query, bool are_all)
    : netlink_(std::move(netlink)), changes_(std::move(changes)), query_(query), are_all_(are_all) {}

bool RouteWatch::is_ours(const Address& address) {
  const auto route = route_to(netlink_, address, {});
  return route && route->local;
}

bool RouteWatch::is_up(const std::string& link) {
  const std::uint32_t index = if_nametoindex(link.c_str());
  constexpr unsigned kWorks = IFF_UP | IFF_RUNNING;
  return index != 0 && (link_of(netlink_, index).flags & kWorks) == kWorks;
}

/// Nothing: the kernel did not say.
std::optional<RouteWatch::Way> RouteWatch::way_to(const Address& target) {
  const auto& wished = target.is_v4() ? query_.source4 : query_.source6;
  if (wished && !wished->needs_zone() && !is_ours(*wished)) {
    return Way{.error = EADDRNOTAVAIL, .link = {}, .gateway = {}, .source = wished};
  }
  const auto route = route_to(netlink_, target, query_);
  if (route) {
    return Way{.error = 0,
               .link = route->link.name,
               .gateway = route->gateway,
               .source = wished ? wished : route->source};
  }
  switch (route.error().code) {
    case EINVAL:
    case EACCES:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case ENODEV:
      return Way{.error = route.error().code, .link = {}, .gateway = {}, .source = {}};
    default:
      return std::nullopt;
  }
}

std::vector<std::string> RouteWatch::look(MonotonicTime now) {
  if (changes_.has_news()) {
    const MonotonicTime settled = now + kSettle;
    look_at_ = std::min(look_at_.value_or(settled), std::max(settled, rest_until_));
  }
  std::vector<std::string> lines;
  if (look_at_ && now >= *look_at_) {
    look_at_.reset();
    rest_until_ = now + kBetweenLooks;
    look_at_links(now, lines);
    look_at_routes(now, lines);
  }
  left_a_line_out_ = left_a_line_out_ && told_of_a_loss_;
  return limit(std::move(lines), now);
}

void RouteWatch::look_at_links(MonotonicTime now, std::vector<std::string>& lines) {
  for (auto& [name, state] : links_) {
    const bool up = is_up(name);
    if (up == state.up) {
      continue;
    }
    state = {.up = up, .told_down = !up, .back = up ? std::optional(now) : std::nullopt};
    if (up) {
      last_recovery_ = now;
    }
    lines.push_back(up ? name + " is back"
                       : fmt::format("{} {}: probing goes on", name,
                                     if_nametoindex(name.c_str()) == 0 ? "is gone" : "went down"));
  }
}

bool RouteWatch::explains(const Way& before, const Way& after, MonotonicTime now) {
  const auto link = links_.find(before.link);
  if (link == links_.end() || (after.error == 0 && after.link != before.link)) {
    return false;
  }
  if (!link->second.up) {
    return link->second.told_down;
  }
  const auto& back = link->second.back;
  if (!back || now - *back >= kComeBack) {
    return false;
  }
  look_at_ = std::min(look_at_.value_or(*back + kComeBack), *back + kComeBack);
  return true;
}

void RouteWatch::look_at_routes(MonotonicTime now, std::vector<std::string>& lines) {
  std::vector<Change> changes;
  told_of_a_loss_ = false;
  for (Target& target : targets_) {
    const Way after = way_to(target.address).value_or(target.told);
    const auto link = links_.find(target.told.link);
    const bool is_down = link != links_.end() && link->second.told_down && after.link == target.told.link;
    target.now = after;
    if (after == target.told) {
      target.lost = (target.lost && after.error != 0) || is_down;
    } else if (target.told.error == 0 && explains(target.told, after, now)) {
      target.lost = after.error != 0 || is_down;
    } else {
      const auto known = std::ranges::find_if(changes, [&](const Change& change) {
        return change.before == target.told && change.after == after;
      });
      if (known == changes.end()) {
        changes.push_back({.before = target.told, .after = after, .target = target.address, .others = 0});
      } else {
        ++known->others;
      }
      if (target.told.error != 0 && after.error == 0) {
        last_recovery_ = now;
      }
      target.lost = after.error != 0;
      target.told = after;
      if (after.error == 0 && !links_.contains(after.link)) {
        links_[after.link].up = is_up(after.link);
      }
    }
    told_of_a_loss_ = told_of_a_loss_ || target.lost;
  }
  for (const Change& change : changes) {
    lines.push_back(tell(change));
  }
}

std::string RouteWatch::tell(const Change& change) {
  const auto& [before, after, target, others] = change;
  std::string whom = to_string(target);
  if (!are_all_ && targets_.size() > 1) {
    whom += " and others";
  } else if (others > 0) {
    whom += fmt::format(" and {} {}", others, others == 1 ? "other target" : "other targets");
  }
  const auto text = [](const std::optional<Address>& address) {
    return address ? to_string(address->with_zone(0)) : std::string("no address");
  };
  if (after.error == EADDRNOTAVAIL) {
    return fmt::format("{}, which we send from, is no address of this machine any more", text(after.source));
  }
  if (before.error == EADDRNOTAVAIL && after.error == 0) {
    return fmt::format("{}, which we send from, is back", text(after.source));
  }
  if (before.error == 0 && after.error == 0 && before.link == after.link && before.gateway == after.gateway) {
    return fmt::format("now sending from {} (was {})", text(after.source), text(before.source));
  }
  if (after.error != 0 && before.source && !is_ours(*before.source)) {
    return fmt::format("{} is no address of this machine any more, and without it there is no route to {}",
                       text(before.source), whom);
  }
  const bool with_source = before.source != after.source && before.error == 0 && after.error == 0;
  if (const std::string now = words(after, with_source); now != "none") {
    return fmt::format("route to {} now {} (was {})", whom, now, words(before, with_source));
  }
  return fmt::format("no route to {} any more (was {})", whom, words(before, with_source));
}

bool RouteWatch::has_told_why(const Address& target) {
  if (!has_told_of_a_loss()) {
    return false;
  }
  const auto way = way_to(target);
  return way && std::ranges::any_of(targets_, [&way](const Target& other) {
           return other.lost && other.now.error == way->error && other.now.link == way->link;
         });
}

std::vector<std::string> RouteWatch::limit(std::vector<std::string> lines, MonotonicTime now) {
  std::vector<std::string> told;
  if (const std::size_t left_out = limit_.roll(now); left_out > 0) {
    told.push_back(fmt::format("{} more change{} of links, addresses and routes in ten seconds", left_out,
                               left_out == 1 ? "" : "s"));
  }
  for (std::string& line : lines) {
    if (limit_.admit()) {
      told.push_back(std::move(line));
    } else {
      left_a_line_out_ = true;
    }
  }
  return told;
}

}  // namespace echosweep::net
