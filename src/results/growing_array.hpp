#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace echosweep::results {

/// A vector of plain values that realloc() lets grow: what is big moves by its pages' mapping, so that there
/// is never a second copy of it, and what is not filled yet takes no memory. Move-only. Throws
/// std::bad_alloc.
template <typename T>
class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  void push_back(const T& value) {
    if (size_ == capacity_) {
      grow(std::max<std::size_t>(capacity_ * 2, 64));
    }
    values_.get()[size_++] = value;
  }
  /// Forgets all from `size` on.
  void shrink(std::size_t size) { size_ = std::min(size, size_); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* begin() { return values_.get(); }
  T* end() { return values_.get() + size_; }
  const T* begin() const { return values_.get(); }
  const T* end() const { return values_.get() + size_; }
  const T& operator[](std::size_t index) const { return values_.get()[index]; }

 private:
  struct Free {
    void operator()(T* values) const { std::free(values); }  // NOLINT(cppcoreguidelines-no-malloc)
  };

  void grow(std::size_t capacity) {
    if (capacity > static_cast<std::size_t>(-1) / sizeof(T)) {
      throw std::bad_alloc();
    }
    T* const old = values_.get();
    void* const wider = std::realloc(old, capacity * sizeof(T));  // NOLINT(cppcoreguidelines-no-malloc)
    if (wider == nullptr) {
      throw std::bad_alloc();
    }
    static_cast<void>(values_.release());
    values_.reset(static_cast<T*>(wider));
    capacity_ = capacity;
  }

  std::unique_ptr<T, Free> values_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace echosweep::results
