// The ledger, in the random order in which probes leave and replies come, alone and with all else that a
// probe costs in user space.

#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <vector>

#include "modes/ledger.hpp"
#include "packet/sweep_codec.hpp"
#include "targets/permutation.hpp"
#include "targets/target_set.hpp"
#include "targets/walk.hpp"

namespace {

using echosweep::Address;
using echosweep::Family;
using echosweep::MonotonicTime;
using echosweep::Pass;
using echosweep::modes::Ledger;
using echosweep::modes::State;
using echosweep::targets::Permutation;

/// A ledger that the kernel has given its memory to.
std::unique_ptr<Ledger> ledger_in_memory(std::uint64_t size) {
  auto ledger = std::make_unique<Ledger>(size);
  constexpr std::uint64_t kTargetsAPage = std::uint64_t{4096} * 4;
  for (std::uint64_t index = 0; index < size; index += kTargetsAPage) {
    ledger->raise(index, State::kSilent);
  }
  return ledger;
}

/// `state.range(0)`: how many targets, as a power of two. Each is raised to silent, and on the next round to
/// alive.
void BM_LedgerRaise(benchmark::State& state) {
  const std::uint64_t size = std::uint64_t{1} << state.range(0);
  const Permutation permutation(size, 42);
  auto ledger = ledger_in_memory(size);
  std::uint64_t cursor = 0;
  State to = State::kSilent;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ledger->raise(permutation.at(cursor), to));
    if (++cursor == size) {
      cursor = 0;
      if (to == State::kAlive) {
        state.PauseTiming();
        ledger = ledger_in_memory(size);
        state.ResumeTiming();
      }
      to = to == State::kSilent ? State::kAlive : State::kSilent;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_LedgerRaise)->Arg(16)->Arg(24)->Arg(32);

/// `state.range(0)`: how many targets, as a power of two, of one IPv4 range. Cursor to target, its state, its
/// packet, its new state: in batches of 64, as the sender does it.
void BM_Probe(benchmark::State& state) {
  const std::uint64_t size = std::uint64_t{1} << state.range(0);
  echosweep::targets::TargetSetBuilder builder;
  builder.add({Address::v4(0x0a000000), Address::v4(static_cast<std::uint32_t>(0x0a000000 + size - 1))},
              false);
  const auto targets = builder.build().value();
  const auto order = echosweep::targets::Order::random(size, 42);
  const echosweep::targets::Walk walk(targets, order);
  echosweep::packet::RunKey key;
  key.tag_key.fill(1);
  key.sequence_key.fill(2);
  const echosweep::packet::SweepCodec codec(key, {});
  constexpr std::size_t kBatch = 64;
  const std::size_t packet_size = codec.packet_size(Family::kIpv4);
  std::vector<std::uint8_t> packets(kBatch * packet_size);
  const auto packet = [&](std::size_t i) { return std::span(packets).subspan(i * packet_size, packet_size); };
  std::array<echosweep::packet::Probe, kBatch> probes;
  for (std::size_t i = 0; i < kBatch; ++i) {
    codec.prepare(Family::kIpv4, packet(i));
  }
  auto ledger = ledger_in_memory(size);
  std::uint64_t cursor = 0;
  for (auto _ : state) {
    for (echosweep::packet::Probe& probe : probes) {
      benchmark::DoNotOptimize(ledger->state(cursor));
      probe = {.index = cursor, .destination = walk.at(cursor), .pass = Pass{0}};
      cursor = cursor + 1 == size ? 0 : cursor + 1;
    }
    for (std::size_t i = 0; i < kBatch; ++i) {
      codec.encode(probes[i], MonotonicTime(std::chrono::nanoseconds(cursor)), packet(i));
    }
    benchmark::DoNotOptimize(packets.data());
    benchmark::ClobberMemory();
    for (const echosweep::packet::Probe& probe : probes) {
      benchmark::DoNotOptimize(ledger->raise(probe.index, State::kSilent));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(BM_Probe)->Arg(16)->Arg(24);

}  // namespace
