#include "ping/node_text.hpp"

#include <string>
#include <vector>

#include "ping/put.hpp"

namespace echosweep::ping {

namespace {

constexpr std::uint8_t kRefused = 1;
constexpr std::uint8_t kUnknown = 2;

std::vector<std::string> words_of(const packet::NodeMessage& node) {
  std::vector<std::string> words;
  words.reserve(node.names.size() + node.addresses.size());
  for (const std::string& name : node.names) {
    words.push_back(report::visible(name));
  }
  for (const Address& address : node.addresses) {
    words.push_back(to_string(address));
  }
  return words;
}

}  // namespace

void append_node(report::Line& line, const packet::NodeMessage& node) {
  if (node.code == kRefused) {
    append(line, " refused");
  } else if (node.code == kUnknown) {
    append(line, " unknown");
  } else if (node.code != 0) {
    put(line, " unknown code({:02x})", node.code);
  }
  const char* comma = "";
  for (const std::string& word : words_of(node)) {
    put(line, "{} {}", comma, word);
    comma = ",";
  }
  if (node.broken) {
    put(line, "{} parse error (truncated)", comma);
  }
  if (node.truncated()) {
    append(line, " (truncated)");
  }
}

}  // namespace echosweep::ping
