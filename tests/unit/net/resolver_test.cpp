#include "net/resolver.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fake_dns.hpp"

namespace echosweep::net {
namespace {

using std::chrono::milliseconds;
using namespace std::string_view_literals;

constexpr const char* kUnknown = "Name or service not known";

/// Hosts file only: no question ever leaves.
Resolver hosts_file_resolver(std::size_t in_flight = 256) {
  auto resolver = Resolver::open({.in_flight = in_flight, .servers = "127.0.0.1:9", .lookups = "f"});
  EXPECT_TRUE(resolver);
  return std::move(*resolver);
}

void run(Resolver& resolver) {
  while (resolver.pending() > 0) {
    resolver.process(milliseconds(100));
  }
}

Result<std::vector<Address>> look_up(Resolver& resolver, std::string name, FamilyChoice family) {
  Result<std::vector<Address>> answer = fail("never called");
  resolver.lookup(std::move(name), family, [&](Result<std::vector<Address>> result) { answer = result; });
  run(resolver);
  return answer;
}

TEST(Resolver, FindsLocalhostInTheHostsFile) {
  Resolver resolver = hosts_file_resolver();
  const auto found = look_up(resolver, "localhost", FamilyChoice::kIpv4);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, std::vector{Address::v4(0x7f000001)});
}

TEST(Resolver, RefusesNamesThatCannotBe) {
  Resolver resolver = hosts_file_resolver();
  const std::string names[] = {"",
                               "no such host",
                               "tab\there",
                               std::string("nul\0byte", 8),
                               "line\n",
                               std::string(300, 'a'),
                               std::string(100, 'a') + ".example",
                               "two..dots",
                               "nosuch.invalid"};
  for (const std::string& name : names) {
    const auto answer = look_up(resolver, name, FamilyChoice::kAny);
    ASSERT_FALSE(answer) << name;
    EXPECT_EQ(answer.error().message, kUnknown) << name;
    EXPECT_EQ(answer.error().code, 0);
  }
}

TEST(Resolver, CallsBackOnlyFromProcess) {
  Resolver resolver = hosts_file_resolver();
  int calls = 0;
  resolver.lookup("", FamilyChoice::kAny, [&](const auto&) { ++calls; });
  resolver.lookup("localhost", FamilyChoice::kIpv4, [&](const auto&) { ++calls; });
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(resolver.pending(), 2U);
  run(resolver);
  EXPECT_EQ(calls, 2);
  resolver.process(milliseconds(1'000'000));  // nothing to wait for
  EXPECT_EQ(calls, 2);
}

TEST(Resolver, CallbacksMayAskAgain) {
  Resolver resolver = hosts_file_resolver(1);
  int asked = 0;
  Resolver::LookupDone again = [&](const auto&) {
    if (++asked < 50) {
      resolver.lookup(asked % 2 == 0 ? "localhost" : "nosuch.invalid", FamilyChoice::kIpv4, again);
    }
  };
  resolver.lookup("localhost", FamilyChoice::kIpv4, again);
  run(resolver);
  EXPECT_EQ(asked, 50);
}

TEST(Resolver, MovesWithItsQuestions) {
  Resolver first = hosts_file_resolver();
  int calls = 0;
  first.lookup("localhost", FamilyChoice::kIpv4, [&](const auto& found) { calls += found ? 1 : 100; });
  Resolver second(std::move(first));
  run(second);
  EXPECT_EQ(calls, 1);
}

TEST(Resolver, RefusesServersThatAreNone) {
  const auto resolver = Resolver::open({.servers = "not an address", .lookups = "f"});
  ASSERT_FALSE(resolver);
  EXPECT_EQ(resolver.error().message.rfind("cannot set up name resolution: ", 0), 0U);
}

TEST(PresentableName, RefusesWhatCouldMislead) {
  EXPECT_TRUE(is_presentable_name("gate.example"));
  EXPECT_TRUE(is_presentable_name("_srv-1.example."));
  EXPECT_TRUE(is_presentable_name(std::string(253, 'a')));
  for (const std::string_view name : {"", "two words", "esc\x1b[2J", "del\x7f", "caf\xc3\xa9", "tab\t",
                                      "line\n", "a\\032b", "-rf", "192.0.2.1", "2001:db8::1", "::"}) {
    EXPECT_FALSE(is_presentable_name(name)) << name;
  }
  EXPECT_FALSE(is_presentable_name(std::string(254, 'a')));
  EXPECT_FALSE(is_presentable_name(std::string_view("a\0b", 3)));
}

/// A Resolver that asks nobody but the fake server; DNS only.
Resolver dns_resolver(const FakeDns& server, std::size_t in_flight = 256) {
  auto resolver = Resolver::open({.timeout = milliseconds(60'000),
                                  .tries = 1,
                                  .in_flight = in_flight,
                                  .servers = server.address(),
                                  .lookups = "b"});
  EXPECT_TRUE(resolver);
  return std::move(*resolver);
}

/// Lets both sides work until all is answered. Returns the most questions that were ever open at the server.
std::size_t converse(Resolver& resolver, FakeDns& server) {
  std::size_t most = 0;
  while (resolver.pending() > 0) {
    resolver.process(milliseconds(0));
    most = std::max(most, server.serve());
  }
  return most;
}

class ResolverAndServer : public testing::Test {
 protected:
  void SetUp() override {
    if (!server_.open()) {
      GTEST_SKIP() << "the loopback interface is down here";
    }
  }

  std::optional<std::string> reverse(std::string_view wire) {
    server_.answer_ptr(wire);
    Resolver resolver = dns_resolver(server_);
    std::optional<std::string> answer = "never called";
    resolver.reverse(Address::v4(0xc0000201),
                     [&](std::optional<std::string> name) { answer = std::move(name); });
    converse(resolver, server_);
    return answer;
  }

  FakeDns server_;
};

TEST_F(ResolverAndServer, FindsAllAddressesOnce) {
  server_.answer_a({0xc0000201, 0xc0000202, 0xc0000201});
  Resolver resolver = dns_resolver(server_);
  std::vector<Address> found;
  resolver.lookup("gate.example.", FamilyChoice::kIpv4, [&](const auto& result) {
    ASSERT_TRUE(result) << result.error().message;
    found = *result;
  });
  converse(resolver, server_);
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector{Address::v4(0xc0000201), Address::v4(0xc0000202)}));
}

