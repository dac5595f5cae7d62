#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/digest.hpp"
#include "checkpoint/layout.hpp"
#include "checkpoint/little_endian.hpp"
#include "report/whole_file.hpp"

namespace echosweep::checkpoint {

namespace {

bool deeper_than(const report::Json& value, int levels) {
  if (!value.is_structured()) {
    return false;
  }
  if (levels == 0) {
    return true;
  }
  for (const auto& inner : value) {
    if (deeper_than(inner, levels - 1)) {
      return true;
    }
  }
  return false;
}

/// What a reader would refuse is not to be found out when a run has to go on.
Result<void> check(const std::string& path, const Checkpoint& checkpoint, std::uint64_t head,
                   std::uint64_t size) {
  if (path == "-") {
    return fail("a checkpoint needs a file: it cannot go to standard output");
  }
  if (!checkpoint.head.is_object() || deeper_than(checkpoint.head, kDeepestHead) || head > kLargestHead) {
    return fail(fmt::format("cannot write {}: its head is no object, or larger than a reader takes", path));
  }
  if (checkpoint.sets.size() > kMostSets || size > kLargestFile) {
    return fail(fmt::format("cannot write {}: {} sets of {} bytes are more than a reader takes", path,
                            checkpoint.sets.size(), size));
  }
  for (const auto& [name, set] : checkpoint.sets) {
    if (name.empty() || name.size() > kLongestName) {
      return fail(fmt::format("cannot write {}: the name of a set has {} bytes", path, name.size()));
    }
  }
  return {};
}

/// Everything but the checksum passes through here.
class Writer {
 public:
  explicit Writer(report::Output& out) : out_(out) {}

  void put(std::string_view bytes) {
    digest_.add(bytes);
    static_cast<void>(out_.append(bytes));  // a failure stays, and ends the file that is put in place
  }
  template <typename Number>
  void put_number(Number number) {
    put(le_bytes(number));
  }
  std::string checksum() const { return digest_.bytes(); }

 private:
  report::Output& out_;
  Digest digest_;
};

}  // namespace

Result<void> write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  const std::string head = report::json_dump(checkpoint.head);
  const std::string first_line = fmt::format("{}{}\n", kMagic, kVersion);
  std::uint64_t size = first_line.size() + 8 + 8 + head.size() + 4 + Digest::kSize;
  for (const auto& [name, set] : checkpoint.sets) {
    size += 2 + name.size() + 8 + set.getSizeInBytes();
  }
  if (auto checked = check(path, checkpoint, head.size(), size); !checked) {
    return checked;
  }
  auto file = report::WholeFile::create(path);
  if (!file) {
    return std::unexpected(file.error());
  }
  Writer writer(file->out());
  writer.put(first_line);
  writer.put_number(size);
  writer.put_number(std::uint64_t{head.size()});
  writer.put(head);
  writer.put_number(static_cast<std::uint32_t>(checkpoint.sets.size()));
  for (const auto& [name, set] : checkpoint.sets) {
    writer.put_number(static_cast<std::uint16_t>(name.size()));
    writer.put(name);
    // CRoaring stores its first number as 8 aligned bytes, which a string's are.
    std::string numbers(set.getSizeInBytes(), '\0');
    set.write(numbers.data());
    writer.put_number(std::uint64_t{numbers.size()});
    writer.put(numbers);
  }
  static_cast<void>(file->out().append(writer.checksum()));
  return file->put_in_place();
}

}  // namespace echosweep::checkpoint
