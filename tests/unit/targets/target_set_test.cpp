#include "targets/target_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "targets/spec.hpp"

namespace echosweep::targets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Range> ranges_of(std::string_view word) {
  return parse_spec(word).value().ranges;
}

/// Words as a user would give them, each in its role.
class Words {
 public:
  Words& add(std::string_view word) {
    const Spec spec = parse_spec(word).value();
    for (const Range& range : spec.ranges) {
      builder_.add(range, spec.single);
    }
    return *this;
  }
  Words& named(std::string_view address, std::string_view name) {
    builder_.add_named(builder_.hold_place(), Address::parse(address).value(), name);
    return *this;
  }
  Words& keep_mentions() {
    builder_.keep_mentions();
    return *this;
  }
  Words& exclude(std::string_view word) {
    for (const Range& range : ranges_of(word)) {
      builder_.exclude(range);
    }
    return *this;
  }
  Words& broadcast(std::string_view word) {
    for (const Range& range : ranges_of(word)) {
      builder_.leave_out_unless_single(range);
    }
    return *this;
  }
  Result<TargetSet> build() { return builder_.build(); }
  TargetSet set() { return builder_.build().value(); }

 private:
  TargetSetBuilder builder_;
};

std::vector<std::string> listed(const TargetSet& set) {
  std::vector<std::string> out;
  out.reserve(set.size());
  for (std::uint64_t i = 0; i < set.size(); ++i) {
    out.push_back(to_string(set.at(i)));
  }
  return out;
}

std::optional<std::uint64_t> find(const TargetSet& set, std::string_view address) {
  return set.find(Address::parse(address).value());
}

TEST(TargetSet, IsEmptyWithoutTargets) {
  const TargetSet set = Words().exclude("198.18.0.1").set();
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.size(), 0U);
  EXPECT_EQ(set.range_count(), 0U);
  EXPECT_EQ(find(set, "198.18.0.1"), std::nullopt);
  EXPECT_EQ(TargetSet().find(Address()), std::nullopt);
}

TEST(TargetSet, KeepsInputOrder) {
  const TargetSet set =
      Words().add("198.18.0.9").add("198.18.0.1-198.18.0.2").add("::1").add("198.18.0.5").set();
  EXPECT_THAT(listed(set), ElementsAre("198.18.0.9", "198.18.0.1", "198.18.0.2", "::1", "198.18.0.5"));
  EXPECT_EQ(find(set, "198.18.0.2"), 2U);
  EXPECT_EQ(find(set, "::1"), 3U);
  EXPECT_EQ(find(set, "198.18.0.3"), std::nullopt);
  EXPECT_EQ(find(set, "::2"), std::nullopt);
}

TEST(TargetSet, FirstMentionWinsItsPlace) {
  const TargetSet set =
      Words().add("198.18.0.2").add("198.18.0.0/30").add("198.18.0.1").add("198.18.0.2").set();
  EXPECT_THAT(listed(set), ElementsAre("198.18.0.2", "198.18.0.0", "198.18.0.1", "198.18.0.3"));
  EXPECT_EQ(set.counts().duplicates, 3U);
  EXPECT_EQ(set.counts().excluded, 0U);
  EXPECT_EQ(set.counts().left_out, 0U);
}

TEST(TargetSet, LeavesOutWhatIsExcludedEvenSingly) {
  const TargetSet set = Words()
                            .add("198.18.0.0/29")
                            .add("198.18.0.4")
                            .exclude("198.18.0.1-198.18.0.4")
                            .exclude("198.18.0.6")
                            .set();
  EXPECT_THAT(listed(set), ElementsAre("198.18.0.0", "198.18.0.5", "198.18.0.7"));
  EXPECT_EQ(set.counts().excluded, 5U);
  EXPECT_EQ(set.counts().duplicates, 1U);
}

TEST(TargetSet, AnExclusionWithoutAZoneHoldsInEveryZone) {
  const auto words = [] { return Words().add("fe80::1%1").add("fe80::1%2").add("fe80::1"); };
  EXPECT_EQ(words().exclude("fe80::/64").set().size(), 0U);
  EXPECT_EQ(words().exclude("fe80::1%2").set().size(), 2U);
}

