#include "trace/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <utility>

#include "trace/mark.hpp"

namespace echosweep::trace {

namespace {

using report::append;

template <typename... Values>
void put(report::Line& line, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(line), format, std::forward<Values>(values)...);
}

void append_sender(report::Line& line, const Address& from, const TextOptions& options) {
  const std::string address = to_string(from);
  if (!options.name_of) {
    put(line, " {}", address);
    return;
  }
  const std::string_view name = options.name_of(from);
  put(line, " {} ({})", name.empty() ? std::string_view(address) : name, address);
}

}  // namespace

void append_header(report::Line& line, const Address& target, std::string_view name, Ttl last,
                   std::size_t size) {
  const std::string address = to_string(target);
  append(line, "traceroute to ");
  report::append_visible(line, name.empty() ? std::string_view(address) : name);
  put(line, " ({}), {} hops max, {} byte packets\n", address, last.value, size);
}

void append_hop(report::Line& line, const Traced& traced, std::size_t at, const TextOptions& options) {
  put(line, "{:2} ", traced.first.value + at);
  const Answer* before = nullptr;
  std::string objects_before;
  for (const auto& answer : traced.hops[at].probes) {
    if (!answer) {
      append(line, " *");
      continue;
    }
    std::string objects = options.extensions ? objects_of(*answer) : "";
    if (before == nullptr || before->from != answer->from || objects != objects_before) {
      append_sender(line, answer->from, options);
      if (!objects.empty()) {
        put(line, " <{}>", objects);
      }
    }
    if (answer->rtt) {
      put(line, "  {:.3f} ms", std::chrono::duration<double, std::milli>(*answer->rtt).count());
    }
    if (const std::string mark = mark_of(*answer); !mark.empty()) {
      put(line, " {}", mark);
    }
    before = &*answer;
    objects_before = std::move(objects);
  }
  append(line, "\n");
}

}  // namespace echosweep::trace
