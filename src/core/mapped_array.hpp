#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace echosweep {

struct Unmap {
  std::size_t bytes = 0;
  void operator()(void* memory) const;
};

/// Zeroed memory straight from the kernel, which takes no room before it is written. Where the kernel has
/// huge pages they are used: a random walk then seldom misses the TLB, and a first walk meets one page fault
/// in 2 MiB, and not 512 (of which each takes microseconds in a virtual machine).
template <typename T>
using MappedArray = std::unique_ptr<T[], Unmap>;

/// At least one byte. Throws std::bad_alloc.
void* map_bytes(std::size_t bytes);

template <typename T>
MappedArray<T> map_array(std::size_t count) {
  static_assert(std::is_trivially_destructible_v<T> && std::is_trivially_copyable_v<T>);
  const std::size_t bytes = (count == 0 ? 1 : count) * sizeof(T);
  return MappedArray<T>(static_cast<T*>(map_bytes(bytes)), Unmap{bytes});
}

}  // namespace echosweep