TEST(TargetSet, TakesMulticastAndBroadcastOnlySingly) {
  EXPECT_THAT(listed(Words().add("223.255.255.255-224.0.0.1").set()), ElementsAre("223.255.255.255"));
  EXPECT_THAT(listed(Words().add("255.255.255.254-255.255.255.255").set()), ElementsAre("255.255.255.254"));
  EXPECT_THAT(listed(Words().add("ff02::1/127%1").set()), ElementsAre());
  EXPECT_THAT(listed(Words().add("224.0.0.1").add("255.255.255.255").add("ff02::1%1").set()),
              ElementsAre("224.0.0.1", "255.255.255.255", "ff02::1%lo"));
  EXPECT_EQ(Words().add("0.0.0.0/0").set().size(), (std::uint64_t{1} << 32) - (std::uint64_t{1} << 28) - 1);
}

TEST(TargetSet, TakesInterfaceBroadcastOnlySingly) {
  const TargetSet ranged = Words().broadcast("198.18.0.3").add("198.18.0.0/30").set();
  EXPECT_THAT(listed(ranged), ElementsAre("198.18.0.0", "198.18.0.1", "198.18.0.2"));
  EXPECT_EQ(ranged.counts().left_out, 1U);
  const TargetSet both = Words().add("198.18.0.0/30").add("198.18.0.3").broadcast("198.18.0.3").set();
  EXPECT_EQ(both.size(), 4U);
  EXPECT_EQ(both.counts().left_out, 0U);
  EXPECT_EQ(both.counts().duplicates, 1U);
}

TEST(TargetSet, KeepsNamesAsGiven) {
  const TargetSet set = Words()
                            .add("198.18.0.0/30")
                            .named("198.18.0.2", "second.example")
                            .named("fd00:e5::1", "six.example")
                            .named("198.18.0.2", "other.example")
                            .named("198.18.0.9", "excluded.example")
                            .named("198.18.0.1", "first.example")
                            .exclude("198.18.0.9")
                            .set();
  EXPECT_TRUE(set.has_names());
  ASSERT_EQ(set.size(), 5U);
  EXPECT_EQ(set.name_of(0), "");
  EXPECT_EQ(set.name_of(1), "first.example");
  EXPECT_EQ(set.name_of(2), "second.example");
  EXPECT_EQ(set.name_of(3), "");
  EXPECT_EQ(set.name_of(4), "six.example");
  EXPECT_EQ(set.counts().duplicates, 3U);
  EXPECT_FALSE(Words().add("::1").set().has_names());
}

TEST(TargetSet, KeepsTheFirstOfManyNames) {
  Words words;
  for (int i = 0; i < 100; ++i) {
    words.named(i % 2 == 0 ? "198.18.0.7" : "198.18.0.3", "name" + std::to_string(i));
  }
  const TargetSet set = words.set();
  EXPECT_THAT(listed(set), ElementsAre("198.18.0.7", "198.18.0.3"));
  EXPECT_EQ(set.name_of(0), "name0");
  EXPECT_EQ(set.name_of(1), "name1");
}

TEST(TargetSet, PutsANameWhereItsPlaceWasHeld) {
  TargetSetBuilder builder;
  const auto add = [&](std::string_view word) { builder.add(ranges_of(word).front(), true); };
  add("198.18.0.4");
  const std::uint64_t early = builder.hold_place();
  add("198.18.0.5");
  add("198.18.0.6");
  const std::uint64_t late = builder.hold_place();
  add("198.18.0.8");
  builder.add_named(late, Address::parse("198.18.0.7").value(), "late.example");
  builder.add_named(early, Address::parse("198.18.0.6").value(), "early.example");
  builder.add_named(early, Address::parse("198.18.0.1").value(), "early.example");
  const TargetSet set = builder.build().value();
  EXPECT_THAT(listed(set), ElementsAre("198.18.0.4", "198.18.0.1", "198.18.0.6", "198.18.0.5", "198.18.0.7",
                                       "198.18.0.8"));
  EXPECT_EQ(set.name_of(1), "early.example");
  EXPECT_EQ(set.name_of(2), "early.example");
  EXPECT_EQ(set.name_of(4), "late.example");
}

