#include "ping/json.hpp"

#include <chrono>
#include <cstring>
#include <string>

#include "core/ttl_guess.hpp"
#include "packet/icmp_types.hpp"
#include "ping/clock.hpp"
#include "ping/complaint_text.hpp"
#include "report/fields.hpp"
#include "report/json_lines.hpp"

namespace echosweep::ping {

namespace {

using report::Json;

double ms(std::chrono::nanoseconds time) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()) / 1000;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  }
  return text;
}

void end(report::Line& line, const Json& object) {
  report::append(line, report::json_dump(object));
  line.push_back('\n');
}

Json begin(const char* type, const JsonHost& host) {
  return {{"type", type}, {"host", host.name}, {"address", to_string(host.address)}};
}

void set_time(Json& object, WallTime wall) {
  report::Line time;
  report::append_utc(time, wall);
  object["time"] = fmt::to_string(time);
}

void set_from(Json& object, const Address& from, const std::optional<std::string>& name) {
  object["from"] = to_string(from);
  if (name) {
    object["name"] = *name;
  }
}

void set_guess(Json& object, Ttl ttl) {
  if (const auto guess = guess_from(ttl)) {
    object["guess"] = {
        {"initial_ttl", guess->initial.value}, {"hops", guess->hops}, {"systems", guess->systems}};
  }
}

void set_flags(Json& object, const Reply& reply) {
  object["duplicate"] = reply.duplicate;
  for (const auto& [key, is_so] :
       {std::pair("bad_checksum", reply.bad_checksum), std::pair("different_address", reply.other_address),
        std::pair("truncated", reply.truncated)}) {
    if (is_so) {
      object[key] = true;
    }
  }
  if (reply.wrong_data) {
    object["wrong_data"] = {{"at", reply.wrong_data->at},
                            {"expected", reply.wrong_data->expected},
                            {"found", reply.wrong_data->found}};
  }
}

void set_answer(Json& object, const Reply& reply) {
  if (reply.times) {
    object["originate"] = reply.times->originate;
    object["receive"] = reply.times->receive;
    object["transmit"] = reply.times->transmit;
    object["standard"] = is_standard(reply.times->receive) && is_standard(reply.times->transmit);
    if (const auto offset = clock_offset(*reply.times, reply.arrived)) {
      object["clock_offset_ms"] = offset->count();
    }
  }
  if (reply.mask) {
    object["mask"] = to_string(Address::v4(*reply.mask));
  }
  if (reply.node) {
    object["node_code"] = reply.node->code;
    object["names"] = reply.node->names;
    object["addresses"] = Json::array();
    for (const Address& address : reply.node->addresses) {
      object["addresses"].push_back(to_string(address));
    }
  }
  if (!reply.options.empty()) {
    object["ip_options"] = hex(reply.options);
  }
}

struct Writer {
  const JsonHost& host;
  const Outcome& outcome;
  const std::optional<std::string>& name;
  bool guess;

  Json operator()(const Reply& reply) const {
    Json object = begin("reply", host);
    set_time(object, outcome.wall);
    set_from(object, reply.from, name);
    object["seq"] = reply.sequence.value;
    object["id"] = reply.identifier.value;
    object["size"] = reply.size;
    if (reply.ttl) {
      object["ttl"] = reply.ttl->value;
    }
    if (reply.rtt) {
      object["rtt_ms"] = ms(*reply.rtt);
    }
    set_flags(object, reply);
    set_answer(object, reply);
    if (guess && reply.ttl) {
      set_guess(object, *reply.ttl);
    }
    return object;
  }
  Json operator()(const Complaint& complaint) const {
    Json object = begin(complaint.is_error ? "error" : "notice", host);
    set_time(object, outcome.wall);
    set_from(object, complaint.from, name);
    object["seq"] = complaint.sequence.value;
    object["icmp_type"] = complaint.type;
    object["icmp_code"] = complaint.code;
    object["info"] = complaint.info;
    object["text"] = words_of(complaint, [](const Address& address) { return to_string(address); });
    return object;
  }
  Json operator()(const NotSent& failure) const {
    Json object = begin("not-sent", host);
    object["seq"] = failure.sequence.value;
    object["error"] = std::strerror(failure.error);
    return object;
  }
  Json operator()(const NoAnswerYet& request) const {
    Json object = begin("no-answer-yet", host);
    object["seq"] = request.sequence.value;
    return object;
  }
  Json operator()(const Leaving& request) const {
    Json object = begin("request", host);
    set_time(object, outcome.wall);
    object["seq"] = request.sequence.value;
    return object;
  }
};

}  // namespace

void append_json_start(report::Line& line, const JsonHost& host) {
  Json object = begin("start", host);
  if (host.source) {
    object["source"] = to_string(*host.source);
  }
  if (host.flow_label) {
    object["flow_label"] = *host.flow_label;
  }
  object["data_size"] = host.data_size;
  end(line, object);
}

void append_json_failure(report::Line& line, std::string_view name, std::string_view why) {
  end(line, {{"type", "failure"}, {"host", name}, {"error", why}});
}

void append_json_outcome(report::Line& line, const JsonHost& host, const Outcome& outcome,
                         const std::optional<std::string>& name, bool guess) {
  Json object = std::visit(Writer{host, outcome, name, guess}, outcome.what);
  if (!outcome.packet.empty()) {
    object["packet"] = hex(outcome.packet);
  }
  end(line, object);
}

void append_json_summary(report::Line& line, const JsonHost& host, const Statistics& statistics,
                         const Totals& totals) {
  Json object = begin("summary", host);
  object["transmitted"] = totals.transmitted;
  object["received"] = statistics.first_replies();
  object["duplicates"] = statistics.duplicates();
  object["corrupted"] = statistics.corrupted_replies();
  object["errors"] = statistics.errors();
  if (totals.transmitted > 0) {
    const auto sent = static_cast<double>(totals.transmitted);
    object["loss_percent"] = (sent - static_cast<double>(statistics.first_replies())) * 100 / sent;
  }
  object["duration_ms"] = ms(totals.time);
  object["pipe"] = statistics.longest_pipe();
  object["receive_drops"] = totals.receive_drops;
  if (const auto times = statistics.times()) {
    object["rtt_ms"] = {{"min", ms(times->min)},
                        {"avg", ms(times->average)},
                        {"max", ms(times->max)},
                        {"mdev", ms(times->deviation)},
                        {"ewma", ms(times->ewma)}};
  }
  end(line, object);
}

}  // namespace echosweep::ping
