#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/address.hpp"
#include "core/result.hpp"
#include "ping/outcome.hpp"
#include "ping/statistics.hpp"
#include "ping/summary_text.hpp"

namespace echosweep::cli {

/// A target that is being asked.
struct PingedHost {
  std::string name;  ///< as on the command line
  Address address;
  bool is_name = false;
  bool many_answer = false;
  Address route_source;           ///< where requests come from, as far as the kernel says
  std::optional<Address> source;  ///< the same, where the first line shows it
  std::optional<std::uint32_t> flow_label{};
};

/// Where a run of ping is told of, in one form or another. After a failure to write nothing more is written.
class PingReport {
 public:
  virtual ~PingReport() = default;
  /// A target that cannot be asked, and why.
  virtual void failure(std::string_view name, std::string_view why) = 0;
  virtual void start(std::size_t target) = 0;
  virtual void tell(const ping::Outcome& outcome) = 0;
  virtual void summary(std::size_t target, const ping::Statistics& statistics,
                       const ping::Totals& totals) = 0;
  virtual void flush() = 0;
  /// What could not be written.
  virtual Result<void> close() = 0;
  virtual bool failed() = 0;
};

}  // namespace echosweep::cli
