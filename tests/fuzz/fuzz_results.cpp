// Any bytes as a results file: reading must not crash, hang or overflow; what was understood is whole,
// survives a merge with nothing, and does not differ from itself.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "results/difference.hpp"
#include "results/merge.hpp"
#include "results/read_results.hpp"
#include "results/summary_text.hpp"

namespace {

using echosweep::Result;
using echosweep::results::Change;
using echosweep::results::LineReader;
using echosweep::results::Snapshot;

void require(bool held) {
  if (!held) {
    std::abort();
  }
}

std::FILE* file_of(std::string_view text) {
  // fmemopen() takes no empty text.
  std::FILE* const file = text.empty() ? std::fopen("/dev/null", "rb")
                                       : fmemopen(const_cast<char*>(text.data()), text.size(), "rb");
  require(file != nullptr);
  return file;
}

bool read_into(std::string_view text, echosweep::results::Visitor& visitor) {
  LineReader lines(file_of(text), "file");
  const auto end = read_results(lines, visitor);
  require(end || (!end.error().message.empty() && end.error().message.find('\n') == std::string::npos));
  return end.has_value();
}

void require_same(Snapshot& a, Snapshot& b) {
  align_zones(a, b);
  const auto compared =
      echosweep::results::compare(a, b, {.told = false}, [](const Change&) -> Result<void> { std::abort(); });
  require(compared.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Snapshot first;
  if (!read_into(text, first)) {
    return 0;
  }
  first.seal();
  Snapshot second;
  require(read_into(text, second));
  second.seal();
  require_same(first, second);

  const auto summary = echosweep::results::summarise(first, {.bits4 = 20, .bits6 = 60});
  for (const char c : summary_text(summary, 40)) {
    require(c == '\n' || (c >= ' ' && c < '\x7f'));
  }

  echosweep::results::MergeTable table;
  struct Collector final : echosweep::results::Visitor {
    explicit Collector(echosweep::results::MergeTable& into) : table(into) {}
    Result<void> host(const echosweep::results::Finding& finding) override {
      table.add(finding);
      return {};
    }
    Result<void> range(const echosweep::results::RangeFinding& finding) override {
      table.add(finding);
      return {};
    }
    echosweep::results::MergeTable& table;
  } collector(table);
  require(read_into(text, collector));
  table.seal();
  std::string merged;
  require(table
              .write([&](std::string_view line) -> Result<void> {
                merged += line;
                return {};
              })
              .has_value());
  Snapshot again;
  require(read_into(merged, again));
  again.seal();
  require_same(first, again);
  return 0;
}
