#include "listen/line.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <ctime>

#include "listen/put.hpp"
#include "listen/words.hpp"
#include "packet/icmp_types.hpp"

namespace echosweep::listen {

namespace {

using packet::IpFault;
using packet::IpHeader;
using report::Line;

void append_time(Line& line, WallTime time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const std::time_t whole = seconds.count();
  std::tm local{};
  localtime_r(&whole, &local);
  put(line, "{:02}:{:02}:{:02}.{:06} ", local.tm_hour, local.tm_min, local.tm_sec,
      std::chrono::duration_cast<std::chrono::microseconds>(since - seconds).count());
}

void append_extensions(Line& line, const IpHeader& ip) {
  for (const auto& extension : ip.extensions) {
    switch (extension.type) {
      case packet::kHopByHop:
        append(line, "HBH ");
        break;
      case packet::kRouting:
        put(line, "RT6 (len={}, type={}, segleft={}) ", extension.bytes[1], extension.bytes[2],
            extension.bytes[3]);
        break;
      case packet::kDestinationOptions:
        append(line, "DSTOPT ");
        break;
      default:
        break;  // fragments have words of their own, in both families
    }
  }
}

/// Of a packet without a message that could be read: why.
void append_unread(Line& line, const IpHeader& ip) {
  if (ip.fault != IpFault::kNone) {
    put(line, "[{}]", word(ip.fault));
  } else if (ip.fragment_offset == 0) {
    append(line, ip.family == Family::kIpv4 ? kCutWords4 : kCutWords6);
  } else if (line[line.size() - 1] == ' ') {
    line.resize(line.size() - 1);
  }
}

void append_packet(Line& line, const packet::IcmpPacket& packet) {
  const IpHeader& ip = packet.ip;
  const bool v4 = ip.family == Family::kIpv4;
  append(line, v4 ? "IP " : "IP6 ");
  if (ip.fault == IpFault::kCut) {
    put(line, "[{}]", word(ip.fault));
    return;
  }
  if (ip.missing > 0 && ip.fault == IpFault::kNone) {
    put(line, "truncated-ip{} - {} bytes missing!{}", v4 ? "" : "6", ip.missing, v4 ? " " : "");
  }
  put(line, "{} > {}: ", bare(ip.source), bare(ip.destination));
  append_extensions(line, ip);
  if (ip.is_fragment && (!v4 || ip.fragment_offset != 0)) {
    put(line, "frag ({}|{}) ", ip.fragment_offset, ip.payload_size);
  }
  if (!packet.message) {
    append_unread(line, ip);
    return;
  }
  const auto& message = *packet.message;
  append(line, v4 ? "ICMP " : "ICMP6, ");
  v4 ? append_words4(line, message) : append_words6(line, message);
  put(line, ", length {}", message.size);
}

}  // namespace

std::string_view word(packet::Direction direction) {
  constexpr std::array<std::string_view, 5> kWords = {"In", "B", "M", "P", "Out"};
  return kWords[static_cast<std::size_t>(direction)];
}

std::string_view word(IpFault fault) {
  switch (fault) {
    case IpFault::kCut:
      return "cut in the IP header";
    case IpFault::kVersion:
      return "bad IP version";
    case IpFault::kHeaderLength:
      return "bad IP header length";
    case IpFault::kTotalLength:
      return "bad IP total length";
    case IpFault::kExtension:
      return "bad extension header";
    default:
      return "";
  }
}

void append_line(Line& line, const Heard& heard) {
  append_time(line, heard.time);
  if (heard.names_interface) {
    put(line, "{:<5} {:<3} ", report::visible(heard.interface),
        heard.direction ? word(*heard.direction) : "?");
  }
  append_packet(line, heard.packet);
  line.push_back('\n');
}

}  // namespace echosweep::listen
