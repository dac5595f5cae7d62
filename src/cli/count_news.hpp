#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/line_limit.hpp"
#include "core/quantities.hpp"
#include "modes/count_source.hpp"
#include "net/route_watch.hpp"

namespace echosweep::cli {

/// What the user of a run of rounds hears while it goes on: of the network, what the watch sees; of sends
/// that fail, what the watch does not explain. So an event is one line, though it is felt in several places.
/// Main thread only.
class CountNews {
 public:
  /// No `watch`: nobody looks at the network, and every failure is told. `round`: the time in which each
  /// target is asked once.
  CountNews(std::optional<net::RouteWatch> watch, std::chrono::nanoseconds round)
      : watch_(std::move(watch)), round_(round) {}

  /// The lines that are due. Call it some times a second.
  std::vector<std::string> take(std::vector<modes::SendTrouble> troubles, MonotonicTime now);
  /// What still waited for an explanation when the run ended.
  std::vector<std::string> rest();

 private:
  /// What may be explained any moment.
  struct Held {
    modes::SendTrouble trouble;
    MonotonicTime since;
  };
  /// Sends fail, which was not told: the watch had told why.
  struct Explained {
    modes::SendTrouble trouble;
    std::optional<MonotonicTime> loss_over;  ///< since when what the watch told of is over
  };
  using Lines = std::vector<std::string>;

  /// True: it has been told, or need not be.
  bool settle(Held& held, MonotonicTime now, Lines& lines);
  bool is_recovery_told(const Held& over) const;
  /// Those that go on though the loss that explained them is over.
  void look_at_explained(MonotonicTime now, Lines& lines);
  /// `since`: when it was heard of.
  void tell(const modes::SendTrouble& trouble, MonotonicTime since, Lines& lines);

  std::optional<net::RouteWatch> watch_;
  std::chrono::nanoseconds round_;
  std::vector<Held> held_;              ///< the oldest first
  std::map<int, Explained> explained_;  ///< by errno
  std::map<int, MonotonicTime> begun_;  ///< what was told and goes on, since when: by errno
  LineLimit limit_;
};

}  // namespace echosweep::cli
