#include "map/live_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "map/terminal_map.hpp"
#include "report/output.hpp"

namespace echosweep::map {

namespace {

constexpr std::string_view kEraseBelow = "\x1b[J";
constexpr std::string_view kEraseScreen = "\x1b[H\x1b[J";
constexpr std::string_view kEraseRest = "\x1b[K";

/// From the line of the cursor to the start of the one `lines` above.
std::string up(std::size_t lines) {
  return lines == 0 ? "\r" : fmt::format("\r\x1b[{}A", lines);
}

}  // namespace

LiveMap::LiveMap(int descriptor, std::shared_ptr<const Survey> survey)
    : descriptor_(descriptor), survey_(std::move(survey)) {}

LiveMap::~LiveMap() {
  clear();
}

void LiveMap::show(const std::string& progress) {
  TerminalSize size = terminal_size(descriptor_);
  const bool resized = visible_ && (size.columns != columns_ || size.rows != rows_);
  std::string text = draw_terminal(survey_->grid(), survey_->summary(), size);
  if (static_cast<std::size_t>(std::ranges::count(text, '\n')) >= std::max<std::size_t>(size.rows, 1)) {
    text.clear();  // a window in which no map has room
  }
  text += progress;
  // A window that changed its size has broken the lines anew: nobody knows where they begin.
  std::string frame = resized ? std::string(kEraseScreen) : up(visible_ ? lines_ : 0);
  lines_ = 0;
  for (const char character : text) {
    if (character == '\n') {
      frame += kEraseRest;
      ++lines_;
    }
    frame += character;
  }
  frame += kEraseBelow;
  write(frame);
  visible_ = true;
  columns_ = size.columns;
  rows_ = size.rows;
}

void LiveMap::clear() {
  if (visible_) {
    write(up(lines_) + std::string(kEraseBelow));
    visible_ = false;
  }
}

void LiveMap::leave() {
  show("");
  visible_ = false;
}

void LiveMap::write(std::string_view text) const {
  report::show_or_lose(descriptor_, text);
}

}  // namespace echosweep::map
