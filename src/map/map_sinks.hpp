#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "map/grid.hpp"
#include "map/summary.hpp"
#include "report/output.hpp"
#include "report/sink.hpp"
#include "report/whole_file.hpp"

namespace echosweep::map {

/// What a run's map is drawn from, while it runs and at its end: any number of maps share it. Main thread
/// only.
class Survey {
 public:
  /// The map shows the family with more targets (IPv4 where they are as many), on the smallest prefix that
  /// covers them. At least one span; they are disjoint.
  static std::shared_ptr<Survey> of(const std::vector<Span>& targets);
  /// The same space, where only `size` of these targets are asked: `at` says which, from 0.
  static std::shared_ptr<Survey> of_part(const std::vector<Span>& targets, std::uint64_t size,
                                         const std::function<Address(std::uint64_t)>& at);

  const Grid& grid() const { return grid_; }
  const Summary& summary() const { return summary_; }

  void begin(const report::RunInfo& run);
  void record(const report::Record& record);
  void end(const report::Accounting& accounting);

 private:
  explicit Survey(const Prefix& space) : grid_(space) {}
  static std::shared_ptr<Survey> over(const std::vector<Span>& targets);
  void add(const Span& targets);

  Grid grid_;
  Summary summary_;
};

/// Gathers what the others draw: stands before them in the list of sinks.
class SurveySink final : public report::Sink {
 public:
  explicit SurveySink(std::shared_ptr<Survey> survey) : survey_(std::move(survey)) {}

  bool is_kept() const override { return false; }
  /// Silent is whoever nobody tells of.
  bool wants(report::State state) const override { return state != report::State::kSilent; }
  Result<void> begin(const report::RunInfo& run) override;
  Result<void> record(const report::Record& record) override;
  Result<void> end(const report::Accounting& accounting) override;
  Result<void> flush() override { return {}; }
  bool is_output() const override { return false; }

 private:
  std::shared_ptr<Survey> survey_;
};

/// --map FILE: the picture, whole or not at all.
class PictureSink final : public report::Sink {
 public:
  PictureSink(report::WholeFile file, std::shared_ptr<const Survey> survey)
      : file_(std::move(file)), survey_(std::move(survey)) {}

  bool is_kept() const override { return false; }
  /// Only to say that it waits for them: the survey takes them in.
  bool wants(report::State state) const override { return state == report::State::kAlive; }
  Result<void> record(const report::Record&) override { return {}; }
  Result<void> end(const report::Accounting& accounting) override;
  Result<void> flush() override { return {}; }

 private:
  report::WholeFile file_;
  std::shared_ptr<const Survey> survey_;
};

/// --map -: in characters, for the window that the output is.
class TerminalMapSink final : public report::Sink {
 public:
  TerminalMapSink(report::Output out, std::shared_ptr<const Survey> survey)
      : out_(std::move(out)), survey_(std::move(survey)) {}

  bool is_kept() const override { return false; }
  /// Only to say that it waits for them: the survey takes them in.
  bool wants(report::State state) const override { return state == report::State::kAlive; }
  Result<void> record(const report::Record&) override { return {}; }
  Result<void> end(const report::Accounting& accounting) override;
  Result<void> flush() override { return {}; }

 private:
  report::Output out_;
  std::shared_ptr<const Survey> survey_;
};

}  // namespace echosweep::map
