#include "map/map_sinks.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "decoded_png.hpp"
#include "survey.hpp"

namespace echosweep::map {
namespace {

Address addr(const char* text) {
  return *Address::parse(text);
}

TEST(Survey, ShowsTheFamilyWithMoreTargets) {
  const auto survey =
      Survey::of({{addr("192.0.2.1"), addr("192.0.2.2")}, {addr("2001:db8::1"), addr("2001:db8::9")}});
  EXPECT_EQ(to_string(survey->grid().space()), "2001:db8::/120");
  EXPECT_EQ(survey->summary().not_shown, 2U);
  EXPECT_EQ(survey->summary().targets, 11U);
  const auto even =
      Survey::of({{addr("2001:db8::1"), addr("2001:db8::1")}, {addr("192.0.2.1"), addr("192.0.2.1")}});
  EXPECT_EQ(to_string(even->grid().space()), "192.0.2.0/24");
  EXPECT_EQ(even->summary().not_shown, 1U);
}

TEST(Survey, OfAPartKnowsItsOwnTargets) {
  const std::vector<Address> part = {addr("192.0.2.7"), addr("2001:db8::1"), addr("192.0.2.3")};
  const auto survey =
      Survey::of_part({{addr("192.0.2.1"), addr("192.0.2.9")}, {addr("2001:db8::1"), addr("2001:db8::2")}},
                      part.size(), [&](std::uint64_t number) { return part[number]; });
  EXPECT_EQ(to_string(survey->grid().space()), "192.0.2.0/24");
  EXPECT_EQ(survey->summary().targets, 3U);
  EXPECT_EQ(survey->summary().not_shown, 1U);
  for (std::uint64_t host = 0; host < 256; ++host) {
    EXPECT_EQ(survey->grid().spot(host).look, host == 3 || host == 7 ? Look::kSilent : Look::kUnswept)
        << host;
  }
  const auto nothing = Survey::of_part({{addr("192.0.2.1"), addr("192.0.2.9")}}, 0, {});
  EXPECT_EQ(to_string(nothing->grid().space()), "192.0.2.0/24");
  EXPECT_EQ(nothing->grid().spot(1).look, Look::kUnswept);
}

TEST(Survey, FollowsARun) {
  const auto survey = Survey::of({{addr("192.0.2.1"), addr("192.0.2.9")}});
  SurveySink sink(survey);
  EXPECT_TRUE(sink.wants(report::State::kAlive));
  EXPECT_TRUE(sink.wants(report::State::kUnreachable));
  EXPECT_TRUE(sink.wants(report::State::kUnsent));
  EXPECT_FALSE(sink.wants(report::State::kSilent));
  ASSERT_TRUE(sink.begin({}));
  EXPECT_TRUE(survey->summary().running);
  report::Record record;
  record.address = addr("192.0.2.3");
  record.state = report::State::kAlive;
  ASSERT_TRUE(sink.record(record));
  EXPECT_EQ(survey->summary().alive, 1U);
  EXPECT_EQ(survey->grid().spot(3).look, Look::kAlive);
  report::Accounting accounting;
  accounting.signal = SIGINT;
  ASSERT_TRUE(sink.end(accounting));
  EXPECT_FALSE(survey->summary().running);
  EXPECT_EQ(survey->summary().stopped_by, "interrupted");
}

TEST(PictureSink, WritesNothingBeforeTheEndAndThenAllOfIt) {
  std::string pattern = testing::TempDir() + "/map_sinks_test.XXXXXX";
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  const std::filesystem::path folder = pattern;
  auto file = report::WholeFile::create(folder / "map.png");
  ASSERT_TRUE(file);
  PictureSink sink(std::move(*file), example_survey());
  EXPECT_FALSE(std::filesystem::exists(folder / "map.png"));
  ASSERT_TRUE(sink.end({}));
  std::ifstream stream(folder / "map.png");
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  EXPECT_GT(decode_png(bytes.str()).width, 0);
  std::filesystem::remove_all(folder);
}

TEST(PictureSink, SaysThatTheDiskIsFull) {
  auto file = report::WholeFile::create("/dev/full");
  ASSERT_TRUE(file);
  PictureSink sink(std::move(*file), example_survey());
  const auto ended = sink.end({});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ENOSPC);
}

}  // namespace
}  // namespace echosweep::map
