#include "html/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <unordered_map>

#include "html/assets.hpp"
#include "html/encode.hpp"
#include "html/histogram.hpp"
#include "report/format.hpp"

namespace echosweep::html {

namespace {

using report::format_count;
using report::kStates;
using report::State;

constexpr std::string_view kPolicy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

void add_head(std::string& out, const Page& page) {
  out += fmt::format(R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{}</title>
<style>{}</style>
</head>
<body>
<main>
<h1>{}</h1>
)",
                     kPolicy, escape(page.title), style(), escape(page.title));
}

void add_facts(std::string& out, const Page& page) {
  if (page.facts.empty()) {
    return;
  }
  out += "<dl>\n";
  for (const Fact& fact : page.facts) {
    out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape(fact.name), escape(fact.value));
  }
  out += "</dl>\n";
}

void add_map(std::string& out, const Page& page) {
  if (!page.map_png.empty()) {
    out += fmt::format("<h2>Map</h2>\n<figure><img alt=\"{}\" src=\"data:image/png;base64,{}\"></figure>\n",
                       escape(page.map_alt), base64(page.map_png));
  }
}

void add_rtts(std::string& out, const Page& page) {
  if (!page.rtts.empty()) {
    out += fmt::format("<h2>Round trips</h2>\n<figure>{}</figure>\n", histogram(page.rtts));
  }
}

void add_header(std::string& out, std::string_view text, bool number, bool sorted) {
  out += fmt::format(R"(<th scope="col"{}{}><button type="button">{}</button></th>)",
                     number ? R"( class="number")" : "", sorted ? R"( aria-sort="ascending")" : "", text);
}

/// Those with the most alive, in the order in which they came.
std::vector<const PrefixRow*> prefixes_shown(const Page& page) {
  std::vector<const PrefixRow*> rows;
  rows.reserve(page.prefixes.size());
  for (const PrefixRow& row : page.prefixes) {
    rows.push_back(&row);
  }
  if (rows.size() > Page::kMostPrefixes) {
    std::ranges::stable_sort(rows, std::ranges::greater{}, [](const PrefixRow* row) { return row->alive; });
    rows.resize(Page::kMostPrefixes);
    std::ranges::sort(rows);  // they lie in one array
  }
  return rows;
}

void add_prefixes(std::string& out, const Page& page) {
  if (page.prefixes.empty()) {
    return;
  }
  const auto rows = prefixes_shown(page);
  out += "<h2>By prefix</h2>\n";
  if (rows.size() < page.prefixes.size()) {
    out += fmt::format("<p class=\"note\">The {} prefixes with the most alive, of {}.</p>\n",
                       format_count(rows.size()), format_count(page.prefixes.size()));
  }
  out += "<div class=\"scroll\" tabindex=\"0\"><table class=\"whole\" id=\"prefixes\"><thead><tr>";
  add_header(out, "Prefix", false, true);
  add_header(out, page.lists_all ? "Targets" : "Listed", true, false);
  add_header(out, "Alive", true, false);
  if (page.lists_all) {
    add_header(out, "Share", true, false);
  }
  add_header(out, "Median round trip (ms)", true, false);
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const PrefixRow& row = *rows[i];
    const double share =
        row.targets == 0 ? 0 : 100.0 * static_cast<double>(row.alive) / static_cast<double>(row.targets);
    const auto number = [&](std::string_view value, std::string_view text) {
      out += fmt::format(R"(<td class="number" data-value="{}">{}</td>)", value, text);
    };
    out += fmt::format(R"(<tr><td data-value="{}">{}</td>)", i, escape(row.prefix));
    number(fmt::format("{}", row.targets), format_count(row.targets));
    number(fmt::format("{}", row.alive), format_count(row.alive));
    if (page.lists_all) {
      number(fmt::format("{}", share), fmt::format("{:.1f}%", share));
    }
    number(row.median_rtt ? fmt::format("{}", row.median_rtt->count()) : "",
           row.median_rtt ? fmt::format("{:.3f}", static_cast<double>(row.median_rtt->count()) / 1e6) : "");
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
}

