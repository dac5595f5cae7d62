// What CRoaring does not look at.
//
// Its readSafe() stays inside of the bytes that it is given, or nearly: version 0.2's Roaring64Map takes the
// first eight for granted. What it makes of them it does not check. An array that is not in order, a bitmap
// that says another number of ones than it has, runs that overlap: all of that becomes a set that looks
// sound, until some later union believes its counts and writes behind a buffer. (internal_validate() exists
// since version 2.) So the bytes are walked through here first, in the form that
// https://github.com/RoaringBitmap/RoaringFormatSpec states:
//
//   8 bytes   number of parts; each has 4 bytes, the upper half of its numbers, ascending, and a 32-bit set:
//     4 bytes   12346, then 4 bytes: the number of containers, at most 65536
//               or 12347 in the lower half, in the upper half the number of containers less 1; then a bit for
//               each container, set where it is one of runs
//     4 bytes   for each container: its key, bits 16 to 31 of its numbers, ascending; how many numbers, less
//     1 4 bytes   for each container, but not after 12347 with fewer than four: where it is, which follows
//     from
//               the rest, and CRoaring does not look at
//     containers: of runs (2 bytes: how many; for each, 2 bytes its first number, 2 bytes its length less 1);
//     up to 4096 numbers an array of 2 bytes each, ascending; more, a bitmap of 8192 bytes
#include "checkpoint/bitmap_format.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "checkpoint/little_endian.hpp"

namespace echosweep::checkpoint {

namespace {

constexpr std::uint32_t kCookieWithoutRuns = 12346;
constexpr std::uint32_t kCookieWithRuns = 12347;
constexpr std::uint32_t kMostContainers = 65536;
constexpr std::uint32_t kOffsetsFrom = 4;  ///< containers, where there are runs
constexpr std::uint32_t kLargestArray = 4096;
constexpr std::size_t kBitmapSize = 8192;

/// The bytes that are still to be walked through.
class Walk {
 public:
  explicit Walk(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  std::optional<std::string_view> take(std::size_t count) {
    if (count > rest_.size()) {
      return std::nullopt;
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  template <typename Number>
  std::optional<Number> number() {
    const auto bytes = take(sizeof(Number));
    return bytes ? std::optional(load_le<Number>(bytes->begin())) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

bool is_run_container(Walk& walk, std::uint32_t numbers) {
  const auto runs = walk.number<std::uint16_t>();
  const auto bytes = runs ? walk.take(std::size_t{4} * *runs) : std::nullopt;
  if (!bytes) {
    return false;
  }
  std::uint32_t next = 0;  // the least that the next run may begin with
  std::uint32_t found = 0;
  for (std::size_t at = 0; at < bytes->size(); at += 4) {
    const std::uint32_t first = load_le<std::uint16_t>(bytes->data() + at);
    const std::uint32_t length = load_le<std::uint16_t>(bytes->data() + at + 2) + 1U;
    if (first < next || first + length > 65536) {
      return false;
    }
    next = first + length;
    found += length;
  }
  return found == numbers;
}

bool is_array_container(Walk& walk, std::uint32_t numbers) {
  const auto bytes = walk.take(std::size_t{2} * numbers);
  if (!bytes) {
    return false;
  }
  std::uint32_t least = 0;
  for (std::size_t at = 0; at < bytes->size(); at += 2) {
    const std::uint32_t number = load_le<std::uint16_t>(bytes->data() + at);
    if (number < least) {
      return false;
    }
    least = number + 1;
  }
  return true;
}

bool is_bitmap_container(Walk& walk, std::uint32_t numbers) {
  const auto bytes = walk.take(kBitmapSize);
  if (!bytes) {
    return false;
  }
  std::uint32_t found = 0;
  for (std::size_t at = 0; at < kBitmapSize; at += 8) {
    found += static_cast<std::uint32_t>(std::popcount(load_le<std::uint64_t>(bytes->data() + at)));
  }
  return found == numbers;
}

/// How many containers a 32-bit set has, and which of them are of runs.
struct Outline {
  std::uint32_t containers = 0;
  std::optional<std::string_view> run_bits;
};

std::optional<Outline> outline(Walk& walk) {
  const auto cookie = walk.number<std::uint32_t>();
  if (cookie == kCookieWithoutRuns) {
    const auto containers = walk.number<std::uint32_t>();
    return containers && *containers <= kMostContainers ? std::optional(Outline{*containers, {}})
                                                        : std::nullopt;
  }
  if (!cookie || (*cookie & 0xffff) != kCookieWithRuns) {
    return std::nullopt;
  }
  const std::uint32_t containers = (*cookie >> 16) + 1;
  const auto bits = walk.take((containers + 7) / 8);
  return bits ? std::optional(Outline{containers, bits}) : std::nullopt;
}

bool is_set32(Walk& walk) {
  const auto parts = outline(walk);
  if (!parts) {
    return false;
  }
  const auto list = walk.take(std::size_t{4} * parts->containers);
  const bool with_offsets = !parts->run_bits || parts->containers >= kOffsetsFrom;
  if (!list || (with_offsets && !walk.take(std::size_t{4} * parts->containers))) {
    return false;
  }
  std::uint32_t least_key = 0;
  for (std::size_t i = 0; i < parts->containers; ++i) {
    const std::uint32_t key = load_le<std::uint16_t>(list->data() + 4 * i);
    const std::uint32_t numbers = load_le<std::uint16_t>(list->data() + 4 * i + 2) + 1U;
    if (key < least_key) {
      return false;
    }
    least_key = key + 1;
    const bool of_runs =
        parts->run_bits && (static_cast<unsigned char>((*parts->run_bits)[i / 8]) >> i % 8 & 1) != 0;
    const bool good = of_runs                    ? is_run_container(walk, numbers)
                      : numbers <= kLargestArray ? is_array_container(walk, numbers)
                                                 : is_bitmap_container(walk, numbers);
    if (!good) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool is_bitmap(std::string_view bytes) {
  Walk walk(bytes);
  const auto parts = walk.number<std::uint64_t>();
  if (!parts) {
    return false;
  }
  std::uint64_t least_key = 0;
  for (std::uint64_t part = 0; part < *parts; ++part) {
    const auto key = walk.number<std::uint32_t>();
    if (!key || *key < least_key || !is_set32(walk)) {
      return false;
    }
    least_key = std::uint64_t{*key} + 1;
  }
  return walk.at_end();
}

}  // namespace echosweep::checkpoint
