// Files that write_checkpoint() did not leave behind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/digest.hpp"
#include "checkpoint/little_endian.hpp"
#include "examples.hpp"
#include "files.hpp"

namespace echosweep::checkpoint {
namespace {

/// A small checkpoint with every part that there is: a few hundred bytes.
Checkpoint small() {
  Checkpoint checkpoint{.head = {{"a", "x"}, {"b", {1, 2}}}, .sets = {}};
  for (const std::uint64_t number : {1ULL, 2ULL, 1ULL << 20, 1ULL << 40}) {
    checkpoint.sets["few"].add(std::uint64_t{number});
  }
  for (std::uint64_t number = 100; number < 300; ++number) {
    checkpoint.sets["runs"].add(number);
  }
  checkpoint.sets["runs"].runOptimize();
  return checkpoint;
}

/// Puts size and checksum around what an enemy would have us read.
std::string sealed(std::string_view content) {
  std::string bytes = "echosweep checkpoint 1\n";
  bytes += le_bytes(std::uint64_t{bytes.size() + 8 + content.size() + Digest::kSize});
  bytes += content;
  Digest digest;
  digest.add(std::string_view(bytes));
  return bytes + digest.bytes();
}

std::string head(std::string_view text) {
  return le_bytes(std::uint64_t{text.size()}) + std::string(text);
}

std::string set(std::string_view name, std::string_view numbers) {
  return le_bytes(static_cast<std::uint16_t>(name.size())) + std::string(name) +
         le_bytes(std::uint64_t{numbers.size()}) + std::string(numbers);
}

class HostileFile : public FolderTest {
 protected:
  std::string refusal(std::string_view bytes) {
    write_bytes(path(), bytes);
    const auto read = read_checkpoint(path());
    if (read) {
      return "";
    }
    expect_line(read.error().message, path());
    return read.error().message;
  }
  void expect_refused(std::string_view bytes, std::string_view why) {
    const std::string message = refusal(bytes);
    EXPECT_NE(message.find(why), std::string::npos) << '"' << message << "\", not " << why;
  }
};

TEST_F(HostileFile, EveryBitThatFlipsIsSeen) {
  ASSERT_TRUE(write_checkpoint(path(), small()));
  const std::string good = bytes_of(path());
  ASSERT_LT(good.size(), 400U);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ 1U << bit);
      ASSERT_NE(refusal(bad), "") << "byte " << at << ", bit " << bit;
    }
  }
  EXPECT_EQ(refusal(good), "");
}

TEST_F(HostileFile, EveryTruncationIsSeen) {
  ASSERT_TRUE(write_checkpoint(path(), small()));
  const std::string good = bytes_of(path());
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_NE(refusal(good.substr(0, size)), "") << size;
  }
  expect_refused(good.substr(0, 22), "is no checkpoint");
  expect_refused(good.substr(0, 23), "is cut off after 23 bytes");
  expect_refused(good.substr(0, good.size() - 1), "is cut off after ");
  expect_refused(good + '\0', "is damaged: it has other bytes than were written");
}

TEST_F(HostileFile, WhatIsNoCheckpointIsSaidToBeNone) {
  for (const std::string_view text :
       {"", "\n", "echosweep", "echosweep checkpoint ", "echosweep checkpoint \n", "echosweep checkpoint x\n",
        "echosweep checkpoint 0\n", "echosweep checkpoint 01\n", "echosweep checkpoint -1\n",
        "echosweep checkpoint 1 \n", "echosweep checkpoint 99999999999\n", "{\"type\":\"run\"}\n"}) {
    EXPECT_EQ(refusal(text), path() + " is no checkpoint") << text;
  }
  EXPECT_EQ(refusal("echosweep journal 1\n"),
            path() + " is no checkpoint, but the journal that lies beside one");
}

TEST_F(HostileFile, ANewerVersionIsNamed) {
  EXPECT_EQ(refusal("echosweep checkpoint 2\nwhatever that may be"),
            path() +
                " is a checkpoint of version 2, and this echosweep reads up to 1 (take the newer one that "
                "wrote it)");
  expect_refused("echosweep checkpoint 2147483647\n", "of version 2147483647");
}

