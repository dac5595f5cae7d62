#include "net/resolver.hpp"

#include <ares.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <utility>

// c-ares may answer from within the very call that asks (hosts file, bad names), and must not be asked again
// from within its callback. So its callbacks only put the answer aside, and process() hands the answers out
// afterwards.

namespace echosweep::net {

namespace {

/// RFC 1035 2.3.4, as text without the root's dot.
constexpr std::size_t kLongestName = 253;

/// The words of getaddrinfo(3), since users know them.
std::string_view failure_text(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
    case ARES_ENONAME:
      return gai_strerror(EAI_NONAME);
    case ARES_ENODATA:
      return gai_strerror(EAI_NODATA);
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED:
    case ARES_ESERVFAIL:
      return gai_strerror(EAI_AGAIN);
    case ARES_ENOMEM:
      return gai_strerror(EAI_MEMORY);
    default:
      return gai_strerror(EAI_FAIL);
  }
}

/// The Error that a callback gets; c-ares' statuses are no errnos.
Error failure(int status) {
  return Error{std::string(failure_text(status)), 0};
}

/// c-ares takes any bytes; getaddrinfo refuses these at once. UTF-8 may stand in a hosts file.
bool can_be_asked(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName + 1 && std::ranges::none_of(name, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7f;
  });
}

std::vector<Address> addresses_in(const ares_addrinfo& info) {
  std::vector<Address> addresses;
  for (const ares_addrinfo_node* node = info.nodes; node != nullptr; node = node->ai_next) {
    Address address;
    if (node->ai_family == AF_INET) {
      sockaddr_in from{};
      std::memcpy(&from, node->ai_addr, sizeof from);
      address = Address::v4(ntohl(from.sin_addr.s_addr));
    } else if (node->ai_family == AF_INET6) {
      sockaddr_in6 from{};
      std::memcpy(&from, node->ai_addr, sizeof from);
      address = Address::v6_from_bytes(from.sin6_addr.s6_addr, from.sin6_scope_id);
    } else {
      continue;
    }
    if (std::ranges::find(addresses, address) == addresses.end()) {
      addresses.push_back(address);
    }
  }
  return addresses;
}

int native(FamilyChoice family) {
  switch (family) {
    case FamilyChoice::kIpv4:
      return AF_INET;
    case FamilyChoice::kIpv6:
      return AF_INET6;
    case FamilyChoice::kAny:
      break;
  }
  return AF_UNSPEC;
}

}  // namespace

bool is_presentable_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name.front() != '-' &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; }) &&
         !Address::parse(name);
}

/// What c-ares points back at: it must not move.
class Resolver::Channel {
 public:
  explicit Channel(std::size_t in_flight) : in_flight_(in_flight) {}
  Channel(const Channel&) = delete;
  Channel(Channel&&) = delete;
  Channel& operator=(const Channel&) = delete;
  Channel& operator=(Channel&&) = delete;
  ~Channel() {
    if (handle_ != nullptr) {
      ares_destroy(handle_);
    }
    if (library_) {
      ares_library_cleanup();
    }
  }

  int open(const ResolverOptions& options);
  void ask(std::function<void()> question);
  void ask_name(std::string name, FamilyChoice family, LookupDone done);
  void ask_address(const Address& address, ReverseDone done);
  std::size_t pending() const { return waiting_.size() + under_way_ + answered_.size(); }
  void process(std::chrono::milliseconds at_most);

 private:
  struct Lookup {
    Channel* channel;
    LookupDone done;
  };
  struct Reverse {
    Channel* channel;
    ReverseDone done;
  };

  static void on_socket(void* self, ares_socket_t socket, int readable, int writable);
  static void on_lookup(void* request, int status, int timeouts, ares_addrinfo* info);
  static void on_reverse(void* request, int status, int timeouts, hostent* host);
  void answer(std::function<void()> callback);
  void start_waiting();
  void wait_for_sockets(std::chrono::milliseconds at_most);