std::vector<std::string> mentions(const TargetSet& set) {
  std::vector<std::string> out;
  set.for_each_mention([&](std::uint64_t index, std::string_view name) {
    out.push_back(std::to_string(index) + " " +
                  (name.empty() ? to_string(set.at(index)) : std::string(name)));
  });
  return out;
}

TEST(TargetSetMentions, AreThoseOfTheTargetsWhereNothingIsNamedTwice) {
  const TargetSet set = Words().keep_mentions().add("198.18.0.9").named("198.18.0.1", "a.example").set();
  EXPECT_EQ(set.again_count(), 0U);
  EXPECT_TRUE(set.again_of(0).empty());
  EXPECT_THAT(mentions(set), ElementsAre("0 198.18.0.9", "1 a.example"));
}

TEST(TargetSetMentions, AreNotKeptUnasked) {
  EXPECT_EQ(Words().add("198.18.0.1").add("198.18.0.1").set().again_count(), 0U);
}

TEST(TargetSetMentions, ComeInInputOrder) {
  const TargetSet set = Words()
                            .keep_mentions()
                            .add("198.18.0.2")
                            .add("198.18.0.1")  // goes on through the next two
                            .add("198.18.0.2")
                            .add("198.18.0.3")
                            .add("fd00:e5::1")
                            .add("198.18.0.2")
                            .set();
  EXPECT_EQ(set.size(), 4U);
  EXPECT_THAT(mentions(set), ElementsAre("0 198.18.0.2", "1 198.18.0.1", "0 198.18.0.2", "2 198.18.0.3",
                                         "3 fd00:e5::1", "0 198.18.0.2"));
  EXPECT_THAT(set.again_of(0), ElementsAre(0, 1));
  EXPECT_TRUE(set.again_of(1).empty());
  EXPECT_EQ(set.again(1).before, 4U);
}

TEST(TargetSetMentions, EachHasTheNameThatWasGivenForIt) {
  const TargetSet set = Words()
                            .keep_mentions()
                            .add("198.18.0.1")
                            .named("198.18.0.1", "one.example")
                            .named("198.18.0.2", "two.example")
                            .add("198.18.0.2")
                            .named("198.18.0.1", "uno.example")
                            .set();
  EXPECT_THAT(mentions(set),
              ElementsAre("0 198.18.0.1", "0 one.example", "1 two.example", "1 198.18.0.2", "0 uno.example"));
  EXPECT_EQ(set.name_of(0), "");
  EXPECT_EQ(set.again(set.again_of(0)[1]).name, "uno.example");
}

TEST(TargetSetMentions, OfOneNameMayBeSeveralTargets) {
  TargetSetBuilder builder;
  builder.keep_mentions();
  builder.add(ranges_of("198.18.0.7")[0], true);
  const std::uint64_t place = builder.hold_place();
  builder.add_named(place, Address::parse("198.18.0.8").value(), "many.example");
  builder.add_named(place, Address::parse("198.18.0.7").value(), "many.example");
  EXPECT_THAT(mentions(builder.build().value()),
              ElementsAre("0 198.18.0.7", "0 many.example", "1 many.example"));
}

TEST(TargetSetMentions, ARangeNamesNobodyAgain) {
  const TargetSet set =
      Words().keep_mentions().add("198.18.0.1").add("198.18.0.0/30").add("198.18.0.3").set();
  EXPECT_THAT(mentions(set),
              ElementsAre("0 198.18.0.1", "1 198.18.0.0", "2 198.18.0.2", "3 198.18.0.3", "3 198.18.0.3"));
}

