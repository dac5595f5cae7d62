#pragma once

#include <map>
#include <string>

#include "checkpoint/bitmap.hpp"
#include "core/result.hpp"
#include "report/json_lines.hpp"

namespace echosweep::checkpoint {

// A checkpoint file, from its first byte to its last. Numbers are little-endian; nothing is aligned.
//
//   "echosweep checkpoint 1\n"   the version in decimal: the one thing that every version has at this place
//   8 bytes                      size of the whole file
//   8 bytes, then so many        the head: a JSON object in UTF-8
//   4 bytes                      number of sets, which follow in the order of their names:
//     2 bytes, then so many        its name
//     8 bytes, then so many        its numbers, in RoaringFormatSpec's 64-bit form
//   32 bytes                     BLAKE2b (RFC 7693) of all that stands before
//
// CRoaring writes a set in the machine's own order. A big-endian machine's checkpoint is refused by a
// little-endian one, and by itself.

/// What a checkpoint file holds: a head of named values, and named sets of numbers.
struct Checkpoint {
  /// An object, no deeper than kDeepestHead. Strings are UTF-8: other bytes come back as U+FFFD, so a file's
  /// name that must survive as it is has to be spelled otherwise.
  report::Json head;
  /// By name: 1 to 255 bytes, any.
  std::map<std::string, bitmaps::Bitmap> sets;
};

/// The newest version that is read, and the one that is written.
inline constexpr int kVersion = 1;
/// Of arrays and objects within one another, the head itself counted.
inline constexpr int kDeepestHead = 32;

/// Whole or not at all: under a temporary name, fsync, rename, fsync of the folder, so that at every moment
/// the disk holds the checkpoint before or this one. Beside `checkpoint` it takes as much memory as the
/// largest set takes in the file. The Error says what to do; it is also one where read_checkpoint() would
/// refuse what is to be written.
Result<void> write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Any bytes may be in the file. It is refused, in one line that says which: what is no checkpoint, one of a
/// newer version, cut off, changed anywhere (the checksum is looked at before anything behind the first line
/// is believed), or larger than sense. Reads the file twice, and is done with it at return.
Result<Checkpoint> read_checkpoint(const std::string& path);

}  // namespace echosweep::checkpoint
