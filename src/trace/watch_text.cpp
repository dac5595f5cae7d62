#include "trace/watch_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "report/json_lines.hpp"

namespace echosweep::trace {

namespace {

using std::chrono::nanoseconds;

/// What the numbers take.
constexpr std::size_t kNumbers = 48;
constexpr std::size_t kLeastHost = 20;

/// Five places and what mtr has behind the point: none where there is no room for it.
std::string milliseconds(nanoseconds time) {
  const double ms = std::chrono::duration<double, std::milli>(time).count();
  return ms < 9999.95 ? fmt::format("{:7.1f}", ms) : fmt::format("{:7.0f}", ms);
}

std::string host_of(const Address& address, const NameOf& name_of) {
  const std::string_view name = name_of ? name_of(address) : std::string_view();
  return name.empty() ? to_string(address) : fmt::format("{} ({})", name, to_string(address));
}

std::string row(std::string host, std::size_t width, std::string_view numbers) {
  host.resize(std::max(width, kNumbers + kLeastHost) - kNumbers, ' ');
  host += numbers;
  host.erase(host.find_last_not_of(' ') + 1);
  return host;
}

std::string numbers_of(const WatchedHop& hop) {
  std::string text = fmt::format("{:5.1f}%{:7}", hop.loss(), hop.sent);
  if (hop.rtt.count() > 0) {
    text += milliseconds(hop.rtt.last()) + milliseconds(hop.rtt.average()) + milliseconds(hop.rtt.best()) +
            milliseconds(hop.rtt.worst()) + milliseconds(hop.rtt.deviation());
  }
  return text;
}

report::Json hop_object(const Watched& watched, std::size_t at, const NameOf& name_of) {
  const WatchedHop& hop = watched.hops[at];
  report::Json object = {{"ttl", watched.first.value + at}, {"from", report::Json::array()}};
  for (const Address& sender : hop.senders) {
    report::Json one = {{"address", to_string(sender)}};
    if (const auto name = name_of ? name_of(sender) : std::string_view(); !name.empty()) {
      one["name"] = name;
    }
    object["from"].push_back(std::move(one));
  }
  if (!hop.mark.empty()) {
    object["mark"] = hop.mark;
  }
  object["sent"] = hop.sent;
  object["received"] = hop.received;
  object["loss_percent"] = hop.loss();
  if (hop.rtt.count() > 0) {
    object["last_us"] = report::json_microseconds(hop.rtt.last());
    object["average_us"] = report::json_microseconds(hop.rtt.average());
    object["best_us"] = report::json_microseconds(hop.rtt.best());
    object["worst_us"] = report::json_microseconds(hop.rtt.worst());
    object["deviation_us"] = report::json_microseconds(hop.rtt.deviation());
  }
  return object;
}

}  // namespace

std::vector<std::string> watch_table(const Watched& watched, std::string_view name, std::size_t width,
                                     const NameOf& name_of) {
  const std::string address = to_string(watched.target);
  std::vector<std::string> lines = {
      row(name.empty() ? address : fmt::format("{} ({})", report::visible(name), address), width,
          " Loss%    Snt   Last    Avg   Best   Wrst  StDev")};
  for (std::size_t at = 0; at < watched.hops.size(); ++at) {
    const WatchedHop& hop = watched.hops[at];
    std::string host = hop.senders.empty() ? "???" : host_of(hop.senders.front(), name_of);
    if (!hop.mark.empty()) {
      host += " " + hop.mark;
    }
    lines.push_back(row(fmt::format("{:3}. {}", watched.first.value + at, host), width, numbers_of(hop)));
    for (std::size_t other = 1; other < hop.senders.size(); ++other) {
      lines.push_back(row("     " + host_of(hop.senders[other], name_of), width, ""));
    }
  }
  return lines;
}

void append_watch_json_line(report::Line& line, const Watched& watched, std::string_view name,
                            const RunWords& run, const NameOf& name_of) {
  report::Json object = {{"type", "watch"}, {"target", to_string(watched.target)}};
  if (!name.empty()) {
    object["name"] = name;
  }
  object["protocol"] = word(run.protocol);
  if (run.protocol != packet::TraceProtocol::kIcmp) {
    object["port"] = run.port;
  }
  object["reached"] = watched.reached;
  object["hops"] = report::Json::array();
  for (std::size_t at = 0; at < watched.hops.size(); ++at) {
    object["hops"].push_back(hop_object(watched, at, name_of));
  }
  report::append(line, report::json_dump(object));
  report::append(line, "\n");
}

}  // namespace echosweep::trace
