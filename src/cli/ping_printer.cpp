#include "cli/ping_printer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <utility>
#include <variant>

#include "cli/messages.hpp"
#include "cli/ping_packet.hpp"
#include "listen/details.hpp"
#include "net/ping_sockets.hpp"
#include "packet/icmp_message.hpp"
#include "ping/complaint_text.hpp"
#include "ping/put.hpp"

namespace echosweep::cli {

using ping::put;

PingPrinter::PingPrinter(const PingCommand& command, const std::vector<PingedHost>& hosts)
    : command_(command), hosts_(hosts), out_(report::Output::standard_output()) {}

ping::NameOf PingPrinter::name_of(std::size_t target) {
  const bool by_name = !command_.numeric && (hosts_[target].is_name || command_.force_names);
  if (!by_name) {
    return [](const Address& address) { return to_string(address); };
  }
  return [this](const Address& address) { return names_.of(address); };
}

void PingPrinter::start(std::size_t target) {
  options_.resize(hosts_.size());
  const PingedHost& host = hosts_[target];
  const bool v4 = host.address.is_v4();
  line_.clear();
  if (target == 0 && !command_.pattern.empty() && !command_.quiet) {
    put(line_, "PATTERN: 0x{:02x}\n", fmt::join(command_.pattern, ""));
  }
  ping::append(line_, "PING ");
  report::append_visible(line_, host.name);
  put(line_, " ({}) ", to_string(host.address));
  if (host.source) {
    put(line_, "from {} {}: ", to_string(*host.source), command_.socket.interface);
  }
  constexpr std::size_t kHeaders = 28;  // IPv4's and ICMP's
  constexpr std::size_t kOptions = 40;
  if (v4) {
    const std::size_t headers = kHeaders + (command_.socket.ip_options.empty() ? 0 : kOptions);
    put(line_, "{}({}) bytes of data.\n", command_.data_size, command_.data_size + headers);
  } else {
    if (host.flow_label) {
      put(line_, ", flow 0x{:05x}, ", *host.flow_label);
    }
    put(line_, "{} data bytes\n", command_.data_size);
  }
  end_line();
}

void PingPrinter::tell(const ping::Outcome& outcome) {
  if (command_.quiet) {
    return;
  }
  line_.clear();
  if (command_.flood) {
    tell_flood(outcome.what);
    return;
  }
  std::visit([&](const auto& event) { tell_of(outcome.target, outcome.wall, event); }, outcome.what);
  if (command_.show && !outcome.packet.empty()) {
    show(outcome);
  }
}

void PingPrinter::failure(std::string_view, std::string_view) {}  // standard error has it

/// The packet below its line; a request gets one of its own.
void PingPrinter::show(const ping::Outcome& outcome) {
  line_.clear();
  const PingedHost& host = hosts_[outcome.target];
  if (const auto* const request = std::get_if<ping::Leaving>(&outcome.what)) {
    begin_line(outcome.target, outcome.wall);
    put(line_, "to {}: icmp_seq={}\n", to_string(host.address), request->sequence.value);
  }
  const auto bytes = whole_packet(command_, host, outcome);
  if (auto packet = packet::read_icmp_packet(host.address.family(), bytes)) {
    listen::append_details(line_, {.time = outcome.wall,
                                   .interface = {},
                                   .direction = {},
                                   .names_interface = false,
                                   .packet = std::move(*packet)});
  }
  end_line();
}

/// A dot for each request, and for each answer a step back; E: it failed; C: it is corrupted.
void PingPrinter::tell_flood(const ping::Event& event) {
  const auto* const complaint = std::get_if<ping::Complaint>(&event);
  const bool failed =
      std::holds_alternative<ping::NotSent>(event) || (complaint != nullptr && complaint->is_error);
  if (std::holds_alternative<ping::Leaving>(event)) {
    line_.push_back('.');
  } else if (const auto* const reply = std::get_if<ping::Reply>(&event)) {
    ping::append(line_, reply->bad_checksum ? "\bC" : "\b \b");
    if (command_.audible && !reply->bad_checksum) {
      line_.push_back('\a');
    }
  } else if (failed) {
    ping::append(line_, "\bE");
  } else if (const auto* const request = std::get_if<ping::NoAnswerYet>(&event)) {
    put(line_, "no answer yet for icmp_seq={}\n", request->sequence.value);
  }
  end_line();
}

void PingPrinter::begin_line(std::size_t target, WallTime wall) {
  if (command_.timestamps) {
    const auto us = std::chrono::floor<std::chrono::microseconds>(wall.time_since_epoch()).count();
    put(line_, "[{}.{:06}] ", us / 1'000'000, us % 1'000'000);
  }
  if (hosts_.size() > 1) {
    report::append_visible(line_, hosts_[target].name);
    ping::append(line_, ": ");
  }
}

void PingPrinter::end_line() {
  (void)out_.append({line_.data(), line_.size()});
}

void PingPrinter::tell_of(std::size_t target, WallTime wall, const ping::Reply& reply) {
  begin_line(target, wall);
  const auto names = name_of(target);
  ping::append_reply(line_, reply, names,
                     {.verbose = command_.verbose,
                      .multicast = hosts_[target].many_answer,
                      .precise = command_.precise,
                      .guess = command_.guess});
  if (!reply.truncated) {
    if (command_.audible) {
      line_.push_back('\a');
    }
    options_[target].append(line_, reply.options, names);
  }
  line_.push_back('\n');
  end_line();
}

void PingPrinter::tell_of(std::size_t target, WallTime wall, const ping::Complaint& complaint) {
  begin_line(target, wall);
  ping::append_complaint(line_, complaint, name_of(target), command_.verbose);
  end_line();
}

void PingPrinter::tell_of(std::size_t target, WallTime, const ping::NotSent& failure) {
  const Address& address = hosts_[target].address;
  if (failure.error == EMSGSIZE) {
    const auto mtu = net::known_path_mtu(address, command_.socket);
    complain_of(target, "local error: message too long" +
                            (mtu ? fmt::format(", mtu{}{}", address.is_v4() ? "=" : ": ", *mtu) : ""));
  } else {
    complain_of(target, fmt::format("sendmsg: {}", std::strerror(failure.error)));
  }
}

void PingPrinter::tell_of(std::size_t target, WallTime wall, const ping::NoAnswerYet& request) {
  begin_line(target, wall);
  put(line_, "no answer yet for icmp_seq={}\n", request.sequence.value);
  end_line();
}

void PingPrinter::tell_of(std::size_t, WallTime, const ping::Leaving&) {}

void PingPrinter::complain_of(std::size_t target, const std::string& what) {
  flush();
  complain(hosts_.size() > 1 ? fmt::format("{}: {}", report::visible(hosts_[target].name), what) : what);
}

void PingPrinter::summary(std::size_t target, const ping::Statistics& statistics,
                          const ping::Totals& totals) {
  line_.clear();
  ping::append_summary(line_, hosts_[target].name, statistics, totals);
  end_line();
}

}  // namespace echosweep::cli
