// Who reads a checkpoint believes nothing of it. First the version, which may be of a file that only a later
// echosweep understands; then the size and the checksum, which tell whatever happens to files from what was
// written; and still not what they say of a file that somebody made up, checksum and all. So every length is
// held against what is left of the file before memory is asked for, and every set against its format before
// CRoaring sees it (bitmap_format.cpp).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "checkpoint/bitmap_format.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/digest.hpp"
#include "checkpoint/file_reader.hpp"
#include "checkpoint/layout.hpp"
#include "checkpoint/little_endian.hpp"

namespace echosweep::checkpoint {

namespace {

constexpr std::string_view kTryAnother = "(take an older copy of it, or start the run anew)";

/// What no run of ours has written, whatever its checksum says.
std::unexpected<Error> made_up(const FileReader& file, std::string_view what) {
  return fail(fmt::format("{} is no checkpoint that echosweep wrote: {} {}", file.name(), what, kTryAnother));
}

/// The version that some text, which is not empty, says in decimal; 0 where it says none.
int version_in(std::string_view digits) {
  if (digits.front() < '1' || digits.front() > '9') {
    return 0;
  }
  int version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  return error == std::errc() && end == digits.data() + digits.size() ? version : 0;
}

/// Reads the first line; the file is then behind it.
Result<void> read_first_line(FileReader& file) {
  std::array<char, 32> start{};
  const auto count = file.read(start);
  if (!count) {
    return std::unexpected(count.error());
  }
  const std::string_view text(start.data(), *count);
  const std::size_t newline = text.find('\n');
  if (!text.starts_with(kMagic) || newline == std::string_view::npos || newline == kMagic.size()) {
    return fail(
        fmt::format("{} is no checkpoint{}", file.name(),
                    text.starts_with("echosweep journal ") ? ", but the journal that lies beside one" : ""));
  }
  const int version = version_in(text.substr(kMagic.size(), newline - kMagic.size()));
  if (version == 0) {
    return fail(fmt::format("{} is no checkpoint", file.name()));
  }
  if (version > kVersion) {
    return fail(
        fmt::format("{} is a checkpoint of version {}, and this echosweep reads up to {} (take the newer one "
                    "that wrote it)",
                    file.name(), version, kVersion));
  }
  return file.go_to(newline + 1);
}

/// Compares the size, which comes next, with the file's. Gives where the next thing stands.
Result<std::uint64_t> read_size(FileReader& file, std::uint64_t at) {
  std::array<char, 8> bytes{};
  const auto count = file.read(bytes);
  if (!count) {
    return std::unexpected(count.error());
  }
  const std::uint64_t size = *count < bytes.size() ? kLargestFile : load_le<std::uint64_t>(bytes.data());
  if (size > kLargestFile || file.size() > kLargestFile) {
    return fail(fmt::format("{} is damaged: it says that it has {} bytes, and has {} {}", file.name(), size,
                            file.size(), kTryAnother));
  }
  if (*count < bytes.size() || size > file.size()) {
    return fail(fmt::format("{} is cut off after {} bytes {}", file.name(), file.size(), kTryAnother));
  }
  if (size < file.size() || size < at + bytes.size() + Digest::kSize) {
    return fail(
        fmt::format("{} is damaged: it has other bytes than were written {}", file.name(), kTryAnother));
  }
  return at + bytes.size();
}

/// Reads all of the file.
Result<void> verify_checksum(FileReader& file) {
  Digest digest;
  std::vector<char> block(FileReader::kBlock);
  std::uint64_t left = file.size() - Digest::kSize;
  while (left > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
    const auto count = file.read(std::span(block).first(wanted));
    if (!count) {
      return std::unexpected(count.error());
    }
    if (*count < wanted) {
      return fail(fmt::format("{} became shorter while it was read", file.name()));
    }
    digest.add(std::string_view(block.data(), wanted));
    left -= wanted;
  }
  std::array<char, Digest::kSize> stored{};
  if (const auto count = file.read(stored); !count) {
    return std::unexpected(count.error());
  }
  if (digest.bytes() != std::string_view(stored.data(), stored.size())) {
    return fail(
        fmt::format("{} is damaged: its checksum is not that of its bytes {}", file.name(), kTryAnother));
  }
  return {};
}

/// Reads what stands between the size and the checksum.
class Parser {
 public:
  Parser(FileReader& file, std::uint64_t left) : file_(file), left_(left) {}

