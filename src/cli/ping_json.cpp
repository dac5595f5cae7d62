#include "cli/ping_json.hpp"

#include <variant>

#include "cli/ping_packet.hpp"

namespace echosweep::cli {

ping::JsonHost PingJson::host_of(std::size_t target) const {
  const PingedHost& host = hosts_[target];
  return {.name = host.name,
          .address = host.address,
          .source = host.source,
          .flow_label = host.flow_label,
          .data_size = command_.data_size};
}

std::optional<std::string> PingJson::name_of(std::size_t target, const ping::Outcome& outcome) {
  if (command_.numeric || !(hosts_[target].is_name || command_.force_names)) {
    return std::nullopt;
  }
  if (const auto* const reply = std::get_if<ping::Reply>(&outcome.what)) {
    return names_.name_of(reply->from);
  }
  const auto* const complaint = std::get_if<ping::Complaint>(&outcome.what);
  return complaint == nullptr ? std::nullopt : names_.name_of(complaint->from);
}

void PingJson::end_line() {
  (void)out_.append({line_.data(), line_.size()});
  line_.clear();
}

void PingJson::failure(std::string_view name, std::string_view why) {
  ping::append_json_failure(line_, name, why);
  end_line();
}

void PingJson::start(std::size_t target) {
  ping::append_json_start(line_, host_of(target));
  end_line();
}

void PingJson::tell(const ping::Outcome& outcome) {
  if (command_.quiet) {
    return;
  }
  const auto name = name_of(outcome.target, outcome);
  ping::Outcome told = outcome;
  told.packet.clear();
  if (command_.show && !outcome.packet.empty()) {
    told.packet = whole_packet(command_, hosts_[outcome.target], outcome);
  }
  ping::append_json_outcome(line_, host_of(outcome.target), told, name, command_.guess);
  end_line();
}

void PingJson::summary(std::size_t target, const ping::Statistics& statistics, const ping::Totals& totals) {
  ping::append_json_summary(line_, host_of(target), statistics, totals);
  end_line();
}

}  // namespace echosweep::cli
