#pragma once

#include <algorithm>
#include <cerrno>
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
  /// `to_reader`: those that write to standard output, whose reader may go away as he likes.
  explicit Outlets(std::vector<std::unique_ptr<Sink>> sinks, std::vector<const Sink*> to_reader = {})
      : to_reader_(std::move(to_reader)) {
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
      if (!result) {
        note(*outlet.sink, result.error());
      }
    }
  }
  /// Whether `test(sink)` holds for one that has not failed.
  template <typename Test>
  bool any(Test test) const {
    return std::ranges::any_of(outlets_,
                               [&](const Outlet& outlet) { return !outlet.failed && test(*outlet.sink); });
  }
  /// The first failure; nothing: none. EPIPE: whoever read standard output has gone.
  const std::optional<Error>& failure() const { return failure_; }
  /// Whether one failed for another reason than that.
  bool has_lost_results() const { return lost_results_; }
  /// Failures that nobody has been told of; never that whoever read standard output has gone.
  std::vector<Error> take_failures() { return std::exchange(untold_, {}); }

 private:
  struct Outlet {
    std::unique_ptr<Sink> sink;
    bool failed = false;
  };

  void note(const Sink& sink, const Error& error) {
    if (!failure_) {
      failure_ = error;
    }
    if (error.code != EPIPE || std::ranges::find(to_reader_, &sink) == to_reader_.end()) {
      lost_results_ = true;
      untold_.push_back(error);
    }
  }

  std::vector<Outlet> outlets_;
  std::vector<const Sink*> to_reader_;
  std::optional<Error> failure_;
  std::vector<Error> untold_;
  bool lost_results_ = false;
};

}  // namespace echosweep::cli