  const std::size_t in_flight_;
  ares_channel handle_ = nullptr;
  bool library_ = false;
  bool dns_ = true;                             ///< false: hosts file only
  std::map<ares_socket_t, short> sockets_;      ///< what to poll each for
  std::deque<std::function<void()>> waiting_;   ///< questions not yet put to c-ares
  std::size_t under_way_ = 0;                   ///< questions with c-ares
  std::deque<std::function<void()>> answered_;  ///< callbacks to run
};

int Resolver::Channel::open(const ResolverOptions& options) {
  if (const int status = ares_library_init(ARES_LIB_INIT_ALL); status != ARES_SUCCESS) {
    return status;
  }
  library_ = true;
  ares_options wanted{};
  int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  wanted.timeout = static_cast<int>(options.timeout.count());
  wanted.tries = options.tries;
  wanted.sock_state_cb = &Channel::on_socket;
  wanted.sock_state_cb_data = this;
  std::string lookups = options.lookups;
  if (!lookups.empty()) {
    wanted.lookups = lookups.data();
    mask |= ARES_OPT_LOOKUPS;
  }
  if (const int status = ares_init_options(&handle_, &wanted, mask); status != ARES_SUCCESS) {
    handle_ = nullptr;
    return status;
  }
  ares_options actual{};
  int actual_mask = 0;
  if (const int status = ares_save_options(handle_, &actual, &actual_mask); status != ARES_SUCCESS) {
    return status;
  }
  dns_ = actual.lookups == nullptr || std::strchr(actual.lookups, 'b') != nullptr;
  ares_destroy_options(&actual);
  return options.servers.empty() ? ARES_SUCCESS
                                 : ares_set_servers_ports_csv(handle_, options.servers.c_str());
}

void Resolver::Channel::ask(std::function<void()> question) {
  waiting_.push_back(std::move(question));
}

void Resolver::Channel::ask_name(std::string name, FamilyChoice family, LookupDone done) {
  if (!can_be_asked(name)) {
    answer([done = std::move(done)] { done(std::unexpected(failure(ARES_ENOTFOUND))); });
    return;
  }
  ask([this, name = std::move(name), family, done = std::move(done)] {
    ares_addrinfo_hints hints{};
    hints.ai_family = native(family);
    hints.ai_socktype = SOCK_RAW;
    ares_getaddrinfo(handle_, name.c_str(), nullptr, &hints, &Channel::on_lookup,
                     std::make_unique<Lookup>(Lookup{this, done}).release());
  });
}

void Resolver::Channel::ask_address(const Address& address, ReverseDone done) {
  ask([this, address, done = std::move(done)] {
    const auto bytes = address.bytes();
    ares_gethostbyaddr(handle_, bytes.data(), address_bits(address.family()) / 8,
                       address.is_v4() ? AF_INET : AF_INET6, &Channel::on_reverse,
                       std::make_unique<Reverse>(Reverse{this, done}).release());
  });
}

void Resolver::Channel::on_socket(void* self, ares_socket_t socket, int readable, int writable) {
  auto& sockets = static_cast<Channel*>(self)->sockets_;
  const int events = (readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0);
  if (events == 0) {
    sockets.erase(socket);
  } else {
    sockets[socket] = static_cast<short>(events);
  }
}

void Resolver::Channel::on_lookup(void* request, int status, int, ares_addrinfo* info) {
  const std::unique_ptr<Lookup> lookup(static_cast<Lookup*>(request));
  std::vector<Address> addresses;
  if (info != nullptr) {
    addresses = addresses_in(*info);
    ares_freeaddrinfo(info);
  }
  Result<std::vector<Address>> result = std::move(addresses);
  if (status != ARES_SUCCESS) {
    // Where DNS is not asked, c-ares calls a name that the hosts file lacks ARES_ECONNREFUSED.
    result = std::unexpected(failure(lookup->channel->dns_ ? status : ARES_ENOTFOUND));
  } else if (result->empty()) {
    result = std::unexpected(failure(ARES_ENODATA));
  }
  --lookup->channel->under_way_;
  lookup->channel->answer([done = std::move(lookup->done), result = std::move(result)] { done(result); });
}

