#pragma once

#include <optional>
#include <string>

#include "core/quantities.hpp"

namespace echosweep::cli {

/// Tells whoever has asked a run to stop that it waits for what is on its way, where that takes more than a
/// second: it looks as if nothing had happened.
class DrainNotice {
 public:
  /// The line when it is due, once. Call it while the run is not over, with the time until which it waits.
  std::optional<std::string> look(MonotonicTime now, MonotonicTime until);

 private:
  std::optional<MonotonicTime> asked_;  ///< when the signal was seen
  bool told_ = false;
};

}  // namespace echosweep::cli
