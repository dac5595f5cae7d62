#include "ping/reply_text.hpp"

#include <algorithm>
#include <chrono>

#include "core/ttl_guess.hpp"
#include "ping/clock.hpp"
#include "ping/node_text.hpp"
#include "ping/put.hpp"

namespace echosweep::ping {

namespace {

/// The first bytes are the time when the request left: what is compared, and shown, comes behind.
constexpr std::size_t kTimeSize = 16;
constexpr std::size_t kRow = 32;

void append_wrong_data(report::Line& line, const Reply& reply) {
  put(line, "\nwrong data byte #{} should be 0x{:x} but was 0x{:x}", reply.wrong_data->at,
      reply.wrong_data->expected, reply.wrong_data->found);
  const std::size_t start = std::min(kTimeSize, reply.wrong_data->at);
  for (std::size_t i = start; i < reply.data.size(); ++i) {
    if ((i - start) % kRow == 0) {
      put(line, "\n#{}\t", i);
    }
    put(line, "{:x} ", reply.data[i]);
  }
}

/// What was asked for, where that is more than an echo.
void append_answer(report::Line& line, const Reply& reply) {
  if (reply.times) {
    const auto offset = clock_offset(*reply.times, reply.arrived);
    put(line, " receive={} transmit={} offset={}", time_words(reply.times->receive),
        time_words(reply.times->transmit), offset ? fmt::format("{:+} ms", offset->count()) : "unknown");
  }
  if (reply.mask) {
    put(line, " mask={}", to_string(Address::v4(*reply.mask)));
  }
}

}  // namespace

void append_time(report::Line& line, std::chrono::nanoseconds rtt, bool precise) {
  const std::int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(rtt).count();
  // Rounded first, and the bounds are where that makes another digit: 99.95 ms are 100.
  if (precise || us < 1000) {
    put(line, " time={}.{:03} ms", us / 1000, us % 1000);
  } else if (us < 10'000 - 5) {
    put(line, " time={}.{:02} ms", (us + 5) / 1000, (us + 5) % 1000 / 10);
  } else if (us < 100'000 - 50) {
    put(line, " time={}.{} ms", (us + 50) / 1000, (us + 50) % 1000 / 100);
  } else {
    put(line, " time={} ms", (us + 500) / 1000);
  }
}

void append_reply(report::Line& line, const Reply& reply, const NameOf& name_of, const ReplyStyle& style) {
  put(line, "{} bytes from {}:", reply.size, name_of(reply.from));
  if (reply.node) {
    append_node(line, *reply.node);
    put(line, "; seq={};", reply.sequence.value);
  } else {
    put(line, " icmp_seq={}", reply.sequence.value);
  }
  if (style.verbose) {
    put(line, " ident={}", reply.identifier.value);
  }
  if (reply.ttl) {
    put(line, " ttl={}", reply.ttl->value);
  }
  if (reply.truncated) {
    append(line, " (truncated)");
    return;
  }
  if (reply.rtt) {
    append_time(line, *reply.rtt, style.precise);
  }
  append_answer(line, reply);
  if (reply.duplicate && (!style.multicast || style.verbose)) {
    append(line, " (DUP!)");
  }
  if (reply.bad_checksum) {
    append(line, " (BAD CHECKSUM!)");
  }
  if (reply.other_address) {
    append(line, " (DIFFERENT ADDRESS!)");
  }
  if (style.guess && reply.ttl) {
    if (const auto guess = guess_from(*reply.ttl)) {
      put(line, " (guess: {})", to_string(*guess));
    }
  }
  if (reply.wrong_data) {
    append_wrong_data(line, reply);
  }
}

}  // namespace echosweep::ping
