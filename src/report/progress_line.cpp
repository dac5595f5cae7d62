#include "report/progress_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <utility>

#include "report/output.hpp"

namespace echosweep::report {

namespace {

constexpr std::size_t kUnknownColumns = 80;
constexpr std::string_view kToStart = "\r";
constexpr std::string_view kEraseRest = "\x1b[K";

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

ProgressLine::ProgressLine(int descriptor)
    : descriptor_(descriptor),
      terminal_(isatty(descriptor) == 1 && environment("TERM") != "dumb"),
      colour_(terminal_ && environment("NO_COLOR").empty()) {}

ProgressLine::~ProgressLine() {
  clear();
}

bool ProgressLine::due(MonotonicTime now) const {
  return !drawn_ || now - *drawn_ >= (terminal_ ? kTerminalInterval : kPlainInterval);
}

void ProgressLine::draw(const ProgressSnapshot& snapshot, MonotonicTime now) {
  if (!due(now)) {
    return;
  }
  drawn_ = now;
  std::string text(terminal_ ? kToStart : "");
  text += format_progress(snapshot, columns(), colour_);
  text += terminal_ ? kEraseRest : "\n";
  write(text);
  if (terminal_) {
    visible_ = true;
    last_ = std::move(text);
  }
}

void ProgressLine::restore() {
  if (!visible_ && !last_.empty()) {
    write(last_);
    visible_ = true;
  }
}

void ProgressLine::clear() {
  if (visible_) {
    write(std::string(kToStart) + std::string(kEraseRest));
    visible_ = false;
  }
}

std::size_t ProgressLine::columns() const {
  winsize size{};
  if (ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return kUnknownColumns;
  }
  return size.ws_col;
}

void ProgressLine::write(std::string_view text) const {
  show_or_lose(descriptor_, text);
}

}  // namespace echosweep::report
