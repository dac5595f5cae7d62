#include "cli/host_names.hpp"

#include <algorithm>

#include "net/resolver.hpp"

namespace echosweep::cli {

report::HostStyle host_style(const SweepCommand& command) {
  if (!command.by_address) {
    return report::HostStyle::kName;
  }
  return command.by_name || command.reverse_names ? report::HostStyle::kBoth : report::HostStyle::kAddress;
}

Result<HostNames> HostNames::find(const SweepCommand& command, const ReadTargets& read) {
  HostNames names(read);
  if (!command.by_name && !command.reverse_names) {
    return names;
  }
  auto resolver = net::Resolver::open({});
  if (!resolver) {
    return std::unexpected(resolver.error());
  }
  names.always_reverse_ = command.reverse_names;
  names.reverse_.resize(read.set.size());
  for (std::uint64_t index = 0; index < names.reverse_.size(); ++index) {
    if (command.reverse_names || read.set.name_of(index).empty()) {
      resolver->reverse(read.set.at(index),
                        [&name = names.reverse_[index]](const std::optional<std::string>& found) {
                          name = found.value_or("");
                        });
    }
  }
  while (resolver->pending() > 0) {
    resolver->process(std::chrono::seconds(1));
  }
  return names;
}

std::size_t HostNames::longest(report::HostStyle style) const {
  std::size_t longest = 0;
  for_each_mention([&](std::uint64_t index, std::string_view name) {
    longest = std::max(longest, report::format_host(read_->set.at(index), name, style).size());
  });
  return longest;
}

}  // namespace echosweep::cli
