#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/quantities.hpp"
#include "modes/count_source.hpp"
#include "net/route_watch.hpp"

namespace echosweep::cli {

/// What the user of a run of rounds hears while it goes on: of the network, what the watch sees; of sends
/// that fail, what the watch does not explain. So an event is one line, though it is felt in several places.
/// Main thread only.
class CountNews {
 public:
  /// No `watch`: nobody looks at the network, and every failure is told.
  explicit CountNews(std::optional<net::RouteWatch> watch) : watch_(std::move(watch)) {}

  /// The lines that are due. Call it some times a second.
  std::vector<std::string> take(std::vector<modes::SendTrouble> troubles, MonotonicTime now);
  /// What still waited for an explanation when the run ended.
  std::vector<std::string> rest();

 private:
  /// A failure that may be explained any moment.
  struct Held {
    modes::SendTrouble trouble;
    MonotonicTime since;
  };
  void hold_or_tell(modes::SendTrouble trouble, MonotonicTime now, std::vector<std::string>& lines);
  bool holds(int error) const;

  std::optional<net::RouteWatch> watch_;
  std::vector<Held> held_;
  std::set<int> explained_;  ///< errnos of failures that go on and were not told
};

}  // namespace echosweep::cli