TEST_F(HostileFile, ASizeLargerThanSenseIsNotReadThrough) {
  const std::string start = "echosweep checkpoint 1\n" + le_bytes((std::uint64_t{1} << 34) + 1);
  expect_refused(start, "is damaged: it says that it has 17179869185 bytes, and has 31");
  write_bytes(path(), start);
  std::filesystem::resize_file(path(), (std::uint64_t{1} << 34) + 1);  // a hole
  const auto read = read_checkpoint(path());
  ASSERT_FALSE(read);
  expect_line(read.error().message, path());
}

TEST_F(HostileFile, ARightChecksumIsNotBelieved) {
  const std::string no_sets = le_bytes(std::uint32_t{0});
  const std::string one_set = le_bytes(std::uint32_t{1});
  const std::string two_sets = le_bytes(std::uint32_t{2});
  const std::string none = le_bytes(std::uint64_t{0});
  ASSERT_EQ(refusal(sealed(head("{}") + no_sets)), "");
  ASSERT_EQ(refusal(sealed(head("{}") + one_set + set("a", none))), "");

  expect_refused(sealed(""), "is no checkpoint that echosweep wrote: it says 8 bytes where 0 are left");
  expect_refused(sealed(le_bytes(~std::uint64_t{0})), "its head has 18446744073709551615 bytes");
  expect_refused(sealed(le_bytes(std::uint64_t{3}) + "{}"), "it says 3 bytes where 2 are left");
  for (const std::string_view text : {"", "{", "null", "[]", "1", "\"a\"", "{}{}", "{} x", "{\"a\":}",
                                      "{\"a\":1e999}", "{\"a\":\"\xff\"}"}) {
    expect_refused(sealed(head(text) + no_sets), "its head is no JSON object");
  }
  expect_refused(sealed(head("{}")), "it says 4 bytes where 0 are left");
  expect_refused(sealed(head("{}") + le_bytes(~std::uint32_t{0})), "it has 4294967295 sets");
  expect_refused(sealed(head("{}") + no_sets + "x"), "behind its sets are 1 more bytes");
  expect_refused(sealed(head("{}") + one_set), "it says 2 bytes where 0 are left");
  expect_refused(sealed(head("{}") + one_set + "\xff\xff"), "it says 65535 bytes where 0 are left");
  expect_refused(sealed(head("{}") + one_set + set("", none)), "the names of its sets");
  expect_refused(sealed(head("{}") + one_set + set(std::string(256, 'a'), none)), "the names of its sets");
  expect_refused(sealed(head("{}") + two_sets + set("a", none) + set("a", none)), "the names of its sets");
  expect_refused(sealed(head("{}") + two_sets + set("b", none) + set("a", none)), "the names of its sets");
  expect_refused(sealed(head("{}") + one_set + set("a", none).substr(0, 3) + le_bytes(~std::uint64_t{0})),
                 "it says 18446744073709551615 bytes where 0 are left");
  expect_refused(sealed(head("{}") + one_set + set("a", "")), "one of its sets is none");
  expect_refused(sealed(head("{}") + one_set + set("a", none + "x")), "one of its sets is none");
}

TEST_F(HostileFile, AHeadOfAnyDepthCostsNoStack) {
  const auto nested = [](std::size_t levels, std::string_view open, std::string_view close) {
    std::string text = "{\"a\":";
    for (std::size_t i = 0; i < levels; ++i) {
      text += open;
    }
    text += "1";
    for (std::size_t i = 0; i < levels; ++i) {
      text += close;
    }
    return text + "}";
  };
  const std::string no_sets = le_bytes(std::uint32_t{0});
  EXPECT_EQ(refusal(sealed(head(nested(kDeepestHead - 1, "[", "]")) + no_sets)), "");
  expect_refused(sealed(head(nested(kDeepestHead, "[", "]")) + no_sets), "its head is too deep");
  expect_refused(sealed(head(nested(1'000'000, "[", "]")) + no_sets), "its head is too deep");
  expect_refused(sealed(head(nested(1'000'000, "{\"a\":", "}")) + no_sets), "its head is too deep");
  expect_refused(sealed(head(nested(1'000'000, "[", "")) + no_sets), "its head is ");
}

}  // namespace
}  // namespace echosweep::checkpoint
