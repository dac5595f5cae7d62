#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ping/complaint_text.hpp"
#include "ping/reply_text.hpp"

namespace echosweep::ping {

inline const Address kHost = Address::v4(0xc0000201);  // 192.0.2.1

inline std::string plain_name(const Address& address) {
  return to_string(address);
}

/// What `write` puts onto a line.
template <typename Write>
std::string text_of(Write write) {
  report::Line line;
  write(line);
  return fmt::to_string(line);
}

/// A reply without fault.
inline Reply reply() {
  Reply reply;
  reply.from = kHost;
  reply.sequence = Sequence{7};
  reply.identifier = Identifier{4711};
  reply.size = 64;
  reply.ttl = Ttl{64};
  reply.rtt = std::chrono::microseconds(45);
  return reply;
}

inline std::string line_of(const Reply& reply, const ReplyStyle& style = {}) {
  return text_of([&](report::Line& line) { append_reply(line, reply, plain_name, style); });
}

}  // namespace echosweep::ping
