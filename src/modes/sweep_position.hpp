#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/address.hpp"
#include "modes/notes.hpp"
#include "report/accounting.hpp"

namespace echosweep::modes {

/// Why a probe could not be sent, as far as anybody found out.
struct SendFailure {
  int error = 0;       ///< errno
  std::string reason;  ///< in words, for the target's record
  friend auto operator<=>(const SendFailure&, const SendFailure&) = default;
};

/// What an ICMP error said of a target, and who said it.
struct Complaint {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::optional<Address> from;  ///< nothing: the target itself
  friend auto operator<=>(const Complaint&, const Complaint&) = default;
};

/// Where a sweep stands: all that another process needs to go on with it, beside the targets, their order and
/// the options. Targets are numbered by their places in the walk.
// NOLINTNEXTLINE(bugprone-exception-escape): moving a bitmap says noexcept, and copies
struct SweepPosition {
  /// By pass: whoever lies below has been asked in that pass, and has had its time to answer. Those who were
  /// asked later are asked again.
  std::vector<std::uint64_t> cursors;
  /// By pass: how many answered first.
  std::vector<std::uint64_t> first_answers;
  /// Who is alive, and has been given out.
  bitmaps::Bitmap alive;
  /// Who is alive and could not be given out yet, by the pass that was answered.
  std::map<std::uint8_t, bitmaps::Bitmap> unlisted;
  /// Below the first cursor, and no probe left for it.
  bitmaps::Bitmap unsent;
  Notes<SendFailure> failures;
  Notes<Complaint> complaints;
  /// What was sent and heard; what became of the targets is not in it.
  report::Accounting so_far;
};

}  // namespace echosweep::modes
