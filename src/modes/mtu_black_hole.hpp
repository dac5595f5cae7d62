#pragma once

#include <cstdint>
#include <optional>

#include "core/address.hpp"
#include "mtu/finding.hpp"

namespace echosweep::modes {

/// Where packets of some size are lost without a word. A packet whose TTL ends at a hop comes to nobody
/// behind it, so an error from there says that it got so far. Each hop is asked about a small packet first:
/// one that says nothing to that proves nothing, and the next is asked. After silence about a large one the
/// small one is asked about again: who limits his errors (Linux: to one a second) may have spent them on us.
class MtuBlackHole {
 public:
  /// `small`: a size that is not lost.
  explicit MtuBlackHole(std::uint16_t small) : small_(small) {}

  /// The smallest size that is known to be lost; 0: none is.
  std::uint16_t size() const { return size_; }
  /// Packets of this size are lost.
  void lose(std::uint16_t size);
  /// They are not, after all.
  void close() { *this = MtuBlackHole(small_); }

  /// What to ask next; nothing: it is known where it begins, as far as the `hops` to the target tell.
  std::optional<mtu::Question> question(std::uint8_t hops) const;
  /// The question is whether a hop says anything at all.
  bool is_about_small() const { return stage_ != Stage::kLarge; }
  /// To question().
  void answer(const mtu::Answer& answer);

  /// The last hop that they are known to reach, if any.
  const std::optional<Address>& after() const { return after_; }
  /// Into the fields of these names.
  void put(mtu::Finding& finding) const;

 private:
  /// What a hop is asked, in this order.
  enum class Stage : std::uint8_t { kSmall, kLarge, kSmallAgain };

  void answer_small(const mtu::Answer& answer);
  void answer_large(const mtu::Answer& answer);
  void answer_small_again(const mtu::Answer& answer);
  void next_hop();

  std::uint16_t small_;
  std::uint16_t size_ = 0;
  bool is_located_ = false;
  std::uint8_t hop_ = 1;  ///< that is asked
  Stage stage_ = Stage::kSmall;
  std::uint8_t after_hop_ = 0;
  std::optional<Address> after_;
  std::uint8_t before_hop_ = 0;
};

}  // namespace echosweep::modes
