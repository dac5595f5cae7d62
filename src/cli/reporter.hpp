#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/host_names.hpp"
#include "cli/kept_files.hpp"
#include "cli/outlets.hpp"
#include "cli/sweep_command.hpp"
#include "core/clock.hpp"
#include "map/map_sinks.hpp"
#include "net/packet_rx.hpp"
#include "net/resolver.hpp"
#include "report/progress_line.hpp"
#include "report/sink.hpp"

namespace echosweep::cli {

/// Takes records to all sinks, with their names from reverse DNS where these are wanted: lookups run side by
/// side, lines keep their order. Main thread only.
class Reporter {
 public:
  /// Creates the output files. Elsewhere than under sudo this is the user's own right; there it comes after
  /// becoming the user.
  /// `kept`: what the result files held when an earlier part of the run was interrupted; empty: it begins.
  /// `names`: the records go out under each name that they have there, and no others are looked up; null:
  /// under their own, as far as reverse DNS is not asked. `survey`: what the maps are drawn from, or null.
  static Result<Reporter> open(const SweepCommand& command, const Clock& clock,
                               const HostNames* names = nullptr,
                               const std::shared_ptr<map::Survey>& survey = nullptr,
                               const KeptFiles& kept = {});

  void begin(const report::RunInfo& run);
  /// Whether any sink wants targets in this state.
  bool wants(report::State state) const;
  void record(const report::Record& record) { take(record, kNew); }
  /// One that an earlier part of the run had found, the `place`th from 0: for those sinks that have lost it.
  void record_again(const report::Record& record, std::uint64_t place) { take(record, place); }
  /// The first place that a sink has lost; what streams got is not lost, as far as `streamed` says.
  std::uint64_t first_lost(std::uint64_t streamed);
  /// How many records of alive targets have gone to the sinks.
  std::uint64_t alive_handed_out() const { return alive_handed_out_; }
  /// The names of the files that grow line by line, as far as nothing is lost for them; no streams.
  std::vector<std::string> intact_files();
  /// The same for a target in the order of its mentions, under this name alone.
  void record_as(report::Record record, std::string_view name);
  bool wants_packets() const;
  /// One that answered.
  void packet(const net::CapturedPacket& packet);
  /// Sinks have failed, and no other waits for anything: who read the results has gone, or lost them all.
  bool is_abandoned() const;
  /// Waits at most `wait` for names, and makes visible what is ready. False: there was nothing to wait for.
  bool pump(std::chrono::milliseconds wait);
  /// So many records wait for names that the caller should not bring more now.
  bool is_full() const { return waiting_.size() >= kMostWaiting; }
  bool is_waiting() const { return !waiting_.empty(); }
  /// Looks no more names up: what waits for one goes without.
  void abandon_names();
  /// When nothing is waiting any more.
  void end(const report::Accounting& accounting);

  /// The first failure of a sink, which gets nothing more; nothing: none. EPIPE, where has_lost_results() is
  /// false: whoever read standard output has gone.
  const std::optional<Error>& failure() const { return outlets_.failure(); }
  bool has_lost_results() const { return outlets_.has_lost_results(); }
  /// Failures since the last call, that of such a reader left out.
  std::vector<Error> take_failures() { return outlets_.take_failures(); }

 private:
  static constexpr std::size_t kMostWaiting = 4096;
  /// The place of what no earlier part of the run had found.
  static constexpr std::uint64_t kNew = ~std::uint64_t{0};

  /// Where a sink that writes line by line writes to.
  struct File {
    std::string path;
    bool goes_on = false;          ///< an earlier part of the run began it
    bool is_stream = false;        ///< what earlier parts wrote has gone where nobody can write again
    std::uint64_t first_lost = 0;  ///< place
  };
  class Opening;
  static Result<void> open_outlets(Opening& to, const SweepCommand& command, const Clock& clock,
                                   const std::shared_ptr<map::Survey>& survey);

  /// A record that owns its name, since it may have to wait.
  struct Waiting {
    report::Record record;
    std::string name;
    std::string send_reason;
    bool ready = false;
    std::uint64_t place = kNew;
  };

  Reporter(const SweepCommand& command, const HostNames* names, std::optional<net::Resolver> resolver,
           Outlets<report::Sink> outlets, std::map<const report::Sink*, File> files)
      : command_(&command),
        names_(names),
        resolver_(std::move(resolver)),
        outlets_(std::move(outlets)),
        files_(std::move(files)) {}

  void take(const report::Record& record, std::uint64_t place);
  void hand_out(const report::Record& record, std::uint64_t place = kNew);
  void hand_out_ready();

  const SweepCommand* command_;
  const HostNames* names_;
  std::optional<net::Resolver> resolver_;
  Outlets<report::Sink> outlets_;
  std::map<const report::Sink*, File> files_;
  std::uint64_t alive_handed_out_ = 0;
  std::deque<std::shared_ptr<Waiting>> waiting_;
  bool unflushed_ = false;
};

}  // namespace echosweep::cli
