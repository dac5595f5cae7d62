#include "listen/type_names.hpp"

#include <algorithm>

#include "hearing.hpp"

namespace echosweep::listen {
namespace {

packet::IcmpMessage message(Family family, std::uint8_t type, std::uint8_t code = 0) {
  packet::IcmpMessage made;
  made.family = family;
  made.type = type;
  made.code = code;
  return made;
}

TEST(TypeNames, NameATypeOfEachFamily) {
  EXPECT_EQ(type_name(Family::kIpv4, 3), "unreachable");
  EXPECT_EQ(type_name(Family::kIpv6, 3), "time-exceeded");
  EXPECT_EQ(type_name(Family::kIpv6, 135), "neighbour-solicitation");
  EXPECT_EQ(type_name(Family::kIpv4, 77), "type-77");
}

TEST(TypeNames, ASetHasWhatItsWordsSay) {
  const auto set = TypeSet::parse("echo,too-big,neighbor-solicitation");
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->has(message(Family::kIpv4, 8)));
  EXPECT_TRUE(set->has(message(Family::kIpv6, 128)));
  EXPECT_FALSE(set->has(message(Family::kIpv6, 8))) << "the numbers of one family are not the other's";
  EXPECT_TRUE(set->has(message(Family::kIpv6, 135)));
  EXPECT_TRUE(set->has(message(Family::kIpv6, 2)));
  EXPECT_TRUE(set->has(message(Family::kIpv4, 3, 4)));
  EXPECT_FALSE(set->has(message(Family::kIpv4, 3, 1)));
}

TEST(TypeNames, ATypoIsAnErrorWithTheNames) {
  const auto set = TypeSet::parse("echo,unreachible");
  ASSERT_FALSE(set);
  EXPECT_TRUE(set.error().message.starts_with(
      "'unreachible' is no ICMP type (did you mean unreachable?); there are "))
      << set.error().message;
  for (const std::string_view name : all_type_names()) {
    EXPECT_NE(set.error().message.find(name), std::string::npos) << name;
    EXPECT_TRUE(TypeSet::parse(name)) << name;
  }
  EXPECT_FALSE(TypeSet::parse(""));
  EXPECT_FALSE(TypeSet::parse("echo,"));
}

TEST(TypeNames, AreInOrderAndEachOnce) {
  const auto names = all_type_names();
  EXPECT_TRUE(std::ranges::is_sorted(names, std::ranges::less_equal{}));
}

}  // namespace
}  // namespace echosweep::listen
