// Any bytes as a packet that comes in while ping asks (the first one says of which family, what is asked, and
// by what socket): what the receiver makes of it names a request that was sent, and its lines are text and
// valid JSON.

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "core/clock.hpp"
#include "modes/ping_handler.hpp"
#include "ping/complaint_text.hpp"
#include "ping/json.hpp"
#include "ping/node_text.hpp"
#include "ping/reply_text.hpp"

namespace {

using namespace echosweep;

using Bytes = std::span<const std::uint8_t>;

void require(bool held) {
  if (!held) {
    std::abort();
  }
}

const Address kTarget4 = Address::v4(0xc0000202);
const Address kTarget6 = Address::v6(Uint128{0x20010db8} << 96 | 2);

/// Nothing that a terminal obeys; names may be UTF-8.
void check_text(const report::Line& line) {
  const std::string_view text(line.data(), line.size());
  require(std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\n' || c == '\t' || (byte >= ' ' && byte != 0x7f);
  }));
}

void check_json(const ping::Outcome& outcome) {
  report::Line json;
  append_json_outcome(json,
                      {.name = "host", .address = kTarget4, .source = {}, .flow_label = {}, .data_size = 56},
                      outcome, std::nullopt, true);
  require(nlohmann::json::accept(std::string_view(json.data(), json.size())));
}

void check(const ping::Outcome& outcome, const modes::PingState& state) {
  require(outcome.target < state.targets.size());
  const auto name_of = [](const Address& address) { return to_string(address); };
  report::Line line;
  ping::OptionText options;
  if (const auto* const reply = std::get_if<ping::Reply>(&outcome.what)) {
    require(reply->sequence.value >= 1 && reply->sequence.value <= 3);
    append_reply(line, *reply, name_of,
                 {.verbose = true, .multicast = false, .precise = false, .guess = true});
    options.append(line, reply->options, name_of);
  } else if (const auto* const complaint = std::get_if<ping::Complaint>(&outcome.what)) {
    append_complaint(line, *complaint, name_of, true);
  }
  check_text(line);
  check_json(outcome);
}

/// As the answer of a node, whose nonce no fuzzer can guess.
void check_node(Bytes message) {
  ping::Outcome outcome{.target = 0, .when = {}, .wall = {}, .pipe = 1, .packet = {}, .what = {}};
  ping::Reply reply{};
  reply.from = kTarget6;
  reply.size = message.size();
  reply.node = packet::read_node_message(message);
  report::Line line;
  ping::append_node(line, *reply.node);
  check_text(line);
  outcome.what = std::move(reply);
  check_json(outcome);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const Bytes bytes(data + 1, size - 1);
  check_node(bytes);
  const Family family = (data[0] & 1) != 0 ? Family::kIpv6 : Family::kIpv4;
  const packet::PingCodec codec(
      {.request = static_cast<packet::PingRequest>(data[0] >> 1 & 3), .identifier = Identifier{0x4141}});
  const modes::PingOptions options{.keep_packets = true};
  modes::PingState state({{.address = kTarget4}, {.address = kTarget6}}, codec, options);
  const SystemClock clock;
  for (auto& target : state.targets) {
    for (std::uint16_t i = 1; i <= 3; ++i) {
      target.times.note(Sequence{i}, clock.now());
    }
    target.made = 3;
  }
  modes::PingHandler handler(state, (data[0] & 8) != 0);
  net::CapturedPacket packet;
  packet.family = family;
  packet.received = clock.wall();
  packet.size = static_cast<std::uint16_t>(std::min(bytes.size(), net::CapturedPacket::kSnapshot));
  packet.wire_size = static_cast<std::uint32_t>(bytes.size());
  std::copy_n(bytes.begin(), packet.size, packet.storage.begin());
  packet.whole = bytes.size() > packet.size ? bytes : Bytes{};
  receiver::ArrivalClock arrival(clock);
  arrival.start_batch(false);
  handler.on_packets({&packet, 1}, arrival);
  while (const auto outcome = state.from_receiver.pop()) {
    check(*outcome, state);
  }
  return 0;
}
