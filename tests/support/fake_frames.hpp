#pragma once

#include <cerrno>
#include <map>
#include <memory>
#include <vector>

#include "net/frame_tx.hpp"

namespace echosweep::support {

/// Frames that were sent, and refusals by script; outlives whoever owns the FakeFrames that writes here.
struct FrameLog {
  struct Sent {
    std::vector<std::uint8_t> bytes;
    std::uint32_t interface = 0;
  };
  std::vector<Sent> sent;
  /// The frame with this number (of all that were tried since the log was made) gets the error, once.
  std::map<std::size_t, int> refusals;
  std::size_t tried = 0;
  /// No call takes more than so many.
  std::size_t most = ~std::size_t{0};
};

/// Remembers what is sent instead of sending it.
class FakeFrames final : public net::FrameTx {
 public:
  explicit FakeFrames(std::shared_ptr<FrameLog> log) : log_(std::move(log)) {}

  net::SendResult send(std::span<const net::OutgoingFrame> frames) override {
    std::size_t left = 0;
    for (const net::OutgoingFrame& frame : frames) {
      if (left == log_->most) {
        return {.left = left, .error = 0};
      }
      if (const auto refusal = log_->refusals.find(log_->tried++); refusal != log_->refusals.end()) {
        return {.left = left, .error = refusal->second};
      }
      log_->sent.push_back({.bytes = {frame.bytes.begin(), frame.bytes.end()}, .interface = frame.interface});
      ++left;
    }
    return {.left = left, .error = 0};
  }

 private:
  std::shared_ptr<FrameLog> log_;
};

}  // namespace echosweep::support
