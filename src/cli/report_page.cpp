#include "cli/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "html/page.hpp"
#include "map/map_sinks.hpp"
#include "map/picture.hpp"
#include "map/png_writer.hpp"
#include "report/accounting.hpp"
#include "report/format.hpp"
#include "results/rfc3339.hpp"

namespace echosweep::cli {

namespace {

using report::State;
using results::Snapshot;
using results::StateCounts;
using results::Summary;
using results::Verdict;

std::uint64_t of(const StateCounts& counts, State state) {
  return counts[static_cast<std::size_t>(state)];
}

/// Calls `take(first, last, verdict, is_host)` for all that the file speaks of, ascending, IPv4 first.
template <typename Take>
void for_each_stretch(const Snapshot& snapshot, Take take) {
  const auto walk = [&take](const auto& table) {
    const auto walked =
        results::for_each_segment(table, [&](const auto& first, const auto& segment) -> Result<void> {
          const bool is_host = segment.host != nullptr;
          take(first, segment.last, is_host ? segment.host->verdict() : segment.range->verdict, is_host);
          return {};
        });
    static_cast<void>(walked);  // nothing in it fails
  };
  walk(snapshot.table4());
  walk(snapshot.table6());
}

std::vector<html::Fact> facts(const Summary& summary) {
  std::vector<html::Fact> all;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) {
      all.push_back({name, std::move(value)});
    }
  };
  add("Started", summary.run.started);
  add("Command", fmt::format("{}", fmt::join(summary.run.command, " ")));
  add("Took", summary.run.elapsed_s ? fmt::format("{:.1f} s", *summary.run.elapsed_s) : "");
  add("Targets", report::format_count(summary.targets()));
  for (const State state : {State::kAlive, State::kUnreachable, State::kSilent, State::kUnsent}) {
    add(std::string(word(state)).c_str(), report::format_count(of(summary.sums(), state)));
  }
  for (const auto& [percent, rtt] : summary.percentiles) {
    if (percent == 50) {
      add("Median round trip", report::format_rtt(rtt) + " ms");
    }
  }
  for (const auto& [state, reason, count] : summary.reasons) {
    add(fmt::format("{}, {}", word(state), reason).c_str(), report::format_count(count));
  }
  return all;
}

/// What there is to draw: addresses that follow one another as one.
std::vector<map::Span> spans_of(const Snapshot& snapshot) {
  std::vector<map::Span> spans;
  for_each_stretch(snapshot, [&](const auto& first, const auto& last, Verdict, bool) {
    const Address from = first.address();
    const Address to = last.address();
    map::Span* const before = spans.empty() ? nullptr : &spans.back();
    if (before != nullptr && before->last.family() == from.family() && before->last < from &&
        before->last.value() + 1 == from.value()) {
      before->last = to;
    } else if (before == nullptr || before->last.family() != from.family() || before->last < from) {
      spans.push_back({.first = from, .last = to});
    }  // else another zone has the same addresses: they are one spot
  });
  return spans;
}

std::shared_ptr<map::Survey> survey(const Snapshot& snapshot, const Summary& summary,
                                    const std::vector<map::Span>& spans) {
  auto made = map::Survey::of(spans);
  report::RunInfo run;
  run.started = results::parse_utc(summary.run.started).value_or(WallTime{});
  made->begin(run);
  // A range is told of once a cell: what a cell looks like needs no more.
  const Uint128 step = Uint128{1} << made->grid().cell_bits();
  for_each_stretch(snapshot, [&](const auto& first, const auto& last, Verdict verdict, bool is_host) {
    const State state = verdict.state();
    report::Record record;
    record.state = state;
    record.rtt = state == State::kAlive ? verdict.rtt() : std::nullopt;
    record.address = first.address();
    if (is_host) {
      made->record(record);
      return;
    }
    if (state == State::kSilent || record.address.family() != made->grid().space().base.family()) {
      return;
    }
    const Uint128 end = last.address().value();
    while (true) {
      made->record(record);
      if (end - record.address.value() < step) {
        break;
      }
      record.address = record.address.plus(step);
    }
    record.address = last.address();
    made->record(record);
  });
  report::Accounting sums;
  sums.targets = summary.targets();
  sums.alive = of(summary.sums(), State::kAlive);
  sums.unreachable = of(summary.sums(), State::kUnreachable);
  sums.silent = of(summary.sums(), State::kSilent);
  sums.unsent = of(summary.sums(), State::kUnsent);
  sums.elapsed = std::chrono::nanoseconds(static_cast<std::int64_t>(summary.run.elapsed_s.value_or(0) * 1e9));
  made->end(sums);
  return made;
}

std::string prefix_text(const results::PrefixRow& row) {
  return row.prefixes == 1
             ? row.prefix()
             : fmt::format("{} and {} more", row.prefix(), report::format_count(row.prefixes - 1));
}

}  // namespace

Result<void> NamedSnapshot::host(const results::Finding& finding) {
  std::size_t& count = finding.state == State::kAlive ? alive_names_ : other_names_;
  if (!finding.name.empty() && count < html::HostTable::kMost) {
    const auto [known, is_new] = names_.insert_or_assign(to_string(finding.host), std::string(finding.name));
    count += is_new ? 1 : 0;
  }
  return snapshot_.host(finding);
}

std::string_view NamedSnapshot::name_of(const std::string& host) const {
  const auto found = names_.find(host);
  return found == names_.end() ? std::string_view() : std::string_view(found->second);
}

Result<std::string> report_page(const std::string& name, const NamedSnapshot& named, const Summary& summary) {
  const Snapshot& snapshot = named.snapshot();
  html::Page page;
  page.title =
      fmt::format("{}: {} of {} alive", name, report::format_count(of(summary.sums(), State::kAlive)),
                  report::format_count(summary.targets()));
  page.facts = facts(summary);
  for (const results::RttBucket& bucket : summary.histogram) {
    page.rtts.push_back({.from = bucket.from, .to = bucket.below, .hosts = bucket.count});
  }
  for (const results::PrefixRow& row : summary.rows) {
    page.prefixes.push_back({.prefix = prefix_text(row),
                             .targets = row.listed(),
                             .alive = row.alive(),
                             .median_rtt = row.median_rtt});
  }
  for_each_stretch(snapshot, [&](const auto& first, const auto&, Verdict verdict, bool is_host) {
    if (is_host) {
      const std::string host =
          results::to_string({.address = first.address(), .zone = snapshot.zones()[first.zone()]});
      page.hosts.add({.address = first.address(),
                      .name = std::string(named.name_of(host)),
                      .state = verdict.state(),
                      .reason = snapshot.reason(verdict),
                      .rtt = verdict.state() == State::kAlive ? verdict.rtt() : std::nullopt});
    }
  });
  if (const auto spans = spans_of(snapshot); !spans.empty()) {
    const auto drawn = survey(snapshot, summary, spans);
    auto png = map::encode_png(map::draw_picture(drawn->grid(), drawn->summary()));
    if (!png) {
      return std::unexpected(png.error());
    }
    page.map_png = std::move(*png);
    page.map_alt = fmt::format("{} on a Hilbert curve, who is alive coloured by round trip time",
                               to_string(drawn->grid().space()));
  }
  return html::render(page);
}

}  // namespace echosweep::cli
