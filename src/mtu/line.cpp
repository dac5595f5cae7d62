#include "mtu/line.hpp"

#include <fmt/format.h>

#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

#include "report/format.hpp"

namespace echosweep::mtu {

namespace {

using Kind = Answer::Kind;
using Words = std::vector<std::string>;

template <typename... Values>
void put(report::Line& line, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(line), format, std::forward<Values>(values)...);
}

std::string count_of_hops(unsigned hops) {
  return fmt::format("{} hop{}", hops, hops == 1 ? "" : "s");
}

/// `192.0.2.5, 3 hops away`
std::string router_words(const std::string& name, unsigned hop) {
  return hop == 0 ? name : fmt::format("{}, {} away", name, count_of_hops(hop));
}

std::string black_hole_words(const Finding& finding, const RouterName& router_name) {
  const unsigned after = finding.lost_after_hop;
  const unsigned before = finding.lost_before_hop;
  std::string where;
  if (finding.lost_after) {
    where = " after " + router_words(router_name(*finding.lost_after), after);
  } else if (before == 1 || finding.hops == 1) {
    where = " before the first hop";
  }
  if (before > after + 1) {  // those between say nothing
    where += fmt::format("{} before hop {}", where.empty() ? "" : ", and", before);
  }
  return fmt::format("black hole: {} bytes get lost{}", finding.lost_size, where);
}

std::string how_found(const Finding& finding, const RouterName& router_name) {
  const std::string router =
      finding.told_by ? router_words(router_name(*finding.told_by), finding.told_hop) : "";
  switch (finding.found) {
    case Found::kInterface:
      return "as here";
    case Found::kMaximum:
      return "no more was tried";
    case Found::kTold:
      return "told by " + router;
    case Found::kElsewhere:
      return fmt::format("as {} told of another target", finding.told_hop == 0 ? router : router + ",");
    default:
      return router.empty() ? "nobody told"
                            : fmt::format("more is refused by {}, which tells no MTU", router);
  }
}

Words details_of(const Finding& finding, const RouterName& router_name) {
  Words words;
  const bool is_explained = finding.found == Found::kSearched && finding.lost_size != 0 && !finding.told_by;
  if (!is_explained) {
    words.push_back(how_found(finding, router_name));
  }
  if (finding.lost_size != 0) {
    words.push_back(black_hole_words(finding, router_name));
  }
  if (finding.found != Found::kInterface) {
    words.push_back(fmt::format("{} here", finding.local_mtu));
  }
  if (finding.hops != 0) {
    words.push_back(count_of_hops(finding.hops));
  }
  if (finding.cut) {
    words.emplace_back("replies come back cut");
  }
  return words;
}

std::string rtt_words(const Answer& answer) {
  return answer.rtt ? fmt::format(", {} ms", report::format_rtt(*answer.rtt)) : "";
}

/// Why an MTU that was told is not believed; empty where it is, as far as one packet tells.
std::string doubt(const Step& step) {
  const std::uint32_t mtu = step.answer.mtu;
  const std::uint32_t least = step.answer.error.family == Family::kIpv4 ? 68 : 1280;
  if (mtu == 0) {
    return ", which tells no MTU";
  }
  return mtu >= step.question.size || mtu < least ? fmt::format(", which tells {}: that cannot be", mtu) : "";
}

}  // namespace

void append_line(report::Line& line, std::string_view host, const Finding& finding,
                 const RouterName& router_name) {
  put(line, "{}: ", host);
  switch (finding.outcome) {
    case Outcome::kFound:
      put(line, "{}", finding.mtu);
      break;
    case Outcome::kToldOnly:
      put(line, "no reply ({} told by {}; {} here)\n", finding.mtu,
          finding.told_by ? router_words(router_name(*finding.told_by), finding.told_hop) : "?",
          finding.local_mtu);
      return;
    case Outcome::kUnreachable:
      put(line, "{} (from {})\n", word(finding.error), router_name(finding.error_from));
      return;
    case Outcome::kNotSent:
      put(line, "not sent: {}\n", std::strerror(finding.error_number));
      return;
    default:
      report::append(line, "no reply\n");
      return;
  }
  const char* between = " (";
  for (const std::string& words : details_of(finding, router_name)) {
    put(line, "{}{}", between, words);
    between = "; ";
  }
  report::append(line, ")\n");
}

void append_line(report::Line& line, std::string_view host, const Step& step) {
  const Answer& answer = step.answer;
  constexpr unsigned kToArrive = 64;
  const unsigned ttl = step.question.ttl.value;
  put(line, "{}: {} bytes", host, step.question.size);
  if (ttl < kToArrive) {
    put(line, ", TTL {}:", ttl);
  }
  switch (answer.kind) {
    case Kind::kArrived:
      put(line, " arrive{}{}", rtt_words(answer), answer.cut ? ", and come back cut" : "");
      break;
    case Kind::kTooBig: {
      const std::string why_not = doubt(step);
      put(line, " are too big for {}{}", router_words(to_string(answer.from), answer.hop), why_not);
      if (why_not.empty()) {
        put(line, ", which takes {}", answer.mtu);
      }
      break;
    }
    case Kind::kExpired:
      put(line, " reach {}", to_string(answer.from));
      break;
    case Kind::kRefused:
      put(line, " are refused by {}: {}", to_string(answer.from), word(answer.error));
      break;
    case Kind::kLocalLimit:
      report::append(line, " are too big for the interface here");
      break;
    case Kind::kNotSent:
      put(line, " are not sent: {}", std::strerror(answer.error_number));
      break;
    default:
      report::append(line, " get lost");
      break;
  }
  line.push_back('\n');
}

}  // namespace echosweep::mtu
