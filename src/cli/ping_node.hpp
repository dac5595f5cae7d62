#pragma once

#include <optional>
#include <string>

#include "packet/node_information.hpp"

namespace echosweep::cli {

/// What the words of -N, any number of them, ask for together. What cannot be is refused, as ping does.
class NodeOption {
 public:
  void take(const std::string& word);
  /// After the last: nothing, where -N was not given.
  std::optional<packet::NodeQuery> query() const;
  /// Where nodes of the name that is the subject listen, with the interface that stands behind it; empty: no
  /// name is.
  const std::string& group() const { return group_; }

 private:
  void ask(packet::NodeQueryType type, std::uint16_t flags);
  void set_subject(std::string_view kind, const std::string& value);

  bool given_ = false;
  bool has_type_ = false;
  packet::NodeQuery query_;
  std::string group_;
};

}  // namespace echosweep::cli