/// {"states": [word], "reasons": [text], "rows": [[address, name, state, reason, microseconds or null]]}
void add_rows(std::string& out, const std::vector<const HostRow*>& rows) {
  out += R"(<script type="application/json" id="rows">{"states":[)";
  for (const State state : kStates | std::views::reverse) {  // by the numbers that the script knows them by
    out += fmt::format("{}{}", state == kStates.back() ? "" : ",", script_string(report::word(state)));
  }
  std::unordered_map<std::string_view, std::size_t> reasons;
  std::string reason_list;
  std::string row_list;
  for (const HostRow* row : rows) {
    const auto [reason, is_new] = reasons.try_emplace(row->reason, reasons.size());
    if (is_new) {
      reason_list += fmt::format("{}{}", reason_list.empty() ? "" : ",", script_string(row->reason));
    }
    row_list +=
        fmt::format("{}[{},{},{},{},", row_list.empty() ? "" : ",\n",
                    script_string(to_string(row->address) + (row->zone.empty() ? "" : "%" + row->zone)),
                    row->name.empty() ? "\"\"" : script_string(row->name), static_cast<unsigned>(row->state),
                    reason->second);
    row_list += row->rtt ? fmt::format("{:.3f}]", static_cast<double>(row->rtt->count()) / 1e3) : "null]";
  }
  out += fmt::format("],\"reasons\":[{}],\"rows\":[\n{}]}}</script>\n", reason_list, row_list);
}

std::string note_on(std::uint64_t in_prefixes) {
  return in_prefixes == 0 ? ""
                          : fmt::format(
                                "<p class=\"note\">{} more hosts are known by prefix alone and are not in "
                                "this table.</p>\n",
                                format_count(in_prefixes));
}

/// What is left out, and why.
std::string note_on(const HostTable& hosts, std::size_t shown) {
  if (!hosts.alive_only()) {
    return "";
  }
  const std::string which =
      shown < hosts.alive()
          ? fmt::format("the first {} of {} that are alive", format_count(shown), format_count(hosts.alive()))
          : fmt::format("the {} that are alive", format_count(shown));
  return fmt::format("<p class=\"note\">{} hosts are more than a page can bear: these are {}.</p>\n",
                     format_count(hosts.hosts()), which);
}

void add_hosts(std::string& out, const Page& page) {
  if (page.hosts.hosts() == 0) {
    return;
  }
  const auto rows = page.hosts.rows();
  out +=
      "<noscript><p class=\"note\">The table of hosts needs JavaScript.</p></noscript>\n"
      "<section id=\"hosts\" hidden>\n<h2>Hosts</h2>\n";
  out += note_on(page.hosts, rows.size());
  out += note_on(page.in_prefixes);
  out +=
      "<div class=\"tools\"><label for=\"search\">Address, name or reason<input type=\"search\" "
      "id=\"search\" "
      "autocomplete=\"off\" spellcheck=\"false\"></label>\n<fieldset><legend>State</legend>";
  for (const State state : kStates) {
    const bool present = std::ranges::any_of(rows, [&](const HostRow* row) { return row->state == state; });
    if (present) {
      out += fmt::format(R"(<label><input type="checkbox" value="{}" checked> {}</label>)",
                         static_cast<unsigned>(state), report::word(state));
    }
  }
  out += "</fieldset></div>\n<div class=\"scroll\" tabindex=\"0\"><table id=\"table\"><thead><tr>";
  add_header(out, "Address", false, true);
  for (const std::string_view name : {"Name", "State", "Reason"}) {
    add_header(out, name, false, false);
  }
  add_header(out, "Round trip (ms)", true, false);
  out +=
      "</tr></thead>\n<tbody></tbody></table></div>\n"
      "<div class=\"pages\"><button type=\"button\" id=\"previous\">Previous</button>"
      "<button type=\"button\" id=\"next\">Next</button><span id=\"status\" role=\"status\"></span></div>\n"
      "</section>\n";
  add_rows(out, rows);
}

}  // namespace

std::string render(const Page& page) {
  std::string out;
  add_head(out, page);
  add_facts(out, page);
  add_map(out, page);
  add_rtts(out, page);
  add_prefixes(out, page);
  add_hosts(out, page);
  out += fmt::format("</main>\n<script>{}</script>\n</body>\n</html>\n", script());
  return out;
}

}  // namespace echosweep::html
