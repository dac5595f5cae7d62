#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "report/output.hpp"

namespace echosweep::cli {

/// Lines that are drawn over those before, on standard output's terminal. Nothing is set that must be set
/// back: the cursor goes up and the lines are written again.
class TraceScreen {
 public:
  explicit TraceScreen(report::Output& out) : out_(out) {}

  struct Size {
    std::size_t rows = 24;
    std::size_t columns = 80;
    friend bool operator==(const Size&, const Size&) = default;
  };
  /// Nothing: standard output is no terminal.
  static std::optional<Size> size();

  /// At most size().rows - 1 lines, each no wider than it; the rest is left out.
  Result<void> draw(const std::vector<std::string>& lines, const Size& size);

 private:
  report::Output& out_;
  std::size_t drawn_ = 0;  ///< lines that are there
  Size size_;              ///< of the window they are in
};

}  // namespace echosweep::cli
