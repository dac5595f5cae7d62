#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

namespace echosweep::modes {

/// In which pass the alive targets answered first.
struct FirstAnswers {
  /// By the pass of the probe that was answered, whenever the reply came.
  std::vector<std::uint64_t> by_pass;
  /// So many passes, from the first on, asked everybody and were waited for. What later ones found is no
  /// sample, but it is found.
  std::size_t whole = 0;
  /// Targets that a probe left for, and that are not alive: no more than these can have been missed.
  std::uint64_t unanswered = 0;
};

/// How many alive targets never got an answer through to us.
struct Missed {
  double about = 0;           ///< the best guess
  std::uint64_t at_most = 0;  ///< 95% of the runs that say so are right
  double answered = 1;        ///< the chance that a probe to an alive target is answered
};

/// Why the data cannot carry an estimate.
enum class Unknown : std::uint8_t {
  kOnePass,    ///< the run had one pass
  kCutShort,   ///< it had more, but no two of them whole
  kNobody,     ///< nobody answered
  kTooFew,     ///< too few answered to tell
  kNoDecline,  ///< later passes found as many as earlier ones: this is not how loss looks
};

/// What it rests on, and what it cannot see, is told at the head of completeness.cpp. Any thread.
std::expected<Missed, Unknown> estimate_missed(const FirstAnswers& first);

/// So many misses leave `percent` of the alive found.
std::uint64_t allowed_misses(std::uint64_t alive, double percent);

/// Whether the 95% bound is within that.
bool is_complete(const FirstAnswers& first, double percent);

/// How many passes a sweep that goes on until is_complete() will take, by what is known so far: so many
/// alive, of whose probes the share `lost` is lost. From 2 to `most`.
std::size_t expected_passes(std::uint64_t alive, double lost, double percent, std::size_t most);

/// In words for the user, with what helps where something does.
std::string_view explain(Unknown why);

}  // namespace echosweep::modes
