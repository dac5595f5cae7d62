#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/line_limit.hpp"
#include "core/quantities.hpp"
#include "net/routes.hpp"

namespace echosweep::net {

/// Looks on while a run goes on for days: what becomes of the links, the source addresses and the routes by
/// which its targets are reached, a line for each event. The kernel says that something has changed; what it
/// means for the run, the routes to some of its targets say when they are asked for again. Main thread only.
class RouteWatch {
 public:
  /// So many targets are looked after at most.
  static constexpr std::size_t kMostTargets = 64;

  /// `targets`: at most kMostTargets. `are_all`: the run has no others. Needs no privileges.
  static Result<RouteWatch> open(const RouteQuery& query, std::span<const Address> targets, bool are_all);

  /// What has happened since the last call, in words for the user. Call it some times a second; where nothing
  /// has, it costs a system call.
  std::vector<std::string> look(MonotonicTime now);

  /// Targets cannot be reached now, of which look() has told why.
  bool has_told_of_a_loss() const { return told_of_a_loss_ && !left_a_line_out_; }
  /// The same of `target` alone, which need not be one of those that are looked after. Asks the kernel.
  bool has_told_why(const Address& target);
  /// When look() last told that something works again.
  std::optional<MonotonicTime> last_recovery() const { return last_recovery_; }

 private:
  /// How a target is reached; or `error`: the errno that says why it is not.
  struct Way {
    int error = 0;
    std::string link;
    std::optional<Address> gateway;
    std::optional<Address> source;
    bool operator==(const Way&) const = default;
  };
  struct Target {
    Address address;
    Way told;           ///< as the user knows it
    Way now;            ///< as it was last seen
    bool lost = false;  ///< now, which the user knows
  };
  struct LinkState {
    bool up = true;
    bool told_down = false;             ///< it is not up, and the user knows
    std::optional<MonotonicTime> back;  ///< when it came back
  };
  /// A change that some targets share.
  struct Change {
    Way before;
    Way after;
    Address target;
    std::size_t others = 0;
  };

  RouteWatch(Netlink netlink, Netlink changes, const RouteQuery& query, bool are_all);
  std::optional<Way> way_to(const Address& target);
  bool is_ours(const Address& address);
  bool is_up(const std::string& link);
  void look_at_links(MonotonicTime now, std::vector<std::string>& lines);
  void look_at_routes(MonotonicTime now, std::vector<std::string>& lines);
  /// The link that a target was reached by is down, or was a moment ago: what else is missing is missing
  /// because of that.
  bool explains(const Way& before, const Way& after, MonotonicTime now);
  std::string tell(const Change& change);
  std::vector<std::string> limit(std::vector<std::string> lines, MonotonicTime now);

  Netlink netlink_;
  Netlink changes_;
  RouteQuery query_;
  bool are_all_;
  std::vector<Target> targets_;
  std::map<std::string, LinkState> links_;  ///< by which targets were ever reached
  std::optional<MonotonicTime> look_at_;    ///< when all that is happening has happened
  MonotonicTime rest_until_;
  bool told_of_a_loss_ = false;
  bool left_a_line_out_ = false;  ///< since the last moment without a loss: it may have been the loss's
  std::optional<MonotonicTime> last_recovery_;
  LineLimit limit_;
};

}  // namespace echosweep::net
