#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/address.hpp"

namespace echosweep::modes {

/// The path MTUs that were found last, each once, for targets whose routers say nothing: many limit how many
/// errors they send, and thousands of targets may be behind one of them. One thread.
class MtuHints {
 public:
  struct Hint {
    std::uint16_t mtu = 0;
    std::optional<Address> told_by = std::nullopt;  ///< nothing: it had to be searched
    std::uint8_t told_hop = 0;
  };

  void add(const Hint& hint) {
    for (Hint& known : hints_) {
      if (known.mtu == hint.mtu) {
        known = hint.told_by ? hint : known;
        return;
      }
    }
    hints_[next_] = hint;
    next_ = (next_ + 1) % hints_.size();
  }

  /// The largest of them that is more than `low` and less than `high`; null where there is none.
  const Hint* between(std::uint32_t low, std::uint32_t high) const {
    const Hint* best = nullptr;
    for (const Hint& hint : hints_) {
      if (hint.mtu > low && hint.mtu < high && (best == nullptr || hint.mtu > best->mtu)) {
        best = &hint;
      }
    }
    return best;
  }

  /// The one with this MTU; null where there is none.
  const Hint* at(std::uint16_t mtu) const {
    return mtu == 0 ? nullptr : between(std::uint32_t{mtu} - 1, std::uint32_t{mtu} + 1);
  }

 private:
  std::array<Hint, 8> hints_{};  ///< an MTU of 0: none
  std::size_t next_ = 0;
};

}  // namespace echosweep::modes
