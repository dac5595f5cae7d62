#include "report/text_sink.hpp"

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <utility>

#include "core/ttl_guess.hpp"

namespace echosweep::report {

TextSink::TextSink(Output out, Output err, const TextOptions& options, const Clock& clock)
    : out_(std::move(out)), err_(std::move(err)), options_(options), clock_(clock) {}

bool TextSink::wants(State state) const {
  const bool list = options_.alive || options_.unreach;
  if (!list) {
    return !options_.quiet;
  }
  return state == State::kAlive ? options_.alive : options_.unreach;
}

Result<void> TextSink::record(const Record& record) {
  if (!wants(record.state)) {
    return {};
  }
  line_.clear();
  append_line(record);
  if (auto written = out_.append({line_.data(), line_.size()}); !written) {
    return written;
  }
  if (record.state == State::kAlive && record.details && record.from != record.address && !options_.quiet) {
    // Who reads the results can do without this note: that it cannot be written is no reason to stop.
    const std::string note = fmt::format(" [<- {}]", to_string(record.from));
    [[maybe_unused]] const auto lost =
        err_.append(options_.as_fping ? note : format_host(record, options_.host) + note + "\n");
  }
  return {};
}

Result<void> TextSink::end(const Accounting&) {
  return flush();
}

Result<void> TextSink::flush() {
  auto flushed = out_.flush();
  [[maybe_unused]] const auto lost = err_.flush();
  return flushed;
}

void TextSink::append_line(const Record& record) {
  const bool alive = record.state == State::kAlive;
  const auto out = std::back_inserter(line_);
  if (options_.timestamp) {
    const bool known = alive && (record.details || !record.mac.empty());
    const WallTime when = known ? record.received : clock_.wall();
    fmt::format_to(out, "[{}] ", format_timestamp(when, options_.timestamp_format));
  }
  append_host(line_, record.address, record.name, options_.host);
  if (!options_.alive && !options_.unreach) {
    append(line_, alive ? " is alive" : " is unreachable");
  }
  if (alive && record.details) {
    if (record.timestamps) {
      fmt::format_to(out, "{} timestamps: Originate={} Receive={} Transmit={} Localreceive={}",
                     options_.alive ? "" : ",", record.timestamps->originate, record.timestamps->receive,
                     record.timestamps->transmit, record.timestamps->local_receive);
    }
    if (options_.print_tos) {
      fmt::format_to(out, " (TOS {})", record.tos.value);
    }
    if (options_.print_ttl) {
      fmt::format_to(out, " (TTL {})", record.ttl.value);
    }
    if (const auto guess = options_.guess ? guess_from(record.ttl) : std::nullopt) {
      fmt::format_to(out, " (guess: {})", to_string(*guess));
    }
    if (options_.elapsed && record.rtt) {
      fmt::format_to(out, " ({} ms)", format_rtt(*record.rtt));
    }
  }
  if (options_.reason) {
    fmt::format_to(out, " ({})", reason_phrase(record));
  }
  line_.push_back('\n');
}

}  // namespace echosweep::report
