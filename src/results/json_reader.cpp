// Our NDJSON, line by line. Each line is parsed whole by simdjson, so that what is broken anywhere in it is
// found, and then walked over once; its parser keeps its memory from line to line. A line of a host takes
// about as long to parse as to read from a cached file.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "results/json_fields.hpp"
#include "results/read_results.hpp"
#include "results/rfc3339.hpp"

namespace echosweep::results {

namespace {

namespace dom = simdjson::dom;

/// Our own lines have two levels; deeper ones are nobody's that we know, and not worth a stack.
constexpr std::size_t kDeepestValue = 16;
/// In a line about the run, all its objects together; ours have some dozens. Who reads them in their order
/// takes time that grows with the square.
constexpr std::size_t kMostMembers = 4096;

/// `an_item`: what an item of an array counts; a command line may be long.
std::size_t members_of(const dom::object& object, std::size_t an_item);

std::size_t members_in(const dom::element& value, std::size_t an_item) {
  std::size_t members = 0;
  if (dom::object object; value.get(object) == simdjson::SUCCESS) {
    members = members_of(object, an_item);
  } else if (dom::array array; value.get(array) == simdjson::SUCCESS) {
    for (const dom::element item : array) {
      members += an_item + members_in(item, an_item);
    }
  }
  return members;
}

std::size_t members_of(const dom::object& object, std::size_t an_item) {
  std::size_t members = 0;
  for (const auto field : object) {
    members += 1 + members_in(field.value, an_item);
  }
  return members;
}

std::unexpected<Error> wrong(std::string_view key, std::string_view wanted) {
  return fail(fmt::format("\"{}\" is not {}", key, wanted));
}

/// null is as good as nothing.
Result<void> take_field(std::string_view key, const dom::element& value, JsonFields& fields) {
  for (const TextField& field : kTextFields) {
    if (key == field.key) {
      std::string_view text;
      if (value.get(text) == simdjson::SUCCESS) {
        fields.*field.into = text;
      } else if (!value.is_null()) {
        return wrong(key, "a string");
      }
      return {};
    }
  }
  for (const CountField& field : kCountFields) {
    if (key == field.key) {
      std::uint64_t count = 0;
      if (value.get(count) == simdjson::SUCCESS && count <= field.most) {
        fields.*field.into = count;
      } else if (!value.is_null()) {
        return wrong(key, fmt::format("a whole number from 0 to {}", field.most));
      }
      return {};
    }
  }
  if (key == "rtt_us") {
    double number = 0;
    if (value.get(number) == simdjson::SUCCESS) {
      fields.rtt_us = number;
    } else if (!value.is_null()) {
      return wrong(key, "a number");
    }
  }
  return {};
}

Result<State> parse_state(const std::optional<std::string_view>& text) {
  if (!text) {
    return fail("has no \"state\"");
  }
  for (const State state : {State::kAlive, State::kSilent, State::kUnreachable, State::kUnsent}) {
    if (*text == word(state)) {
      return state;
    }
  }
  return wrong("state", "one of alive, unreachable, silent, unsent");
}

Result<void> take_time(std::string_view key, const std::optional<std::string_view>& text,
                       std::optional<WallTime>& into) {
  if (text) {
    into = parse_utc(*text);
    if (!into) {
      return wrong(key, "a time like 2023-11-14T22:13:20.123456Z");
    }
  }
  return {};
}

std::optional<std::uint32_t> tries_of(const JsonFields& fields) {
  if (fields.tries) {
    return static_cast<std::uint32_t>(*fields.tries);
  }
  if (fields.probes) {
    return static_cast<std::uint32_t>(*fields.probes);
  }
  return fields.pass ? std::optional(static_cast<std::uint32_t>(*fields.pass + 1)) : std::nullopt;
}

Result<void> take_host(const JsonFields& fields, Visitor& visitor) {
  if (!fields.address) {
    return fail("a host has no \"address\"");
  }
  const auto host = parse_host_address(*fields.address);
  if (!host) {
    return std::unexpected(host.error());
  }
  const auto state = parse_state(fields.state);
  if (!state) {
    return std::unexpected(state.error());
  }
  Finding finding{.host = *host,
                  .state = *state,
                  .reason = fields.reason.value_or(""),
                  .name = fields.name.value_or(""),
                  .from = fields.from.value_or(""),
                  .mac = fields.mac.value_or(""),
                  .ttl = {},
                  .rtt = {},
                  .tries = tries_of(fields),
                  .sent = {},
                  .received = {}};
  if (fields.ttl) {
    finding.ttl = Ttl{static_cast<std::uint8_t>(*fields.ttl)};
  }
  if (fields.rtt_us) {
    constexpr double kMost = 9e15;  // what 63 bits of nanoseconds hold: 285 years
    if (*fields.rtt_us > kMost) {
      return wrong("rtt_us", "a time that anything takes");
    }
    // A clock that was set back in mid-run makes negative ones: they say no more than "quick".
    finding.rtt = std::chrono::nanoseconds(std::llround(std::max(*fields.rtt_us, 0.0) * 1e3));
  }
  if (auto taken = take_time("sent", fields.sent, finding.sent); !taken) {
    return taken;
  }
  if (auto taken = take_time("received", fields.received, finding.received); !taken) {
    return taken;
  }
  return visitor.host(finding);
}

Result<void> take_range(const JsonFields& fields, Visitor& visitor) {
  if (!fields.prefix) {
    return fail("a range has no \"prefix\"");
  }
  const auto prefix = parse_host_prefix(*fields.prefix);
  if (!prefix) {
    return std::unexpected(prefix.error());
  }
  const auto state = parse_state(fields.state);
  if (!state) {
    return std::unexpected(state.error());
  }
  return visitor.range(
      {.prefix = *prefix, .state = *state, .reason = fields.reason.value_or(""), .tries = tries_of(fields)});
}

/// Reads lines as long as there are any.
class JsonReader {
 public:
  explicit JsonReader(Visitor& visitor) : visitor_(visitor) {
    // Where this fails the first line tries again, and says so.
    [[maybe_unused]] const auto code = parser_.allocate(std::size_t{64} << 10, kDeepestValue);
  }

