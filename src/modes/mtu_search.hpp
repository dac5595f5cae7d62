#pragma once

#include <cstdint>
#include <optional>

#include "core/address.hpp"
#include "modes/mtu_black_hole.hpp"
#include "modes/mtu_hints.hpp"
#include "modes/mtu_hops.hpp"
#include "mtu/finding.hpp"

namespace echosweep::modes {

/// The search for one target's path MTU: what is known of the path, and which packet to try next. It knows no
/// clock and no network: whoever asks question() sends it, as often as he likes, and comes back with the
/// answer. However the answers turn out, it is done after kMostQuestions of them.
class MtuSearch {
 public:
  /// TTL of packets that are to arrive.
  static constexpr Ttl kTtl{64};
  /// A bound that no honest path comes near: 27 steps of a search, 8 for the hops, 189 for a black hole.
  static constexpr unsigned kMostQuestions = 256;
  /// Every link passes packets of this size (RFC 791 3.1); IPv6: as much more as its header is longer.
  static constexpr std::uint16_t small_size(Family family) { return family == Family::kIpv4 ? 68 : 88; }
  /// No router may tell less (RFC 1191 3, RFC 8201 4).
  static constexpr std::uint16_t least_mtu(Family family) { return family == Family::kIpv4 ? 68 : 1280; }

  /// `start`: the largest size to try, at least least_mtu(). `hints`: what was found for other targets; null:
  /// nothing is known of any. They outlive the search.
  MtuSearch(Family family, std::uint16_t start, const MtuHints* hints = nullptr);

  bool done() const { return done_; }
  /// Not when it is done.
  mtu::Question question() const { return question_; }
  /// A question whose answer makes what is found more exact, and not another: worth one retry at most.
  bool is_minor() const { return asks_where_ && hole_.is_about_small(); }
  /// To question().
  void answer(const mtu::Answer& answer);
  /// To a question of before, which has counted as answered in another way meanwhile.
  void late_answer(const mtu::Question& question, const mtu::Answer& answer);

  /// The path MTU will not become another: only hops and a black hole's place may be asked about still.
  bool size_is_known() const;

  /// What is known so far, but for what is not the search's business: index, local MTU, probes.
  mtu::Finding finding() const;

 private:
  void choose();
  bool has_question();
  bool nobody_told() const;
  const MtuHints::Hint* explanation() const;
  const MtuHints::Hint* possible_explanation() const;
  void end_unsent(const mtu::Answer& answer);
  void put_path(mtu::Finding& finding) const;
  std::uint16_t next_size() const;

  void learn(const mtu::Question& question, const mtu::Answer& answer);
  void learn_arrival(std::uint16_t size, const mtu::Answer& answer);
  void learn_too_big(std::uint16_t size, const mtu::Answer& answer);
  void learn_of_size(std::uint16_t size, const mtu::Answer& answer);
  void refuse(std::uint16_t size);

  Family family_;
  std::uint16_t start_;
  const MtuHints* hints_;
  mtu::Question question_;
  bool done_ = false;
  bool asks_where_ = false;  ///< the question is where a black hole begins
  bool asks_hint_ = false;   ///< the question is whether the router of hint_ is on this path
  std::uint16_t questions_ = 0;

  // Sizes: all up to proven_ arrive, those from refused_ on do not.
  bool answers_ = false;    ///< the target, ever
  bool is_final_ = false;   ///< an error ended it
  bool is_unsent_ = false;  ///< the kernel did not let a packet out whose answer would have told more
  bool gave_up_ = false;    ///< a target that never answers: no use in going on
  std::uint16_t proven_ = 0;
  std::uint32_t refused_;
  std::uint16_t told_ = 0;  ///< the smallest MTU that was told; 0: none
  std::optional<Address> told_by_;
  std::uint8_t told_hop_ = 0;
  bool local_limit_ = false;
  std::uint8_t reopened_ = 0;
  bool cut_ = false;
  std::optional<std::chrono::nanoseconds> rtt_;

  MtuHops hops_{kTtl};
  MtuBlackHole hole_;
  std::uint16_t confirmed_ = 0;  ///< what was lost when it was asked about again
  MtuHints::Hint hint_;          ///< of another target, that was or is asked about
  bool hint_holds_ = false;      ///< its router is on this path

  mtu::Answer failure_;  ///< where is_final_
};

}  // namespace echosweep::modes
