#include <algorithm>

#include "packet/bytes.hpp"
#include "packet/ip_header.hpp"
#include "ping/put.hpp"
#include "ping/reply_text.hpp"

namespace echosweep::ping {

namespace {

using Bytes = std::span<const std::uint8_t>;

// Types of IPv4 options (RFC 791 3.1).
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kRecordRoute = 7;
constexpr std::uint8_t kTimestamp = 68;
constexpr std::uint8_t kLooseRoute = 131;
constexpr std::uint8_t kStrictRoute = 137;

constexpr std::size_t kAddress = 4;
/// A timestamp that is not milliseconds since midnight UT.
constexpr std::uint32_t kNotStandard = 0x80000000;

/// What stands in front of where the next one would write: an option's pointer counts from 1, its type and
/// length included. `header`: bytes between the length and the first entry.
Bytes filled_in(Bytes data, std::size_t header) {
  constexpr std::size_t kBeforeData = 2;
  if (data.size() < header || data[0] < kBeforeData + header + 1) {
    return {};
  }
  const std::size_t end = data[0] - 1U - kBeforeData;
  return data.subspan(header, std::min<std::size_t>(end, data.size()) - header);
}

void append_address(report::Line& line, Bytes bytes, const NameOf& name_of) {
  const Address address = Address::v4(packet::load_be32(bytes.data()));
  put(line, "\t{}", address == Address{} ? "0.0.0.0" : name_of(address));
}

void append_route(report::Line& line, Bytes addresses, const NameOf& name_of) {
  for (; addresses.size() >= kAddress; addresses = addresses.subspan(kAddress)) {
    append_address(line, addresses, name_of);
    line.push_back('\n');
  }
}

/// The first time as it is, the others by how much later than the one before; each kind by itself.
class Times {
 public:
  void append(report::Line& line, std::uint32_t stamp) {
    if ((stamp & kNotStandard) == 0) {
      append(line, stamp, standard_, "", " absolute");
    } else {
      append(line, stamp & ~kNotStandard, other_, " not-standard", " absolute not-standard");
    }
  }

 private:
  static void append(report::Line& line, std::int64_t value, std::int64_t& before, const char* later,
                     const char* first) {
    put(line, "\t{}{}", before == 0 ? value : value - before, before == 0 ? first : later);
    before = value;
  }
  std::int64_t standard_ = 0;
  std::int64_t other_ = 0;
};

void append_timestamps(report::Line& line, Bytes data, const NameOf& name_of) {
  constexpr std::size_t kHeader = 2;  // pointer, overflow and flag
  const Bytes filled = filled_in(data, kHeader);
  if (filled.empty()) {
    return;
  }
  const bool has_addresses = (data[1] & 0xf) != 0;
  const std::size_t entry = has_addresses ? 2 * kAddress : kAddress;
  ping::append(line, "\nTS: ");
  Times times;
  for (Bytes rest = filled; rest.size() >= entry; rest = rest.subspan(entry)) {
    if (has_addresses) {
      append_address(line, rest, name_of);
    }
    times.append(line, packet::load_be32(&rest[entry - kAddress]));
    line.push_back('\n');
  }
  if (const int more = data[1] >> 4; more > 0) {
    put(line, "Unrecorded hops: {}\n", more);
  }
}

}  // namespace

void OptionText::append(report::Line& line, std::span<const std::uint8_t> options, const NameOf& name_of) {
  for (const packet::Ipv4Option& option : packet::ipv4_options(options)) {
    switch (option.type) {
      case kNoOperation:
        ping::append(line, "\nNOP");
        break;
      case kLooseRoute:
      case kStrictRoute:
        put(line, "\n{}SRR: ", option.type == kStrictRoute ? 'S' : 'L');
        append_route(line, filled_in(option.data, 1), name_of);
        break;
      case kRecordRoute: {
        const Bytes route = filled_in(option.data, 1);
        if (route.empty()) {
          break;
        }
        if (std::ranges::equal(route, last_route_)) {
          ping::append(line, "\t(same route)");
          break;
        }
        last_route_.assign(route.begin(), route.end());
        ping::append(line, "\nRR: ");
        append_route(line, route, name_of);
        break;
      }
      case kTimestamp:
        append_timestamps(line, option.data, name_of);
        break;
      default:
        put(line, "\nunknown option {:x}", option.type);
    }
  }
}

}  // namespace echosweep::ping
