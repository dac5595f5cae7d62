#include "map/map_sinks.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "map/picture.hpp"
#include "map/png_writer.hpp"
#include "map/terminal_map.hpp"

namespace echosweep::map {

namespace {

// More than 2^64 - 1 are so many.
constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return a > kMost - b ? kMost : a + b;
}

std::uint64_t size_of(const Span& span) {
  const Uint128 distance = span.last.value() - span.first.value();
  return distance >= kMost ? kMost : static_cast<std::uint64_t>(distance) + 1;
}

}  // namespace

std::shared_ptr<Survey> Survey::over(const std::vector<Span>& targets) {
  std::array<std::uint64_t, 2> counts{};
  for (const Span& span : targets) {
    std::uint64_t& count = counts.at(span.first.is_v4() ? 0 : 1);
    count = sum(count, size_of(span));
  }
  const Family family = counts[0] >= counts[1] ? Family::kIpv4 : Family::kIpv6;
  std::vector<Span> shown;
  std::ranges::copy_if(targets, std::back_inserter(shown),
                       [&](const Span& span) { return span.first.family() == family; });
  return std::shared_ptr<Survey>(new Survey(smallest_cover(shown)));
}

void Survey::add(const Span& targets) {
  const std::uint64_t count = size_of(targets);
  summary_.targets = sum(summary_.targets, count);
  if (targets.first.family() == grid_.space().base.family()) {
    grid_.add_targets(targets);
  } else {
    summary_.not_shown = sum(summary_.not_shown, count);
  }
}

std::shared_ptr<Survey> Survey::of(const std::vector<Span>& targets) {
  auto survey = over(targets);
  for (const Span& span : targets) {
    survey->add(span);
  }
  return survey;
}

std::shared_ptr<Survey> Survey::of_part(const std::vector<Span>& targets, std::uint64_t size,
                                        const std::function<Address(std::uint64_t)>& at) {
  auto survey = over(targets);
  for (std::uint64_t number = 0; number < size; ++number) {
    const Address target = at(number);
    survey->add({.first = target, .last = target});
  }
  return survey;
}

void Survey::begin(const report::RunInfo& run) {
  summary_.started = run.started;
  summary_.running = true;
}

void Survey::record(const report::Record& record) {
  grid_.record(record.address, record.state, record.rtt);
  summary_.alive += record.state == report::State::kAlive ? 1 : 0;
}

void Survey::end(const report::Accounting& accounting) {
  summary_.targets = accounting.targets;
  summary_.alive = accounting.alive;
  summary_.unreachable = accounting.unreachable;
  summary_.unsent = accounting.unsent;
  summary_.silent = accounting.silent;
  summary_.elapsed = accounting.elapsed;
  summary_.stopped_by = accounting.signal != 0          ? "interrupted"
                        : accounting.stopped_by.empty() ? ""
                                                        : "stopped early";
  summary_.running = false;
}

Result<void> SurveySink::begin(const report::RunInfo& run) {
  survey_->begin(run);
  return {};
}

Result<void> SurveySink::record(const report::Record& record) {
  survey_->record(record);
  return {};
}

Result<void> SurveySink::end(const report::Accounting& accounting) {
  survey_->end(accounting);
  return {};
}

Result<void> PictureSink::end(const report::Accounting&) {
  const auto bytes = encode_png(draw_picture(survey_->grid(), survey_->summary()));
  if (!bytes) {
    return std::unexpected(bytes.error());
  }
  auto written = file_.out().append(*bytes);
  return written ? file_.put_in_place() : written;
}

Result<void> TerminalMapSink::end(const report::Accounting&) {
  auto written = out_.append(draw_terminal(survey_->grid(), survey_->summary(), terminal_size(out_.get())));
  return written ? out_.close() : written;
}

}  // namespace echosweep::map
