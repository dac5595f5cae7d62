#include "results/merge_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "report/json_lines.hpp"
#include "results/rfc3339.hpp"

namespace echosweep::results {

namespace {

std::int64_t since_1970(const std::optional<WallTime>& time) {
  return time ? time->time_since_epoch().count() : MergedHost<Key4>::kNone;
}

/// The earlier of the two, where there are two.
std::int64_t earlier(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t kNone = MergedHost<Key4>::kNone;
  return a == kNone ? b : b == kNone ? a : std::min(a, b);
}

void add_text(std::string& line, std::string_view key, std::string_view text) {
  if (!text.empty()) {
    fmt::format_to(std::back_inserter(line), R"(,"{}":{})", key, report::json_string(text));
  }
}

void add_time(std::string& line, std::string_view key, std::int64_t time) {
  if (time != MergedHost<Key4>::kNone) {
    add_text(line, key, format_utc(WallTime(std::chrono::nanoseconds(time))));
  }
}

void add_tries(std::string& line, std::uint32_t tries) {
  if (tries > 0) {
    fmt::format_to(std::back_inserter(line), R"(,"tries":{})", tries);
  }
}

template <typename Key>
void count_table(const HostTable<Key, MergedHost<Key>>& table, StateCounts& counts) {
  const auto counted = for_each_segment(table, [&](const Key& first, const auto& segment) -> Result<void> {
    const Verdict verdict = segment.host != nullptr ? segment.host->verdict() : segment.range->verdict;
    std::uint64_t& count = counts[static_cast<std::size_t>(verdict.state())];
    count = add_up(count, count_of(first, segment.last));
    return {};
  });
  static_cast<void>(counted);  // nothing in it fails
}

}  // namespace

template <typename Key>
MergedHost<Key> MergeTable::make_host(const Finding& finding, const Key& key) {
  MergedHost<Key> host;
  host.place = key;
  host.judged = Verdict(finding.state, finding.rtt, reasons_.number(finding.reason));
  host.tries = finding.tries.value_or(0);
  host.name = names_.number(finding.name);
  host.from = !finding.from.empty() && finding.from == to_string(finding.host)
                  ? MergedHost<Key>::kItself
                  : sources_.number(finding.from);
  host.mac = macs_.number(finding.mac);
  host.rtt = finding.rtt ? finding.rtt->count() : MergedHost<Key>::kNone;
  host.sent = since_1970(finding.sent);
  host.received = since_1970(finding.received);
  host.ttl = finding.ttl ? std::int16_t{finding.ttl->value} : std::int16_t{-1};
  return host;
}

void MergeTable::add(const Finding& finding) {
  const Address& address = finding.host.address;
  if (address.is_v4()) {
    table4_.add(make_host(finding, Key4::of(address, 0)));
  } else {
    table6_.add(make_host(finding, Key6::of(address, zones_.number(finding.host.zone))));
  }
}

void MergeTable::add(const RangeFinding& finding) {
  const HostPrefix& prefix = finding.prefix;
  const Verdict verdict(finding.state, std::nullopt, reasons_.number(finding.reason));
  const std::uint32_t tries = finding.tries.value_or(0);
  if (prefix.last.is_v4()) {
    table4_.add(KeyRange<Key4>{Key4::of(prefix.first.address, 0), Key4::of(prefix.last, 0), verdict, tries});
  } else {
    const std::uint32_t zone = zones_.number(prefix.first.zone);
    table6_.add(
        KeyRange<Key6>{Key6::of(prefix.first.address, zone), Key6::of(prefix.last, zone), verdict, tries});
  }
}

template <typename Key>
void MergeTable::join(MergedHost<Key>& best, const MergedHost<Key>& duplicate) {
  if (best.judged.state() == duplicate.judged.state()) {
    best.sent = earlier(best.sent, duplicate.sent);
    best.received = earlier(best.received, duplicate.received);
  }
  best.name = best.name != 0 ? best.name : duplicate.name;
}

void MergeTable::seal() {
  table4_.seal(join<Key4>);
  table6_.seal(join<Key6>);
}

template <typename Key>
std::string MergeTable::host_line(const MergedHost<Key>& host) const {
  const std::string address = to_string(HostAddress{host.place.address(), zones_.text(host.place.zone())});
  std::string line = fmt::format(R"({{"type":"host","address":{})", report::json_string(address));
  add_text(line, "name", names_.text(host.name));
  add_text(line, "state", word(host.judged.state()));
  add_text(line, "reason", reasons_.text(host.judged.reason()));
  add_text(line, "from", host.from == MergedHost<Key>::kItself ? address : sources_.text(host.from));
  if (host.ttl >= 0) {
    fmt::format_to(std::back_inserter(line), R"(,"ttl":{})", host.ttl);
  }
  if (host.rtt != MergedHost<Key>::kNone) {
    fmt::format_to(std::back_inserter(line), R"(,"rtt_us":{})",
                   report::json_microseconds(std::chrono::nanoseconds(host.rtt)));
  }
  add_tries(line, host.tries);
  add_time(line, "sent", host.sent);
  add_time(line, "received", host.received);
  add_text(line, "mac", macs_.text(host.mac));
  line += "}\n";
  return line;
}

template <typename Key>
Result<void> MergeTable::write_table(const HostTable<Key, MergedHost<Key>>& table,
                                     const TakeLine& take) const {
  return for_each_segment(table, [&](const Key& first, const auto& segment) -> Result<void> {
    if (segment.host != nullptr) {
      return take(host_line(*segment.host));
    }
    const KeyRange<Key>& range = *segment.range;
    return for_each_prefix(first, segment.last, [&](const Key& block, int bits, std::uint64_t count) {
      const std::string address = to_string(HostAddress{block.address(), zones_.text(block.zone())});
      std::string line = fmt::format(R"({{"type":"range","prefix":{})",
                                     report::json_string(fmt::format("{}/{}", address, bits)));
      add_text(line, "state", word(range.verdict.state()));
      add_text(line, "reason", reasons_.text(range.verdict.reason()));
      add_tries(line, range.tries);
      fmt::format_to(std::back_inserter(line), ",\"count\":{}}}\n", count);
      return take(line);
    });
  });
}

Result<void> MergeTable::write(const TakeLine& take) const {
  auto written = write_table(table4_, take);
  return written ? write_table(table6_, take) : written;
}

StateCounts MergeTable::counts() const {
  StateCounts counts{};
  count_table(table4_, counts);
  count_table(table6_, counts);
  return counts;
}

}  // namespace echosweep::results
