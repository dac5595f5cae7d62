// What a sweep of the whole Internet would take, with nothing sent: every byte that it may come to use is
// written, and then the kernel is asked. A sanitizer multiplies what the kernel sees (shadow, red zones, a
// quarantine of what was freed), so in its builds its allocator is asked instead.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "modes/notes.hpp"
#include "modes/sweep_source.hpp"
#include "support/fake_clock.hpp"
#include "world.hpp"

#if defined(__has_feature)  // clang; GCC has a macro for each
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ECHOSWEEP_IS_SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ECHOSWEEP_IS_SANITIZED
#endif

#ifdef ECHOSWEEP_IS_SANITIZED
#include <sanitizer/allocator_interface.h>
#endif

namespace echosweep::modes {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

#ifdef ECHOSWEEP_IS_SANITIZED
/// It knows nothing of what comes from the kernel without it.
constexpr bool kSeesMappings = false;

/// Bytes that were asked for and not given back.
std::uint64_t used_memory() {
  return __sanitizer_get_current_allocated_bytes();
}
#else
constexpr bool kSeesMappings = true;

/// Bytes of this process that are in memory now.
std::uint64_t used_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") {
      std::uint64_t kilobytes = 0;
      status >> kilobytes;
      return kilobytes * 1024;
    }
  }
  return std::numeric_limits<std::uint64_t>::max();
}
#endif

TEST(Memory, OfASweepOverAllOfIpv4IsTwoBitsATargetAndTheQueue) {
  targets::TargetSetBuilder builder;
  builder.add({Address::v4(0), Address::v4(0xffffffff)}, false);
  // Multicast and broadcast are no targets unless somebody names them.
  for (std::uint32_t i = 0; i < 16; ++i) {
    builder.add({Address::v4(0xe0000000 + i), Address::v4(0xe0000000 + i)}, true);
  }
  const targets::TargetSet set = builder.build().value();
  ASSERT_GT(set.size(), std::uint64_t{15} << 28);
  const auto order = targets::Order::random(set.size(), 1);
  const SweepOptions options;
  constexpr std::size_t kMostSlots = 1 << 19;
  SweepState state(set, order, options, kMostSlots);
  support::FakeClock clock;
  SweepSource source(state, [](int, const Address&) { return Explanation{}; }, clock.now());

  constexpr std::uint64_t kTargetsAPage = std::uint64_t{4096} * 4;
  for (std::uint64_t index = 0; index < set.size(); index += kTargetsAPage) {
    state.ledger.raise(index, State::kSilent);
  }
  for (std::size_t i = 0; i < kMostSlots; ++i) {
    ASSERT_TRUE(state.events.push({}));
  }
  const std::uint64_t ledger = kSeesMappings ? 0 : set.size() / 4;
  const std::uint64_t used = used_memory() + ledger;
  EXPECT_GE(used, set.size() / 4) << "the ledger was not touched, so this measured nothing";
  constexpr std::uint64_t kRing = 16 * kMiB;  // of the capture, which is not open here
  EXPECT_LE(used + kRing, 1283 * kMiB);       // below 1.3 GiB
  EXPECT_EQ(state.ledger.count().silent, (set.size() + kTargetsAPage - 1) / kTargetsAPage);
}

// A network behind a blackhole route: every send of two passes fails. It was 8 bytes a target and pass.
TEST(Memory, OfFailuresIsABitATargetAndPass) {
  constexpr std::uint64_t kTargets = 1 << 21;
  const auto order = targets::Order::random(kTargets, 1);
  const std::uint64_t before = used_memory();
  Notes<SendFailure> failures;
  const SendFailure failure{.error = 22, .reason = "Invalid argument"};
  std::uint64_t most = before;
  for (int pass = 0; pass < 2; ++pass) {
    for (std::uint64_t cursor = 0; cursor < kTargets; ++cursor) {
      failures.add(order.at(cursor), failure);
      most = std::max(most, cursor % (kTargets / 8) == 0 ? used_memory() : 0);
    }
  }
  EXPECT_EQ(failures.of(kTargets - 1).count, 2U);
  EXPECT_LE(std::max(most, used_memory()), before + 4 * kMiB);
}

}  // namespace
}  // namespace echosweep::modes