TEST(TargetSetMentions, WhoIsExcludedIsNotMentioned) {
  const TargetSet set = Words()
                            .keep_mentions()
                            .add("198.18.0.1")
                            .add("198.18.0.1")
                            .add("198.18.0.9")
                            .exclude("198.18.0.1")
                            .set();
  EXPECT_THAT(mentions(set), ElementsAre("0 198.18.0.9"));
}

/// Words at random, some of them twice, against the list that a loop over them makes.
TEST(TargetSetMentions, AgreeWithTheWordsThemselves) {
  std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same words in every run
  for (int run = 0; run < 200; ++run) {
    Words words;
    words.keep_mentions();
    std::vector<std::string> expected;
    std::map<std::string, std::size_t> numbers;
    for (int i = 0; i < 40; ++i) {
      const std::string address = "198.18.0." + std::to_string(random() % 30);
      const std::size_t index = numbers.try_emplace(address, numbers.size()).first->second;
      const std::string name = random() % 3 == 0 ? "name" + std::to_string(i) : "";
      expected.push_back(std::to_string(index) + " " + (name.empty() ? address : name));
      name.empty() ? words.add(address) : words.named(address, name);
    }
    EXPECT_EQ(mentions(words.set()), expected);
  }
}

TEST(TargetSet, ANamedMulticastAddressIsMeant) {
  EXPECT_EQ(Words().named("224.0.0.251", "mdns.example").set().size(), 1U);
}

TEST(TargetSet, MergesWhatGoesOn) {
  const TargetSet set = Words()
                            .add("198.18.0.0/25")
                            .add("198.18.0.128/25")
                            .add("198.18.1.0")
                            .add("198.18.0.77")
                            .add("198.18.1.1")
                            .add("198.18.0.0/16")
                            .set();
  EXPECT_EQ(set.size(), 65536U);
  ASSERT_EQ(set.range_count(), 1U);
  EXPECT_EQ(set.range(0), ranges_of("198.18.0.0/16").front());
  EXPECT_EQ(Words().add("198.18.0.1").add("198.18.0.0").set().range_count(), 2U);
  EXPECT_EQ(Words().add("255.255.255.255").add("::").set().range_count(), 2U);
}

TEST(TargetSet, ShowsItsRanges) {
  const TargetSet set = Words().add("fd00:e5::/120").add("198.18.0.0/24").exclude("198.18.0.7").set();
  ASSERT_EQ(set.range_count(), 3U);
  EXPECT_EQ(to_string(set.range(0).last), "fd00:e5::ff");
  EXPECT_EQ(to_string(set.range(1).last), "198.18.0.6");
  EXPECT_EQ(to_string(set.range(2).first), "198.18.0.8");
  EXPECT_EQ(set.range_start(0), 0U);
  EXPECT_EQ(set.range_start(1), 256U);
  EXPECT_EQ(set.range_start(2), 263U);
  EXPECT_EQ(set.range_size(1), 7U);
  EXPECT_EQ(set.range_size(2), 248U);
}

TEST(TargetSet, HoldsHugeRangesInOnePiece) {
  const TargetSet set = Words().add("fd00:e5::/65").set();
  EXPECT_EQ(set.size(), kMaxTargets);
  EXPECT_EQ(set.range_count(), 1U);
  EXPECT_EQ(to_string(set.at(kMaxTargets - 1)), "fd00:e5::7fff:ffff:ffff:ffff");
  EXPECT_EQ(find(set, "fd00:e5::7fff:ffff:ffff:ffff"), kMaxTargets - 1);
  EXPECT_EQ(find(set, "fd00:e5::8000:0:0:0"), std::nullopt);
  EXPECT_EQ(Words().add("::/0").exclude("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0").set().size(), 0U);
  EXPECT_EQ(Words()
                .add("::/0")
                .add("::/0")
                .exclude("::/1")
                .exclude("8000::-ff00::")
                .exclude("0.0.0.0")
                .set()
                .size(),
            0U);
  EXPECT_EQ(Words().add("::/0").exclude("::-feff:ffff:ffff:ffff:ffff:ffff:ffff:fff0").set().size(), 15U);
}

