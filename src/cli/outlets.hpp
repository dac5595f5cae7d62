#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace echosweep::cli {

/// Sinks side by side. One that fails gets nothing more, and the others go on.
template <typename Sink>
class Outlets {
 public:
  Outlets() = default;
  explicit Outlets(std::vector<std::unique_ptr<Sink>> sinks) {
    for (auto& sink : sinks) {
      outlets_.push_back({.sink = std::move(sink)});
    }
  }

  /// Calls `use(sink)` for each sink that has not failed; a failure is the sink's last word.
  template <typename Use>
  void for_each(Use use) {
    for (Outlet& outlet : outlets_) {
      if (outlet.failed) {
        continue;
      }
      const Result<void> result = use(*outlet.sink);
      outlet.failed = !result;
      if (!result && !failure_) {
        failure_ = result.error();
      }
    }
  }
  /// Whether `test(sink)` holds for one that has not failed.
  template <typename Test>
  bool any(Test test) const {
    for (const Outlet& outlet : outlets_) {
      if (!outlet.failed && test(*outlet.sink)) {
        return true;
      }
    }
    return false;
  }
  /// The first failure; nothing: none. EPIPE: whoever read standard output has gone.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Outlet {
    std::unique_ptr<Sink> sink;
    bool failed = false;
  };
  std::vector<Outlet> outlets_;
  std::optional<Error> failure_;
};

}  // namespace echosweep::cli
