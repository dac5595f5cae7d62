// From cursor to address: what the order and the target set cost for each probe.

#include <benchmark/benchmark.h>

#include "targets/permutation.hpp"
#include "targets/target_set.hpp"

namespace {

using echosweep::Address;
using echosweep::targets::Permutation;
using echosweep::targets::TargetSet;
using echosweep::targets::TargetSetBuilder;

/// `state.range(0)`: how many targets, as a power of two.
void BM_PermutationNext(benchmark::State& state) {
  const Permutation permutation(std::uint64_t{1} << state.range(0), 42);
  std::uint64_t cursor = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(permutation.at(cursor));
    cursor = cursor + 1 == permutation.size() ? 0 : cursor + 1;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PermutationNext)->Arg(8)->Arg(16)->Arg(24)->Arg(32);

/// `state.range(0)`: how many ranges, each of 16 addresses; visited in random order.
void BM_TargetAt(benchmark::State& state) {
  TargetSetBuilder builder;
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(state.range(0)); ++i) {
    builder.add({Address::v4(0x0a000000 + i * 32), Address::v4(0x0a000000 + i * 32 + 15)}, false);
  }
  const TargetSet set = builder.build().value();
  const Permutation permutation(set.size(), 42);
  std::uint64_t cursor = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.at(permutation.at(cursor)));
    cursor = cursor + 1 == set.size() ? 0 : cursor + 1;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_TargetAt)->Arg(1)->Arg(1000)->Arg(1'000'000);

}  // namespace
