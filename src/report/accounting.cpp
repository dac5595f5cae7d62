#include "report/accounting.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace echosweep::report {

std::uint64_t Accounting::probes() const {
  return std::accumulate(probes_by_pass.begin(), probes_by_pass.end(), std::uint64_t{0});
}

void Accounting::add(const Accounting& earlier) {
  probes_by_pass.resize(std::max(probes_by_pass.size(), earlier.probes_by_pass.size()));
  std::ranges::transform(earlier.probes_by_pass, probes_by_pass, probes_by_pass.begin(), std::plus{});
  echo_replies += earlier.echo_replies;
  icmp_errors += earlier.icmp_errors;
  late += earlier.late;
  extra += earlier.extra;
  foreign += earlier.foreign;
  forged += earlier.forged;
  malformed += earlier.malformed;
  capture_drops += earlier.capture_drops;
  neighbour_requests += earlier.neighbour_requests;
  neighbour_answers += earlier.neighbour_answers;
  retries_of_sends += earlier.retries_of_sends;
  rate_falls += earlier.rate_falls;
  unsaved_packets += earlier.unsaved_packets;
  for (const auto& [error, count] : earlier.send_errors) {
    send_errors[error] += count;
  }
  for (const auto& [back_end, count] : earlier.transmitted) {
    transmitted[back_end] += count;
  }
  if (control && earlier.control) {
    control->sent += earlier.control->sent;
    control->answered += earlier.control->answered;
  }
  if (earlier.rtt_min) {
    rtt_min = std::min(rtt_min.value_or(*earlier.rtt_min), *earlier.rtt_min);
  }
  if (earlier.rtt_max) {
    rtt_max = std::max(rtt_max.value_or(*earlier.rtt_max), *earlier.rtt_max);
  }
  rtt_sum += earlier.rtt_sum;
  rtt_count += earlier.rtt_count;
  elapsed += earlier.elapsed;
  sending += earlier.sending;
}

}  // namespace echosweep::report
