#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "cli/endings.hpp"
#include "cli/exit_code.hpp"
#include "cli/listen_command.hpp"
#include "cli/messages.hpp"
#include "cli/signals.hpp"
#include "cli/values.hpp"
#include "listen/details.hpp"
#include "listen/json.hpp"
#include "listen/line.hpp"
#include "net/icmp_capture.hpp"
#include "net/pcap_file.hpp"
#include "privilege/privilege.hpp"
#include "report/output.hpp"
#include "targets/spec.hpp"

namespace echosweep::cli {

namespace {

/// What `lo` is called in lines; a number that no interface has (any more) is `if7`.
class InterfaceNames {
 public:
  const std::string& of(std::uint32_t index) {
    const auto [known, is_new] = names_.try_emplace(index);
    if (is_new) {
      std::array<char, IF_NAMESIZE> name{};
      known->second =
          if_indextoname(index, name.data()) != nullptr ? name.data() : fmt::format("if{}", index);
    }
    return known->second;
  }

 private:
  std::unordered_map<std::uint32_t, std::string> names_;
};

/// Standard output and the file of -w, as far as they are asked for.
class PacketOutput {
 public:
  explicit PacketOutput(const ListenCommand& command)
      : command_(command), out_(report::Output::standard_output()) {}

  Result<void> open(const net::IcmpCapture& capture) {
    if (command_.write_file.empty()) {
      return {};
    }
    auto file = report::Output::create(command_.write_file);
    if (!file) {
      return std::unexpected(file.error());
    }
    file_ = std::make_unique<report::Output>(std::move(*file));
    auto writer =
        net::PcapFile::open(capture.link_number(), capture.snapshot(),
                            [out = file_.get()](std::string_view bytes) { return out->append(bytes); });
    if (!writer) {
      return std::unexpected(writer.error());
    }
    writer_ = std::make_unique<net::PcapFile>(std::move(*writer));
    return file_->flush();  // whoever waits for a capture to begin sees it by the file's header
  }

  Result<void> take(const net::CapturedFrame& frame, const listen::Heard& heard) {
    if (writer_) {
      if (auto done = writer_->append(frame.time, frame.bytes, frame.wire_size); !done) {
        return done;
      }
    }
    if (!command_.prints()) {
      return {};
    }
    line_.clear();
    if (command_.json) {
      append_json_line(line_, heard, command_.details);
    } else {
      append_line(line_, heard);
      if (command_.details) {
        append_details(line_, heard);
      }
    }
    return out_.append({line_.data(), line_.size()});
  }

  Result<void> flush() {
    auto done = file_ ? file_->flush() : Result<void>{};
    return done ? out_.flush() : done;
  }

  Result<void> close() {
    writer_.reset();
    auto done = file_ ? file_->close() : Result<void>{};
    return done ? out_.close() : done;
  }

  /// Nobody reads standard output any more: seen before the next packet, which may never come.
  bool reader_has_gone() const {
    pollfd out{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
    const bool used = command_.prints() || command_.write_file == "-";
    return used && poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
  }

 private:
  const ListenCommand& command_;
  report::Output out_;
  std::unique_ptr<report::Output> file_;
  std::unique_ptr<net::PcapFile> writer_;
  report::Line line_;
};

/// One capture from its first packet to its last.
class Listening {
 public:
  Listening(const ListenCommand& command, net::IcmpCapture& capture, PacketOutput& output)
      : command_(command), capture_(capture), output_(output) {}

  /// Until a signal, -c, the file's end or an error. What an interface or a disk refuses is an Error.
  Result<void> run(const std::atomic<int>& stop) {
    constexpr std::chrono::milliseconds kPatience{100};
    while (stop.load() == 0 && !is_done()) {
      auto frame = capture_.next();
      if (!frame && stop.load() == 0) {
        return keep_what_came(frame.error());
      }
      if (frame && *frame) {
        if (auto done = take(**frame); !done) {
          return done;
        }
        continue;
      }
      if (auto done = output_.flush(); !done || capture_.ended()) {
        return done;
      }
      if (output_.reader_has_gone()) {
        return fail("the reader of standard output has gone", EPIPE);
      }
      capture_.wait(kPatience);
    }
    return {};
  }

