#pragma once

#include <memory>

#include "map/map_sinks.hpp"

namespace echosweep::map {

/// A finished run over 192.0.2.0 to 192.0.2.239: .1 to .3 are alive after 1, 10, 100 ms, .4 is so without a
/// time, .16 is unreachable, .32 unsent, the rest silent.
inline std::shared_ptr<Survey> example_survey() {
  using namespace std::chrono_literals;
  const Address base = Address::v4(0xc0000200);
  auto survey = Survey::of({{base, base.plus(239)}});
  report::RunInfo run;
  run.started = WallTime(std::chrono::seconds(1'772'357'400));  // 2026-03-01 09:30:00 UTC
  survey->begin(run);
  const auto tell = [&](unsigned number, report::State state, std::optional<std::chrono::nanoseconds> rtt) {
    report::Record record;
    record.address = base.plus(number);
    record.state = state;
    record.rtt = rtt;
    survey->record(record);
  };
  tell(1, report::State::kAlive, 1ms);
  tell(2, report::State::kAlive, 10ms);
  tell(3, report::State::kAlive, 100ms);
  tell(4, report::State::kAlive, std::nullopt);
  tell(16, report::State::kUnreachable, std::nullopt);
  tell(32, report::State::kUnsent, std::nullopt);
  report::Accounting accounting;
  accounting.targets = 240;
  accounting.alive = 4;
  accounting.unreachable = 1;
  accounting.unsent = 1;
  accounting.silent = 234;
  accounting.elapsed = 1500ms;
  survey->end(accounting);
  return survey;
}

}  // namespace echosweep::map
