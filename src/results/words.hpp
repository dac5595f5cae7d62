#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace echosweep::results {

/// Numbers for texts that come again and again: reasons, zones. Number 0 is the empty text. When `most` have
/// got one, all others share the last.
class Words {
 public:
  explicit Words(std::uint32_t most) : most_(most) { static_cast<void>(number("")); }

  std::uint32_t number(std::string_view text) {
    if (text == texts_of_last_) {
      return last_;
    }
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) {
      return remember(text, found->second);
    }
    if (texts_.size() + 1 >= most_) {
      if (texts_.size() < most_) {
        texts_.emplace_back("other");
      }
      return most_ - 1;
    }
    const auto number = static_cast<std::uint32_t>(texts_.size());
    texts_.emplace_back(text);
    numbers_.emplace(text, number);
    return remember(text, number);
  }

  const std::string& text(std::uint32_t number) const { return texts_[number]; }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  /// Most lines have the reason of the line before.
  std::uint32_t remember(std::string_view text, std::uint32_t number) {
    texts_of_last_ = text;
    last_ = number;
    return number;
  }

  std::uint32_t most_;
  std::vector<std::string> texts_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::string texts_of_last_ = "\1";  // no text of anybody's
  std::uint32_t last_ = 0;
};

}  // namespace echosweep::results
