#include "results/change_lines.hpp"

#include <fmt/format.h>

#include <iterator>

#include "report/format.hpp"
#include "report/json_lines.hpp"

namespace echosweep::results {

namespace {

bool is_host(const Change& change) {
  return change.bits == address_bits(change.first.address.family());
}

std::string place(const Change& change) {
  std::string text = to_string(change.first);
  return is_host(change) ? text : fmt::format("{}/{}", text, change.bits);
}

std::string_view state_word(const Side& side) {
  return side.listed ? word(side.state) : "not listed";
}

std::string_view kind_word(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kCame:
      return "came";
    case ChangeKind::kWent:
      return "went";
    case ChangeKind::kState:
      return "state";
    case ChangeKind::kRtt:
      break;
  }
  return "rtt";
}

char mark(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kCame:
      return '+';
    case ChangeKind::kWent:
      return '-';
    case ChangeKind::kState:
      return '~';
    case ChangeKind::kRtt:
      break;
  }
  return '*';
}

void add_side(std::string& line, std::string_view key, const Side& side) {
  const auto out = std::back_inserter(line);
  if (!side.listed) {
    fmt::format_to(out, R"(,"{}":null)", key);
    return;
  }
  fmt::format_to(out, R"(,"{}":{{"state":"{}")", key, word(side.state));
  if (!side.reason.empty()) {
    fmt::format_to(out, R"(,"reason":{})", report::json_string(side.reason));
  }
  if (side.rtt) {
    fmt::format_to(out, R"(,"rtt_us":{})", report::json_microseconds(*side.rtt));
  }
  line += '}';
}

}  // namespace

std::string text_line(const Change& change) {
  if (change.kind == ChangeKind::kRtt && change.before.rtt && change.now.rtt) {
    return fmt::format("* {} alive {} ms (was {} ms)\n", place(change), report::format_rtt(*change.now.rtt),
                       report::format_rtt(*change.before.rtt));
  }
  return fmt::format("{} {} {} (was {})\n", mark(change.kind), place(change), state_word(change.now),
                     state_word(change.before));
}

std::string json_line(const Change& change) {
  std::string line = fmt::format(R"({{"type":"change","change":"{}")", kind_word(change.kind));
  const auto out = std::back_inserter(line);
  const std::string where = report::json_string(place(change));
  if (is_host(change)) {
    fmt::format_to(out, R"(,"address":{})", where);
  } else {
    fmt::format_to(out, R"(,"prefix":{},"count":{})", where, change.count);
  }
  add_side(line, "old", change.before);
  add_side(line, "new", change.now);
  line += "}\n";
  return line;
}

}  // namespace echosweep::results
