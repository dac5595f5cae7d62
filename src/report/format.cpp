#include "report/format.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <ctime>

#include "report/fields.hpp"

namespace echosweep::report {

std::string format_rtt(std::chrono::nanoseconds rtt) {
  const double ms = static_cast<double>(rtt.count()) / 1e6;
  if (ms < 0) {
    return fmt::format("{:.2g}", ms);
  }
  if (ms < 1) {
    return fmt::format("{:.3f}", ms);
  }
  if (ms < 10) {
    return fmt::format("{:.2f}", ms);
  }
  if (ms < 100) {
    return fmt::format("{:.1f}", ms);
  }
  return ms < 1e6 ? fmt::format("{:.0f}", ms) : fmt::format("{:.3e}", ms);
}

std::string format_timestamp(WallTime time, TimestampFormat format) {
  const auto since = time.time_since_epoch();
  if (format == TimestampFormat::kSeconds) {
    const auto ticks = (since.count() + 5'000) / 10'000;  // five decimals, rounded
    return fmt::format("{}.{:05}", ticks / 100'000, ticks % 100'000);
  }
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 100> text{};
  std::size_t size = 0;
  switch (format) {
    case TimestampFormat::kCtime:
      size = std::strftime(text.data(), text.size(), "%a %b %e %T %Y", &local);
      break;
    case TimestampFormat::kIso:
      size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%T%z", &local);
      break;
    default:
      size = std::strftime(text.data(), text.size(), "%Y-%m-%d %T", &local);
      break;
  }
  return {text.data(), size};
}

std::string format_host(const Record& record, HostStyle style) {
  return format_host(record.address, record.name, style);
}

std::string format_host(const Address& address, std::string_view name, HostStyle style) {
  Line line;
  append_host(line, address, name, style);
  return fmt::to_string(line);
}

void append_host(Line& line, const Address& address, std::string_view name, HostStyle style) {
  const bool address_alone = style == HostStyle::kAddress || (style == HostStyle::kName && name.empty());
  if (address_alone && address.zone() == 0) {  // a zone has its interface's name, which can be any
    append_address(line, address);
  } else {
    append_visible(line, host_text(address, name, style));
  }
}

std::string host_text(const Address& address, std::string_view name, HostStyle style) {
  if (style == HostStyle::kName && !name.empty()) {
    return std::string(name);
  }
  std::string text = to_string(address);
  if (style != HostStyle::kBoth) {
    return text;
  }
  return fmt::format("{} ({})", name.empty() ? std::string_view(text) : name, text);
}

std::string reason_word(const Record& record) {
  Line scratch;
  return std::string(reason_of(record, scratch));
}

std::string reason_phrase(const Record& record) {
  std::string phrase = reason_word(record);
  if (record.state == State::kAlive && record.details) {
    phrase += fmt::format(" ttl {}", record.ttl.value);
    if (record.from != record.address) {
      phrase += fmt::format(" from {}", to_string(record.from));
    }
  } else if (!record.mac.empty()) {
    phrase += fmt::format(" mac {}", to_string(record.mac));
  } else if (record.state == State::kUnreachable) {
    phrase += fmt::format(" from {}", to_string(record.from));
  } else if (record.state == State::kSilent) {
    phrase += fmt::format(" after {} {}", record.probes, record.probes == 1 ? "probe" : "probes");
  }
  return phrase;
}

std::string format_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string errno_name(int code) {
  const char* const name = strerrorname_np(code);
  return name != nullptr ? name : fmt::format("errno {}", code);
}

}  // namespace echosweep::report
