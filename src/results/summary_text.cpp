#include "results/summary_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <vector>

#include "report/format.hpp"

namespace echosweep::results {

namespace {

using report::format_count;
using report::kStates;

/// Columns of text, as wide as their widest cell; the first is flush left, the others right.
class Table {
 public:
  using Row = std::vector<std::string>;

  void add(Row row) { rows_.push_back(std::move(row)); }
  void drop_column(std::size_t column) {
    for (Row& row : rows_) {
      row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
    }
  }
  std::size_t columns() const { return rows_.empty() ? 0 : rows_.front().size(); }
  std::size_t width() const {
    std::size_t sum = 0;
    for (const std::size_t column : widths()) {
      sum += column + 2;
    }
    return sum == 0 ? 0 : sum - 2;
  }
  void print(std::string& out) const {
    const auto wide = widths();
    for (const Row& row : rows_) {
      fmt::format_to(std::back_inserter(out), "{:<{}}", row[0], wide[0]);
      for (std::size_t i = 1; i < row.size(); ++i) {
        fmt::format_to(std::back_inserter(out), "  {:>{}}", row[i], wide[i]);
      }
      out.erase(out.find_last_not_of(' ') + 1);
      out += '\n';
    }
  }

 private:
  std::vector<std::size_t> widths() const {
    std::vector<std::size_t> wide(columns(), 0);
    for (const Row& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        wide[i] = std::max(wide[i], row[i].size());
      }
    }
    return wide;
  }

  std::vector<Row> rows_;
};

std::string percent(double share) {
  return fmt::format("{:.1f}%", share * 100);
}

std::string milliseconds(std::chrono::nanoseconds rtt) {
  return report::format_rtt(rtt) + " ms";
}

/// Cut to the width, so that a long command line does not drown the rest.
void add_line(std::string& out, const std::string& line, std::size_t width) {
  out += line.size() <= width || width < 4 ? line : line.substr(0, width - 3) + "...";
  out += '\n';
}

void add_run(std::string& out, const Summary& summary, std::size_t width) {
  const RunFacts& run = summary.run;
  std::string command;
  for (const std::string& word : run.command) {
    command += (command.empty() ? "" : " ") + printable(word);
  }
  if (!command.empty()) {
    add_line(out, command, width);
  }
  if (!run.started.empty()) {
    std::string line = printable(run.started);
    if (run.elapsed_s) {
      line += fmt::format(", {:.1f} s", *run.elapsed_s);
    }
    add_line(out, line, width);
  }
  out += out.empty() ? "" : "\n";
}

void add_sums(std::string& out, const Summary& summary) {
  const std::uint64_t targets = summary.targets();
  Table table;
  table.add({"targets", format_count(targets), ""});
  for (const State state : kStates) {
    const std::uint64_t count = summary.sums()[static_cast<std::size_t>(state)];
    // What neither an accounting nor a whole list tells.
    const bool known = summary.run.sums || count > 0 || summary.lists_all();
    if (known) {
      const double share = targets == 0 ? 0 : static_cast<double>(count) / static_cast<double>(targets);
      table.add({std::string(word(state)), format_count(count), targets == 0 ? "" : percent(share)});
    }
  }
  table.print(out);
  if (const std::uint64_t listed = total(summary.listed); summary.run.targets && !summary.lists_all()) {
    fmt::format_to(std::back_inserter(out), "(listed: {})\n", format_count(listed));
  }
}

void add_rows(std::string& out, const Summary& summary, std::size_t width) {
  if (summary.rows.empty()) {
    return;
  }
  enum Column : std::size_t { kAsked = 1, kShare = 3 };
  const bool all = summary.lists_all();
  Table table;
  table.add({"prefix", all ? "asked" : "listed", "alive", "share", "median"});
  for (const PrefixRow& row : summary.rows) {
    const std::string name =
        row.prefixes == 1 ? row.prefix() : fmt::format("({} prefixes)", format_count(row.prefixes));
    table.add({name, format_count(row.listed()), format_count(row.alive()), all ? percent(row.share()) : "-",
               row.median_rtt ? milliseconds(*row.median_rtt) : "-"});
  }
  // The share first: it follows from its neighbours.
  if (!all || table.width() > width) {
    table.drop_column(kShare);
  }
  if (table.width() > width) {
    table.drop_column(kAsked);
  }
  out += '\n';
  table.print(out);
}

void add_rtts(std::string& out, const Summary& summary, std::size_t width) {
  if (summary.rtts == 0) {
    return;
  }
  Table percentiles;
  percentiles.add({fmt::format("round trips: {}", format_count(summary.rtts)), ""});
  for (const RttPercentile& each : summary.percentiles) {
    const std::string name = each.percent == 0     ? "least"
                             : each.percent == 50  ? "median"
                             : each.percent == 100 ? "greatest"
                                                   : fmt::format("{:.0f}%", each.percent);
    percentiles.add({"  " + name, milliseconds(each.rtt)});
  }
  out += '\n';
  percentiles.print(out);

  std::uint64_t most = 1;
  Table names;
  for (const RttBucket& bucket : summary.histogram) {
    most = std::max(most, bucket.count);
    names.add({"  under", milliseconds(bucket.below), format_count(bucket.count)});
  }
  std::string text;
  names.print(text);
  const std::size_t used = names.width() + 2;
  const std::size_t room = width > used + 5 ? std::min<std::size_t>(width - used, 50) : 5;
  std::size_t at = 0;
  out += '\n';
  for (const RttBucket& bucket : summary.histogram) {
    const std::size_t end = text.find('\n', at);
    out += text.substr(at, end - at);
    const double part = static_cast<double>(bucket.count) / static_cast<double>(most);
    const auto bar = static_cast<std::size_t>(std::lround(part * static_cast<double>(room)));
    out += bucket.count == 0 ? "" : "  " + std::string(std::max<std::size_t>(bar, 1), '#');
    out += '\n';
    at = end + 1;
  }
}

void add_reasons(std::string& out, const Summary& summary, std::size_t width) {
  constexpr std::size_t kState = 13;  // "unreachable", and two blanks
  constexpr std::size_t kShortest = 10;
  std::size_t counts = 0;
  for (const ReasonCount& each : summary.reasons) {
    counts = std::max(counts, format_count(each.count).size());
  }
  const std::size_t others = kState + 2 + counts;
  const std::size_t room = width > others + kShortest ? width - others : kShortest;
  Table table;
  for (const ReasonCount& each : summary.reasons) {
    if (!each.reason.empty()) {
      std::string reason = printable(each.reason);
      reason = reason.size() > room ? reason.substr(0, room - 3) + "..." : reason;
      table.add({fmt::format("{:<11}  {}", word(each.state), reason), format_count(each.count)});
    }
  }
  if (table.columns() > 0) {
    out += "\nreasons\n";
    table.print(out);
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c < '\x7f') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string summary_text(const Summary& summary, std::size_t width) {
  std::string out;
  add_run(out, summary, width);
  add_sums(out, summary);
  add_rows(out, summary, width);
  add_rtts(out, summary, width);
  add_reasons(out, summary, width);
  return out;
}

}  // namespace echosweep::results
