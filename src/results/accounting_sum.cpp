#include "results/accounting_sum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "results/keys.hpp"

namespace echosweep::results {

namespace {

using report::Json;

constexpr std::array<std::string_view, 6> kOfOneRun = {"missed",         "missed_at_most", "answered",
                                                       "missed_unknown", "rate_at_end",    "control"};

void add_value(Json& sum, const Json& value);

void add_number(Json& sum, const Json& value) {
  if (sum.is_number_unsigned() && value.is_number_unsigned()) {
    sum = add_up(sum.get<std::uint64_t>(), value.get<std::uint64_t>());
  } else {
    sum = sum.get<double>() + value.get<double>();
  }
}

/// [1, 2] and [3, 4, 5] are [4, 6, 5]; of texts each remains once.
void add_array(Json& sum, const Json& value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i < sum.size() && sum[i].is_number() && value[i].is_number()) {
      add_number(sum[i], value[i]);
    } else if (value[i].is_number() || std::ranges::find(sum, value[i]) == sum.end()) {
      sum.push_back(value[i]);
    }
  }
}

void add_object(Json& sum, const Json& value) {
  for (const auto& [key, part] : value.items()) {
    if (sum.contains(key)) {
      add_value(sum[key], part);
    } else {
      sum[key] = part;
    }
  }
}

void add_value(Json& sum, const Json& value) {
  if (sum.is_number() && value.is_number()) {
    add_number(sum, value);
  } else if (sum.is_array() && value.is_array()) {
    add_array(sum, value);
  } else if (sum.is_object() && value.is_object()) {
    add_object(sum, value);
  } else if (sum.is_string() && value.is_string() && sum != value) {
    const auto& text = value.get_ref<const std::string&>();
    auto& texts = sum.get_ref<std::string&>();
    texts += texts.empty() || text.empty() ? text : ", " + text;
  }
}

void add_line(Json& sum, const Json& line) {
  for (const auto& [key, value] : line.items()) {
    const bool both_numbers = sum.contains(key) && sum[key].is_number() && value.is_number();
    if (!sum.contains(key)) {
      sum[key] = value;
    } else if (key == "type") {
      continue;
    } else if (key == "rtt_min_us" && both_numbers) {
      sum[key] = std::min(sum[key].get<double>(), value.get<double>());
    } else if (key == "rtt_max_us" && both_numbers) {
      sum[key] = std::max(sum[key].get<double>(), value.get<double>());
    } else if (key == "signal" && both_numbers) {
      sum[key] = sum[key] == 0 ? value : sum[key];
    } else {
      add_value(sum[key], value);
    }
  }
}

}  // namespace

Json sum_accountings(const std::vector<Json>& lines) {
  if (lines.empty()) {
    return {{"type", "accounting"}};
  }
  Json sum = lines.front();
  if (lines.size() == 1) {
    return sum;
  }
  for (std::size_t i = 1; i < lines.size(); ++i) {
    add_line(sum, lines[i]);
  }
  for (const std::string_view key : kOfOneRun) {
    sum.erase(std::string(key));
  }
  sum["missed_unknown"] = fmt::format("{} runs were merged", lines.size());
  const auto number = [&](const char* key) {
    return sum.contains(key) && sum[key].is_number() ? sum[key].get<double>() : 0.0;
  };
  if (number("rtt_count") > 0 && sum.contains("rtt_avg_us")) {
    sum["rtt_avg_us"] = number("rtt_sum_us") / number("rtt_count");
  }
  return sum;
}

Json join_runs(const std::vector<Json>& lines) {
  if (lines.empty()) {
    return {{"type", "run"}};
  }
  Json joined = lines.front();
  for (const Json& line : lines) {
    if (line.contains("started") && joined.contains("started") && line["started"].is_string() &&
        joined["started"].is_string()) {
      joined["started"] = std::min(joined["started"].get<std::string>(), line["started"].get<std::string>());
    }
    for (auto at = joined.begin(); at != joined.end();) {
      const bool same = at.key() == "started" || (line.contains(at.key()) && line[at.key()] == at.value());
      at = same ? std::next(at) : joined.erase(at);
    }
  }
  return joined;
}

}  // namespace echosweep::results
