#include "report/json_sink.hpp"

#include <optional>
#include <string>
#include <utility>

#include "core/ttl_guess.hpp"
#include "report/fields.hpp"
#include "report/json_lines.hpp"

namespace echosweep::report {

namespace {

void append_number(Line& line, std::uint64_t number) {
  const fmt::format_int text(number);
  append(line, {text.data(), text.size()});
}

}  // namespace

JsonSink::JsonSink(Output out, StateSet states, bool guess)
    : out_(std::move(out)), states_(states), guess_(guess) {}

Result<void> JsonSink::go_on(const RunInfo& run) {
  origin_ = fmt::format(",\"seed\":{},\"shard\":{}}}\n", run.seed, run.shard.index);
  return {};
}

Result<void> JsonSink::begin(const RunInfo& run) {
  if (auto known = go_on(run); !known) {
    return known;
  }
  return out_.append(json_dump(json_run(run)) + '\n');
}

void JsonSink::append_guess(Ttl ttl) {
  if (const auto guess = guess_from(ttl)) {
    append(line_, R"(,"guess":{"initial_ttl":)");
    append_number(line_, guess->initial.value);
    append(line_, R"(,"hops":)");
    append_number(line_, guess->hops);
    append(line_, R"(,"systems":)");
    append_json(line_, guess->systems);
    line_.push_back('}');
  }
}

// By hand, unlike the other two: there may be millions of these lines, and a tree for each would cost several
// times as much as its text. Only a name and the reason of an unsent one hold characters that need care.
Result<void> JsonSink::record(const Record& record) {
  line_.clear();
  append(line_, R"({"type":"host","address":")");
  append_address(line_, record.address);
  line_.push_back('"');
  if (!record.name.empty()) {
    append(line_, R"(,"name":)");
    append_json(line_, record.name);
  }
  append_end(record);
  if (has_source(record)) {
    append(line_, R"(,"from":")");
    append_address(line_, record.from);
    line_.push_back('"');
  }
  if (has_reply(record)) {
    append(line_, R"(,"ttl":)");
    append_number(line_, record.ttl.value);
    if (guess_) {
      append_guess(record.ttl);
    }
    if (record.rtt) {
      append(line_, R"(,"rtt_us":)");
      append_microseconds(line_, *record.rtt);
    }
  }
  append(line_, R"(,"tries":)");
  append_number(line_, record.tries());
  append_time(R"(,"sent":")", sent_time(record));
  append_time(R"(,"received":")", received_time(record));
  if (!record.mac.empty()) {
    append(line_, R"(,"mac":")");
    append(line_, to_string(record.mac));
    line_.push_back('"');
  }
  append(line_, origin_);
  return out_.append({line_.data(), line_.size()});
}

Result<void> JsonSink::prefix(const Record& record, int bits, std::uint64_t count) {
  line_.clear();
  append(line_, R"({"type":"range","prefix":")");
  append_prefix(line_, record.address, bits);
  line_.push_back('"');
  append_end(record);
  append(line_, R"(,"tries":)");
  append_number(line_, record.tries());
  append(line_, R"(,"count":)");
  append_number(line_, count);
  append(line_, origin_);
  return out_.append({line_.data(), line_.size()});
}

void JsonSink::append_end(const Record& record) {
  append(line_, R"(,"state":")");
  append(line_, word(record.state));
  append(line_, R"(","reason":)");
  append_json(line_, reason_of(record, reason_));
}

void JsonSink::append_time(std::string_view key, const std::optional<WallTime>& time) {
  if (time) {
    append(line_, key);
    append_utc(line_, *time);
    line_.push_back('"');
  }
}

Result<void> JsonSink::end(const Accounting& accounting) {
  if (auto written = out_.append(json_dump(json_accounting(accounting)) + '\n'); !written) {
    return written;
  }
  return out_.close();
}

Result<void> JsonSink::flush() {
  return out_.flush();
}

}  // namespace echosweep::report
