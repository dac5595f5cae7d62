#pragma once

#include <pcap/pcap.h>

#include <memory>
#include <string_view>

#include "core/result.hpp"

namespace echosweep::net {

struct PcapCloser {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using PcapHandle = std::unique_ptr<pcap_t, PcapCloser>;

/// `cannot <what>: <libpcap's reason>`
std::unexpected<Error> fail_pcap(std::string_view what, pcap_t* handle);

/// Why pcap_activate() answered `status`, and what to do where a right is missing.
std::unexpected<Error> fail_to_activate(int status, pcap_t* handle);

}  // namespace echosweep::net
