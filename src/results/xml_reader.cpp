// nmap's XML of a ping scan, and ours in its form: <host><status state reason reason_ttl/><address addr
// addrtype/> <hostnames><hostname name/></hostnames><times srtt/></host>. Expat reads it as a stream. It
// loads nothing from outside unless told to; entity declarations, with which a small file can stand for a
// huge one, are refused.
#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>

#include "report/json_lines.hpp"
#include "results/read_results.hpp"
#include "results/rfc3339.hpp"

namespace echosweep::results {

namespace {

/// nmap's own stand five deep.
constexpr int kDeepestElement = 64;

/// The value of an attribute; empty where it is missing.
std::string_view attribute(const XML_Char** attributes, std::string_view key) {
  for (; *attributes != nullptr; attributes += 2) {
    if (key == attributes[0]) {
      return attributes[1];
    }
  }
  return {};
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// A <host> as far as it has been read.
struct XmlHost {
  std::string state;
  std::string reason;
  std::string address;
  std::string mac;
  std::string name;
  std::optional<unsigned> ttl;
  std::optional<std::int64_t> srtt;  ///< microseconds
};

/// nmap knows up and down; the reason tells the rest.
Result<State> state_of(const XmlHost& host) {
  if (host.state == "up") {
    return State::kAlive;
  }
  if (host.state == "unknown" || host.state == "skipped" || host.reason.starts_with("unsent")) {
    return State::kUnsent;
  }
  if (host.state == "down") {
    return host.reason.empty() || host.reason == "no-response" ? State::kSilent : State::kUnreachable;
  }
  return fail(fmt::format("a host's state is {}, none of up, down, unknown", in_quotes(host.state)));
}

class XmlReader {
 public:
  explicit XmlReader(Visitor& visitor) : visitor_(visitor), parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(
        parser_.get(),
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
          static_cast<XmlReader*>(self)->open(name, attributes);
        },
        [](void* self, const XML_Char* name) { static_cast<XmlReader*>(self)->close(name); });
    XML_SetEntityDeclHandler(parser_.get(), [](void* self, const XML_Char*, int, const XML_Char*, int,
                                               const XML_Char*, const XML_Char*, const XML_Char*,
                                               const XML_Char*) {
      static_cast<XmlReader*>(self)->stop(fail("declares an entity, which no scanner's XML does: refused"));
    });
  }

  /// The next piece of the file; `last`: there is no more. Errors have no place in front.
  Result<void> feed(std::string_view piece, bool last) {
    fed_ += static_cast<std::int64_t>(piece.size());
    if (XML_Parse(parser_.get(), piece.data(), static_cast<int>(piece.size()), last ? 1 : 0) !=
        XML_STATUS_ERROR) {
      if (fed_ - XML_GetCurrentByteIndex(parser_.get()) >
          static_cast<std::int64_t>(LineReader::kLongestLine)) {
        return fail("a tag of many MiB: not a scanner's XML");
      }
      return {};
    }
    if (!failure_) {
      return failure_;
    }
    const XML_Error code = XML_GetErrorCode(parser_.get());
    cut_ = last && seen_root_ &&
           (code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
            code == XML_ERROR_PARTIAL_CHAR || code == XML_ERROR_UNCLOSED_CDATA_SECTION);
    return fail(fmt::format("not well-formed XML ({})", XML_ErrorString(code)));
  }

  std::size_t line() const { return XML_GetCurrentLineNumber(parser_.get()); }
  /// feed() failed for no other reason than that the file ends too early.
  bool cut() const { return cut_; }

 private:
  struct Free {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };

  void stop(std::unexpected<Error> error) {
    if (failure_) {
      failure_ = std::move(error);
      XML_StopParser(parser_.get(), XML_FALSE);
    }
  }

  void open(std::string_view name, const XML_Char** attributes) {
    if (++depth_ > kDeepestElement) {
      return stop(fail("tags nested too deeply: not a scanner's XML"));
    }
    if (depth_ == 1) {
      seen_root_ = true;
      return name == "nmaprun" ? open_run(attributes)
                               : stop(fail(fmt::format("<{}> is not nmap's <nmaprun>", in_quotes(name))));
    }
    if (depth_ == 2) {
      in_host_ = name == "host";
      host_ = {};
    } else if (in_host_ && depth_ == 3) {
      take_part(name, attributes);
    } else if (in_host_ && depth_ == 4 && name == "hostname" && host_.name.empty()) {
      host_.name = attribute(attributes, "name");
    } else if (name == "hosts") {  // in <runstats>
      take_sums(attributes);
    }
  }

