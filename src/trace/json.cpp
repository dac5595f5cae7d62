#include "trace/json.hpp"

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <utility>

#include "listen/extension_json.hpp"
#include "packet/icmp_extensions.hpp"
#include "report/fields.hpp"
#include "report/json_lines.hpp"
#include "trace/mark.hpp"

namespace echosweep::trace {

namespace {

using report::Json;

void set_objects(Json& object, const Answer& answer) {
  bool broken = false;
  for (const auto& each : packet::read_extension_objects(answer.objects, broken)) {
    object["extensions"].push_back(listen::object_json(each));
  }
}

Json answer_object(const Answer& answer, const NameOf& name_of, bool shared) {
  Json object = {{"from", to_string(answer.from)}};
  if (name_of) {
    if (const auto name = name_of(answer.from); !name.empty()) {
      object["name"] = name;
    }
  }
  if (shared) {
    return object;
  }
  object["answer"] = word_of(answer);
  if (answer.kind == packet::TraceAnswerKind::kError) {
    object["type"] = answer.error.type;
    object["code"] = answer.error.code;
    if (const std::string mark = mark_of(answer); !mark.empty()) {
      object["mark"] = mark;
    }
    if (answer.mtu != 0) {
      object["mtu"] = answer.mtu;
    }
  }
  if (answer.rtt) {
    object["rtt_us"] = report::json_microseconds(*answer.rtt);
  }
  object["ttl"] = answer.ttl.value;
  if (answer.quoted_ttl) {
    object["quoted_ttl"] = answer.quoted_ttl->value;
  }
  set_objects(object, answer);
  return object;
}

Json hop_object(const Traced& traced, std::size_t at, const NameOf& name_of) {
  const Hop& hop = traced.hops[at];
  Json object = {{"ttl", traced.first.value + at}};
  if (hop.shared) {
    object["shared"] = true;
  }
  object["probes"] = Json::array();
  for (const auto& answer : hop.probes) {
    object["probes"].push_back(answer ? answer_object(*answer, name_of, hop.shared) : Json(nullptr));
  }
  return object;
}

}  // namespace

std::string_view word(packet::TraceProtocol protocol) {
  switch (protocol) {
    case packet::TraceProtocol::kUdp:
      return "udp";
    case packet::TraceProtocol::kTcp:
      return "tcp";
    default:
      return "icmp";
  }
}

std::string_view word(Ending ending) {
  switch (ending) {
    case Ending::kReached:
      return "reached";
    case Ending::kUnreachable:
      return "unreachable";
    case Ending::kStopped:
      return "stopped";
    case Ending::kNotSent:
      return "not-sent";
    default:
      return "silent";
  }
}

void append_json_line(report::Line& line, const Traced& traced, std::string_view name, const RunWords& run,
                      const NameOf& name_of) {
  Json object = {{"type", "trace"}, {"target", to_string(traced.target)}};
  if (!name.empty()) {
    object["name"] = name;
  }
  report::Line time;
  report::append_utc(time, traced.started);
  object["time"] = fmt::to_string(time);
  object["protocol"] = word(run.protocol);
  if (run.protocol != packet::TraceProtocol::kIcmp) {
    object["port"] = run.port;
  }
  object["max_ttl"] = run.last.value;
  object["ending"] = word(traced.ending);
  if (traced.ending == Ending::kReached) {
    object["distance"] = traced.first.value + traced.hops.size() - 1;
  }
  if (traced.ending == Ending::kNotSent) {
    object["error"] = std::strerror(traced.error);
  }
  object["probes_sent"] = traced.probes_sent;
  object["probes_not_sent"] = traced.probes_not_sent;
  object["duplicates"] = traced.duplicates;
  object["hops"] = Json::array();
  for (std::size_t at = 0; at < traced.hops.size(); ++at) {
    object["hops"].push_back(hop_object(traced, at, name_of));
  }
  report::append(line, report::json_dump(object));
  report::append(line, "\n");
}

}  // namespace echosweep::trace
