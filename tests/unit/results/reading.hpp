#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include "results/read_results.hpp"
#include "results/snapshot.hpp"

namespace echosweep::results {

/// A reader of `text`, as of a file called `file`.
inline LineReader reader_of(std::string_view text) {
  std::FILE* const file = std::tmpfile();
  std::fwrite(text.data(), 1, text.size(), file);
  std::rewind(file);
  return LineReader(file, "file");
}

inline Result<ReadEnd> read_text(std::string_view text, Visitor& visitor) {
  LineReader lines = reader_of(text);
  return read_results(lines, visitor);
}

/// A sealed snapshot of it; the text must be whole.
inline Snapshot snapshot_of(std::string_view text) {
  Snapshot snapshot;
  const auto end = read_text(text, snapshot);
  if (!end) {
    throw std::runtime_error(end.error().message);
  }
  snapshot.seal();
  return snapshot;
}

/// A host's line.
inline std::string host(std::string_view address, std::string_view state, std::string_view more = "") {
  return R"({"type":"host","address":")" + std::string(address) + R"(","state":")" + std::string(state) +
         '"' + (more.empty() ? "" : "," + std::string(more)) + "}\n";
}

inline std::string range(std::string_view prefix, std::string_view state) {
  return R"({"type":"range","prefix":")" + std::string(prefix) + R"(","state":")" + std::string(state) +
         "\"}\n";
}

}  // namespace echosweep::results
