// Random networks: whatever they do, every target ends in exactly the state that is true of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "sweep_run.hpp"

namespace echosweep::modes {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using support::AnswerOptions;
using Answer = LoopbackNetwork::Answer;
using Fate = LoopbackNetwork::Fate;

/// Longer than any answer takes, so that the truth does not hang on when the run ends.
constexpr nanoseconds kDrain = 4s;
constexpr nanoseconds kLongestDelay = 3s;

/// What a host (or the path to it) does, decided before the run.
struct Host {
  unsigned lost_passes = 0;  ///< probes of the first so many passes vanish
  bool replies = false;
  bool complains = false;     ///< an ICMP error comes, from a router
  bool only_chatter = false;  ///< forged and broken packets, quench, redirect
  bool twice = false;
  bool other_source = false;
  std::optional<std::size_t> payload;  ///< of the reply
  std::optional<std::size_t> quoted;   ///< by the error
  unsigned refused_passes = 0;         ///< EPERM for the first so many passes
  nanoseconds delay{0};
};

class RandomNetwork {
 public:
  explicit RandomNetwork(std::uint64_t seed) : random_(seed) {
    count4 = number(0, 3) == 0 ? 0 : number(1, 2000);
    count6 = count4 == 0 || number(0, 1) == 0 ? number(1, 1500) : 0;
    options.retries = static_cast<unsigned>(number(0, 3));
    options.timeout = nanoseconds(std::chrono::milliseconds(number(20, 800)));
    options.backoff = 1 + static_cast<double>(number(0, 8)) / 8;
    options.drain = kDrain;
    constexpr double kRates[] = {0, 2000, 10'000, 100'000, 1e6};
    rate = PacketRate{kRates[number(0, 4)]};
    refuse_percent_ = number(0, 1) == 0 ? 0 : number(1, 30);
    hosts_.resize(count4 + count6);
    for (Host& host : hosts_) {
      host = random_host();
    }
  }

  Fate fate(const net::OutgoingPacket& packet) {
    const Host& host = hosts_[index_of(packet.destination, count4)];
    const unsigned pass = pass_of(packet);
    if (number(0, 99) < refuse_percent_) {
      return {.error = number(0, 1) == 0 ? ENOBUFS : EAGAIN, .answers = {}};
    }
    if (pass < host.refused_passes) {
      return {.error = EPERM, .answers = {}};
    }
    Fate fate;
    if (pass < host.lost_passes) {
      return fate;
    }
    const Family family = packet.destination.family();
    const bool v4 = family == Family::kIpv4;
    if (host.only_chatter) {
      AnswerOptions bad;
      bad.damage_tag = bad.damage_sequence = true;
      fate.answers.push_back({.delay = host.delay, .error = {}, .options = bad, .dropped = false});
      AnswerOptions broken;
      broken.damage_checksum = true;
      fate.answers.push_back({.delay = host.delay, .error = {}, .options = broken, .dropped = false});
      if (v4) {
        fate.answers.push_back(
            {.delay = 1ms, .error = IcmpError{family, 4, 0}, .options = {}, .dropped = false});
        fate.answers.push_back(
            {.delay = 2ms, .error = IcmpError{family, 5, 1}, .options = {}, .dropped = false});
      }
    }
    if (host.complains) {
      AnswerOptions how;
      how.from = router(family);
      how.quoted = host.quoted;
      const IcmpError error = v4 ? IcmpError{family, 11, 0} : IcmpError{family, 3, 0};
      fate.answers.push_back({.delay = host.delay / 2, .error = error, .options = how, .dropped = false});
    }
    if (host.replies) {
      AnswerOptions how;
      how.payload = host.payload;
      if (host.other_source && !host.payload) {
        how.from = router(family);
      }
      const Answer reply{.delay = host.delay, .error = {}, .options = how, .dropped = false};
      fate.answers.insert(fate.answers.end(), host.twice ? 2 : 1, reply);
    }
    return fate;
  }

  State truth(std::uint64_t index) const {
    const Host& host = hosts_[index];
    const unsigned passes = options.retries + 1;
    if (host.refused_passes >= passes) {
      return State::kUnsent;
    }
    if (std::max(host.lost_passes, host.refused_passes) >= passes) {
      return State::kSilent;
    }
    return host.replies ? State::kAlive : host.complains ? State::kUnreachable : State::kSilent;
  }

  std::uint64_t number(std::uint64_t least, std::uint64_t most) {
    return std::uniform_int_distribution(least, most)(random_);
  }

  std::uint64_t count4 = 0;
  std::uint64_t count6 = 0;
  SweepOptions options;
  PacketRate rate;

 private:
  Host random_host() {
    Host host;
    host.lost_passes = number(0, 2) == 0 ? static_cast<unsigned>(number(0, 4)) : 0;
    host.replies = number(0, 1) == 0;
    host.complains = number(0, 3) == 0;
    host.only_chatter = number(0, 5) == 0;
    host.twice = number(0, 9) == 0;
    host.other_source = number(0, 5) == 0;
    host.payload = number(0, 4) == 0 ? std::optional<std::size_t>(number(0, 17)) : std::nullopt;
    host.quoted = number(0, 1) == 0 ? std::optional<std::size_t>(number(8, 26)) : std::nullopt;
    host.refused_passes = number(0, 9) == 0 ? static_cast<unsigned>(number(1, 4)) : 0;
    const bool slow = number(0, 9) == 0;
    host.delay =
        nanoseconds(number(0, static_cast<std::uint64_t>(slow ? kLongestDelay.count() : 15'000'000)));
    return host;
  }

  std::mt19937_64 random_;
  std::uint64_t refuse_percent_ = 0;
  std::vector<Host> hosts_;
};

class SweepOnRandomNetwork : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SweepOnRandomNetwork, EveryTargetEndsInItsTrueState) {
  RandomNetwork network(GetParam());
  SweepRun run(
      {.count4 = network.count4,
       .count6 = network.count6,
       .seed = GetParam() % 3 == 0 ? std::nullopt : std::optional(GetParam()),
       .options = network.options,
       .rate = network.rate,
       .rules = [&](const net::OutgoingPacket& packet, MonotonicTime) { return network.fate(packet); }});
  run.run();
  ASSERT_TRUE(run.captured);
  for (std::uint64_t index = 0; index < run.set.size(); ++index) {
    const Seen& target = run.seen[index];
    ASSERT_EQ(target.state, network.truth(index)) << to_string(run.set.at(index));
    if (target.state == State::kUnsent) {
      ASSERT_EQ(target.send_errno, EPERM);
    }
  }
  EXPECT_EQ(run.accounting.stopped_by, "");
}

INSTANTIATE_TEST_SUITE_P(Seeds, SweepOnRandomNetwork, testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace echosweep::modes
