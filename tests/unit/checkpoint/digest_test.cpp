#include "checkpoint/digest.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "files.hpp"

namespace echosweep::checkpoint {
namespace {

// As `b2sum -l 256` gives them.
constexpr std::string_view kOfNothing = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
constexpr std::string_view kOfAbc = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";

TEST(Digest, IsBlake2b) {
  Digest digest;
  EXPECT_EQ(digest.hex(), kOfNothing);
  digest.add("abc");
  EXPECT_EQ(digest.hex(), kOfAbc);
}

TEST(Digest, GoesOnAfterItWasAsked) {
  Digest digest;
  digest.add("a");
  EXPECT_NE(digest.hex(), kOfAbc);
  digest.add("");
  digest.add(std::as_bytes(std::span("bc", 2)));
  EXPECT_EQ(digest.hex(), kOfAbc);
  EXPECT_EQ(digest.bytes().size(), Digest::kSize);
  EXPECT_EQ(digest.bytes().front(), '\xbd');
}

TEST(Digest, NumbersAreLittleEndian) {
  Digest number;
  number.add(std::uint64_t{0x0807060504030201});
  Digest bytes;
  bytes.add("\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(number.hex(), bytes.hex());
}

class DigestOfFile : public FolderTest {};

TEST_F(DigestOfFile, IsThatOfItsBytes) {
  write_bytes(path(), "abc");
  EXPECT_EQ(digest_of_file(path()).value(), kOfAbc);
  write_bytes(path(), "");
  EXPECT_EQ(digest_of_file(path()).value(), kOfNothing);
}

TEST_F(DigestOfFile, TakesFilesOfAnySize) {
  for (const std::size_t size : {65535U, 65536U, 65537U, 1'000'000U}) {
    const std::string text(size, 'x');
    write_bytes(path(), text);
    Digest digest;
    digest.add(text);
    EXPECT_EQ(digest_of_file(path()).value(), digest.hex()) << size;
  }
}

TEST_F(DigestOfFile, NeedsARegularFile) {
  const auto device = digest_of_file("/dev/null");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().message, "cannot read /dev/null: it is no regular file");
  const auto missing = digest_of_file(path());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ENOENT);
}

}  // namespace
}  // namespace echosweep::checkpoint
