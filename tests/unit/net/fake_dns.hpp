#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/fd.hpp"

namespace echosweep::net {

/// A DNS server on 127.0.0.1 that lives in the test's own thread: it answers when serve() is called, and
/// every question of a type alike (RFC 1035 4.1).
class FakeDns {
 public:
  /// False: the loopback interface is down.
  bool open() {
    socket_ = Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    here_.sin_family = AF_INET;
    here_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here_;
    char none = 0;
    return socket_ && ::bind(socket_.get(), as_sockaddr(here_), size) == 0 &&
           ::getsockname(socket_.get(), as_sockaddr(here_), &size) == 0 &&
           ::sendto(socket_.get(), &none, 1, 0, as_sockaddr(here_), size) == 1 &&
           ::recv(socket_.get(), &none, 1, 0) == 1;
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(ntohs(here_.sin_port)); }

  /// One PTR record with this name, in wire format.
  void answer_ptr(std::string_view wire_name) {
    code_ = 0;
    records_ = {record(12, wire_name)};
  }
  /// An A record for each.
  void answer_a(const std::vector<std::uint32_t>& addresses) {
    code_ = 0;
    records_.clear();
    for (const std::uint32_t address : addresses) {
      const std::uint32_t wire = htonl(address);
      std::array<char, 4> bytes{};
      std::memcpy(bytes.data(), &wire, bytes.size());
      records_.push_back(record(1, {bytes.data(), bytes.size()}));
    }
  }
  /// No record, and this RCODE.
  void answer_code(int code) {
    code_ = code;
    records_.clear();
  }

  /// Answers what has come; returns how many questions that were.
  std::size_t serve() {
    std::size_t served = 0;
    std::array<char, 1500> packet{};
    sockaddr_in peer{};
    for (;;) {
      socklen_t size = sizeof peer;
      const ssize_t length =
          ::recvfrom(socket_.get(), packet.data(), packet.size(), 0, as_sockaddr(peer), &size);
      if (length < 0) {
        return served;
      }
      const std::string reply = reply_to(std::string(packet.data(), static_cast<std::size_t>(length)));
      static_cast<void>(::sendto(socket_.get(), reply.data(), reply.size(), 0, as_sockaddr(peer), size));
      ++served;
    }
  }

 private:
  static sockaddr* as_sockaddr(sockaddr_in& address) {
    return static_cast<sockaddr*>(static_cast<void*>(&address));
  }

  static std::string be16(std::size_t value) {
    return {static_cast<char>(value >> 8 & 255), static_cast<char>(value & 255)};
  }

  /// Its owner is the question's name, which begins at byte 12; class IN, TTL 60.
  static std::string record(std::size_t type, std::string_view data) {
    std::string bytes = be16(0xc00c) + be16(type) + be16(1) + be16(0) + be16(60) + be16(data.size());
    return bytes.append(data);
  }

  /// The question, sent back as an authoritative answer.
  std::string reply_to(std::string question) const {
    if (question.size() < 12) {
      return question;
    }
    question.replace(2, 2, be16(0x8580U | static_cast<std::size_t>(code_)));
    question.replace(6, 6, be16(records_.size()) + be16(0) + be16(0));
    for (const std::string& each : records_) {
      question += each;
    }
    return question;
  }

  Fd socket_;
  sockaddr_in here_{};
  std::vector<std::string> records_;
  int code_ = 3;
};

}  // namespace echosweep::net