  Result<Checkpoint> parse() {
    Checkpoint checkpoint;
    if (auto head = parse_head(); head) {
      checkpoint.head = std::move(*head);
    } else {
      return std::unexpected(head.error());
    }
    const auto count = number<std::uint32_t>();
    if (!count) {
      return std::unexpected(count.error());
    }
    if (*count > kMostSets) {
      return made_up(file_, fmt::format("it has {} sets", *count));
    }
    for (std::uint32_t i = 0; i < *count; ++i) {
      if (auto added = parse_set(checkpoint); !added) {
        return std::unexpected(added.error());
      }
    }
    if (left_ > 0) {
      return made_up(file_, fmt::format("behind its sets are {} more bytes", left_));
    }
    return checkpoint;
  }

 private:
  Result<std::string> take(std::uint64_t count) {
    if (count > left_) {
      return made_up(file_, fmt::format("it says {} bytes where {} are left", count, left_));
    }
    std::string bytes(static_cast<std::size_t>(count), '\0');
    const auto got = file_.read(bytes);
    if (!got) {
      return std::unexpected(got.error());
    }
    if (*got < bytes.size()) {
      return fail(fmt::format("{} became shorter while it was read", file_.name()));
    }
    left_ -= count;
    return bytes;
  }

  template <typename Number>
  Result<Number> number() {
    const auto bytes = take(sizeof(Number));
    if (!bytes) {
      return std::unexpected(bytes.error());
    }
    return load_le<Number>(bytes->data());
  }

  Result<report::Json> parse_head() {
    const auto size = number<std::uint64_t>();
    if (!size) {
      return std::unexpected(size.error());
    }
    if (*size > kLargestHead) {
      return made_up(file_, fmt::format("its head has {} bytes", *size));
    }
    const auto text = take(*size);
    if (!text) {
      return std::unexpected(text.error());
    }
    // What is too deep is thrown away as it is read: to copy or to write it would take a stack as deep.
    bool too_deep = false;
    const auto keep = [&too_deep](int depth, report::Json::parse_event_t event, report::Json&) {
      using Event = report::Json::parse_event_t;
      const bool opens = event == Event::object_start || event == Event::array_start;
      too_deep |= opens && depth >= kDeepestHead;
      return !too_deep;
    };
    auto head = report::Json::parse(*text, keep, false);
    if (too_deep || !head.is_object()) {
      return made_up(file_, too_deep ? "its head is too deep" : "its head is no JSON object");
    }
    return head;
  }

  Result<void> parse_set(Checkpoint& checkpoint) {
    const auto name_size = number<std::uint16_t>();
    if (!name_size) {
      return std::unexpected(name_size.error());
    }
    auto name = take(*name_size);
    if (!name) {
      return std::unexpected(name.error());
    }
    auto& sets = checkpoint.sets;
    if (name->empty() || name->size() > kLongestName || (!sets.empty() && *name <= sets.rbegin()->first)) {
      return made_up(file_, "the names of its sets are none, or out of order");
    }
    const auto size = number<std::uint64_t>();
    if (!size) {
      return std::unexpected(size.error());
    }
    const auto bytes = take(*size);
    if (!bytes) {
      return std::unexpected(bytes.error());
    }
    if (!is_bitmap(*bytes)) {
      return made_up(file_, "one of its sets is none");
    }
    // CRoaring loads its first number as 8 aligned bytes, which a string's are.
    sets.emplace_hint(sets.end(), std::move(*name), bitmaps::Bitmap::readSafe(bytes->data(), bytes->size()));
    return {};
  }

  FileReader& file_;
  std::uint64_t left_;  ///< bytes before the checksum
};

Result<Checkpoint> read(FileReader& file) {
  if (auto first = read_first_line(file); !first) {
    return std::unexpected(first.error());
  }
  const auto at = read_size(file, fmt::formatted_size("{}{}\n", kMagic, kVersion));
  if (!at) {
    return std::unexpected(at.error());
  }
  if (auto rewound = file.go_to(0); !rewound) {
    return std::unexpected(rewound.error());
  }
  if (auto verified = verify_checksum(file); !verified) {
    return std::unexpected(verified.error());
  }
  if (auto back = file.go_to(*at); !back) {
    return std::unexpected(back.error());
  }
  return Parser(file, file.size() - *at - Digest::kSize).parse();
}

}  // namespace

Result<Checkpoint> read_checkpoint(const std::string& path) {
  auto file = FileReader::open(path);
  if (!file) {
    return std::unexpected(file.error());
  }
  try {
    return read(*file);
  } catch (const std::bad_alloc&) {
    return fail(fmt::format("cannot read {}: not enough memory for its {} bytes", path, file->size()));
  } catch (const std::runtime_error& error) {  // CRoaring's, for want of memory, too
    return fail(fmt::format("cannot read {}: {}", path, error.what()));
  }
}

}  // namespace echosweep::checkpoint
