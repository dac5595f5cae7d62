#include "cli/host_word.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace echosweep::cli {

std::optional<Address> parse_as_inet_aton(const std::string& word) {
  if (const auto address = Address::parse(word)) {
    return *address;
  }
  in_addr old{};
  if (!word.empty() && word.find_first_of(" \t") == std::string::npos && inet_aton(word.c_str(), &old) != 0) {
    return Address::v4(ntohl(old.s_addr));
  }
  return std::nullopt;
}

bool may_be_name(std::string_view word) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  return !word.empty() && word.front() != '-' && word.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace echosweep::cli
