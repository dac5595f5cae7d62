#pragma once

#include <memory>

#include "net/pcap_writer.hpp"
#include "report/output.hpp"
#include "report/sink.hpp"

namespace echosweep::cli {

/// --pcap: the packets that were proven to answer a probe, those of --arp included. Grows packet by packet.
/// It stands between `report`, which knows no network, and `net`, which alone knows libpcap.
class PcapSink final : public report::Sink {
 public:
  explicit PcapSink(report::Output out) : out_(std::make_unique<report::Output>(std::move(out))) {}

  bool wants(report::State) const override { return false; }
  bool wants_packets() const override { return true; }
  Result<void> begin(const report::RunInfo& run) override;
  Result<void> record(const report::Record&) override { return {}; }
  Result<void> packet(const report::Packet& packet) override;
  Result<void> end(const report::Accounting&) override { return out_->close(); }
  Result<void> flush() override { return out_->flush(); }

 private:
  std::unique_ptr<report::Output> out_;
  std::unique_ptr<net::PcapWriter> writer_;  ///< from begin() on
};

}  // namespace echosweep::cli
