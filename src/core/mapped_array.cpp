#include "core/mapped_array.hpp"

#include <sys/mman.h>

#include <new>

namespace echosweep {

void Unmap::operator()(void* memory) const {
  munmap(memory, bytes);
}

void* map_bytes(std::size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::bad_alloc();
  }
  // What the kernel cannot give in huge pages comes in small ones.
  static_cast<void>(madvise(memory, bytes, MADV_HUGEPAGE));
  return memory;
}

}  // namespace echosweep
