#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/address.hpp"

namespace echosweep::modes {

/// What finds the reason behind an errno, and what to tell the user once.
struct Explanation {
  std::string reason;
  std::string advice;
  bool on_link_only = false;  ///< it will happen to every directly attached target, and to no other
};
using ExplainFailure = std::function<Explanation(int error, const Address& target)>;

/// Why sends failed: asked once for each errno and family, and a line for the user each time.
class SendAdvice {
 public:
  explicit SendAdvice(ExplainFailure explain) : explain_(std::move(explain)) {}

  /// Sender thread only.
  const Explanation& explain(int error, const Address& target);
  /// As it is for this target now, without a word to the user.
  Explanation explain_again(int error, const Address& target) const { return explain_(error, target); }
  void advise(const Address& target, const Explanation& why) { note(line_of(target, why)); }
  /// What the user is told of a send that failed.
  static std::string line_of(const Address& target, const Explanation& why);
  void note(std::string line);

  /// The lines since the last call; any thread.
  std::vector<std::string> take();

 private:
  ExplainFailure explain_;
  std::map<std::pair<int, Family>, Explanation> explanations_;
  std::mutex lock_;
  std::vector<std::string> lines_;
};

}  // namespace echosweep::modes
