#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "cli/mtu_command.hpp"
#include "core/result.hpp"
#include "modes/mtu.hpp"
#include "net/resolver.hpp"
#include "report/escape.hpp"
#include "report/output.hpp"
#include "targets/target_set.hpp"

namespace echosweep::cli {

/// Prints what `echosweep mtu` finds out, a line a target, as soon as the names of the routers in it are
/// known; each is asked for once. Main thread only.
class MtuPrinter final : public modes::MtuListener {
 public:
  /// An Error: names cannot be looked up.
  static Result<MtuPrinter> open(const MtuCommand& command, const targets::TargetSet& targets);

  void step(const mtu::Step& step) override;
  void found(const mtu::Finding& finding) override;

  /// Prints what waited for names that are known by now; and hands all to the kernel.
  void look_around();
  /// Prints what is left, when the names that are still missing are known or a signal has come, and closes
  /// the output. An Error: it could not be written.
  Result<void> finish();

  /// The output's failure.
  const std::optional<Error>& failure() const { return failure_; }
  std::uint64_t findings() const { return findings_; }
  /// How many of them are path MTUs.
  std::uint64_t mtus() const { return mtus_; }

 private:
  MtuPrinter(const MtuCommand& command, const targets::TargetSet& targets, std::optional<net::Resolver> names)
      : command_(&command),
        targets_(&targets),
        out_(report::Output::standard_output()),
        resolver_(std::move(names)) {}

  struct RouterName {
    bool is_known = false;
    std::string name;
  };

  bool knows_routers(const mtu::Finding& finding);
  bool knows(const std::optional<Address>& router);
  std::string name_of(const Address& router) const;
  std::string host_of(std::uint64_t index) const;
  void print(const mtu::Finding& finding);
  void write(const report::Line& line);

  const MtuCommand* command_;
  const targets::TargetSet* targets_;
  report::Output out_;
  std::optional<net::Resolver> resolver_;  ///< nothing: -n
  std::map<Address, RouterName> routers_;
  std::deque<mtu::Finding> waiting_;  ///< for names
  std::optional<Error> failure_;
  std::uint64_t findings_ = 0;
  std::uint64_t mtus_ = 0;
};

}  // namespace echosweep::cli
