// What a reply costs in user space, from the captured bytes to its event in the main thread's queue.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "modes/sweep_handler.hpp"
#include "modes/sweep_state.hpp"
#include "packet/checksum.hpp"
#include "packet/icmp.hpp"
#include "packet/sweep_codec.hpp"
#include "receiver/arrival_clock.hpp"
#include "receiver/echo_reader.hpp"
#include "targets/permutation.hpp"
#include "targets/target_set.hpp"

namespace {

using echosweep::Address;
using echosweep::Family;
using echosweep::MonotonicTime;
using echosweep::Pass;
using echosweep::SystemClock;
using echosweep::net::CapturedPacket;

constexpr std::size_t kPacket = 46;  // IP, ICMP, 18 bytes
using Bytes = std::array<std::uint8_t, kPacket>;

/// What each target answers, in the order in which they were asked: nearly so replies come in.
std::vector<Bytes> replies(const echosweep::packet::SweepCodec& codec,
                           const echosweep::targets::TargetSet& targets,
                           const echosweep::targets::Order& order, MonotonicTime sent_at) {
  constexpr std::size_t kSource = 12;
  constexpr std::size_t kIcmp = echosweep::packet::kIpv4HeaderSize;
  std::vector<Bytes> all(order.size());
  for (std::uint64_t number = 0; number < order.size(); ++number) {
    Bytes& bytes = all[number];
    codec.prepare(Family::kIpv4, bytes);
    codec.encode({.index = number, .destination = targets.at(order.at(number)), .pass = Pass{0}}, sent_at,
                 bytes);
    std::swap_ranges(&bytes[kSource], &bytes[kSource + 4], &bytes[kSource + 4]);
    bytes[kIcmp] = 0;
    echosweep::packet::store_be16(&bytes[kIcmp + 2], 0);
    echosweep::packet::ChecksumSum sum;
    sum.add(std::span(bytes).subspan(kIcmp));
    echosweep::packet::store_be16(&bytes[kIcmp + 2], sum.checksum());
  }
  return all;
}

/// `state.range(0)`: packets a read. An iteration is a sweep of 2^20 targets that all answer.
void BM_Receive(benchmark::State& state) {
  constexpr std::uint32_t kSize = 1 << 20;
  echosweep::targets::TargetSetBuilder builder;
  builder.add({Address::v4(0xf0000000), Address::v4(0xf0000000 + kSize - 1)}, false);
  const auto targets = builder.build().value();
  const auto order = echosweep::targets::Order::random(kSize, 42);
  echosweep::packet::RunKey key;
  key.identifier = echosweep::Identifier{1};
  key.tag_key.fill(1);
  key.sequence_key.fill(2);
  const echosweep::packet::SweepCodec codec(key, {});
  SystemClock clock;
  const MonotonicTime start = clock.now();
  const echosweep::WallTime received = clock.wall();
  const auto all = replies(codec, targets, order, start);
  const echosweep::modes::SweepOptions options;
  std::vector<CapturedPacket> batch(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    auto sweep = std::make_unique<echosweep::modes::SweepState>(targets, order, options, 1 << 12);
    echosweep::modes::SweepHandler handler(*sweep, codec, start);
    echosweep::receiver::EchoReader reader(codec, handler);
    echosweep::receiver::ArrivalClock arrival(clock);
    state.ResumeTiming();
    for (std::size_t first = 0; first < all.size(); first += batch.size()) {
      const std::size_t count = std::min(batch.size(), all.size() - first);
      for (std::size_t i = 0; i < count; ++i) {
        CapturedPacket& packet = batch[i];
        packet.received = received;
        packet.size = kPacket;
        packet.wire_size = kPacket;
        std::ranges::copy(all[first + i], packet.storage.begin());
      }
      arrival.start_batch(false);
      reader.on_packets(std::span(batch).first(count), arrival);
      echosweep::modes::ReplyEvent event;
      while (sweep->events.pop(event)) {
        benchmark::DoNotOptimize(event);
      }
    }
    state.PauseTiming();
    if (sweep->ledger.alive() != kSize) {
      state.SkipWithError("not everybody was heard");
      break;
    }
    sweep.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t{kSize});
}
BENCHMARK(BM_Receive)->Arg(64)->Arg(128)->Arg(256)->Unit(benchmark::kMillisecond);

}  // namespace
