#include "net/pcap_file.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace echosweep::net {

namespace {

/// Bytes in front of a packet, or at the start of a file, at most.
constexpr std::size_t kHeaders = 64;

}  // namespace

void PcapFile::HandleCloser::operator()(pcap* handle) const {
  pcap_close(handle);
}

void PcapFile::FileCloser::operator()(pcap_dumper* dumper) const {
  pcap_dump_close(dumper);
}

Result<PcapFile> PcapFile::open(int link_type, int snapshot, Write write) {
  PcapFile file;
  file.target_ = std::make_unique<Target>(Target{.write = std::move(write), .result = {}, .buffer = {}});
  file.target_->buffer.resize(static_cast<std::size_t>(snapshot) + kHeaders);
  file.handle_.reset(pcap_open_dead_with_tstamp_precision(link_type, snapshot, PCAP_TSTAMP_PRECISION_NANO));
  const cookie_io_functions_t functions{.read = nullptr,
                                        .write =
                                            [](void* cookie, const char* bytes, std::size_t size) {
                                              auto& target = *static_cast<Target*>(cookie);
                                              target.result = target.write({bytes, size});
                                              return target.result ? static_cast<ssize_t>(size) : 0;
                                            },
                                        .seek = nullptr,
                                        .close = nullptr};
  std::FILE* const stream = fopencookie(file.target_.get(), "w", functions);
  if (!file.handle_ || stream == nullptr) {
    if (stream != nullptr) {
      std::fclose(stream);
    }
    return fail_errno("cannot write packets", errno);
  }
  (void)std::setvbuf(stream, file.target_->buffer.data(), _IOFBF, file.target_->buffer.size());
  file.dumper_.reset(pcap_dump_fopen(file.handle_.get(), stream));
  if (!file.dumper_) {
    std::fclose(stream);
    return fail(pcap_geterr(file.handle_.get()));
  }
  if (auto done = file.pass_on(); !done) {
    return std::unexpected(done.error());
  }
  return file;
}

Result<void> PcapFile::append(WallTime time, std::span<const std::uint8_t> frame, std::uint32_t wire_size) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  pcap_pkthdr header{};
  header.ts.tv_sec = seconds.count();
  header.ts.tv_usec = (since - seconds).count();  // nanoseconds, as the handle says
  header.caplen = static_cast<bpf_u_int32>(frame.size());
  header.len = std::max(header.caplen, static_cast<bpf_u_int32>(wire_size));
  pcap_dump(reinterpret_cast<u_char*>(dumper_.get()), &header, frame.data());
  return pass_on();
}

/// Flushed after each packet: so its header and its bytes arrive with no other's, whole.
Result<void> PcapFile::pass_on() {
  const bool flushed = pcap_dump_flush(dumper_.get()) == 0;
  if (!target_->result) {
    return target_->result;
  }
  return flushed ? Result<void>{} : fail_errno("cannot write packets", errno);
}

}  // namespace echosweep::net
