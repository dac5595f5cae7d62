#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "core/address.hpp"
#include "core/result.hpp"
#include "report/output.hpp"

namespace echosweep::checkpoint {

/// One host that a run found alive, as the journal keeps it.
struct Entry {
  std::uint64_t number = 0;  ///< the target's place in the run's order
  /// Who answered. Its zone is the interface's index, which may be another interface's after a reboot.
  Address from;
  std::int64_t rtt_ns = -1;      ///< -1: not known; of a neighbour's answer: its MAC as a number
  std::int64_t received_ns = 0;  ///< wall clock, since 1970-01-01 UTC
  std::uint8_t ttl = 0, tos = 0, pass = 0;
  bool is_neighbour = false;

  friend bool operator==(const Entry&, const Entry&) = default;
};

/// 16 random bytes: which run a journal belongs to, and the key of its checksums.
using JournalKey = std::array<std::uint8_t, 16>;

/// Every host found since the run began, in a file that only grows, an entry a host as it is found; beside
/// the checkpoint, which says how many of them it counts on. Before such a checkpoint is written the journal
/// must be on the disk: sync() first. While it is open no other Journal can have the file (flock(2), where
/// the file system knows it): two runs that write to one are an Error to the second. A failure to write
/// stays, as report::Output's does. Move-only; any one thread at a time.
///
/// Header and entries have 64 bytes each, so that none crosses a sector. Numbers are little-endian, addresses
/// in network byte order, what is not named here is 0:
///
///   header   0 "echosweep journal 1\n"   32 the key, 16 bytes   56 checksum
///   entry    0 number   8 rtt_ns   16 received_ns   24 address, 16 bytes (IPv4 in the first 4)
///            40 zone, 4 bytes   44 ttl   45 tos   46 pass   47 bits: 1 IPv6, 2 neighbour   56 checksum
///
/// The checksum is SipHash-2-4 under the key of the 56 bytes before and, for an entry, its place among the
/// entries (8 bytes, from 0): what another run wrote, or stands at a wrong place, is no entry.
class Journal {
 public:
  /// Begins a journal with a new key; on the disk it is only after sync(). What had the name is emptied,
  /// for a journal without a checkpoint is all that a run leaves behind which was killed before its first
  /// one; and a checkpoint whose journal was replaced so is refused when it is read. Whoever wants to keep an
  /// earlier checkpoint looks for it before. Only a regular file will do.
  static Result<Journal> create(const std::string& path);
  /// To go on behind the first `valid_entries`, which read_journal() found; what follows them is cut off.
  /// An Error where the file is another run's, or has fewer.
  static Result<Journal> open(const std::string& path, const std::string& id, std::uint64_t valid_entries);

  /// Goes into a buffer of 64 KiB, a thousand entries, and from there to the kernel.
  Result<void> add(const Entry& entry);
  /// Hands everything so far to the kernel: kill -9 cannot take it any more.
  Result<void> flush();
  /// flush() and fdatasync(2): nor can a power cut.
  Result<void> sync();

  /// How many there are: those kept from before, and those added, whether written out or not.
  std::uint64_t entries() const { return entries_; }
  /// 32 hexadecimal digits: stands in the header, and belongs into the checkpoint.
  const std::string& id() const { return id_; }

 private:
  Journal(report::Output out, const JournalKey& key, std::uint64_t entries);

  report::Output out_;
  JournalKey key_;
  std::string id_;
  std::uint64_t entries_ = 0;
};

/// Calls `use` for each whole entry in order and returns how many there were. Ends quietly at the first that
/// is torn or wrong behind the first `must_have`, which is what a kill or a power cut left unfinished. An
/// Error in one line where one of those is missing or wrong, the id differs, or the file is no journal. Reads
/// in blocks of 64 KiB; may look at a journal that is being written.
Result<std::uint64_t> read_journal(const std::string& path, const std::string& id, std::uint64_t must_have,
                                   const std::function<void(const Entry&)>& use);

}  // namespace echosweep::checkpoint
