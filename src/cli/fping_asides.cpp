#include "cli/fping_asides.hpp"

#include <fmt/format.h>

#include <cstring>

#include "report/format.hpp"
#include "report/icmp_error_line.hpp"

namespace echosweep::cli {

std::string fping_line(const modes::Aside& aside, const SweepCommand& command, const Address& target,
                       const std::string& host) {
  using Kind = modes::Aside::Kind;
  const bool lists = command.alive || command.unreach || command.reachable || command.fast_reachable;
  if (aside.kind == Kind::kExtraReply) {
    const std::string rtt =
        aside.rtt_ns < 0 ? "NaN" : report::format_rtt(std::chrono::nanoseconds(aside.rtt_ns));
    const std::string from = aside.from == target ? "" : fmt::format(" [<- {}]", to_string(aside.from));
    return fmt::format("{} : duplicate for [{}], {} bytes, {} ms{}\n", host, aside.pass.value, aside.size,
                       rtt, from);
  }
  if (command.quiet) {
    return "";
  }
  if (aside.kind == Kind::kIcmpError) {
    return report::icmp_error_line({target.family(), aside.icmp_type, aside.icmp_code}, aside.from, host);
  }
  return lists ? "" : fmt::format("{}: error while sending ping: {}\n", host, std::strerror(aside.error));
}

}  // namespace echosweep::cli