TEST(TargetSet, RefusesMoreThanCanBeNumbered) {
  const auto rejection = [](Words& words) {
    const auto set = words.build();
    return set ? "accepted" : set.error().message;
  };
  EXPECT_THAT(
      rejection(Words().add("fd00:e5::/64")),
      HasSubstr("18446744073709551616 targets are too many for one sweep: its ledger would need 4 EiB "));
  EXPECT_THAT(rejection(Words().add("fd00:e5::/65").add("198.18.0.1")),
              HasSubstr("9223372036854775809 targets"));
  EXPECT_THAT(rejection(Words().add("::/0")), HasSubstr("too many"));
  TargetSetBuilder zones;
  for (const std::uint32_t zone : {1U, 2U, 3U}) {
    zones.add({Address::v6(0, zone), Address::v6(~Uint128{0} >> 1, zone)}, false);
  }
  EXPECT_THAT(zones.build().error().message,
              HasSubstr("at least 340282366920938463463374607431768211455 targets"));
}

TEST(TooManyTargets, NamesTheMemoryThatTheLedgerWouldNeed) {
  EXPECT_EQ(too_many_targets(Uint128{kMaxSweep} * 2),
            "17179869184 targets are too many for one sweep: its ledger would need 4 GiB of memory (at most "
            "8589934592 "
            "targets, 2 GiB): name smaller ranges");
  EXPECT_THAT(too_many_targets(Uint128{kMaxSweep} + 1), HasSubstr("need 3 GiB"));
}

// The set against a model that keeps every address by itself.

struct Mention {
  Range range;
  bool single;
  std::string name;
};

struct Model {
  std::vector<Mention> mentions;
  std::vector<Range> exclusions;
  std::vector<Range> broadcasts;

  static bool hits(const std::vector<Range>& holes, const Address& address) {
    return std::ranges::any_of(holes, [&](const Range& hole) {
      return hole.first.family() == address.family() &&
             (hole.first.zone() == 0 || hole.first.zone() == address.zone()) &&
             hole.first.value() <= address.value() && address.value() <= hole.last.value();
    });
  }
};

struct Expected {
  std::vector<Address> order;
  std::map<Address, std::string> names;
  SetCounts counts;
};

Expected naive(const Model& model) {
  Expected out;
  std::set<Address> singles;
  for (const Mention& mention : model.mentions) {
    if (mention.single) {
      singles.insert(mention.range.first);
    }
  }
  std::set<Address> seen;
  for (const Mention& mention : model.mentions) {
    for (Address at = mention.range.first;; at = at.plus(1)) {
      if (!mention.name.empty()) {
        out.names.emplace(at, mention.name);
      }
      if (!seen.insert(at).second) {
        ++out.counts.duplicates;
      } else if ((at.is_multicast() || Model::hits(model.broadcasts, at)) && !singles.contains(at)) {
        ++out.counts.left_out;
      } else if (Model::hits(model.exclusions, at)) {
        ++out.counts.excluded;
      } else {
        out.order.push_back(at);
      }
      if (at == mention.range.last) {
        break;
      }
    }
  }
  return out;
}

std::uint32_t draw(std::mt19937& random, std::uint32_t below) {
  return static_cast<std::uint32_t>(random()) % below;
}

/// Four lines of 64 addresses each, half of them multicast where the family's multicast begins.
Range random_range(std::mt19937& random, std::uint32_t most) {
  const std::uint32_t line = draw(random, 4);
  const Uint128 base = line == 0 ? Uint128{0xe0000000} - 32 : (Uint128{0xff} << 120) - 32;
  const std::uint32_t first = draw(random, 64);
  const std::uint32_t last = std::min(first + draw(random, most), 63U);
  const Address like = line == 0 ? Address::v4(0) : Address::v6(0, line - 1);
  return {with_value(like, base + first), with_value(like, base + last)};
}

