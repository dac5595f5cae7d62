#include "cli/run_identity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstddef>

#include "checkpoint/digest.hpp"

namespace echosweep::cli {

using checkpoint::Digest;
using report::Json;

Json options_that_matter(const SweepCommand& command) {
  const auto yes = [](bool set) { return set ? "yes" : "no"; };
  const auto source = [](const std::optional<Address>& address) {
    return address ? to_string(*address) + ' ' : std::string();
  };
  const modes::SweepOptions& sweep = command.sweep;
  Json options = {
      {"--shard", fmt::format("{}/{}", command.shard.index, command.shard.count)},
      {"--order", command.input_order ? "input" : "random"},
      {"--retry", sweep.complete ? "" : std::to_string(sweep.retries)},
      {"--complete", sweep.complete ? fmt::format("{}", *sweep.complete) : ""},
      {"--max-passes", sweep.complete ? std::to_string(command.max_passes) : ""},
      {"--timeout", fmt::format("{}ms", std::chrono::duration<double, std::milli>(sweep.timeout).count())},
      {"--backoff", fmt::format("{}", sweep.backoff)},
      {"--arp", yes(command.neighbours_only)},
      {"--no-arp", yes(command.echo_only)},
      {"--check-source", yes(command.check_source)},
      {"--iface", command.socket.interface},
      {"--src", fmt::format("{}{}", source(command.socket.source4), source(command.socket.source6))},
      {"--ttl", std::to_string(command.socket.ttl.value)},
      {"--tos", std::to_string(command.socket.tos.value)},
      {"--dontfrag", yes(command.socket.dont_fragment)},
      {"--fwmark", command.socket.fwmark ? std::to_string(*command.socket.fwmark) : ""},
      {"--tx", kTransmitWords.at(static_cast<std::size_t>(command.transmit))},
      {"--size", std::to_string(command.payload_size)},
      {"--random", yes(command.random_payload)},
      {"--ranges", yes(command.ranges)},
      {"--guess", yes(command.guess)},
      {"--rdns", yes(command.reverse_names)},
      {"--name", yes(command.by_name)},
      {"--addr", yes(command.by_address)},
  };
  std::string states;
  for (const report::State state : report::kStates) {
    if (command.states && command.states->has(state)) {
      states += fmt::format("{}{}", states.empty() ? "" : ",", report::word(state));
    }
  }
  options["--states"] = states;
  for (const auto& [name, path] : command.result_files()) {
    options[std::string(name)] = *path;
  }
  options["--map"] = fmt::format("{}", fmt::join(command.maps, " "));
  return options;
}

std::string digest_of(const targets::TargetSet& set) {
  Digest digest;
  digest.add(set.size());
  for (std::size_t i = 0; i < set.range_count(); ++i) {
    const targets::Range range = set.range(i);
    digest.add(std::uint64_t{range.first.is_v4() ? 4U : 6U});
    digest.add(std::uint64_t{range.first.zone()});
    digest.add(static_cast<std::uint64_t>(range.first.value() >> 64));
    digest.add(static_cast<std::uint64_t>(range.first.value()));
    digest.add(set.range_size(i));
  }
  return digest.hex();
}

Json digests_of_inputs(const SweepCommand& command) {
  Json inputs = Json::object();
  for (const auto* list : {&command.files, &command.exclude_files}) {
    for (const std::string& path : *list) {
      if (const auto digest = checkpoint::digest_of_file(path); path != "-" && digest) {
        inputs[path] = *digest;
      }
    }
  }
  return inputs;
}

}  // namespace echosweep::cli