  std::uint64_t heard() const { return heard_; }

 private:
  bool is_done() const { return command_.count != 0 && heard_ >= command_.count; }

  /// The first failure is the one to tell of.
  Result<void> keep_what_came(const Error& error) {
    const auto done = output_.flush();
    return done ? std::unexpected(error) : done;
  }

  Result<void> take(const net::CapturedFrame& frame) {
    const auto payload = packet::strip_link(capture_.link_type(), frame.bytes);
    if (!payload) {
      return {};
    }
    const std::size_t link_size = frame.bytes.size() - payload->packet.size();
    auto packet = packet::read_icmp_packet(payload->family, payload->packet, frame.wire_size - link_size);
    if (!packet || !is_wanted(command_, *packet)) {
      return {};
    }
    ++heard_;
    const bool many = capture_.link_type() == packet::LinkType::kSll2;
    auto done = output_.take(frame, {.time = frame.time,
                                     .interface = many ? names_.of(payload->interface) : command_.interface,
                                     .direction = payload->direction,
                                     .names_interface = many,
                                     .packet = std::move(*packet)});
    // Behind a pipe there is no telling when the next one comes.
    return done && command_.read_file == "-" ? output_.flush() : done;
  }

  const ListenCommand& command_;
  net::IcmpCapture& capture_;
  PacketOutput& output_;
  InterfaceNames names_;
  std::uint64_t heard_ = 0;
};

/// What setcap gave the program is given up before somebody else's file is opened. Root keeps what it may
/// read.
Result<net::IcmpCapture> open_capture(const ListenCommand& command) {
  const std::string filter = fmt::format("{}", fmt::join(command.filter, " "));
  if (command.read_file.empty()) {
    return net::IcmpCapture::open_live(command.interface, filter);
  }
  if (getuid() != 0) {
    if (auto done = privilege::drop_all_capabilities(); !done) {
      return std::unexpected(done.error());
    }
  }
  return net::IcmpCapture::open_file(command.read_file, filter);
}

/// In this order, so that files are the user's (sudo), and nothing is read with rights.
Result<void> prepare(const net::IcmpCapture& capture, PacketOutput& output) {
  auto done = privilege::become_invoking_user();
  done = done ? output.open(capture) : done;
  return done ? privilege::drop_all_capabilities() : done;
}

void print_start(const ListenCommand& command) {
  const bool all = command.interface.empty() || command.interface == "any";
  complain(fmt::format("listening on {}", all ? "all interfaces" : command.interface));
}

void print_end(std::uint64_t heard, std::uint64_t drops) {
  complain(fmt::format("{} packet{} captured, {} dropped by the kernel", format_count(heard),
                       heard == 1 ? "" : "s", format_count(drops)));
}

}  // namespace

int run_listening(const ListenCommand& command) {
  auto capture = open_capture(command);
  if (!capture) {
    const Error& error = capture.error();
    if (error.code != net::IcmpCapture::kBadFilter) {
      return fail_with(error);
    }
    complain(fmt::format("the filter {} is none: {} (see man pcap-filter)",
                         targets::in_quotes(fmt::format("{}", fmt::join(command.filter, " "))),
                         error.message));
    return kBadOption;
  }
  PacketOutput output(command);
  if (auto done = prepare(*capture, output); !done) {
    return fail_with(done.error());
  }
  const bool live = command.read_file.empty();
  std::atomic<int> stop{0};
  const SignalWatch watch(stop);
  if (live) {
    print_start(command);
  }
  Listening listening(command, *capture, output);
  auto done = listening.run(stop);
  const auto closed = output.close();
  done = done ? closed : done;
  if (done && live) {
    print_end(listening.heard(), capture->drops());
  }
  return exit_code_of_failure(done ? std::nullopt : std::optional(done.error())).value_or(kAllAlive);
}

}  // namespace echosweep::cli
