// Which probe a reply answers, when sequence numbers wrap.
//
// A reply that brings our payload back names its probe by number, for years. One that does not is known by
// its source (or the quoted destination) and by the sequence number, which counts the target's rounds modulo
// 65,536 from a keyed start: of the rounds that fit, only the latest can be meant, and only if it was asked
// within the last seconds, for 65,536 rounds are a long time.
#include "modes/count_handler.hpp"

#include <algorithm>
#include <thread>

namespace echosweep::modes {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// How old a probe may be that is answered without its payload.
constexpr nanoseconds kWindow = 10s;
constexpr nanoseconds kWaitForRoom = 200us;

}  // namespace

void CountHandler::on_replies(std::span<const receiver::Reply> replies, MonotonicTime) {
  for (const receiver::Reply& reply : replies) {
    const auto found = match(reply);
    if (!found) {
      ++counters_.forged;
      continue;
    }
    const std::uint64_t index = state_.rounds.index_of(found->number);
    if (state_.options.check_source && !reply.error && reply.source != state_.targets.at(index)) {
      ++counters_.elsewhere;
      continue;
    }
    ++(reply.error ? counters_.icmp_errors : counters_.echo_replies);
    const CountEvent event{.from = reply.source,
                           .number = found->number,
                           .rtt_ns = found->rtt ? found->rtt->count() : -1,
                           .received = reply.received,
                           .received_wall = reply.received_wall,
                           .size = reply.size,
                           .ttl = reply.ttl,
                           .tos = reply.tos,
                           .is_error = reply.error.has_value(),
                           .error_type = reply.error ? reply.error->type : std::uint8_t{0},
                           .error_code = reply.error ? reply.error->code : std::uint8_t{0},
                           .timestamps = reply.timestamps};
    hand_over(event);
  }
}

/// Where the main thread is held up (somebody does not read its output), what comes in waits in the capture's
/// ring, which counts what it loses.
void CountHandler::hand_over(const CountEvent& event) {
  while (!state_.events.push(event)) {
    if (state_.stop_requests.load(std::memory_order_relaxed) >= 2) {
      ++counters_.no_room;
      return;
    }
    std::this_thread::sleep_for(kWaitForRoom);
  }
}

void CountHandler::heard_all_before(MonotonicTime time) {
  state_.heard_until.store(time.time_since_epoch().count(), std::memory_order_release);
}

/// Longer than the run: a clock was set, or somebody else's number.
std::optional<nanoseconds> CountHandler::plausible(nanoseconds rtt, MonotonicTime received) const {
  return rtt >= 0ns && rtt <= received - start_ ? std::optional(rtt) : std::nullopt;
}

std::optional<CountHandler::Match> CountHandler::match(const receiver::Reply& reply) const {
  if (!reply.tagged) {
    return match_by_sequence(reply);
  }
  const ProbeNumber number =
      ProbeNumber{reply.tagged->pass.value} << kProbeNumberLowBits | reply.tagged->index;
  // The tag is ours, so this is a number that we wrote; the check keeps memory safe.
  if (number >= state_.made.load(std::memory_order_acquire)) {
    return std::nullopt;
  }
  return Match{
      .number = number,
      .rtt = plausible(packet::SweepCodec::round_trip(*reply.tagged, reply.received), reply.received)};
}

std::optional<CountHandler::Match> CountHandler::match_by_sequence(const receiver::Reply& reply) const {
  const auto index = state_.targets.find(reply.probed);
  if (!index) {
    return std::nullopt;
  }
  const ProbeNumber first = state_.rounds.number_of(0, *index);
  const ProbeNumber made = state_.made.load(std::memory_order_acquire);
  if (made <= first) {
    return std::nullopt;
  }
  const std::uint64_t latest = (made - 1 - first) / state_.targets.size();
  const auto back = static_cast<std::uint16_t>(state_.sequence(*index, latest).value - reply.sequence.value);
  const nanoseconds period = round_time(state_.options, state_.targets.size());
  if (back > latest || back * period > std::max(kWindow, 2 * state_.options.timeout)) {
    return std::nullopt;
  }
  Match found{.number = state_.rounds.number_of(latest - back, *index), .rtt = std::nullopt};
  const std::size_t kept = state_.send_times.size();
  if (made - found.number <= kept) {
    const auto& slot = state_.send_times[found.number & (kept - 1)];
    const MonotonicTime sent{nanoseconds(slot.load(std::memory_order_acquire))};
    found.rtt = plausible(reply.received - sent, reply.received);
  }
  return found;
}

}  // namespace echosweep::modes
