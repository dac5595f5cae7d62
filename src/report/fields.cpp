#include "report/fields.hpp"

#include <array>
#include <iterator>
#include <system_error>

#include "core/address_text.hpp"

namespace echosweep::report {

namespace {

/// `value` in exactly `width` digits.
void append_digits(Line& line, std::uint64_t value, std::size_t width) {
  std::array<char, 20> digits{};
  for (std::size_t i = width; i > 0; --i) {
    digits[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  line.append(digits.data(), digits.data() + width);
}

}  // namespace

void append_address(Line& line, const Address& address) {
  std::array<char, kLongestAddressText> text;
  append(line, {text.data(), write_bare_address(address, text.data())});
  if (address.zone() != 0) {
    append(line, zone_suffix(address.zone()));
  }
}

void append_prefix(Line& line, const Address& address, int bits) {
  append_address(line, address);
  fmt::format_to(std::back_inserter(line), "/{}", bits);
}

void append_utc(Line& line, WallTime time) {
  const auto since = std::chrono::floor<std::chrono::microseconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(since);
  const std::chrono::year_month_day date(day);
  const auto in_day = static_cast<std::uint64_t>((since - day).count());
  const std::uint64_t seconds = in_day / 1'000'000;
  append_digits(line, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  line.push_back('-');
  append_digits(line, static_cast<unsigned>(date.month()), 2);
  line.push_back('-');
  append_digits(line, static_cast<unsigned>(date.day()), 2);
  line.push_back('T');
  append_digits(line, seconds / 3600, 2);
  line.push_back(':');
  append_digits(line, seconds / 60 % 60, 2);
  line.push_back(':');
  append_digits(line, seconds % 60, 2);
  line.push_back('.');
  append_digits(line, in_day % 1'000'000, 6);
  line.push_back('Z');
}

void append_microseconds(Line& line, std::chrono::nanoseconds time) {
  const bool negative = time.count() < 0;
  const auto magnitude = static_cast<std::uint64_t>(negative ? -time.count() : time.count());
  if (negative) {
    line.push_back('-');
  }
  append(line, std::string_view(fmt::format_int(magnitude / 1000).c_str()));
  std::uint64_t rest = magnitude % 1000;
  if (rest == 0) {
    return;
  }
  line.push_back('.');
  std::size_t width = 3;
  for (; rest % 10 == 0; rest /= 10) {
    --width;
  }
  append_digits(line, rest, width);
}

std::string_view reason_alive(const Record& record) {
  if (!record.mac.empty()) {
    return record.address.is_v4() ? "arp-response" : "nd-response";
  }
  return record.timestamps ? "timestamp-reply" : "echo-reply";
}

std::string_view reason_of(const Record& record, Line& scratch) {
  switch (record.state) {
    case State::kAlive:
      return reason_alive(record);
    case State::kUnreachable:
      return record.error ? word(*record.error) : "icmp-error";
    case State::kSilent:
      return "no-response";
    case State::kUnsent:
      break;
  }
  scratch.clear();
  append(scratch, "unsent: ");
  if (!record.send_reason.empty()) {
    append(scratch, record.send_reason);
  } else if (record.send_errno == 0) {
    append(scratch, "not tried");
  } else {
    append(scratch, std::generic_category().message(record.send_errno));
  }
  return {scratch.data(), scratch.size()};
}

std::optional<WallTime> received_time(const Record& record) {
  const bool known = record.state == State::kAlive && (record.details || !record.mac.empty());
  return known ? std::optional(record.received) : std::nullopt;
}

std::optional<WallTime> sent_time(const Record& record) {
  return has_reply(record) && record.rtt ? std::optional(record.received - *record.rtt) : std::nullopt;
}

}  // namespace echosweep::report
