// Any bytes as a captured frame (the first one says of which link type, and whether it was cut): what
// `listen` makes of it is read within the frame, said in whole lines without control characters, and JSON is
// valid.

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "listen/details.hpp"
#include "listen/json.hpp"
#include "listen/line.hpp"
#include "packet/link_layer.hpp"

namespace {

using echosweep::WallTime;
using echosweep::listen::Heard;
using echosweep::packet::IcmpPacket;
using echosweep::packet::LinkType;
using echosweep::packet::read_icmp_packet;

using Bytes = std::span<const std::uint8_t>;

void require(bool held) {
  if (!held) {
    std::abort();
  }
}

void require_inside(Bytes part, Bytes whole) {
  require(part.empty() ||
          (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size()));
}

void check_spans(const IcmpPacket& packet, Bytes frame) {
  require_inside(packet.ip.payload, frame);
  require_inside(packet.ip.options, frame);
  require(packet.ip.payload.size() <= packet.ip.payload_size);
  if (packet.message) {
    const auto& message = *packet.message;
    require(message.size == packet.ip.payload_size);
    require_inside(message.payload, frame);
    if (message.quote) {
      require_inside(message.quote->ip.payload, frame);
    }
  }
}

void check_text(std::string_view text) {
  require(!text.empty() && text.back() == '\n');
  require(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
}

void check_words(const Heard& heard) {
  echosweep::report::Line line;
  append_line(line, heard);
  check_text({line.data(), line.size()});
  require(std::ranges::count(line, '\n') == 1);
  append_details(line, heard);
  check_text({line.data(), line.size()});
  line.clear();
  append_json_line(line, heard, true);
  check_text({line.data(), line.size()});
  require(std::ranges::count(line, '\n') == 1);
  require(nlohmann::json::accept(line.begin(), line.end()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto type = static_cast<LinkType>((data[0] & 7) % 5);
  const std::size_t cut = (data[0] & 8) != 0 ? 1000 : 0;
  // A copy of its own: a read behind the last byte is seen, one in front of the first as well.
  const std::vector<std::uint8_t> frame(data + 1, data + size);
  const auto payload = strip_link(type, frame);
  if (!payload) {
    return 0;
  }
  require_inside(payload->packet, frame);
  auto packet = read_icmp_packet(payload->family, payload->packet, payload->packet.size() + cut);
  if (packet) {
    check_spans(*packet, frame);
    check_words({.time = WallTime(std::chrono::seconds(1'700'000'000)),
                 .interface = "lo",
                 .direction = payload->direction,
                 .names_interface = true,
                 .packet = std::move(*packet)});
  }
  return 0;
}
