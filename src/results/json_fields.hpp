#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace echosweep::results {

/// The fields of a line of our NDJSON that somebody here reads, as they stand there.
struct JsonFields {
  std::optional<std::string_view> type;
  std::optional<std::string_view> address;
  std::optional<std::string_view> prefix;
  std::optional<std::string_view> name;
  std::optional<std::string_view> state;
  std::optional<std::string_view> reason;
  std::optional<std::string_view> from;
  std::optional<std::string_view> mac;
  std::optional<std::string_view> sent;
  std::optional<std::string_view> received;
  std::optional<std::uint64_t> ttl;
  std::optional<std::uint64_t> tries;
  std::optional<std::uint64_t> probes;  ///< what `tries` was called before, in hosts that are not alive
  std::optional<std::uint64_t> pass;    ///< the same in those that are, counted from 0
  std::optional<double> rtt_us;
};

struct TextField {
  std::string_view key;
  std::optional<std::string_view> JsonFields::* into;
};
inline constexpr std::array kTextFields = {
    TextField{"type", &JsonFields::type},         TextField{"address", &JsonFields::address},
    TextField{"state", &JsonFields::state},       TextField{"reason", &JsonFields::reason},
    TextField{"from", &JsonFields::from},         TextField{"sent", &JsonFields::sent},
    TextField{"received", &JsonFields::received}, TextField{"name", &JsonFields::name},
    TextField{"mac", &JsonFields::mac},           TextField{"prefix", &JsonFields::prefix}};

struct CountField {
  std::string_view key;
  std::optional<std::uint64_t> JsonFields::* into;
  std::uint64_t most;
};
inline constexpr std::array kCountFields = {
    CountField{"ttl", &JsonFields::ttl, 255}, CountField{"tries", &JsonFields::tries, 0xffffffff},
    CountField{"probes", &JsonFields::probes, 0xffffffff}, CountField{"pass", &JsonFields::pass, 255}};

}  // namespace echosweep::results
