#include "checkpoint/bitmap_format.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>

#include "checkpoint/bitmap.hpp"
#include "checkpoint/little_endian.hpp"
#include "examples.hpp"

namespace echosweep::checkpoint {
namespace {

std::string words(std::initializer_list<unsigned> values) {
  std::string bytes;
  for (const unsigned value : values) {
    bytes += le_bytes(static_cast<std::uint16_t>(value));
  }
  return bytes;
}

constexpr unsigned kPlain = 12346;
constexpr unsigned kRuns = 12347;

/// One 32-bit set, for the numbers below 2^32.
std::string whole(const std::string& set32) {
  return le_bytes(std::uint64_t{1}) + le_bytes(std::uint32_t{0}) + set32;
}

/// An array of `numbers`, which are said to be `count`.
std::string array(unsigned count, std::initializer_list<unsigned> numbers) {
  return whole(words({kPlain, 0, 1, 0, 0, count - 1, 16, 0}) + words(numbers));
}

/// A container of runs that are said to hold `count` numbers; `runs`: how many, then beginning and length
/// - 1.
std::string runs(unsigned count, std::initializer_list<unsigned> runs) {
  return whole(words({kRuns, 0}) + '\x01' + words({0, count - 1}) + words(runs));
}

/// A container of 8192 bytes where the first `ones` bits are 1, and are said to be `count`.
std::string bitmap(unsigned count, unsigned ones) {
  std::string bytes(8192, '\0');
  for (unsigned bit = 0; bit < ones; ++bit) {
    bytes[bit / 8] = static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) | 1U << bit % 8);
  }
  return whole(words({kPlain, 0, 1, 0, 0, count - 1, 16, 0}) + bytes);
}

TEST(BitmapFormat, IsWhatCRoaringWrites) {
  for (const auto& [name, set] : example().sets) {
    std::string bytes(set.getSizeInBytes(), '\0');
    set.write(bytes.data());
    EXPECT_TRUE(is_bitmap(bytes)) << name;
    for (std::size_t size = 0; size < bytes.size(); size += size < 64 ? 1 : 97) {
      EXPECT_FALSE(is_bitmap(bytes.substr(0, size))) << name << ", " << size;
    }
    EXPECT_FALSE(is_bitmap(bytes + '\0')) << name;
  }
}

TEST(BitmapFormat, ListsPlacesFromFourContainersOnWhereThereAreRuns) {
  bitmaps::Bitmap set;
  for (std::uint64_t container = 0; container < 20; ++container) {
    for (std::uint64_t number = 0; number < 100; ++number) {
      set.add((container << 16) + number);
    }
    set.runOptimize();
    std::string bytes(set.getSizeInBytes(), '\0');
    set.write(bytes.data());
    EXPECT_TRUE(is_bitmap(bytes)) << container;
    EXPECT_FALSE(is_bitmap(bytes + '\0')) << container;
  }
}

TEST(BitmapFormat, HasArraysInOrder) {
  EXPECT_TRUE(is_bitmap(array(3, {0, 7, 65535})));
  EXPECT_FALSE(is_bitmap(array(3, {7, 0, 65535})));
  EXPECT_FALSE(is_bitmap(array(3, {0, 7, 7})));
  EXPECT_FALSE(is_bitmap(array(3, {0, 7})));
  EXPECT_FALSE(is_bitmap(array(3, {0, 7, 8, 9})));
}

TEST(BitmapFormat, HasRunsInOrderAndWithinTheirContainer) {
  EXPECT_TRUE(is_bitmap(runs(65536, {1, 0, 65535})));
  EXPECT_TRUE(is_bitmap(runs(5, {2, 0, 1, 3, 2})));
  EXPECT_TRUE(is_bitmap(runs(5, {2, 0, 1, 2, 2})));   // side by side
  EXPECT_FALSE(is_bitmap(runs(5, {2, 0, 1, 1, 2})));  // one into the other
  EXPECT_FALSE(is_bitmap(runs(5, {2, 3, 2, 0, 1})));
  EXPECT_FALSE(is_bitmap(runs(6, {2, 0, 1, 3, 2})));  // says one more than there are
  EXPECT_FALSE(is_bitmap(runs(2, {1, 65535, 1})));
  EXPECT_FALSE(is_bitmap(runs(1, {0})));
  EXPECT_FALSE(is_bitmap(runs(1, {2, 0, 0})));
}

TEST(BitmapFormat, HasAsManyOnesAsItSays) {
  EXPECT_TRUE(is_bitmap(bitmap(4097, 4097)));
  EXPECT_TRUE(is_bitmap(bitmap(65536, 65536)));
  EXPECT_FALSE(is_bitmap(bitmap(4097, 4098)));
  EXPECT_FALSE(is_bitmap(bitmap(4098, 4097)));
  EXPECT_FALSE(is_bitmap(bitmap(4096, 4096)));  // so few would be an array
}

TEST(BitmapFormat, HasKeysInOrder) {
  const auto two = [](unsigned first, unsigned second) {
    return whole(words({kPlain, 0, 2, 0, first, 0, second, 0, 24, 0, 26, 0, 5, 6}));
  };
  EXPECT_TRUE(is_bitmap(two(0, 1)));
  EXPECT_TRUE(is_bitmap(two(0, 65535)));
  EXPECT_FALSE(is_bitmap(two(1, 1)));
  EXPECT_FALSE(is_bitmap(two(2, 1)));
  const auto parts = [](std::uint32_t first, std::uint32_t second) {
    const std::string empty = words({kPlain, 0, 0, 0});
    return le_bytes(std::uint64_t{2}) + le_bytes(first) + empty + le_bytes(second) + empty;
  };
  EXPECT_TRUE(is_bitmap(parts(0, 0xffffffff)));
  EXPECT_FALSE(is_bitmap(parts(1, 1)));
  EXPECT_FALSE(is_bitmap(parts(0xffffffff, 0)));
}

TEST(BitmapFormat, AsksForNoMoreThanThereIs) {
  EXPECT_FALSE(is_bitmap(""));
  EXPECT_TRUE(is_bitmap(le_bytes(std::uint64_t{0})));
  EXPECT_FALSE(is_bitmap(le_bytes(~std::uint64_t{0})));
  EXPECT_FALSE(is_bitmap(whole(words({kPlain, 0, 0xffff, 0xffff}))));
  EXPECT_FALSE(is_bitmap(whole(words({kPlain, 0, 1, 1}) + std::string(600'000, '\0'))));
  EXPECT_FALSE(is_bitmap(whole(words({kRuns, 0xffff}))));
  EXPECT_FALSE(is_bitmap(whole(words({12345, 0, 0, 0}))));
}

}  // namespace
}  // namespace echosweep::checkpoint
