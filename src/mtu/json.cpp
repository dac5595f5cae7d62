#include "mtu/json.hpp"

#include <cstring>

#include "report/json_lines.hpp"

namespace echosweep::mtu {

namespace {

using report::Json;

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::kFound:
      return "found";
    case Outcome::kToldOnly:
      return "told";
    case Outcome::kUnreachable:
      return "unreachable";
    case Outcome::kNotSent:
      return "unsent";
    default:
      return "silent";
  }
}

std::string_view word(Found found) {
  switch (found) {
    case Found::kInterface:
      return "interface";
    case Found::kMaximum:
      return "maximum";
    case Found::kTold:
      return "told";
    case Found::kElsewhere:
      return "elsewhere";
    default:
      return "searched";
  }
}

void set_router(Json& object, const std::string& field, const Address& router, const NameOnly& router_name) {
  object[field] = to_string(router);
  if (const std::string name = router_name(router); !name.empty()) {
    object[field + "_name"] = name;
  }
}

template <typename Number>
void set_unless_zero(Json& object, const char* field, Number number) {
  if (number != 0) {
    object[field] = number;
  }
}

Json black_hole(const Finding& finding, const NameOnly& router_name) {
  Json object = {{"size", finding.lost_size}};
  if (finding.lost_after) {
    set_router(object, "after", *finding.lost_after, router_name);
  }
  object["after_hop"] = finding.lost_after_hop;
  set_unless_zero(object, "before_hop", finding.lost_before_hop);
  return object;
}

}  // namespace

void append_json_line(report::Line& line, const Address& target, std::string_view name,
                      const Finding& finding, const NameOnly& router_name) {
  Json object = {{"type", "mtu"}, {"address", to_string(target)}};
  if (!name.empty()) {
    object["name"] = name;
  }
  object["outcome"] = word(finding.outcome);
  if (finding.mtu != 0) {
    object["mtu"] = finding.mtu;
    object["found"] = word(finding.found);
  }
  object["local_mtu"] = finding.local_mtu;
  if (finding.told_by) {
    set_router(object, "told_by", *finding.told_by, router_name);
    set_unless_zero(object, "told_hop", finding.told_hop);
  }
  set_unless_zero(object, "hops", finding.hops);
  if (finding.lost_size != 0) {
    object["black_hole"] = black_hole(finding, router_name);
  }
  if (finding.cut) {
    object["cut"] = true;
  }
  if (finding.outcome == Outcome::kUnreachable) {
    object["reason"] = echosweep::word(finding.error);
    set_router(object, "from", finding.error_from, router_name);
  }
  if (finding.outcome == Outcome::kNotSent) {
    object["reason"] = std::strerror(finding.error_number);
  }
  object["probes"] = finding.probes;
  if (finding.rtt) {
    object["rtt_us"] = report::json_microseconds(*finding.rtt);
  }
  report::append(line, report::json_dump(object));
  line.push_back('\n');
}

}  // namespace echosweep::mtu
