#include "cli/mtu_printer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "cli/signals.hpp"
#include "mtu/json.hpp"
#include "mtu/line.hpp"
#include "report/format.hpp"

namespace echosweep::cli {

Result<MtuPrinter> MtuPrinter::open(const MtuCommand& command, const targets::TargetSet& targets) {
  std::optional<net::Resolver> names;
  if (command.router_names) {
    auto resolver = net::Resolver::open({});
    if (!resolver) {
      return std::unexpected(resolver.error());
    }
    names = std::move(*resolver);
  }
  return MtuPrinter(command, targets, std::move(names));
}

void MtuPrinter::step(const mtu::Step& step) {
  report::Line line;
  append_line(line, host_of(step.index), step);
  write(line);
}

void MtuPrinter::found(const mtu::Finding& finding) {
  ++findings_;
  mtus_ += finding.outcome == mtu::Outcome::kFound ? 1U : 0U;
  if (knows_routers(finding)) {
    print(finding);
  } else {
    waiting_.push_back(finding);
  }
}

void MtuPrinter::look_around() {
  if (resolver_ && resolver_->pending() > 0) {
    resolver_->process(std::chrono::milliseconds(0));
  }
  std::erase_if(waiting_, [this](const mtu::Finding& finding) {
    if (!knows_routers(finding)) {
      return false;
    }
    print(finding);
    return true;
  });
  if (auto done = out_.flush(); !done && !failure_) {
    failure_ = done.error();
  }
}

Result<void> MtuPrinter::finish() {
  while (!waiting_.empty() && received_signal() == 0 && !failure_) {
    resolver_->process(std::chrono::milliseconds(100));
    look_around();
  }
  for (const mtu::Finding& finding : waiting_) {
    print(finding);
  }
  waiting_.clear();
  auto closed = out_.close();
  return failure_ ? std::unexpected(*failure_) : closed;
}

bool MtuPrinter::knows_routers(const mtu::Finding& finding) {
  const bool has_error = finding.outcome == mtu::Outcome::kUnreachable;
  // Asks for all of them at once.
  const bool told_by = knows(finding.told_by);
  const bool lost_after = knows(finding.lost_after);
  const bool error_from = knows(has_error ? std::optional(finding.error_from) : std::nullopt);
  return told_by && lost_after && error_from;
}

bool MtuPrinter::knows(const std::optional<Address>& router) {
  if (!router || !resolver_) {
    return true;
  }
  const auto [found, is_new] = routers_.try_emplace(*router);
  if (is_new) {
    resolver_->reverse(*router, [&entry = found->second](const std::optional<std::string>& name) {
      entry = {.is_known = true, .name = name.value_or("")};
    });
  }
  return found->second.is_known;
}

std::string MtuPrinter::name_of(const Address& router) const {
  const auto found = routers_.find(router);
  return found == routers_.end() ? "" : found->second.name;
}

std::string MtuPrinter::host_of(std::uint64_t index) const {
  return report::format_host(targets_->at(index), targets_->name_of(index), report::HostStyle::kName);
}

void MtuPrinter::print(const mtu::Finding& finding) {
  report::Line line;
  if (command_->json) {
    append_json_line(line, targets_->at(finding.index), targets_->name_of(finding.index), finding,
                     [this](const Address& router) { return name_of(router); });
  } else {
    append_line(line, host_of(finding.index), finding, [this](const Address& router) {
      const std::string name = name_of(router);
      return name.empty() ? to_string(router) : fmt::format("{} ({})", name, to_string(router));
    });
  }
  write(line);
}

void MtuPrinter::write(const report::Line& line) {
  if (auto done = out_.append({line.data(), line.size()}); !done && !failure_) {
    failure_ = done.error();
  }
}

}  // namespace echosweep::cli
