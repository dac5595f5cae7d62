#include "cli/trace_printer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "cli/messages.hpp"
#include "cli/wire.hpp"
#include "net/send_failure.hpp"

namespace echosweep::cli {

TracePrinter::TracePrinter(const TraceCommand& command, const targets::TargetSet& targets, TraceNames* names)
    : command_(command),
      targets_(targets),
      names_(names),
      query_(route_query(command.sweep)),
      out_(report::Output::standard_output()) {
  text_.extensions = command.extensions;
  if (names != nullptr) {
    text_.name_of = [names](const Address& address) { return names->of(address); };
  }
}

bool TracePrinter::names_are_known(const trace::Hop& hop) {
  return names_ == nullptr || std::ranges::all_of(hop.probes, [this](const auto& answer) {
           return !answer || names_->is_known(answer->from);
         });
}

/// One line for each errno in a row: all targets of a network may meet it.
void TracePrinter::tell_of_failure(const trace::Traced& traced) {
  if (traced.error == told_error_) {
    return;
  }
  told_error_ = traced.error;
  (void)out_.flush();
  auto why = net::explain_send_failure(traced.error, traced.target, query_);
  if (traced.error == EMSGSIZE) {
    why.advice = "larger than the interface's MTU: a smaller --size";
  }
  complain(fmt::format("cannot send to {}: {}{}", to_string(traced.target), why.reason,
                       why.advice.empty() ? "" : fmt::format(" ({})", why.advice)));
}

/// True: all of the first target is in the line.
bool TracePrinter::append_text(const modes::TracePlan& plan) {
  const trace::Traced& traced = plan.front();
  if (!began_) {
    trace::append_header(line_, traced.target, targets_.name_of(traced.index), command_.options.last,
                         command_.size_of(traced.target.family()));
    began_ = true;
  }
  const std::size_t settled = plan.front_settled();
  while (hops_ < settled && names_are_known(traced.hops[hops_])) {
    trace::append_hop(line_, traced, hops_++, text_);
  }
  return plan.front_is_over() && hops_ >= traced.hops.size();
}

bool TracePrinter::append_json(const modes::TracePlan& plan) {
  const trace::Traced& traced = plan.front();
  if (!plan.front_is_over() ||
      !std::ranges::all_of(traced.hops, [this](const trace::Hop& hop) { return names_are_known(hop); })) {
    return false;
  }
  trace::append_json_line(
      line_, traced, targets_.name_of(traced.index),
      {.protocol = command_.protocol, .port = command_.port, .last = command_.options.last}, text_.name_of);
  return true;
}

Result<void> TracePrinter::finish(modes::TracePlan& plan) {
  names_ = nullptr;
  return print(plan);
}

Result<void> TracePrinter::print(modes::TracePlan& plan) {
  bool any = false;
  while (plan.has_front()) {
    line_.clear();
    const bool whole = command_.json ? append_json(plan) : append_text(plan);
    any = any || line_.size() > 0;
    if (auto done = out_.append({line_.data(), line_.size()}); !done) {
      return done;
    }
    if (!whole) {
      break;
    }
    reached_ += plan.front().ending == trace::Ending::kReached ? 1U : 0U;
    if (plan.front().ending == trace::Ending::kNotSent) {
      tell_of_failure(plan.front());
    }
    plan.take_front();
    began_ = false;
    hops_ = 0;
  }
  return any ? out_.flush() : Result<void>{};
}

}  // namespace echosweep::cli
