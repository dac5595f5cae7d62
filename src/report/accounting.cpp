#include "report/accounting.hpp"

#include <numeric>

namespace echosweep::report {

std::uint64_t Accounting::probes() const {
  return std::accumulate(probes_by_pass.begin(), probes_by_pass.end(), std::uint64_t{0});
}

}  // namespace echosweep::report
