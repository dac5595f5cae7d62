#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "packet/sweep_codec.hpp"

namespace {

using echosweep::Address;
using echosweep::Family;
using echosweep::MonotonicTime;
using echosweep::Pass;
using namespace echosweep::packet;

/// The smallest Ethernet frame, fping's default, and a large one: patching must not depend on the size.
void encode(benchmark::State& state, Family family) {
  SweepCodecOptions options;
  options.payload_size = static_cast<std::size_t>(state.range(0));
  const SweepCodec codec(RunKey::random().value(), options);
  std::vector<std::uint8_t> packet(codec.packet_size(family));
  codec.prepare(family, packet);
  std::uint64_t index = 0;
  for (auto _ : state) {
    const auto low = static_cast<std::uint32_t>(index);
    const Probe probe{.index = index,
                      .destination = family == Family::kIpv4 ? Address::v4(0xf0000000 + (low & 0xffffff))
                                                             : Address::v6(low),
                      .pass = Pass{0}};
    codec.encode(probe, MonotonicTime(std::chrono::nanoseconds(index)), packet);
    benchmark::DoNotOptimize(packet.data());
    benchmark::ClobberMemory();
    ++index;
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_EncodeEcho4(benchmark::State& state) {
  encode(state, Family::kIpv4);
}
BENCHMARK(BM_EncodeEcho4)->Arg(0)->Arg(18)->Arg(56)->Arg(1400);

void BM_EncodeEcho6(benchmark::State& state) {
  encode(state, Family::kIpv6);
}
BENCHMARK(BM_EncodeEcho6)->Arg(18)->Arg(1400);

/// The receiver, once a reply: does this payload prove that it answers ours?
void BM_VerifyTag(benchmark::State& state) {
  const SweepCodec codec(RunKey::random().value(), {});
  std::vector<std::uint8_t> packet(codec.packet_size(Family::kIpv6));
  codec.prepare(Family::kIpv6, packet);
  codec.encode({.index = 7, .destination = Address::v6(1), .pass = Pass{0}}, MonotonicTime(), packet);
  const auto payload = std::span(packet).last(SweepCodec::kTaggedPayload);
  if (!codec.verify(payload)) {
    state.SkipWithError("the packet that was just encoded does not verify");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(codec.verify(payload));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_VerifyTag);

}  // namespace
