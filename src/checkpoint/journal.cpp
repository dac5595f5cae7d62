#include "checkpoint/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <vector>

#include "checkpoint/file_reader.hpp"
#include "checkpoint/little_endian.hpp"

namespace echosweep::checkpoint {

namespace {

constexpr std::string_view kJournalMagic = "echosweep journal ";
constexpr std::string_view kFirstLine = "echosweep journal 1\n";
constexpr std::size_t kRecordSize = 64;
constexpr std::size_t kKeyAt = 32;
constexpr std::size_t kChecksumAt = 56;
constexpr std::uint64_t kNoPlace = 0;  ///< the header's, whose magic no entry has
constexpr char kIsIpv6 = 1;
constexpr char kIsNeighbour = 2;

/// A header or an entry, as it is in the file.
using Record = std::array<char, kRecordSize>;

static_assert(std::tuple_size_v<JournalKey> == crypto_shorthash_KEYBYTES);
static_assert(FileReader::kBlock % kRecordSize == 0);

std::uint64_t checksum(const char* record, std::uint64_t place, const JournalKey& key) {
  Record hashed;
  std::copy_n(record, kChecksumAt, hashed.begin());
  store_le(&hashed[kChecksumAt], place);
  std::array<unsigned char, crypto_shorthash_BYTES> hash{};
  crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char*>(hashed.data()), hashed.size(),
                   key.data());
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    sum |= std::uint64_t{hash[i]} << (8 * i);
  }
  return sum;
}

void seal(Record& record, std::uint64_t place, const JournalKey& key) {
  store_le(&record[kChecksumAt], checksum(record.data(), place, key));
}

bool is_sealed(const char* record, std::uint64_t place, const JournalKey& key) {
  return load_le<std::uint64_t>(record + kChecksumAt) == checksum(record, place, key);
}

std::string_view text_of(const Record& record) {
  return {record.data(), record.size()};
}

std::string hex_of(const JournalKey& key) {
  return fmt::format("{:02x}", fmt::join(key, ""));
}

Record encode_header(const JournalKey& key) {
  Record record{};
  std::ranges::copy(kFirstLine, record.begin());
  std::ranges::transform(key, &record[kKeyAt], [](std::uint8_t byte) { return static_cast<char>(byte); });
  seal(record, kNoPlace, key);
  return record;
}

Record encode(const Entry& entry, std::uint64_t place, const JournalKey& key) {
  Record record{};
  store_le(&record[0], entry.number);
  store_le(&record[8], static_cast<std::uint64_t>(entry.rtt_ns));
  store_le(&record[16], static_cast<std::uint64_t>(entry.received_ns));
  std::ranges::transform(entry.from.bytes(), &record[24],
                         [](std::uint8_t byte) { return static_cast<char>(byte); });
  store_le(&record[40], entry.from.zone());
  store_le(&record[44], entry.ttl);
  store_le(&record[45], entry.tos);
  store_le(&record[46], entry.pass);
  record[47] =
      static_cast<char>((entry.from.is_v4() ? 0 : kIsIpv6) | (entry.is_neighbour ? kIsNeighbour : 0));
  seal(record, place, key);
  return record;
}

/// Of a record with the right checksum.
Entry decode(const char* record) {
  std::array<std::uint8_t, 16> address{};
  std::transform(record + 24, record + 40, address.begin(),
                 [](char byte) { return static_cast<std::uint8_t>(byte); });
  const bool is_v4 = (record[47] & kIsIpv6) == 0;
  return {.number = load_le<std::uint64_t>(record),
          .from = is_v4 ? Address::v4(std::uint32_t{address[0]} << 24 | std::uint32_t{address[1]} << 16 |
                                      std::uint32_t{address[2]} << 8 | address[3])
                        : Address::v6_from_bytes(address.data(), load_le<std::uint32_t>(record + 40)),
          .rtt_ns = static_cast<std::int64_t>(load_le<std::uint64_t>(record + 8)),
          .received_ns = static_cast<std::int64_t>(load_le<std::uint64_t>(record + 16)),
          .ttl = load_le<std::uint8_t>(record + 44),
          .tos = load_le<std::uint8_t>(record + 45),
          .pass = load_le<std::uint8_t>(record + 46),
          .is_neighbour = (record[47] & kIsNeighbour) != 0};
}

/// Reads the header; the file is then behind it.
Result<JournalKey> read_header(FileReader& file, std::string_view id) {
  Record record{};
  const auto count = file.read(record);
  if (!count) {
    return std::unexpected(count.error());
  }
  const std::string_view text(record.data(), *count);
  if (!text.starts_with(kJournalMagic)) {
    return fail(fmt::format("{} is no journal of a run", file.name()));
  }
  if (const std::size_t end = text.find('\n');
      end != std::string_view::npos && !text.starts_with(kFirstLine)) {
    const std::string_view version = text.substr(kJournalMagic.size(), end - kJournalMagic.size());
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return std::ranges::all_of(version, is_digit) && !version.empty()
               ? fail(fmt::format(
                     "{} is a journal of version {}, and this echosweep reads version 1 (take the "
                     "one that wrote it)",
                     file.name(), version))
               : fail(fmt::format("{} is no journal of a run", file.name()));
  }
  JournalKey key{};
  std::transform(&record[kKeyAt], &record[kKeyAt] + key.size(), key.begin(),
                 [](char byte) { return static_cast<std::uint8_t>(byte); });
  if (text.size() < record.size() || !is_sealed(record.data(), kNoPlace, key)) {
    return fail(
        fmt::format("{} is damaged in its first {} bytes (start the run anew)", file.name(), kRecordSize));
  }
  if (hex_of(key) != id) {
    return fail(fmt::format("{} is the journal of another run than the checkpoint's (start the run anew)",
                            file.name()));
  }
  return key;
}