TEST(TargetSet, AgreesWithANaiveModel) {
  std::mt19937 random(20240229);
  std::uint64_t targets = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    Model model;
    TargetSetBuilder builder;
    for (std::uint32_t i = draw(random, 24); i > 0; --i) {
      const bool single = draw(random, 2) == 0;
      const Range range = random_range(random, single ? 1 : 24);
      const std::string name = single && draw(random, 3) == 0 ? "name" + std::to_string(i) : "";
      model.mentions.push_back({range, single, name});
      if (name.empty()) {
        builder.add(range, single);
      } else {
        builder.add_named(builder.hold_place(), range.first, name);
      }
    }
    for (std::uint32_t i = draw(random, 4); i > 0; --i) {
      model.exclusions.push_back(random_range(random, 12));
      builder.exclude(model.exclusions.back());
    }
    for (std::uint32_t i = draw(random, 3); i > 0; --i) {
      model.broadcasts.push_back(random_range(random, 3));
      builder.leave_out_unless_single(model.broadcasts.back());
    }

    const Expected expected = naive(model);
    const TargetSet set = builder.build().value();
    ASSERT_EQ(set.size(), expected.order.size()) << trial;
    std::map<Address, std::uint64_t> index_of;
    for (std::uint64_t i = 0; i < set.size(); ++i) {
      const Address& address = expected.order[i];
      ASSERT_EQ(set.at(i), address) << trial;
      const auto name = expected.names.find(address);
      ASSERT_EQ(set.name_of(i), name == expected.names.end() ? "" : name->second) << trial;
      index_of[address] = i;
    }
    for (std::uint32_t line = 0; line < 4; ++line) {
      const Uint128 base = line == 0 ? Uint128{0xe0000000} - 40 : (Uint128{0xff} << 120) - 40;
      for (std::uint32_t i = 0; i < 80; ++i) {
        const Address address =
            line == 0 ? Address::v4(static_cast<std::uint32_t>(base + i)) : Address::v6(base + i, line - 1);
        const auto index = index_of.find(address);
        ASSERT_EQ(set.find(address), index == index_of.end() ? std::nullopt : std::optional(index->second))
            << trial;
      }
    }
    std::uint64_t counted = 0;
    for (std::size_t i = 0; i < set.range_count(); ++i) {
      ASSERT_EQ(set.range_start(i), counted);
      ASSERT_EQ(set.range(i).first, set.at(counted));
      counted += set.range_size(i);
      ASSERT_EQ(set.range(i).last, set.at(counted - 1));
    }
    ASSERT_EQ(counted, set.size());
    ASSERT_EQ(set.counts().left_out, expected.counts.left_out) << trial;
    ASSERT_EQ(set.counts().excluded, expected.counts.excluded) << trial;
    ASSERT_EQ(set.counts().duplicates, expected.counts.duplicates) << trial;
    targets += set.size();
  }
  EXPECT_GT(targets, 50'000U);  // the trials did have something to compare
}

TEST(TargetSet, FindsItsWayThroughManyRangesOfUnlikeSizes) {
  std::mt19937 random(7);
  TargetSetBuilder builder;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const std::uint32_t first = draw(random, 0xd0000000);
    const std::uint32_t size = std::uint32_t{1} << draw(random, 20);
    builder.add({Address::v4(first), Address::v4(first + size)}, false);
  }
  const TargetSet set = builder.build().value();
  EXPECT_GT(set.range_count(), 4000U);
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < set.range_count(); ++i) {
    const Range range = set.range(i);
    const std::uint64_t start = set.range_start(i);
    const std::uint64_t last = start + set.range_size(i) - 1;
    wrong += set.at(start) == range.first && set.at(last) == range.last ? 0U : 1U;
    wrong += set.find(range.first) == start && set.find(range.last) == last ? 0U : 1U;
  }
  EXPECT_EQ(wrong, 0U);
}

TEST(TargetSetBuilder, StartsAnewAfterBuild) {
  TargetSetBuilder builder;
  const Range range = ranges_of("198.18.0.0/24").front();
  builder.add(range, false);
  builder.exclude(range);
  EXPECT_EQ(builder.build()->size(), 0U);
  builder.add(range, false);
  EXPECT_EQ(builder.build()->size(), 256U);
}

}  // namespace
}  // namespace echosweep::targets
