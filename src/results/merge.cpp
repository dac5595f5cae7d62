#include "results/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "report/format.hpp"
#include "results/accounting_sum.hpp"
#include "results/shards.hpp"

namespace echosweep::results {

namespace {

using report::Json;

constexpr std::array kStates = {State::kAlive, State::kUnreachable, State::kSilent, State::kUnsent};

constexpr std::size_t index_of(State state) {
  return static_cast<std::size_t>(state);
}

std::string key_of(State state) {
  return std::string(word(state));
}

/// A sum of the accounting; Visitor::accounting() has seen that it is there.
std::uint64_t sum_of(const Json& accounting, const std::string& key) {
  return accounting[key].get<std::uint64_t>();
}

/// What speaks against a run's accounting; empty: nothing.
std::string contradiction(const MergeSource& source) {
  std::uint64_t sum = 0;
  for (const State state : kStates) {
    const std::uint64_t said = sum_of(source.accounting, key_of(state));
    const std::uint64_t listed = source.listed[index_of(state)];
    // None at all: a state that the run did not write.
    if (listed != said && listed != 0) {
      return fmt::format("lists {} {}, but its accounting says {}", report::format_count(listed), word(state),
                         report::format_count(said));
    }
    sum = add_up(sum, said);
  }
  if (const std::uint64_t targets = sum_of(source.accounting, "targets"); sum != targets) {
    return fmt::format(
        "its accounting does not add up: {} alive, unreachable, silent and unsent of {} targets",
        report::format_count(sum), report::format_count(targets));
  }
  if (source.run.is_object() && source.run.contains("targets") &&
      source.run["targets"] != source.accounting["targets"]) {
    return fmt::format("its first line says {} targets, its accounting {}",
                       report::json_dump(source.run["targets"]),
                       report::json_dump(source.accounting["targets"]));
  }
  return {};
}

/// A run's own accounting, or for one that was killed that of the lines that it left.
Json accounting_of(const MergeSource& source) {
  if (source.whole()) {
    return source.accounting;
  }
  Json line{{"type", "accounting"}, {"targets", std::uint64_t{0}}};
  std::uint64_t targets = 0;
  for (const State state : kStates) {
    line[key_of(state)] = source.listed[index_of(state)];
    targets = add_up(targets, source.listed[index_of(state)]);
  }
  line["targets"] = targets;
  return line;
}

std::vector<Json> run_lines(const std::vector<MergeSource>& sources) {
  std::vector<Json> lines;
  for (const MergeSource& source : sources) {
    if (source.run.is_object()) {
      lines.push_back(source.run);
    }
  }
  return lines;
}

/// Whether the run wrote down each of its targets: no state is counted and not listed.
bool lists_all(const MergeSource& source) {
  return !source.whole() || std::ranges::all_of(kStates, [&](State state) {
    return source.listed[index_of(state)] > 0 || sum_of(source.accounting, key_of(state)) == 0;
  });
}

}  // namespace

Result<void> Merge::add(const std::string& path) {
  auto lines = LineReader::open(path);
  if (!lines) {
    return std::unexpected(lines.error());
  }
  file_ = lines->name();
  open_ = false;
  const std::size_t before = sources_.size();
  const auto form = form_of(*lines);
  const auto end = form && *form == Form::kXml ? Result<ReadEnd>(ReadEnd{.form = Form::kXml})
                                               : read_results(*lines, *this);
  if (!end) {
    return std::unexpected(end.error());
  }
  if (end->form != Form::kJson && (end->form != Form::kList || sources_.size() > before)) {
    return fail(fmt::format("{}: not JSON lines, as --json writes them: only these can be merged", file_));
  }
  if (sources_.size() == before) {
    static_cast<void>(current());  // an empty file: a run that was killed before its first line
  }
  sources_.back().cut_line = end->cut_line;
  return {};
}

MergeSource& Merge::current() {
  if (!open_) {
    sources_.push_back({.file = file_, .run = {}, .accounting = {}, .listed = {}, .cut_line = 0});
    open_ = true;
  }
  return sources_.back();
}

Result<void> Merge::host(const Finding& finding) {
  ++current().listed[index_of(finding.state)];
  table_.add(finding);
  return {};
}

Result<void> Merge::range(const RangeFinding& finding) {
  std::uint64_t& listed = current().listed[index_of(finding.state)];
  const Address& first = finding.prefix.first.address;
  listed = add_up(listed, first.is_v4() ? count_of(Key4::of(first, 0), Key4::of(finding.prefix.last, 0))
                                        : count_of(Key6::of(first, 0), Key6::of(finding.prefix.last, 0)));
  table_.add(finding);
  return {};
}

Result<void> Merge::run(std::string_view json) {
  open_ = false;
  current().run = Json::parse(json, nullptr, false);
  return {};
}

Result<void> Merge::accounting(std::string_view json) {
  MergeSource& source = current();
  source.accounting = Json::parse(json, nullptr, false);
  for (const char* key : {"targets", "alive", "unreachable", "silent", "unsent"}) {
    if (!source.accounting.is_object() || !source.accounting.contains(key) ||
        !source.accounting[key].is_number_unsigned()) {
      return fail(fmt::format("the accounting has no whole number \"{}\"", key));
    }
  }
  open_ = false;
  return {};
}

std::vector<std::string> Merge::flaws() const {
  std::vector<std::string> flaws;
  for (const MergeSource& source : sources_) {
    if (source.cut_line != 0) {
      flaws.push_back(
          incompleteness(source.file, {.form = Form::kJson, .cut_line = source.cut_line, .whole = false}));
    } else if (!source.whole()) {
      flaws.push_back(
          fmt::format("{}: has no accounting line: its run was killed, or a copy cut short; only what it "
                      "lists counts",
                      source.file));
    } else if (const std::string flaw = contradiction(source); !flaw.empty()) {
      flaws.push_back(fmt::format("{}: {}", source.file, flaw));
    }
  }
  const auto groups = shard_groups(run_lines(sources_));
  if (!groups) {
    flaws.push_back(
        fmt::format("a run line's {}: gaps between shards cannot be told", groups.error().message));
  } else {
    std::ranges::move(gap_lines(*groups), std::back_inserter(flaws));
  }
  return flaws;
}

std::vector<std::string> Merge::remarks() const {
  const auto groups = shard_groups(run_lines(sources_));
  const bool shards_of_one =
      groups && groups->size() == 1 && groups->front().indices.size() == sources_.size();
  if (sources_.size() < 2 || shards_of_one || std::ranges::all_of(sources_, lists_all)) {
    return {};
  }
  return {"some runs do not list all of their targets: those that several of them asked count several times"};
}

/// What the runs said of each state, without the duplicates that their lines show.
StateCounts Merge::merged_counts() const {
  StateCounts counts = table_.counts();
  for (const MergeSource& source : sources_) {
    const Json accounting = accounting_of(source);
    for (const State state : kStates) {
      const std::uint64_t said = sum_of(accounting, key_of(state));
      const std::uint64_t listed = source.listed[index_of(state)];
      // Hosts that the run counted and did not list; where both differ otherwise flaws() says so, and lines
      // count.
      std::uint64_t& count = counts[index_of(state)];
      count = add_up(count, listed == 0 ? said : 0);
    }
  }
  return counts;
}

Result<void> Merge::write(const std::vector<std::string>& command, std::string_view version,
                          const MergeTable::TakeLine& take) const {
  const StateCounts counts = merged_counts();
  std::vector<Json> accountings;
  accountings.reserve(sources_.size());
  for (const MergeSource& source : sources_) {
    accountings.push_back(accounting_of(source));
  }
  Json accounting = sum_accountings(accountings);
  std::uint64_t targets = 0;
  for (const State state : kStates) {
    accounting[key_of(state)] = counts[index_of(state)];
    targets = add_up(targets, counts[index_of(state)]);
  }
  accounting["targets"] = targets;

  const std::vector<Json> runs = run_lines(sources_);
  Json run = join_runs(runs);
  if (sources_.size() > 1) {
    run["version"] = version;
    run["command"] = command;
    run["merged"] = sources_.size();
    run.erase("shard");
    run.erase("shards");
    if (const auto groups = shard_groups(runs)) {
      if (Json shards = shards_json(*groups); !shards.is_null()) {
        run["shards"] = std::move(shards);
      }
    }
  }
  run["targets"] = targets;
  if (auto taken = take(report::json_dump(run) + '\n'); !taken) {
    return taken;
  }
  if (auto written = table_.write(take); !written) {
    return written;
  }
  return take(report::json_dump(accounting) + '\n');
}

}  // namespace echosweep::results
