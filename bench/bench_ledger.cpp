// The ledger, in the random order in which probes leave and replies come.

#include <benchmark/benchmark.h>

#include <memory>

#include "modes/ledger.hpp"
#include "targets/permutation.hpp"

namespace {

using echosweep::modes::Ledger;
using echosweep::modes::State;
using echosweep::targets::Permutation;

/// `state.range(0)`: how many targets, as a power of two. Each is raised to silent, and on the next round to
/// alive.
void BM_LedgerRaise(benchmark::State& state) {
  const std::uint64_t size = std::uint64_t{1} << state.range(0);
  const Permutation permutation(size, 42);
  auto ledger = std::make_unique<Ledger>(size);
  std::uint64_t cursor = 0;
  State to = State::kSilent;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ledger->raise(permutation.at(cursor), to));
    if (++cursor == size) {
      cursor = 0;
      if (to == State::kAlive) {
        state.PauseTiming();
        ledger = std::make_unique<Ledger>(size);
        state.ResumeTiming();
      }
      to = to == State::kSilent ? State::kAlive : State::kSilent;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_LedgerRaise)->Arg(16)->Arg(24)->Arg(32);

}  // namespace
