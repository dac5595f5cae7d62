#include "checkpoint/digest.hpp"

#include <fmt/format.h>

#include <vector>

#include "checkpoint/file_reader.hpp"
#include "checkpoint/little_endian.hpp"

namespace echosweep::checkpoint {

Digest::Digest() : state_() {
  // Finds out what the processor can do; without it the hash is the same, and slower.
  [[maybe_unused]] const int started = sodium_init();
  crypto_generichash_init(&state_, nullptr, 0, kSize);
}

void Digest::add(std::string_view text) {
  crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

void Digest::add(std::span<const std::byte> bytes) {
  add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void Digest::add(std::uint64_t number) {
  add(std::string_view(le_bytes(number)));
}

std::string Digest::bytes() const {
  crypto_generichash_state copy = state_;
  std::string bytes(kSize, '\0');
  crypto_generichash_final(&copy, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  return bytes;
}

std::string Digest::hex() const {
  std::string hex;
  for (const char byte : bytes()) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return hex;
}

Result<std::string> digest_of_file(const std::string& path) {
  auto file = FileReader::open(path);
  if (!file) {
    return std::unexpected(file.error());
  }
  Digest digest;
  std::vector<char> block(FileReader::kBlock);
  while (true) {
    const auto count = file->read(block);
    if (!count) {
      return std::unexpected(count.error());
    }
    digest.add(std::string_view(block.data(), *count));
    if (*count < block.size()) {
      return digest.hex();
    }
  }
}

}  // namespace echosweep::checkpoint
