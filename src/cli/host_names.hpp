#pragma once

#include <string>
#include <vector>

#include "cli/read_targets.hpp"
#include "report/format.hpp"

namespace echosweep::cli {

/// What lines call the command's targets.
report::HostStyle host_style(const SweepCommand& command);

/// The names under which targets are shown, where all must be known before the first line: one for each time
/// that a target was named, or what reverse DNS says. `read` must outlive it.
class HostNames {
 public:
  /// Asks reverse DNS for all names that are wanted, side by side.
  static Result<HostNames> find(const SweepCommand& command, const ReadTargets& read);

  /// Empty: the address says it all.
  std::string_view of(std::uint64_t index) const { return choose(index, read_->set.name_of(index)); }

  /// Calls `use(name)` for each time that the target was named.
  template <typename Use>
  void for_each_name(std::uint64_t index, Use use) const {
    use(of(index));
    for (const std::uint32_t number : read_->set.again_of(index)) {
      use(choose(index, read_->set.again(number).name));
    }
  }
  template <typename Use>
  void for_each_name(const Address& target, Use use) const {
    if (const auto index = read_->set.find(target)) {
      for_each_name(*index, use);
    }
  }
  /// Calls `use(index, name)` for each time that a target was named, in input order.
  template <typename Use>
  void for_each_mention(Use use) const {
    read_->set.for_each_mention(
        [&](std::uint64_t index, std::string_view given) { use(index, choose(index, given)); });
  }
  /// Bytes of the longest text that a target is called.
  std::size_t longest(report::HostStyle style) const;

 private:
  explicit HostNames(const ReadTargets& read) : read_(&read) {}
  std::string_view choose(std::uint64_t index, std::string_view given) const {
    const bool looked_up =
        !reverse_.empty() && (always_reverse_ || given.empty()) && !reverse_[index].empty();
    return looked_up ? std::string_view(reverse_[index]) : given;
  }

  const ReadTargets* read_;
  bool always_reverse_ = false;
  std::vector<std::string> reverse_;  ///< by index; empty: none are wanted
};

}  // namespace echosweep::cli
