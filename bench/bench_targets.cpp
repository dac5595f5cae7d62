#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "targets/permutation.hpp"
#include "targets/target_file.hpp"
#include "targets/target_set.hpp"

namespace {

using echosweep::Address;
using namespace echosweep::targets;

/// The sender asks once a probe: from cursor to target index.
void BM_PermutationNext(benchmark::State& state) {
  const Permutation permutation(static_cast<std::uint64_t>(state.range(0)), 42);
  std::uint64_t cursor = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(permutation.at(cursor));
    cursor = cursor + 1 < permutation.size() ? cursor + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PermutationNext)->Arg(256)->Arg(65'536)->Arg(1'000'000)->Arg(std::int64_t{1} << 32);

/// Every other address of a /12 or so: ranges that do not merge, as a list of scattered hosts has them.
TargetSet scattered(std::uint32_t count) {
  TargetSetBuilder builder;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Address address = Address::v4(0xf0100000 + 2 * i);
    builder.add({address, address}, true);
  }
  return builder.build().value();
}

/// The sender again: from target index to address, in random order.
void BM_TargetAt(benchmark::State& state) {
  const TargetSet set = scattered(static_cast<std::uint32_t>(state.range(0)));
  const Permutation permutation(set.size(), 42);
  std::uint64_t cursor = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.at(permutation.at(cursor)));
    cursor = cursor + 1 < set.size() ? cursor + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_TargetAt)->Arg(1)->Arg(1'000)->Arg(1'000'000);

/// The receiver asks once a reply whose payload came back changed: from address to target index.
void BM_TargetFind(benchmark::State& state) {
  const TargetSet set = scattered(static_cast<std::uint32_t>(state.range(0)));
  const Permutation permutation(set.size(), 42);
  std::uint64_t cursor = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.find(set.at(permutation.at(cursor))));
    cursor = cursor + 1 < set.size() ? cursor + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_TargetFind)->Arg(1)->Arg(1'000)->Arg(1'000'000);

/// A file of a million lines should take about a second, the set included.
void BM_ReadTargetFile(benchmark::State& state) {
  std::string text;
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(state.range(0)); ++i) {
    text += to_string(Address::v4(0xf0100000 + 2 * i)) + '\n';
  }
  for (auto _ : state) {
    TargetSetBuilder builder;
    parse_target_lines(text, {.on_address = [&](const Address& address,
                                                std::size_t) { builder.add({address, address}, true); },
                              .on_spec = [](Spec&&, std::size_t) {},
                              .on_bad = [](const BadLine&) {}});
    benchmark::DoNotOptimize(builder.build());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ReadTargetFile)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
