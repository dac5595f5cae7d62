// Prints the page of an invented run over 192.0.2.0/24 and 198.51.100.0/24, with hostile names among its
// hosts; with a number as its argument one of that many hosts in 10.0.0.0/8.
#include <cstdlib>
#include <iostream>

#include "html/page.hpp"
#include "map/map_sinks.hpp"
#include "map/picture.hpp"
#include "map/png_writer.hpp"

namespace {

using namespace echosweep;
using namespace std::chrono_literals;
using report::State;

/// Whether the host with this number answers, and how: always the same.
State state_of(unsigned number) {
  const unsigned mixed = number * 2654435761U >> 16;
  return mixed % 3 == 0 ? State::kAlive : number % 31 == 2 ? State::kUnreachable : State::kSilent;
}

std::chrono::nanoseconds rtt_of(unsigned number) {
  return 80us + (number * 40503U % 1009) * 7us;
}

html::HostRow row_of(const Address& address, unsigned number) {
  const State state = state_of(number);
  html::HostRow row{
      .address = address, .name = {}, .state = state, .reason = "no-response", .rtt = std::nullopt};
  if (state == State::kAlive) {
    row.reason = "echo-reply";
    row.rtt = rtt_of(number);
  } else if (state == State::kUnreachable) {
    row.reason = "host-unreachable";
  }
  return row;
}

html::Page two_networks() {
  html::Page page;
  page.title = "192.0.2.0/24, 198.51.100.0/24";
  page.facts = {
      {"Command", "echosweep --json run.json '<script>document.title=\"taken\"</script>' 192.0.2.0/24"},
      {"Started", "2026-03-01 09:30:00 UTC"},
      {"Targets", "512: 170 alive, 17 unreachable, 325 silent, 0 unsent"},
      {"Took", "1.5 s"}};
  page.map_alt = "Map of 192.0.2.0/24";
  const auto survey = map::Survey::of({{Address::v4(0xc0000200), Address::v4(0xc00002ff)}});
  report::Accounting accounting;
  accounting.targets = 256;
  std::vector<std::uint64_t> bins(14);
  for (const std::uint32_t base : {0xc0000200U, 0xc6336400U}) {
    html::PrefixRow prefix{
        .prefix = to_string(Address::v4(base)) + "/24", .targets = 256, .median_rtt = 3600us};
    for (unsigned i = 0; i < 256; ++i) {
      html::HostRow row = row_of(Address::v4(base + i), base + i);
      if (i == 3) {
        row.name = "</script><script>document.title='taken'</script>";
      } else if (i == 5) {
        row.name = "<img src=x onerror=\"document.title='taken'\">\x1b[31m\xff";
      } else if (i % 10 == 0) {
        row.name = "host-" + std::to_string(i) + ".example";
      }
      report::Record record;
      record.address = row.address;
      record.state = row.state;
      record.rtt = row.rtt;
      survey->record(record);
      if (base == 0xc0000200U) {
        ++(row.state == State::kAlive         ? accounting.alive
           : row.state == State::kUnreachable ? accounting.unreachable
                                              : accounting.silent);
      }
      if (row.state == State::kAlive) {
        ++prefix.alive;
        ++bins.at(static_cast<std::size_t>(*row.rtt / 512us));
      }
      page.hosts.add(std::move(row));
    }
    page.prefixes.push_back(prefix);
  }
  for (std::size_t i = 0; i < bins.size(); ++i) {
    page.rtts.push_back({.from = 512us * i, .to = 512us * (i + 1), .hosts = bins[i]});
  }
  survey->end(accounting);
  page.map_png = map::encode_png(map::draw_picture(survey->grid(), survey->summary())).value_or("");
  return page;
}

html::Page many_hosts(unsigned count) {
  html::Page page;
  page.title = "10.0.0.0/8";
  for (unsigned i = 0; i < count; ++i) {
    page.hosts.add(row_of(Address::v4(0x0a000000 + i), i));
  }
  return page;
}

}  // namespace

int main(int argc, char** argv) {
  const html::Page page =
      argc > 1 ? many_hosts(static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10))) : two_networks();
  std::cout << html::render(page);
  return 0;
}
