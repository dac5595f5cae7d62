#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "results/summary.hpp"

namespace echosweep::results {

/// Makes the rows of the table by prefix from segments in ascending order. Ranges are counted prefix by
/// prefix only at their ends: what lies between is one row, however wide.
template <typename Key>
class PrefixRows {
 public:
  PrefixRows(int bits, const std::vector<std::string>& zones, std::vector<PrefixRow>& rows)
      : bits_(bits), zones_(zones), rows_(rows) {
    const int host_bits = address_bits(Key().address().family()) - bits;
    mask_ = host_bits == 128 ? ~Uint128{0} : (Uint128{1} << host_bits) - 1;
  }

  void add_host(const Key& key, Verdict verdict) {
    enter(key);
    count(verdict.state(), 1);
    if (verdict.state() == State::kAlive && verdict.rtt_code() != Verdict::kNoRtt) {
      rtts_.push_back(verdict.rtt_code());
    }
  }

  void add_range(const Key& first, const Key& last, State state) {
    const Uint128 end = last.address().value();
    for (Uint128 at = first.address().value();;) {
      const Uint128 prefix_end = at | mask_;
      const bool whole = (at & mask_) == 0 && prefix_end < end;  // and more behind it
      // Where whole prefixes follow one another, those before the last, which `end` may cut.
      const Uint128 here =
          whole ? ((end | mask_) == end ? end : (end & ~mask_) - 1) : std::min(prefix_end, end);
      enter(key_at(first, at));
      open_.prefixes = prefixes(at, here);
      count(state, count_of(key_at(first, at), key_at(first, here)));
      if (whole) {
        close();
      }
      if (here == end) {
        return;
      }
      at = here + 1;
    }
  }

  /// Call it at the end.
  void close() {
    if (!is_open_) {
      return;
    }
    is_open_ = false;
    if (!rtts_.empty()) {
      const auto middle = rtts_.begin() + static_cast<std::ptrdiff_t>((rtts_.size() - 1) / 2);
      std::ranges::nth_element(rtts_, middle);
      open_.median_rtt = Verdict::rtt_of(*middle);
      rtts_.clear();
    }
    // Rows in which nobody is alive become one.
    PrefixRow* const before = rows_.empty() ? nullptr : &rows_.back();
    if (before != nullptr && before->alive() == 0 && open_.alive() == 0 && before->bits == open_.bits &&
        before->zone == open_.zone && before->first.family() == open_.first.family()) {
      before->prefixes = add_up(before->prefixes, open_.prefixes);
      for (std::size_t i = 0; i < open_.counts.size(); ++i) {
        before->counts[i] = add_up(before->counts[i], open_.counts[i]);
      }
      return;
    }
    rows_.push_back(open_);
  }

 private:
  static Key key_at(const Key& like, Uint128 value) {
    const Address address =
        like.address().is_v4() ? Address::v4(static_cast<std::uint32_t>(value)) : Address::v6(value);
    return Key::of(address, like.zone());
  }

  /// How many prefixes there are from `first` to `last`.
  std::uint64_t prefixes(Uint128 first, Uint128 last) const {
    const Uint128 distance = mask_ == ~Uint128{0} ? 0 : last / (mask_ + 1) - first / (mask_ + 1);
    constexpr std::uint64_t kMost = ~std::uint64_t{0};
    return distance >= kMost ? kMost : static_cast<std::uint64_t>(distance) + 1;
  }

  void enter(const Key& key) {
    const Key start = key_at(key, key.address().value() & ~mask_);
    if (is_open_ && start == start_) {
      return;
    }
    close();
    is_open_ = true;
    start_ = start;
    open_ = PrefixRow{};
    open_.first = start.address();
    open_.zone = zones_[key.zone()];
    open_.bits = bits_;
  }

  void count(State state, std::uint64_t hosts) {
    std::uint64_t& counted = open_.counts[static_cast<std::size_t>(state)];
    counted = add_up(counted, hosts);
  }

  int bits_;
  const std::vector<std::string>& zones_;
  std::vector<PrefixRow>& rows_;
  Uint128 mask_ = 0;
  bool is_open_ = false;
  Key start_;
  PrefixRow open_;
  std::vector<std::uint32_t> rtts_;  ///< of the open row, as Verdict has them
};

}  // namespace echosweep::results
