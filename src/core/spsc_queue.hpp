#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

#include "core/cache_line.hpp"
#include "core/mapped_array.hpp"

namespace echosweep {

/// A bounded queue from exactly one thread to exactly one other, without locks. Head and tail count for ever
/// and are masked on use; each side caches the other's counter, so that the shared cache lines move once per
/// wrap instead of once per element.
template <typename T>
class SpscQueue {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  /// Room for at least `capacity` elements (rounded up to a power of two).
  explicit SpscQueue(std::size_t capacity)
      : mask_(std::bit_ceil(capacity) - 1), slots_(map_array<Slot>(mask_ + 1)) {}

  std::size_t capacity() const { return mask_ + 1; }

  /// Producer only. False: full, nothing was put in.
  bool push(const T& value) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - cached_head_ > mask_) {
      cached_head_ = head_.load(std::memory_order_acquire);
      if (tail - cached_head_ > mask_) {
        return false;
      }
    }
    __builtin_prefetch(&slots_[(tail + kAhead) & mask_], 1);  // the other side had it last
    slots_[tail & mask_].value = value;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  /// Consumer only. False: empty, `value` is as it was.
  bool pop(T& value) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == cached_tail_) {
      cached_tail_ = tail_.load(std::memory_order_acquire);
      if (head == cached_tail_) {
        return false;
      }
    }
    if (cached_tail_ - head > kAhead) {  // nobody writes there now
      __builtin_prefetch(&slots_[(head + kAhead) & mask_]);
    }
    value = slots_[head & mask_].value;
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  /// Any thread. Never more than were free at some moment during the call: the head is read first, so what
  /// is popped meanwhile is missed and what is pushed meanwhile is seen.
  std::size_t free_slots() const {
    const std::size_t head = head_.load(std::memory_order_acquire);
    const std::size_t used = tail_.load(std::memory_order_acquire) - head;
    return used < capacity() ? capacity() - used : 0;
  }

 private:
  static constexpr std::size_t kAhead = 8;  ///< elements, that memory is asked for before they are needed

  struct Slot {
    T value;
  };

  const std::size_t mask_;
  const MappedArray<Slot> slots_;
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};
  std::size_t cached_tail_ = 0;
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};
  std::size_t cached_head_ = 0;
};

}  // namespace echosweep