std::unexpected<Error> lacks(const FileReader& file, std::uint64_t entries, std::uint64_t must_have) {
  return fail(
      fmt::format("{} is damaged: of the {} hosts that its checkpoint counts on, it has the first {} "
                  "(start the run anew)",
                  file.name(), must_have, entries));
}

/// For as long as the descriptor is open. Where a file system knows no locks, nobody can have one.
Result<void> lock(const report::Output& out) {
  while (::flock(out.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(
          fmt::format("{} is in use: another run writes to it (wait for its end, or stop it)", out.name()),
          EWOULDBLOCK);
    }
    if (errno != EINTR) {
      break;
    }
  }
  return {};
}

/// Opens, makes sure that nobody else has it, and cuts it to `size`.
Result<report::Output> open_locked(const std::string& path, std::uint64_t size) {
  // Without waiting for the reader of a pipe, which is then refused.
  auto out = report::Output::create_as(path, O_APPEND | O_NONBLOCK, path);
  if (!out) {
    return out;
  }
  struct stat status{};
  if (::fstat(out->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(fmt::format("cannot write to {}: a journal must be a regular file", path));
  }
  if (auto locked = lock(*out); !locked) {
    return std::unexpected(locked.error());
  }
  while (::ftruncate(out->get(), static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) {
      return std::unexpected(report::explain_errno("write to", path, errno));
    }
  }
  return out;
}

}  // namespace

Journal::Journal(report::Output out, const JournalKey& key, std::uint64_t entries)
    : out_(std::move(out)), key_(key), id_(hex_of(key)), entries_(entries) {}

Result<Journal> Journal::create(const std::string& path) {
  if (sodium_init() < 0) {
    return fail("cannot start libsodium: no random numbers from this kernel");
  }
  JournalKey key{};
  randombytes_buf(key.data(), key.size());
  auto out = open_locked(path, 0);
  if (!out) {
    return std::unexpected(out.error());
  }
  Journal journal(std::move(*out), key, 0);
  static_cast<void>(journal.out_.append(text_of(encode_header(key))));
  if (auto written = journal.flush(); !written) {
    return std::unexpected(written.error());
  }
  return journal;
}

Result<Journal> Journal::open(const std::string& path, const std::string& id, std::uint64_t valid_entries) {
  auto file = FileReader::open(path);
  if (!file) {
    return std::unexpected(file.error());
  }
  const auto key = read_header(*file, id);
  if (!key) {
    return std::unexpected(key.error());
  }
  const std::uint64_t present = file->size() / kRecordSize - 1;
  if (valid_entries > present) {
    return lacks(*file, present, valid_entries);
  }
  auto out = open_locked(path, (valid_entries + 1) * kRecordSize);
  if (!out) {
    return std::unexpected(out.error());
  }
  return Journal(std::move(*out), *key, valid_entries);
}

Result<void> Journal::add(const Entry& entry) {
  auto added = out_.append(text_of(encode(entry, entries_, key_)));
  if (added) {
    ++entries_;
  }
  return added;
}

Result<void> Journal::flush() {
  return out_.flush();
}

Result<void> Journal::sync() {
  if (auto flushed = flush(); !flushed) {
    return flushed;
  }
  struct stat status{};
  if (::fstat(out_.get(), &status) == 0 && status.st_nlink == 0) {
    return fail(fmt::format("{} was removed: without it no checkpoint is of use", out_.name()), ENOENT);
  }
  while (::fdatasync(out_.get()) != 0) {
    if (errno != EINTR) {
      return std::unexpected(report::explain_errno("write to", out_.name(), errno));
    }
  }
  return {};
}

Result<std::uint64_t> read_journal(const std::string& path, const std::string& id, std::uint64_t must_have,
                                   const std::function<void(const Entry&)>& use) {
  auto file = FileReader::open(path);
  if (!file) {
    return std::unexpected(file.error());
  }
  const auto key = read_header(*file, id);
  if (!key) {
    return std::unexpected(key.error());
  }
  std::vector<char> block(FileReader::kBlock);
  std::uint64_t entries = 0;
  bool goes_on = true;
  while (goes_on) {
    const auto count = file->read(block);
    if (!count) {
      return std::unexpected(count.error());
    }
    goes_on = *count == block.size();
    for (std::size_t at = 0; at + kRecordSize <= *count; at += kRecordSize, ++entries) {
      if (!is_sealed(&block[at], entries, *key)) {
        goes_on = false;
        break;
      }
      use(decode(&block[at]));
    }
  }
  if (entries < must_have) {
    return lacks(*file, entries, must_have);
  }
  return entries;
}

}  // namespace echosweep::checkpoint
