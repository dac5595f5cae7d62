#include "modes/ping.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <thread>

#include "support/fake_clock.hpp"
#include "support/fake_rx.hpp"
#include "support/fake_tx.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;

/// One target that does not answer, on a clock that stops at a moment of the run.
class SilentRun {
 public:
  SilentRun(const PingOptions& given, std::chrono::nanoseconds stop_at) : options(given) {
    const MonotonicTime stop = clock.now() + stop_at;
    clock.on_sleep([this, stop](MonotonicTime when) {
      clock.move_to(std::min(when, stop));
      std::this_thread::yield();
    });
  }

  /// False: it was not over within five seconds of real time, whatever the clock says.
  bool ends() {
    ping.start();
    const auto limit = std::chrono::steady_clock::now() + 5s;
    while (!ping.is_over()) {
      if (std::chrono::steady_clock::now() > limit) {
        return false;
      }
      (void)ping.next();
      std::this_thread::yield();
    }
    return true;
  }

  support::FakeClock clock;
  support::FakeTx tx;
  support::FakeRx rx;
  PingOptions options;
  packet::PingCodec codec{{.identifier = Identifier{1}, .data_size = 8}};
  std::vector<PingTarget> targets{{.address = Address::v4(0xc0000201)}};
  Ping ping{{.clock = clock, .tx = tx, .rx = rx, .codec = codec, .targets = targets, .options = options}};
};

TEST(Ping, LingersFromTheLastRequestOn) {
  SilentRun run({.count = 1, .interval = 1s, .linger = 300ms}, 500ms);
  EXPECT_TRUE(run.ends()) << "before the next turn would come";
  EXPECT_TRUE(run.ping.finish());
  EXPECT_EQ(run.tx.sent().size(), 1U);
}

TEST(Ping, EndsWhereTheSenderDies) {
  SilentRun run({.interval = 1s}, 1h);
  run.tx.on_send([](std::span<const net::OutgoingPacket>) { throw std::bad_alloc(); });
  EXPECT_TRUE(run.ends());
  const auto done = run.ping.finish();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().message.starts_with("out of memory")) << done.error().message;
}

TEST(Ping, TellsHowManyPacketsWereLost) {
  SilentRun run({.interval = 1s, .deadline = 100ms}, 1h);
  run.rx.set_drops(7);
  EXPECT_TRUE(run.ends());
  EXPECT_TRUE(run.ping.finish());
  EXPECT_EQ(run.ping.lost_packets(), 7U);
}

}  // namespace
}  // namespace echosweep::modes
