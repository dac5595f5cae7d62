#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "modes/sparse_numbers.hpp"

namespace echosweep::modes {

/// Remarks about single targets: how many there are on it, and the last one's reason. Both together are one
/// number, and there are few: a network of which every send fails costs a bit a target and pass, not eight
/// bytes. One thread writes, and after it has ended another reads.
template <typename Reason>
class Notes {
 public:
  using Story = std::pair<std::size_t, Reason>;  ///< how many remarks, and the last one's reason

  Notes() = default;
  /// From numbers() and stories(). A number beyond the stories is nobody's.
  Notes(SparseNumbers numbers, const std::vector<Story>& stories) : numbers_(std::move(numbers)) {
    for (const Story& story : stories) {
      number_of(story);
    }
  }

  void add(std::uint64_t index, const Reason& reason) {
    const std::uint64_t before = number_at(index);
    std::uint64_t number = next_[before];
    if (number == 0 || stories_[number - 1].second != reason) {
      const std::size_t count = before == 0 ? 1 : stories_[before - 1].first + 1;
      number = number_of({count, reason});
      next_[before] = number;
    }
    numbers_.set(index, number);
  }

  /// The remarks on a target: how many, and the one whose reason came up last in the run.
  struct Found {
    std::size_t count = 0;
    const Reason* last = nullptr;
  };
  Found of(std::uint64_t index) const {
    const std::uint64_t number = number_at(index);
    if (number == 0) {
      return {};
    }
    const Story& story = stories_[number - 1];
    return {.count = story.first, .last = &story.second};
  }
  bool empty() const { return numbers_.empty(); }
  /// No remarks any more on this target and all after it.
  void forget_from(std::uint64_t first) { numbers_.forget_from(first); }

  /// Of each target: 0, or which of the stories it has, counted from 1.
  const SparseNumbers& numbers() const { return numbers_; }
  const std::vector<Story>& stories() const { return stories_; }

 private:
  /// So many different reasons: somebody plays with us, and gets the first one that there was. With what
  /// belongs to each they take megabytes, not gigabytes.
  static constexpr std::size_t kMostStories = std::size_t{1} << 16;

  std::uint64_t number_at(std::uint64_t index) const {
    const std::uint64_t number = numbers_.get(index);
    return number <= stories_.size() ? number : 0;
  }
  std::uint64_t number_of(const Story& story) {
    const auto known = known_.find(story);
    if (known != known_.end()) {
      return known->second;
    }
    if (stories_.size() == kMostStories) {
      return 1;
    }
    stories_.push_back(story);
    next_.push_back(0);
    known_.emplace(story, stories_.size());
    return stories_.size();
  }

  SparseNumbers numbers_;
  std::vector<Story> stories_;
  std::vector<std::uint64_t> next_ = {0};  ///< [n]: what followed on n the last time; 0: nothing yet
  std::map<Story, std::uint64_t> known_;   ///< their numbers
};

}  // namespace echosweep::modes
