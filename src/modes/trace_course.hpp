#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/quantities.hpp"
#include "modes/trace_events.hpp"
#include "modes/trace_options.hpp"
#include "trace/traced.hpp"

namespace echosweep::modes {

/// One target on its way to a Traced: what has been asked, what is still waited for, how far it is known.
class TraceCourse {
 public:
  TraceCourse(const TraceOptions& options, const Address& target, std::uint64_t index, Ttl start,
              WallTime started);

  // What to ask.

  /// The next TTL and number, upwards from the start; nothing: all is asked that way, as far as it is known
  /// to lead.
  std::optional<TraceStep> next_up();
  /// The same downwards from below the start.
  std::optional<TraceStep> next_down();
  /// Once more a probe of a TTL that stayed silent though somebody further on answers, when all is asked
  /// upwards; nothing: there is none.
  std::optional<TraceStep> next_again();
  bool asks_again() const { return silent_place().has_value(); }
  /// One TTL at a time: when the next one may be asked, upwards as long as there is one. Upwards, an answer
  /// is waited for no longer than kStride. Nothing: not before more is sent.
  std::optional<MonotonicTime> next_ttl_at() const;
  bool goes_up() const { return !stopped_ && up_ <= end_.value; }
  /// The lowest TTL that was asked.
  Ttl lowest() const { return lowest_; }
  /// Nothing below lowest() needs asking: all is asked, or another's path says it.
  bool below_is_known() const { return below_known_ || lowest_.value <= options_->first.value; }
  void take_below(std::vector<trace::Hop> hops);
  /// No more is asked, for a reason that is its ending.
  void stop(trace::Ending ending);
  bool is_stopped() const { return stopped_.has_value(); }

  // What has happened.

  void handed_over() { ++on_their_way_; }
  void sent(const TraceSent& sent);
  /// False: nobody asked that, or it has been answered before.
  bool answered(const TraceEvent& event);

  /// All probes of this TTL that were asked have their answer, or have been waited for long enough.
  bool is_settled(Ttl hop, MonotonicTime heard_until) const;
  /// From when on all of it is settled; nothing: not before more is asked or sent.
  std::optional<MonotonicTime> settled_at() const;
  /// How many hops from the first on are settled, in a row.
  std::size_t settled_hops(MonotonicTime heard_until) const;
  bool any_sent() const { return traced_.probes_sent > 0; }

  const trace::Traced& traced() const { return traced_; }
  /// Its last word: what lies behind the end is cut away.
  void close();

  bool walking = true;   ///< more will be asked
  bool waiting = false;  ///< for an answer, or for time to pass, before it is asked again
  bool over = false;
  std::optional<MonotonicTime> look_at;  ///< of the plan: when it is looked at next

 private:
  static constexpr std::chrono::nanoseconds kStride = std::chrono::milliseconds(100);

  struct Asked {
    MonotonicTime last_sent;
    std::uint8_t asked = 0;           ///< probes wanted
    bool again = false;               ///< one more than others have
    std::uint8_t unsent = 0;          ///< of them: nobody knows yet whether they left
    std::uint16_t left = 0;           ///< which ones left, a bit each
    std::uint16_t answered = 0;       ///< which ones have an answer
    std::vector<MonotonicTime> sent;  ///< by number; 0: not known
    bool open() const { return (left & ~answered) != 0; }
  };
  std::size_t place(Ttl hop) const { return static_cast<std::size_t>(hop.value - options_->first.value); }
  void make_room(Ttl hop);
  std::optional<std::size_t> silent_place() const;
  TraceStep ask(Ttl hop);
  bool is_refused(const TraceEvent& event) const;
  std::optional<std::chrono::nanoseconds> round_trip(const TraceEvent& event) const;
  std::chrono::nanoseconds patience(std::size_t at) const;
  std::optional<MonotonicTime> settled_at(std::size_t at) const;

  const TraceOptions* options_;
  trace::Traced traced_;
  std::vector<Asked> asked_;  ///< as traced_.hops
  std::uint16_t up_;          ///< the TTL to be asked next, up to one above the last
  Ttl lowest_;
  std::uint8_t probe_ = 0;  ///< of a TTL that is begun
  std::uint8_t down_probe_ = 0;
  Ttl end_;
  bool below_known_ = false;
  std::uint32_t on_their_way_ = 0;  ///< to the sender
  std::optional<trace::Ending> stopped_;
};

}  // namespace echosweep::modes