TEST_F(ResolverAndServer, HasGetaddrinfosWordsForFailures) {
  const auto failure = [this](int code) {
    server_.answer_code(code);
    Resolver resolver = dns_resolver(server_);
    std::string message;
    resolver.lookup("gate.example.", FamilyChoice::kIpv4, [&](const auto& result) {
      ASSERT_FALSE(result);
      message = result.error().message;
    });
    converse(resolver, server_);
    return message;
  };
  EXPECT_EQ(failure(3), kUnknown);
  EXPECT_EQ(failure(2), "Temporary failure in name resolution");
  EXPECT_EQ(failure(0), "No address associated with hostname");
}

/// Labels in wire format (RFC 1035 3.1): a length before each, and an empty one at the end.
std::string wire_name(std::initializer_list<std::string_view> labels) {
  std::string wire;
  for (const std::string_view label : labels) {
    wire += static_cast<char>(label.size());
    wire += label;
  }
  wire += '\0';
  return wire;
}

TEST_F(ResolverAndServer, FindsAName) {
  EXPECT_EQ(reverse(wire_name({"gate", "example"})), "gate.example");
}

TEST_F(ResolverAndServer, TakesNoNameFromHostileRecords) {
  const std::string_view labels[] = {"a\x1b[2J", "two six",     "line\n", "nul\0"sv, "caf\xe9",
                                     "-rf",      "dot.ted six", "a\\b",   "\x9b[2J"};
  for (const std::string_view label : labels) {
    EXPECT_EQ(reverse(wire_name({label, "example"})), std::nullopt) << label;
  }
  EXPECT_EQ(reverse(wire_name({"192", "0", "2", "9"})), std::nullopt);  // poses as an address
  EXPECT_EQ(reverse("\xc0\xff"sv), std::nullopt);                       // points outside of the packet
  EXPECT_EQ(reverse("\x09short"sv), std::nullopt);                      // ends before its length
  EXPECT_EQ(reverse(wire_name({})), std::nullopt);
}

TEST_F(ResolverAndServer, QueuesWhatIsTooMuchAtOnce) {
  server_.answer_a({0xc0000201});
  Resolver resolver = dns_resolver(server_, 10);
  int found = 0;
  for (int i = 0; i < 1000; ++i) {
    resolver.lookup("host" + std::to_string(i) + ".example.", FamilyChoice::kIpv4,
                    [&](const auto& result) { found += result ? 1 : 0; });
  }
  EXPECT_EQ(resolver.pending(), 1000U);
  EXPECT_EQ(converse(resolver, server_), 10U);
  EXPECT_EQ(found, 1000);
}

/// What a file of targets asks for, with the settings that it is asked with.
TEST_F(ResolverAndServer, AnswersThousandsOfNamesSideBySide) {
  server_.answer_code(3);
  Resolver resolver = dns_resolver(server_);
  std::vector<int> failures(2000);
  for (std::size_t i = 0; i < failures.size(); ++i) {
    resolver.lookup("host" + std::to_string(i) + ".example.", FamilyChoice::kIpv4,
                    [&, i](const auto& result) {
                      ASSERT_FALSE(result);
                      EXPECT_EQ(result.error().message, kUnknown);
                      ++failures[i];
                    });
  }
  EXPECT_GT(converse(resolver, server_), 100U);
  EXPECT_EQ(failures, std::vector<int>(2000, 1));
}

TEST_F(ResolverAndServer, ForgetsOpenQuestionsWhenDestroyed) {
  int calls = 0;
  {
    Resolver resolver = dns_resolver(server_, 2);
    for (int i = 0; i < 4; ++i) {
      resolver.reverse(Address::v4(0xc0000201), [&](const auto&) { ++calls; });
    }
    resolver.process(milliseconds(0));
    EXPECT_EQ(resolver.pending(), 4U);
  }
  EXPECT_EQ(calls, 0);
}

TEST_F(ResolverAndServer, GivesUpOnAServerThatIsSilent) {
  auto resolver =
      Resolver::open({.timeout = milliseconds(1), .tries = 2, .servers = server_.address(), .lookups = "b"});
  ASSERT_TRUE(resolver);
  const auto answer = look_up(*resolver, "gate.example.", FamilyChoice::kIpv4);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "Temporary failure in name resolution");
}

}  // namespace
}  // namespace echosweep::net
