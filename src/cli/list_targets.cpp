#include "cli/list_targets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "core/address_text.hpp"
#include "report/output.hpp"

namespace echosweep::cli {

namespace {

/// Puts lines together in a piece of memory that stays in the first-level cache, and hands them on in whole.
class Lines {
 public:
  explicit Lines(report::Output& out) : out_(out) {}

  Result<void> add(const Address& address) {
    char* end = write_bare_address(address, text_.data() + used_);
    if (address.zone() != zone_) {
      zone_ = address.zone();
      suffix_ = zone_suffix(zone_);
    }
    end = std::ranges::copy(suffix_, end).out;
    *end++ = '\n';
    used_ = static_cast<std::size_t>(end - text_.data());
    return used_ + kLongestLine > text_.size() ? flush() : Result<void>{};
  }
  Result<void> flush() {
    const std::string_view lines(text_.data(), used_);
    used_ = 0;
    return out_.append(lines);
  }

 private:
  /// An address, `%`, an interface's name (at most 15 bytes) or number, a newline.
  static constexpr std::size_t kLongestLine = kLongestAddressText + 17;

  report::Output& out_;
  std::array<char, std::size_t{16} * 1024> text_;
  std::size_t used_ = 0;
  std::uint32_t zone_ = 0;  ///< of the line before, for the kernel is slow to tell its name
  std::string suffix_;
};

Result<void> write_lines(const ReadTargets& read, const targets::Order& order, report::Output& out) {
  Lines lines(out);
  for (std::uint64_t cursor = 0; cursor < order.size(); ++cursor) {
    if (auto done = lines.add(read.set.at(order.at(cursor))); !done) {
      return done;
    }
  }
  return lines.flush();
}

}  // namespace

int list_targets(const ReadTargets& read, const targets::Order& order) {
  auto out = report::Output::standard_output();
  const auto written = write_lines(read, order, out);
  const auto closed = out.close();
  for (const auto* done : {&written, &closed}) {
    if (!*done && done->error().code != EPIPE) {
      complain(done->error().message);
      return kSystemFailure;
    }
  }
  return read.unresolved() > 0 ? kBadTarget : kAllAlive;
}

}  // namespace echosweep::cli