void Resolver::Channel::on_reverse(void* request, int status, int, hostent* host) {
  const std::unique_ptr<Reverse> reverse(static_cast<Reverse*>(request));
  std::optional<std::string> name;
  if (status == ARES_SUCCESS && host != nullptr && host->h_name != nullptr &&
      is_presentable_name(host->h_name)) {
    name = host->h_name;
  }
  --reverse->channel->under_way_;
  reverse->channel->answer([done = std::move(reverse->done), name = std::move(name)] { done(name); });
}

void Resolver::Channel::answer(std::function<void()> callback) {
  answered_.push_back(std::move(callback));
}

void Resolver::Channel::start_waiting() {
  while (under_way_ < in_flight_ && !waiting_.empty()) {
    const auto question = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    question();
  }
}

void Resolver::Channel::wait_for_sockets(std::chrono::milliseconds at_most) {
  timeval limit{};
  limit.tv_sec = at_most.count() / 1000;
  limit.tv_usec = at_most.count() % 1000 * 1000;
  timeval next{};
  const timeval* const wait = ares_timeout(handle_, &limit, &next);
  const auto ms = wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000;

  std::vector<pollfd> polled;
  polled.reserve(sockets_.size());
  for (const auto& [socket, events] : sockets_) {
    polled.push_back(pollfd{.fd = socket, .events = events, .revents = 0});
  }
  const int ready = poll(polled.data(), polled.size(), static_cast<int>(ms));
  for (const pollfd& one : polled) {
    if (ready > 0 && one.revents != 0) {
      const bool readable = (one.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
      const bool writable = (one.revents & POLLOUT) != 0;
      ares_process_fd(handle_, readable ? one.fd : ARES_SOCKET_BAD, writable ? one.fd : ARES_SOCKET_BAD);
    }
  }
  ares_process_fd(handle_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what has timed out
}

void Resolver::Channel::process(std::chrono::milliseconds at_most) {
  start_waiting();
  if (pending() == 0) {
    return;
  }
  wait_for_sockets(answered_.empty() ? std::max(at_most, std::chrono::milliseconds(0))
                                     : std::chrono::milliseconds(0));
  // Only what is there by now: a callback that asks again, and is answered at once, has its turn next time.
  for (std::size_t left = answered_.size(); left > 0; --left) {
    const auto callback = std::move(answered_.front());
    answered_.pop_front();
    callback();
  }
  start_waiting();
}

Result<Resolver> Resolver::open(const ResolverOptions& options) {
  auto channel = std::make_unique<Channel>(std::max<std::size_t>(options.in_flight, 1));
  if (const int status = channel->open(options); status != ARES_SUCCESS) {
    return fail(fmt::format(
        "cannot set up name resolution: {} (see /etc/resolv.conf, or give addresses instead of names)",
        ares_strerror(status)));
  }
  return Resolver(std::move(channel));
}

Resolver::Resolver(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}
Resolver::Resolver(Resolver&&) noexcept = default;
Resolver& Resolver::operator=(Resolver&&) noexcept = default;
Resolver::~Resolver() = default;

void Resolver::lookup(std::string name, FamilyChoice family, LookupDone done) {
  channel_->ask_name(std::move(name), family, std::move(done));
}

void Resolver::reverse(const Address& address, ReverseDone done) {
  channel_->ask_address(address, std::move(done));
}

std::size_t Resolver::pending() const {
  return channel_->pending();
}

void Resolver::process(std::chrono::milliseconds at_most) {
  channel_->process(at_most);
}

}  // namespace echosweep::net
