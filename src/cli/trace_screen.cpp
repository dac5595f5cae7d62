#include "cli/trace_screen.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <span>

namespace echosweep::cli {

std::optional<TraceScreen::Size> TraceScreen::size() {
  if (isatty(STDOUT_FILENO) != 1) {
    return std::nullopt;
  }
  winsize window{};
  Size size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_row > 1 && window.ws_col > 1) {
    size = {.rows = window.ws_row, .columns = window.ws_col};
  }
  return size;
}

Result<void> TraceScreen::draw(const std::vector<std::string>& lines, const Size& size) {
  const std::size_t count = std::min(lines.size(), size.rows - 1);
  std::string text = drawn_ > 0 ? fmt::format("\x1b[{}A\r", drawn_) : "\r";
  if (drawn_ > 0 && size != size_) {
    // A window that changed its size has broken the lines anew: nobody knows where they begin.
    text = "\x1b[H\x1b[J";
  }
  size_ = size;
  for (const std::string& line : std::span(lines).first(count)) {
    // One column less: a full line moves the cursor on some terminals.
    text += line.substr(0, size.columns - 1);
    text += "\x1b[K\n";
  }
  text += "\x1b[J";
  drawn_ = count;
  if (auto done = out_.append(text); !done) {
    return done;
  }
  return out_.flush();
}

}  // namespace echosweep::cli
