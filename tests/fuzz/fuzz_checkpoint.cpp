// Any bytes as a checkpoint, with and without a right checksum, as a journal, and as one set of numbers:
// reading must not crash, hang or ask for much memory, refuses in one line, and what it takes is whole.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "checkpoint/bitmap_format.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/digest.hpp"
#include "checkpoint/journal.hpp"
#include "checkpoint/little_endian.hpp"

namespace {

using echosweep::checkpoint::Checkpoint;
using echosweep::checkpoint::Digest;
using echosweep::checkpoint::Entry;
using echosweep::checkpoint::is_bitmap;
using echosweep::checkpoint::le_bytes;
using echosweep::checkpoint::read_checkpoint;
using echosweep::checkpoint::write_checkpoint;
using echosweep::checkpoint::bitmaps::Bitmap;

void require(bool held) {
  if (!held) {
    std::abort();
  }
}

/// A file in memory, with a name.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
    require(descriptor_ >= 0);
    require(::write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }
  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

void require_line(const echosweep::Error& error) {
  require(!error.message.empty() && error.message.find('\n') == std::string::npos);
}

/// A set that was read can be counted, walked through, joined with another, and written.
void use(const Bitmap& set) {
  Bitmap doubled = set;
  std::uint64_t counted = 0;
  std::uint64_t last = 0;
  for (auto number = set.begin(); number != set.end() && counted < 100'000; ++number, ++counted) {
    require(counted == 0 || *number > last);
    last = *number;
    doubled.add(last ^ 1);
    doubled.remove(last ^ 4);
  }
  require(counted == 100'000 || counted == set.cardinality());
  doubled |= set;
  doubled -= set;
  doubled.runOptimize();
  std::string bytes(set.getSizeInBytes(), '\0');
  require(set.write(bytes.data()) == bytes.size());
  require(is_bitmap(bytes));
}

void read_as_checkpoint(std::string_view bytes) {
  const MemoryFile file(bytes);
  const auto checkpoint = read_checkpoint(file.path());
  if (!checkpoint) {
    require_line(checkpoint.error());
    return;
  }
  for (const auto& [name, set] : checkpoint->sets) {
    use(set);
  }
  static const std::string again = "/dev/shm/fuzz_checkpoint-" + std::to_string(getpid());
  require(write_checkpoint(again, *checkpoint).has_value());
  const auto second = read_checkpoint(again);
  ::unlink(again.c_str());
  require(second.has_value() && second->head == checkpoint->head && second->sets == checkpoint->sets);
}

void read_as_sealed_checkpoint(std::string_view content) {
  std::string bytes = "echosweep checkpoint 1\n";
  bytes += le_bytes(std::uint64_t{bytes.size() + 8 + content.size() + Digest::kSize});
  bytes += content;
  Digest digest;
  digest.add(std::string_view(bytes));
  read_as_checkpoint(bytes + digest.bytes());
}

void read_as_set(std::string_view bytes) {
  if (is_bitmap(bytes)) {
    const std::string aligned(bytes);
    use(Bitmap::readSafe(aligned.data(), aligned.size()));
  }
}

void read_as_journal(std::string_view bytes) {
  const MemoryFile file(bytes);
  static const std::string id = "3a9c5e1f70b2d4861c0f2e4d6b8a9717";  // of the one in tests/data
  std::uint64_t used = 0;
  const auto count = echosweep::checkpoint::read_journal(file.path(), id, 0, [&](const Entry&) { ++used; });
  require(!count || *count == used);
  if (!count) {
    require_line(count.error());
  }
}

}  // namespace

/// The first byte says as what.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      read_as_checkpoint(bytes);
      break;
    case 1:
      read_as_sealed_checkpoint(bytes);
      break;
    case 2:
      read_as_set(bytes);
      break;
    default:
      read_as_journal(bytes);
  }
  return 0;
}
