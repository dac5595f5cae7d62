#include "modes/sweep_handler.hpp"

#include <algorithm>

#include "modes/control_probes.hpp"

namespace echosweep::modes {

namespace {

/// First replies that the sender is told of: as many as it keeps, then one in sixteen.
constexpr std::uint64_t kAllOfTheFirst = ControlProbes::kHosts;
constexpr std::uint64_t kThenOneIn = 16;

}  // namespace

void SweepHandler::on_replies(std::span<const receiver::Reply> replies, MonotonicTime now) {
  // Each is a cache miss, in a random order of replies; the processor can wait for all of them at once.
  for (const receiver::Reply& reply : replies) {
    if (reply.tagged && reply.tagged->index < state_.targets.size()) {
      state_.ledger.prefetch(reply.tagged->index);
    }
  }
  for (const receiver::Reply& reply : replies) {
    const auto found = match(reply);
    if (!found) {
      ++counters_.forged;
      continue;
    }
    if (state_.options.check_source && !reply.error && reply.source != state_.targets.at(found->index)) {
      ++counters_.elsewhere;
      continue;
    }
    keep(reply.packet);
    if (reply.error) {
      on_error(reply, *found);
    } else if (found->pass == kControlPass) {
      on_control(reply, *found);
    } else {
      on_echo(reply, *found);
    }
  }
  if (state_.on_link) {
    while (const auto overdue = state_.on_link->next_overdue(now, state_.options.timeout)) {
      on_pending(*overdue);
    }
  }
}

/// The queue's free slots are part of what the sender looks at, as those of the events are: only packets that
/// nobody asked for, such as a host's second answer, can find it full.
void SweepHandler::keep(const net::CapturedPacket* packet) {
  if (state_.options.keep_packets && packet != nullptr && !state_.proven.push(*packet)) {
    ++counters_.unsaved_packets;
  }
}

void SweepHandler::on_neighbour(const packet::NeighbourAnswer& answer, const net::CapturedPacket& packet) {
  if (!state_.on_link) {
    return;
  }
  OnLink& on_link = *state_.on_link;
  const bool is_of_that_link = on_link.attached().learn(packet.interface, answer.address, answer.mac);
  const auto index = state_.targets.find(answer.address);
  if (!is_of_that_link || !index || !on_link.close_question(*index)) {
    return;
  }
  keep(&packet);
  on_link.count_answer(answer.mac, packet.interface);
  const Pass pass = last_pass_of(*index);
  const OnLink::Pending target{.index = *index, .mac = answer.mac, .received = packet.received, .pass = pass};
  if (state_.ledger.state(*index) == State::kAlive) {
    return;
  }
  if (on_link.use() == NeighbourUse::kEchoOnly) {
    const auto echo = on_link.hand_over({.index = *index, .mac = answer.mac});
    if (echo) {
      on_link.await_echo(target, echo);
    } else {
      on_link.open_question(*index);  // for the next answer
    }
    return;
  }
  count_first(pass);
  if (on_link.use() == NeighbourUse::kAlone) {
    on_pending(target);
  } else {
    // Before it is alive: the run may end when all are, and nothing is waited for.
    on_link.await_echo(target, on_link.hand_over({.index = *index, .mac = answer.mac}));
  }
  state_.ledger.raise(*index, State::kAlive);
}

void SweepHandler::go_on_from(const SweepPosition& position) {
  complaints_ = position.complaints;
  for (const auto& [pass, numbers] : position.unlisted) {
    for (const std::uint64_t number : numbers) {
      unlisted_.push_back({.index = number, .pass = Pass{pass}});
    }
  }
}

void SweepHandler::give_up_echoes() {
  while (const auto target = state_.on_link ? state_.on_link->next_left_over() : std::nullopt) {
    on_pending(*target);
  }
}

/// It has said who has the address, and no more than that.
void SweepHandler::on_pending(const OnLink::Pending& target) {
  if (state_.on_link->use() == NeighbourUse::kEchoOnly) {
    return;  // which is not enough
  }
  on_first({.from = state_.targets.at(target.index),
            .index = target.index,
            .rtt_ns = static_cast<std::int64_t>(target.mac.value()),
            .received = target.received,
            .pass = target.pass,
            .is_neighbour = true});
}

void SweepHandler::count_first(Pass pass) {
  auto& answers = state_.first_answers[pass.value];
  answers.store(answers.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

Pass SweepHandler::last_pass_of(std::uint64_t index) const {
  unsigned pass = state_.passes.load(std::memory_order_acquire) - 1;
  while (pass > 0 && state_.cursors[pass].load(std::memory_order_relaxed) <= index) {
    --pass;
  }
  return Pass{static_cast<std::uint8_t>(pass)};
}

void SweepHandler::on_first(const ReplyEvent& event) {
  if (!state_.events.push(event)) {
    unlisted_.push_back({.index = event.index, .pass = event.pass});
  }
}

std::optional<SweepHandler::Match> SweepHandler::match(const receiver::Reply& reply) const {
  const unsigned passes = state_.passes.load(std::memory_order_acquire);
  std::optional<Match> found;  // filled in where it is returned: a copy would wait for what was just written
  if (reply.tagged) {
    // The tag is ours, so these are the numbers that we wrote: the checks only keep memory safe.
    if (reply.tagged->index < state_.targets.size() &&
        (reply.tagged->pass.value < passes || is_control(reply.tagged->pass))) {
      const auto rtt = packet::SweepCodec::round_trip(*reply.tagged, reply.received);
      found.emplace(reply.tagged->index, reply.tagged->pass);
      // Longer than the run: the clock that the kernel stamped it with was set.
      if (rtt <= reply.received - start_) {
        found->rtt = rtt;
      }
    }
    return found;
  }
  const auto index = state_.targets.find(reply.probed);
  if (!index) {
    return found;
  }
  for (unsigned i = 0; i < passes && !found; ++i) {
    const Pass pass{static_cast<std::uint8_t>(i)};
    if (codec_.sequence(*index, pass) == reply.sequence) {
      found.emplace(*index, pass);
    }
  }
  if (!found && is_control(kControlPass) && codec_.sequence(*index, kControlPass) == reply.sequence) {
    found.emplace(*index, kControlPass);
  }
  return found;
}

void SweepHandler::on_error(const receiver::Reply& reply, const Match& match) {
  ++counters_.icmp_errors;
  if (state_.options.tell_asides) {
    state_.heard_asides.push({.kind = Aside::Kind::kIcmpError,
                              .pass = match.pass,
                              .icmp_type = reply.error->type,
                              .icmp_code = reply.error->code,
                              .index = match.index,
                              .from = reply.source});
  }
  if (is_unreachable(*reply.error) &&
      state_.ledger.raise(match.index, State::kUnreachable) < State::kUnreachable) {
    const bool by_itself = reply.source == state_.targets.at(match.index);
    complaints_.add(match.index, {.type = reply.error->type,
                                  .code = reply.error->code,
                                  .from = by_itself ? std::nullopt : std::optional(reply.source)});
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
  // timeout_of() takes a power, and few replies are later than the first pass allows.
  const bool may_be_late = *match.rtt > state_.options.timeout;
  counters_.late += may_be_late && *match.rtt > timeout_of(state_.options, match.pass) ? 1U : 0U;
}

/// Whoever gets control probes is alive and listed already.
void SweepHandler::on_control(const receiver::Reply& reply, const Match& match) {
  ++counters_.control_replies;
  state_.hosts.push({.index = match.index,
                     .sent = match.rtt ? std::optional(reply.received - *match.rtt) : std::nullopt,
                     .control = true,
                     .mac = {}});
}

void SweepHandler::tell_sender(const Match& match, const MacAddress& mac) {
  if (!state_.options.auto_rate) {
    return;
  }
  const bool wanted = told_ < kAllOfTheFirst || told_ % kThenOneIn == 0;
  ++told_;
  // Half the queue is for the answers to control probes.
  if (wanted && 2 * state_.hosts.free_slots() > state_.hosts.capacity()) {
    state_.hosts.push({.index = match.index, .sent = std::nullopt, .control = false, .mac = mac});
  }
}

void SweepHandler::on_echo(const receiver::Reply& reply, const Match& match) {
  ++counters_.echo_replies;
  count_rtt(match);
  const bool is_news = state_.ledger.state(match.index) != State::kAlive;
  if (is_news) {
    count_first(match.pass);  // before it is alive: whoever sees that, sees the count
  }
  state_.ledger.raise(match.index, State::kAlive);
  const auto mac = state_.on_link ? state_.on_link->echo_came(match.index) : std::nullopt;
  const bool was_waited_for =
      mac && state_.on_link->use() == NeighbourUse::kBoth;  // alive by ARP, not listed yet
  if (!is_news && !was_waited_for) {
    ++counters_.extra;
    if (state_.options.tell_asides) {
      state_.heard_asides.push({.kind = Aside::Kind::kExtraReply,
                                .pass = match.pass,
                                .size = reply.size,
                                .rtt_ns = match.rtt ? match.rtt->count() : -1,
                                .index = match.index,
                                .from = reply.source});
    }
    return;
  }
  tell_sender(match, mac.value_or(MacAddress{}));
  if (reply.timestamps && state_.options.tell_asides) {
    state_.heard_asides.push({.kind = Aside::Kind::kTimestamps,
                              .pass = match.pass,
                              .index = match.index,
                              .from = reply.source,
                              .times = *reply.timestamps});
  }
  on_first({.from = reply.source,
            .index = match.index,
            .rtt_ns = match.rtt ? match.rtt->count() : -1,
            .received = reply.received_wall,
            .ttl = reply.ttl,
            .tos = reply.tos,
            .pass = match.pass});
}

}  // namespace echosweep::modes
