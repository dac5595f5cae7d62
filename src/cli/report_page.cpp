#include "cli/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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
    const std::uint64_t count = of(summary.sums(), state);
    // What neither an accounting nor a whole list tells.
    const bool known = summary.run.sums || count > 0 || summary.lists_all();
    add(std::string(word(state)).c_str(), known ? report::format_count(count) : "");
  }
  for (const auto& [percent, rtt] : summary.percentiles) {
    if (percent == 50) {
      add("Median round trip", report::format_rtt(rtt) + " ms");
    }
  }
  for (const auto& [state, reason, count] : summary.reasons) {
    add(fmt::format("{}, {}", word(state), reason).c_str(),
        reason.empty() ? "" : report::format_count(count));
  }
  return all;
}

/// By address; what overlaps or adjoins, in whatever zones, as one.
std::vector<map::Span> joined(std::vector<map::Span> spans) {
  std::ranges::sort(spans, {}, &map::Span::first);
  std::vector<map::Span> joined;
  for (const map::Span& span : spans) {
    map::Span* const before = joined.empty() ? nullptr : &joined.back();
    const bool same_family = before != nullptr && before->last.family() == span.first.family();
    const bool apart =
        !same_family || (before->last < span.first && span.first.value() - before->last.value() > 1);
    if (apart) {
      joined.push_back(span);
    } else {
      before->last = std::max(before->last, span.last);
    }
  }
  return joined;
}

/// The stretches of these, one behind the other where they are neighbours.
template <typename Wanted>
std::vector<map::Span> spans_of(const Snapshot& snapshot, Wanted wanted) {
  std::vector<map::Span> spans;
  for_each_stretch(snapshot, [&](const auto& first, const auto& last, Verdict verdict, bool is_host) {
    const Address from = first.address();
    if (!wanted(verdict, is_host)) {
      return;
    }
    if (!spans.empty() && spans.back().last.family() == from.family() && spans.back().last < from &&
        from.value() - spans.back().last.value() == 1) {
      spans.back().last = last.address();
    } else {
      spans.push_back({.first = from, .last = last.address()});
    }
  });
  return joined(std::move(spans));
}

/// Tells of all addresses of a span, once a cell: what a cell looks like needs no more.
void record_span(map::Survey& survey, const map::Span& span, State state) {
  if (span.first.family() != survey.grid().space().base.family()) {
    return;
  }
  const Uint128 step = Uint128{1} << survey.grid().cell_bits();
  report::Record record;
  record.state = state;
  for (record.address = span.first;; record.address = record.address.plus(step)) {
    survey.record(record);
    if (span.last.value() - record.address.value() < step) {
      break;
    }
  }
  record.address = span.last;
  survey.record(record);
}

std::shared_ptr<map::Survey> survey_of(const Snapshot& snapshot, const Summary& summary,
                                       const std::vector<map::Span>& spans) {
  auto survey = map::Survey::of(spans);
  report::RunInfo run;
  run.started = results::parse_utc(summary.run.started).value_or(WallTime{});
  survey->begin(run);
  for_each_stretch(snapshot, [&](const auto& first, const auto&, Verdict verdict, bool is_host) {
    if (is_host) {
      report::Record record;
      record.address = first.address();
      record.state = verdict.state();
      record.rtt = record.state == State::kAlive ? verdict.rtt() : std::nullopt;
      survey->record(record);
    }
  });
  for (const State state : {State::kAlive, State::kUnreachable, State::kUnsent}) {
    const auto in_ranges = [state](Verdict verdict, bool is_host) {
      return !is_host && verdict.state() == state;
    };
    for (const map::Span& span : spans_of(snapshot, in_ranges)) {
      record_span(*survey, span, state);
    }
  }
  // The legend counts what is drawn.
  report::Accounting sums;
  sums.alive = of(summary.listed, State::kAlive);
  sums.unreachable = of(summary.listed, State::kUnreachable);
  sums.silent = of(summary.listed, State::kSilent);
  sums.unsent = of(summary.listed, State::kUnsent);
  sums.targets = results::total(summary.listed);
  sums.elapsed = std::chrono::nanoseconds(static_cast<std::int64_t>(summary.run.elapsed_s.value_or(0) * 1e9));
  survey->end(sums);
  return survey;
}

std::string prefix_text(const results::PrefixRow& row) {
  return row.prefixes == 1
             ? row.prefix()
             : fmt::format("{} and {} more", row.prefix(), report::format_count(row.prefixes - 1));
}

}  // namespace

Result<void> NamedSnapshot::host(const results::Finding& finding) {
  if (!finding.name.empty()) {
    Names& names = finding.state == State::kAlive ? alive_names_ : other_names_;
    names.insert_or_assign({finding.host.address, std::string(finding.host.zone)}, std::string(finding.name));
    if (names.size() > html::HostTable::kMost) {
      names.erase(std::prev(names.end()));
    }
  }
  return snapshot_.host(finding);
}

std::string_view NamedSnapshot::name_of(const Address& address, const std::string& zone) const {
  for (const Names* names : {&alive_names_, &other_names_}) {
    if (const auto found = names->find({address, zone}); found != names->end()) {
      return found->second;
    }
  }
  return {};
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
  page.lists_all = summary.lists_all();
  for_each_stretch(snapshot, [&](const auto& first, const auto& last, Verdict verdict, bool is_host) {
    if (is_host) {
      const std::string& zone = snapshot.zones()[first.zone()];
      page.hosts.add({.address = first.address(),
                      .name = std::string(named.name_of(first.address(), zone)),
                      .state = verdict.state(),
                      .reason = snapshot.reason(verdict),
                      .rtt = verdict.state() == State::kAlive ? verdict.rtt() : std::nullopt,
                      .zone = zone});
    } else {
      page.in_prefixes = results::add_up(page.in_prefixes, results::count_of(first, last));
    }
  });
  if (const auto spans = spans_of(snapshot, [](Verdict, bool) { return true; }); !spans.empty()) {
    const auto drawn = survey_of(snapshot, summary, spans);
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
