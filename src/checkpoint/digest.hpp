#pragma once

#include <sodium.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace echosweep::checkpoint {

/// BLAKE2b (RFC 7693) with 32 bytes, of a stream of bytes: for the digests of target sets and files. Pieces
/// are not told apart: who adds texts of any length puts their lengths between them. Any one thread at a
/// time.
class Digest {
 public:
  static constexpr std::size_t kSize = crypto_generichash_BYTES;

  Digest();
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);
  /// As 8 bytes, little-endian.
  void add(std::uint64_t number);
  /// Of all so far, as kSize bytes; more can be added afterwards.
  std::string bytes() const;
  /// The same as 64 hexadecimal digits.
  std::string hex() const;

 private:
  crypto_generichash_state state_;
};

/// Of a regular file, read in blocks: nothing else gives the same bytes twice.
Result<std::string> digest_of_file(const std::string& path);

}  // namespace echosweep::checkpoint