  void take_part(std::string_view name, const XML_Char** attributes) {
    if (name == "status") {
      host_.state = attribute(attributes, "state");
      host_.reason = attribute(attributes, "reason");
      host_.ttl = number_in<unsigned>(attribute(attributes, "reason_ttl"));
    } else if (name == "address") {
      const std::string_view type = attribute(attributes, "addrtype");
      (type == "mac" ? host_.mac : host_.address) = attribute(attributes, "addr");
    } else if (name == "times") {
      host_.srtt = number_in<std::int64_t>(attribute(attributes, "srtt"));
    }
  }

  void open_run(const XML_Char** attributes) {
    report::Json run{{"type", "run"}};
    run["version"] = fmt::format("{} {}", attribute(attributes, "scanner"), attribute(attributes, "version"));
    run["command"] = {std::string(attribute(attributes, "args"))};
    // Until 2262, as far as WallTime goes.
    constexpr std::int64_t kMost = 9'000'000'000;
    if (const auto start = number_in<std::int64_t>(attribute(attributes, "start"));
        start && *start >= 0 && *start < kMost) {
      run["started"] = format_utc(WallTime(std::chrono::seconds(*start)));
    }
    take(visitor_.run(report::json_dump(run)));
  }

  void take_sums(const XML_Char** attributes) {
    const auto up = number_in<std::uint64_t>(attribute(attributes, "up"));
    const auto total = number_in<std::uint64_t>(attribute(attributes, "total"));
    if (up && total) {
      take(visitor_.accounting(
          report::json_dump({{"type", "accounting"}, {"targets", *total}, {"alive", *up}})));
    }
  }

  void close(std::string_view name) {
    if (depth_-- == 2 && in_host_ && name == "host") {
      in_host_ = false;
      take(take_host());
    }
  }

  void take(const Result<void>& taken) {
    if (!taken) {
      stop(std::unexpected(taken.error()));
    }
  }

  Result<void> take_host() {
    if (host_.address.empty() && host_.state.empty()) {
      return {};  // a port scan's later <host>, which adds to one that was there
    }
    const auto address = parse_host_address(host_.address);
    if (!address) {
      return std::unexpected(address.error());
    }
    const auto state = state_of(host_);
    if (!state) {
      return std::unexpected(state.error());
    }
    Finding finding;
    finding.host = *address;
    finding.state = *state;
    finding.reason = host_.reason;
    finding.name = host_.name;
    finding.mac = host_.mac;
    if (finding.state == State::kAlive && host_.ttl && *host_.ttl > 0 && *host_.ttl <= 255) {
      finding.ttl = Ttl{static_cast<std::uint8_t>(*host_.ttl)};
    }
    // nmap writes 0 or less where it has none.
    constexpr std::int64_t kMost = 1'000'000'000'000;
    if (finding.state == State::kAlive && host_.srtt && *host_.srtt > 0 && *host_.srtt < kMost) {
      finding.rtt = std::chrono::microseconds(*host_.srtt);
    }
    return visitor_.host(finding);
  }

  Visitor& visitor_;
  std::unique_ptr<XML_ParserStruct, Free> parser_;
  Result<void> failure_;
  XmlHost host_;
  std::int64_t fed_ = 0;
  int depth_ = 0;
  bool in_host_ = false;
  bool seen_root_ = false;
  bool cut_ = false;
};

}  // namespace

Result<ReadEnd> read_xml(LineReader& lines, Visitor& visitor) {
  XmlReader reader(visitor);
  while (true) {
    const auto piece = lines.peek();
    if (!piece) {
      return std::unexpected(piece.error());
    }
    const bool last = piece->empty();
    if (auto fed = reader.feed(*piece, last); !fed) {
      if (reader.cut()) {
        return ReadEnd{.form = Form::kXml, .cut_line = 0, .whole = false};
      }
      return fail(fmt::format("{}:{}: {}", lines.name(), reader.line(), fed.error().message));
    }
    if (last) {
      return ReadEnd{.form = Form::kXml, .cut_line = 0, .whole = true};
    }
    lines.skip(piece->size());
  }
}

}  // namespace echosweep::results
