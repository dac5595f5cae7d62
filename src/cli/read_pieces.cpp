#include "cli/read_pieces.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "net/fd.hpp"

namespace echosweep::cli {

Result<void> read_pieces(const std::string& path, const std::function<bool(std::string_view)>& take) {
  const net::Fd file(path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                 : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const std::string name = path == "-" ? "standard input" : path;
  if (!file) {
    return fail_errno(fmt::format("cannot read targets from {}", name), errno);
  }
  constexpr std::size_t kPiece = 1 << 20;
  std::string text(kPiece, '\0');
  std::size_t kept = 0;  // the beginning of a line whose end has not come yet
  while (true) {
    if (kept == text.size()) {
      return fail(fmt::format("cannot read targets from {}: no line ends within {} bytes: not a text file",
                              name, kPiece));
    }
    const ssize_t got = read(file.get(), text.data() + kept, text.size() - kept);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail_errno(fmt::format("cannot read targets from {}", name), errno);
    }
    const std::string_view all(text.data(), kept + static_cast<std::size_t>(got));
    const std::size_t whole = got == 0 ? all.size() : all.rfind('\n') + 1;  // npos + 1 is 0
    if (!take(all.substr(0, whole)) || got == 0) {
      return {};
    }
    kept = all.size() - whole;
    text.replace(0, kept, text, whole, kept);
  }
}

}  // namespace echosweep::cli
