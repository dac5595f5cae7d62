#include "net/pcap_handle.hpp"

#include <fmt/format.h>

namespace echosweep::net {

std::unexpected<Error> fail_pcap(std::string_view what, pcap_t* handle) {
  return fail(fmt::format("cannot {}: {}", what, pcap_geterr(handle)));
}

std::unexpected<Error> fail_to_activate(int status, pcap_t* handle) {
  const bool denied = status == PCAP_ERROR_PERM_DENIED;
  return fail(
      fmt::format("cannot capture packets: {}{}", denied ? "permission denied" : pcap_geterr(handle),
                  denied ? " (needs CAP_NET_RAW: sudo setcap cap_net_raw+ep $(which echosweep))" : ""));
}

}  // namespace echosweep::net
