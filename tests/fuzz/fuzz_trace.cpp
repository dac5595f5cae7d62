// Any bytes as a captured packet (the first one says of which family and what the trace asks with): what it
// answers is read within the packet, and printed in whole lines without control characters, as valid JSON. So
// that the fuzzer gets behind the keyed fields, the second byte may have a probe of ours put into the quote.

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "packet/trace_codec.hpp"
#include "trace/json.hpp"
#include "trace/text.hpp"

namespace {

using namespace echosweep;

constexpr MonotonicTime kNow{std::chrono::seconds(1000)};

void require(bool held) {
  if (!held) {
    std::abort();
  }
}

packet::TraceCodec codec_of(packet::TraceProtocol protocol) {
  packet::TraceCodecOptions options;
  options.protocol = protocol;
  options.port = 80;
  options.multipath = true;
  options.source4 = Address::v4(0xc6130001);
  packet::RunKey key;
  key.identifier = Identifier{0xbeef};
  return packet::TraceCodec(key, options);
}

/// A probe where an error without options or extension headers has its quote.
void plant_probe(const packet::TraceCodec& codec, Family family, std::uint8_t how,
                 std::span<std::uint8_t> packet) {
  const std::size_t quote_at = family == Family::kIpv4 ? 28 : 48;
  const std::size_t header = family == Family::kIpv4 ? 0 : 40;
  std::vector<std::uint8_t> probe(codec.packet_size(family));
  codec.prepare(family, probe);
  const Address goal =
      family == Family::kIpv4 ? Address::v4(0xc6120102) : Address::v6(Uint128{0xfd} << 120 | 1);
  (void)codec.encode(
      {.index = how, .destination = goal, .pass = Pass{std::uint8_t(how % 15)}, .ttl = Ttl{how}},
      kNow - std::chrono::milliseconds(how), probe, {});
  if (packet.size() <= quote_at + header) {
    return;
  }
  const auto quote = packet.subspan(quote_at + header);
  std::copy_n(probe.begin(), std::min(quote.size(), probe.size()), quote.begin());
}

void check_text(std::string_view text) {
  require(!text.empty() && text.back() == '\n' && std::ranges::count(text, '\n') == 1);
  require(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
}

void check_words(const packet::TraceAnswer& answer) {
  trace::Traced traced;
  traced.target = answer.probed;
  traced.hops.resize(1);
  traced.hops[0].probes.push_back(trace::Answer{.kind = answer.kind,
                                                .from = answer.from,
                                                .error = answer.error,
                                                .mtu = answer.mtu,
                                                .rtt = answer.rtt,
                                                .ttl = answer.ttl,
                                                .quoted_ttl = answer.quoted_ttl,
                                                .objects = {answer.objects.begin(), answer.objects.end()}});
  report::Line line;
  trace::append_hop(line, traced, 0, {.name_of = {}, .extensions = true});
  check_text({line.data(), line.size()});
  line.clear();
  trace::append_json_line(line, traced, "", {}, {});
  check_text({line.data(), line.size()});
  require(nlohmann::json::accept(line.begin(), line.end()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array codecs = {codec_of(packet::TraceProtocol::kIcmp),
                                    codec_of(packet::TraceProtocol::kUdp),
                                    codec_of(packet::TraceProtocol::kTcp)};
  if (size < 2) {
    return 0;
  }
  const packet::TraceCodec& codec = codecs[data[0] % codecs.size()];
  const Family family = (data[0] & 0x80) != 0 ? Family::kIpv6 : Family::kIpv4;
  // A copy of its own: a read behind the last byte is seen, one in front of the first as well.
  std::vector<std::uint8_t> bytes(data + 2, data + size);
  if (data[1] != 0) {
    plant_probe(codec, family, data[1], bytes);
  }
  const auto answer = codec.read(family, bytes, 1, bytes.size() + (data[0] & 0x40), kNow);
  if (answer) {
    const auto& objects = answer->objects;
    require(objects.empty() || (objects.data() >= bytes.data() &&
                                objects.data() + objects.size() <= bytes.data() + bytes.size()));
    require(!answer->rtt || answer->rtt->count() >= 0);
    check_words(*answer);
  }
  return 0;
}
