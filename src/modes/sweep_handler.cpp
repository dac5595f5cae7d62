#include "modes/sweep_handler.hpp"

#include <algorithm>

namespace echosweep::modes {

void SweepHandler::on_replies(std::span<const receiver::Reply> replies) {
  for (const receiver::Reply& reply : replies) {
    const auto found = match(reply);
    if (!found) {
      ++counters_.forged;
    } else if (reply.error) {
      on_error(reply, *found);
    } else {
      on_echo(reply, *found);
    }
  }
}

std::optional<SweepHandler::Match> SweepHandler::match(const receiver::Reply& reply) const {
  const unsigned passes = state_.passes.load(std::memory_order_acquire);
  if (reply.tagged) {
    // The tag is ours, so these are the numbers that we wrote: the checks only keep memory safe.
    if (reply.tagged->index >= state_.targets.size() || reply.tagged->pass.value >= passes) {
      return std::nullopt;
    }
    const auto rtt = packet::SweepCodec::round_trip(*reply.tagged, reply.received);
    // Longer than the run: the clock that the kernel stamped it with was set.
    const bool plausible = rtt <= reply.received - start_;
    return Match{.index = reply.tagged->index,
                 .pass = reply.tagged->pass,
                 .rtt = plausible ? std::optional(rtt) : std::nullopt};
  }
  const auto index = state_.targets.find(reply.probed);
  if (!index) {
    return std::nullopt;
  }
  for (unsigned i = 0; i < passes; ++i) {
    const Pass pass{static_cast<std::uint8_t>(i)};
    if (codec_.sequence(*index, pass) == reply.sequence) {
      return Match{.index = *index, .pass = pass, .rtt = std::nullopt};
    }
  }
  return std::nullopt;
}

void SweepHandler::on_error(const receiver::Reply& reply, const Match& match) {
  ++counters_.icmp_errors;
  if (is_unreachable(*reply.error) &&
      state_.ledger.raise(match.index, State::kUnreachable) < State::kUnreachable) {
    complaints_.add(match.index,
                    {.type = reply.error->type, .code = reply.error->code, .from = reply.source});
  }
}

void SweepHandler::count_rtt(const Match& match) {
  if (!match.rtt) {
    return;
  }
  counters_.rtt_min = std::min(counters_.rtt_min.value_or(*match.rtt), *match.rtt);
  counters_.rtt_max = std::max(counters_.rtt_max.value_or(*match.rtt), *match.rtt);
  counters_.rtt_sum += *match.rtt;
  ++counters_.rtt_count;
  counters_.late += *match.rtt > timeout_of(state_.options, match.pass) ? 1U : 0U;
}

void SweepHandler::on_echo(const receiver::Reply& reply, const Match& match) {
  ++counters_.echo_replies;
  count_rtt(match);
  if (state_.ledger.raise(match.index, State::kAlive) == State::kAlive) {
    ++counters_.extra;
    return;
  }
  const bool listed = state_.events.push({.from = reply.source,
                                          .index = match.index,
                                          .rtt_ns = match.rtt ? match.rtt->count() : -1,
                                          .received = reply.received_wall,
                                          .ttl = reply.ttl,
                                          .tos = reply.tos,
                                          .pass = match.pass});
  if (!listed) {
    unlisted_.push_back(match.index);
  }
}

}  // namespace echosweep::modes
