#include "results/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "report/json_lines.hpp"
#include "results/prefix_rows.hpp"

namespace echosweep::results {

namespace {

using report::Json;
using report::kStates;

constexpr std::array kPercents = {0.0, 50.0, 90.0, 95.0, 99.0, 100.0};

std::string text_in(const Json& line, const char* key) {
  return line.contains(key) && line[key].is_string() ? line[key].get<std::string>() : std::string();
}

std::optional<std::uint64_t> count_in(const Json& line, std::string_view key) {
  const auto found = line.find(std::string(key));
  return found != line.end() && found->is_number_unsigned() ? std::optional(found->get<std::uint64_t>())
                                                            : std::nullopt;
}

/// The lines are whole objects: the reader has seen to it. What is missing in them or of another kind stays
/// empty.
RunFacts facts_of(const Snapshot& snapshot) {
  RunFacts facts;
  const Json run = Json::parse(snapshot.run_line(), nullptr, false);
  if (run.is_object()) {
    facts.version = text_in(run, "version");
    facts.started = text_in(run, "started");
    facts.targets = count_in(run, "targets");
    if (run.contains("command") && run["command"].is_array()) {
      for (const Json& word : run["command"]) {
        facts.command.push_back(word.is_string() ? word.get<std::string>() : report::json_dump(word));
      }
    }
  }
  const Json accounting = Json::parse(snapshot.accounting_line(), nullptr, false);
  if (!accounting.is_object()) {
    return facts;
  }
  facts.targets = count_in(accounting, "targets") ? count_in(accounting, "targets") : facts.targets;
  if (accounting.contains("elapsed_s") && accounting["elapsed_s"].is_number()) {
    constexpr double kLongest = 1e9;  // thirty years: what is more is no run's
    facts.elapsed_s = std::clamp(accounting["elapsed_s"].get<double>(), 0.0, kLongest);
  }
  StateCounts sums{};
  bool all = true;
  for (const State state : kStates) {
    const auto count = count_in(accounting, word(state));
    all = all && count;
    sums[static_cast<std::size_t>(state)] = count.value_or(0);
  }
  if (all) {
    facts.sums = sums;
  }
  return facts;
}

/// The lower end of the bucket that holds `rtt`: 1, 2 or 5 times a power of ten nanoseconds.
std::chrono::nanoseconds bucket_start(std::chrono::nanoseconds rtt) {
  std::int64_t decade = 1;
  while (decade <= rtt.count() / 10) {
    decade *= 10;
  }
  const std::int64_t digit = rtt.count() / decade;
  return std::chrono::nanoseconds(decade * (digit >= 5 ? 5 : digit >= 2 ? 2 : digit >= 1 ? 1 : 0));
}

std::chrono::nanoseconds bucket_end(std::chrono::nanoseconds start) {
  std::int64_t decade = 1;
  while (decade <= start.count() / 10) {
    decade *= 10;
  }
  const std::int64_t digit = start.count() / decade;
  return std::chrono::nanoseconds(start.count() == 0 ? 1 : decade * (digit == 1 ? 2 : digit == 2 ? 5 : 10));
}

/// `codes` as Verdict has them; they order as the times do.
void spread(std::vector<std::uint32_t> codes, Summary& summary) {
  summary.rtts = codes.size();
  if (codes.empty()) {
    return;
  }
  std::ranges::sort(codes);
  for (const double percent : kPercents) {
    // The nearest rank: the least of which so many percent are no greater.
    const double rank = std::max(std::ceil(percent / 100 * static_cast<double>(codes.size())), 1.0);
    summary.percentiles.push_back({percent, Verdict::rtt_of(codes[static_cast<std::size_t>(rank) - 1])});
  }
  for (const std::uint32_t code : codes) {
    const auto rtt = Verdict::rtt_of(code);
    if (summary.histogram.empty()) {
      const auto start = bucket_start(rtt);
      summary.histogram.push_back({start, bucket_end(start), 0});
    }
    while (rtt >= summary.histogram.back().below) {
      const auto start = summary.histogram.back().below;
      summary.histogram.push_back({start, bucket_end(start), 0});
    }
    ++summary.histogram.back().count;
  }
}

/// Counts by state and reason number while the tables are walked.
using VerdictCounts = std::map<std::pair<State, std::uint32_t>, std::uint64_t>;

template <typename Key, typename Entry>
void walk(const HostTable<Key, Entry>& table, PrefixRows<Key> rows, VerdictCounts& verdicts,
          std::vector<std::uint32_t>& rtts) {
  const auto walked = for_each_segment(table, [&](const Key& first, const auto& segment) -> Result<void> {
    const Verdict verdict = segment.host != nullptr ? segment.host->verdict() : segment.range->verdict;
    std::uint64_t& count = verdicts[{verdict.state(), verdict.reason()}];
    count = add_up(count, count_of(first, segment.last));
    if (segment.host == nullptr) {
      rows.add_range(first, segment.last, verdict.state());
      return {};
    }
    rows.add_host(first, verdict);
    if (verdict.state() == State::kAlive && verdict.rtt_code() != Verdict::kNoRtt) {
      rtts.push_back(verdict.rtt_code());
    }
    return {};
  });
  static_cast<void>(walked);  // nothing in it fails
  rows.close();
}

}  // namespace

std::uint64_t total(const StateCounts& counts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) {
    sum = add_up(sum, count);
  }
  return sum;
}

std::uint64_t PrefixRow::listed() const {
  return total(counts);
}

std::string PrefixRow::prefix() const {
  return fmt::format("{}/{}", to_string(HostAddress{first, zone}), bits);
}

std::uint64_t Summary::targets() const {
  return run.targets.value_or(total(sums()));
}

bool Summary::lists_all() const {
  return run.targets && total(listed) == *run.targets;
}

Summary summarise(const Snapshot& snapshot, const SummaryOptions& options) {
  Summary summary;
  summary.run = facts_of(snapshot);
  VerdictCounts verdicts;
  std::vector<std::uint32_t> rtts;
  walk(snapshot.table4(), PrefixRows<Key4>(options.bits4, snapshot.zones(), summary.rows), verdicts, rtts);
  walk(snapshot.table6(), PrefixRows<Key6>(options.bits6, snapshot.zones(), summary.rows), verdicts, rtts);
  spread(std::move(rtts), summary);
  for (const auto& [verdict, count] : verdicts) {
    std::uint64_t& listed = summary.listed[static_cast<std::size_t>(verdict.first)];
    listed = add_up(listed, count);
    summary.reasons.push_back(
        {verdict.first, snapshot.reason(Verdict(verdict.first, std::nullopt, verdict.second)), count});
  }
  std::ranges::stable_sort(summary.reasons, [](const ReasonCount& a, const ReasonCount& b) {
    return a.state != b.state ? a.state > b.state : a.count > b.count;
  });
  return summary;
}

}  // namespace echosweep::results
