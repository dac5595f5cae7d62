#include "report/joined_sink.hpp"

#include <algorithm>
#include <bit>

namespace echosweep::report {

namespace {

bool can_be_joined(const Record& record) {
  return (record.state == State::kSilent || record.state == State::kUnsent) && record.name.empty();
}

/// How many trailing zero bits an address has, up to the family's size.
int trailing_zeros(const Address& address) {
  const auto low = static_cast<std::uint64_t>(address.value());
  const auto high = static_cast<std::uint64_t>(address.value() >> 64);
  const int zeros = low != 0 ? std::countr_zero(low) : 64 + std::countr_zero(high);
  return std::min(zeros, address_bits(address.family()));
}

}  // namespace

bool JoinedSink::continues(const Record& record) const {
  const Address& first = first_.address;
  const bool follows = record.address.family() == first.family() && record.address.zone() == first.zone() &&
                       record.address.value() == first.value() + count_;
  return follows && record.state == first_.state && record.probes == first_.probes &&
         record.send_errno == first_.send_errno && record.send_reason == first_.send_reason;
}

Result<void> JoinedSink::record(const Record& record) {
  if (count_ > 0 && can_be_joined(record) && continues(record)) {
    ++count_;
    return {};
  }
  if (auto done = let_go(); !done) {
    return done;
  }
  if (!can_be_joined(record)) {
    return inner_->record(record);
  }
  send_reason_ = record.send_reason;
  first_ = record;
  first_.name = {};
  first_.send_reason = send_reason_;
  count_ = 1;
  return {};
}

Result<void> JoinedSink::let_go() {
  while (count_ > 0) {
    // The largest prefix that begins here and is no longer than what is left.
    const int free_bits =
        std::min(trailing_zeros(first_.address), static_cast<int>(std::bit_width(count_)) - 1);
    const std::uint64_t size = std::uint64_t{1} << free_bits;
    const auto written =
        size == 1 ? inner_->record(first_)
                  : inner_->prefix(first_, address_bits(first_.address.family()) - free_bits, size);
    if (!written) {
      return written;
    }
    count_ -= size;
    first_.address = first_.address.plus(size);
  }
  return {};
}

Result<void> JoinedSink::end(const Accounting& accounting) {
  if (auto done = let_go(); !done) {
    return done;
  }
  return inner_->end(accounting);
}

}  // namespace echosweep::report