  /// `text` has LineReader::kPadding bytes behind it. Sets `torn` instead of failing where no object is
  /// whole.
  Result<void> take(std::string_view text, bool& torn) {
    dom::object object;
    const auto code = parse(text, object);
    if (code != simdjson::SUCCESS) {
      torn = true;
      return fail(fmt::format("not a JSON object ({})", flaw(code)));
    }
    JsonFields fields;
    for (const auto field : object) {
      if (auto taken = take_field(field.key, field.value, fields); !taken) {
        return taken;
      }
    }
    if (!fields.type) {
      return fail("has no \"type\": not a line of echosweep's JSON");
    }
    if (*fields.type == "host") {
      return take_host(fields, visitor_);
    }
    if (*fields.type == "range") {
      return take_range(fields, visitor_);
    }
    const bool is_run = *fields.type == "run";
    if ((is_run || *fields.type == "accounting") && members_of(object, is_run ? 0 : 1) > kMostMembers) {
      return fail(fmt::format("has more than {} members: not a line of echosweep's JSON", kMostMembers));
    }
    if (is_run) {
      return visitor_.run(text);
    }
    if (*fields.type == "accounting") {
      ended_ = true;
      return visitor_.accounting(text);
    }
    return {};
  }

  bool ended() const { return ended_; }

 private:
  simdjson::error_code parse(std::string_view text, dom::object& object) {
    if (text.size() > parser_.capacity()) {
      if (const auto code = parser_.allocate(text.size() * 2, kDeepestValue); code != simdjson::SUCCESS) {
        return code;
      }
    }
    return parser_.parse(text.data(), text.size(), false).get(object);
  }

  static std::string_view flaw(simdjson::error_code code) {
    switch (code) {
      case simdjson::INCORRECT_TYPE:
        return "it is another kind of value";
      case simdjson::UTF8_ERROR:
        return "it holds bytes that are not UTF-8";
      case simdjson::DEPTH_ERROR:
        return "it is nested too deeply";
      case simdjson::UNCLOSED_STRING:
        return "a string has no end";
      case simdjson::NUMBER_ERROR:
        return "a number is malformed or too big";
      case simdjson::STRING_ERROR:
        return "a string is malformed";
      case simdjson::MEMALLOC:
        return "it takes more memory than there is";
      default:
        return "it is malformed or cut off";
    }
  }

  Visitor& visitor_;
  dom::parser parser_;
  bool ended_ = false;
};

}  // namespace

Result<ReadEnd> read_json(LineReader& lines, Visitor& visitor) {
  static_assert(LineReader::kPadding >= simdjson::SIMDJSON_PADDING);
  JsonReader reader(visitor);
  while (true) {
    const auto line = lines.next();
    if (!line) {
      return std::unexpected(line.error());
    }
    if (!*line) {
      return ReadEnd{.form = Form::kJson, .cut_line = 0, .whole = reader.ended()};
    }
    const LineReader::Line& current = **line;
    if (current.text.find_first_not_of(" \t\r") == std::string_view::npos) {
      continue;
    }
    bool torn = false;
    if (auto taken = reader.take(current.text, torn); !taken) {
      if (torn && !current.whole) {
        return ReadEnd{.form = Form::kJson, .cut_line = current.number, .whole = reader.ended()};
      }
      return fail(fmt::format("{}:{}: {}", lines.name(), current.number, taken.error().message));
    }
  }
}

}  // namespace echosweep::results
