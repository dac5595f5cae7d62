#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/result.hpp"

namespace echosweep::net {

/// A frame in the memory that an AF_XDP socket shares with the kernel.
struct Descriptor {
  std::uint32_t slot = 0;
  std::uint32_t size = 0;
};

/// The sending half of an AF_XDP socket on one queue of one interface. The seam at which tests put a kernel
/// of their own. Sender thread only; virtual calls a batch, but for slot().
class XskRings {
 public:
  static constexpr std::uint32_t kSlots = 1024;
  static constexpr std::uint32_t kSlotBytes = 2048;

  virtual ~XskRings() = default;
  std::span<std::uint8_t> slot(std::uint32_t number) {
    return memory_.subspan(std::size_t{number} * kSlotBytes, kSlotBytes);
  }
  /// Writes descriptors behind those in the ring, which holds kSlots.
  virtual void submit(std::span<const Descriptor> descriptors) = 0;
  /// Takes the last `count` back. Only where the kernel cannot have looked at them.
  virtual void withdraw(std::uint32_t count) = 0;
  /// Makes the kernel send what is in the ring. 0 or an errno.
  virtual int kick() = 0;
  /// Counts the descriptors that the kernel says it has read since the start, modulo 2^32.
  virtual std::uint32_t consumed() const = 0;
  /// Takes the slots that the kernel gives back; how many.
  virtual std::size_t complete(std::span<std::uint32_t> slots) = 0;
  /// The driver reads the memory by itself: frames leave without a copy, at any time after submit().
  virtual bool zero_copy() const = 0;

 protected:
  std::span<std::uint8_t> memory_;  ///< kSlots * kSlotBytes
};

/// Binds queue 0 of an interface, zero-copy where the driver has it. Needs CAP_NET_RAW, what it returns needs
/// nothing. No program is put on the interface.
Result<std::unique_ptr<XskRings>> open_xsk_rings(const std::string& interface);

}  // namespace echosweep::net
