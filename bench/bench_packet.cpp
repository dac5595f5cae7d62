// What each packet costs in user space on its way out and in; sending itself is the kernel's time.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <vector>

#include "packet/decode.hpp"
#include "packet/sweep_codec.hpp"

namespace {

using echosweep::Address;
using echosweep::Family;
using echosweep::MonotonicTime;
using echosweep::Pass;
using echosweep::packet::Probe;
using echosweep::packet::RunKey;
using echosweep::packet::SweepCodec;

/// As many as the sender prepares for a batch.
constexpr std::size_t kPackets = 64;
constexpr std::size_t kPayload = 18;

SweepCodec make_codec() {
  RunKey key;
  key.identifier.value = 0xbeef;
  key.tag_key.fill(1);
  key.sequence_key.fill(2);
  return {key, {}};
}

Address target(Family family, std::uint64_t index) {
  return family == Family::kIpv4 ? Address::v4(static_cast<std::uint32_t>(0xc6120000 + (index & 0xffff)))
                                 : Address::v6(echosweep::Uint128{0xfd0000e5} << 96 | index);
}

std::vector<std::vector<std::uint8_t>> requests(const SweepCodec& codec, Family family) {
  std::vector<std::vector<std::uint8_t>> packets(kPackets);
  for (std::size_t i = 0; i < kPackets; ++i) {
    packets[i].resize(codec.packet_size(family));
    codec.prepare(family, packets[i]);
    codec.encode({.index = i, .destination = target(family, i), .pass = Pass{0}}, MonotonicTime{},
                 packets[i]);
  }
  return packets;
}

void encode(benchmark::State& state, Family family) {
  const SweepCodec codec = make_codec();
  auto packets = requests(codec, family);
  std::uint64_t index = 0;
  for (auto _ : state) {
    auto& packet = packets[index % kPackets];
    codec.encode({.index = index, .destination = target(family, index), .pass = Pass{0}},
                 MonotonicTime(std::chrono::nanoseconds(index)), packet);
    benchmark::DoNotOptimize(packet.data());
    benchmark::ClobberMemory();
    ++index;
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_EncodeEcho4(benchmark::State& state) {
  encode(state, Family::kIpv4);
}
BENCHMARK(BM_EncodeEcho4);

void BM_EncodeEcho6(benchmark::State& state) {
  encode(state, Family::kIpv6);
}
BENCHMARK(BM_EncodeEcho6);

void BM_Verify(benchmark::State& state) {
  const SweepCodec codec = make_codec();
  const auto packets = requests(codec, Family::kIpv4);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(codec.verify(std::span(packets[i % kPackets]).last(kPayload)));
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Verify);

/// An echo reply as captured, checksum and all.
void BM_Decode(benchmark::State& state) {
  auto packets = requests(make_codec(), Family::kIpv4);
  for (auto& packet : packets) {  // a request is a reply with another type: the checksum grows by 0x0800
    packet[20] = 0;
    const unsigned sum = (static_cast<unsigned>(packet[22]) << 8 | packet[23]) + 0x0800U;
    const unsigned folded = (sum & 0xffffU) + (sum >> 16);
    packet[22] = static_cast<std::uint8_t>(folded >> 8);
    packet[23] = static_cast<std::uint8_t>(folded);
    std::swap_ranges(packet.begin() + 12, packet.begin() + 16, packet.begin() + 16);
  }
  echosweep::packet::DecodedReply reply;
  std::size_t i = 0;
  for (auto _ : state) {
    if (!echosweep::packet::decode(Family::kIpv4, packets[i % kPackets], 1, 0, reply)) {
      state.SkipWithError("the reply is not decoded");
      break;
    }
    benchmark::DoNotOptimize(reply);
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Decode);

}  // namespace
