// The map in a terminal. A character cell is about twice as high as wide. In colour each holds two spots, one
// above the other: the upper half block, in its two colours. Without, a spot is two shading characters side
// by side.
//
// The map is scaled to the window by whole numbers: blocks of 4^n cells become one spot, or a cell several.
// As in the picture it is cut into blocks, each with a line for its prefix above it, so that no word hides a
// spot.
#include "map/terminal_map.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "map/hilbert.hpp"
#include "map/palette.hpp"

namespace echosweep::map {

namespace {

constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kUpperHalf = "▀";
/// Lines of the window below the map: the progress, or whatever comes next.
constexpr std::size_t kBelow = 2;
constexpr int kRampWidth = 8;  ///< of the legend, in columns
constexpr std::string_view kShades[] = {"█", "▓", "▒", "░"};

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// A prefix in `room` columns: where it has no room its last part, as the others are those of the whole map.
std::string_view shorten(std::string_view name, std::size_t room) {
  if (name.size() > room) {
    name.remove_prefix(name.find_last_of(".:"));
  }
  return name.substr(0, room);
}

/// The character for a spot where there is no colour.
std::string_view shade_of(const Spot& spot, const RttScale& scale) {
  switch (spot.look) {
    case Look::kUnswept:
      return " ";
    case Look::kSilent:
      return "·";
    case Look::kUnsent:
      return "?";
    case Look::kUnreachable:
      return "x";
    case Look::kAlive:
      break;
  }
  if (!spot.rtt) {
    return "@";
  }
  return kShades[std::min(std::size_t{3}, static_cast<std::size_t>(scale.position(*spot.rtt) * 4))];
}

/// How the map is cut and scaled for a window.
struct Plan {
  int bits = 0;            ///< log2 of the number of spots
  std::uint32_t size = 1;  ///< of a spot: columns, and half lines in colour
  int block_bits = 0;

  std::uint32_t width() const { return columns_of(bits) * size; }
  std::uint32_t height() const { return rows_of(bits) * size; }
};

class TerminalPainter {
 public:
  TerminalPainter(const Grid& grid, const Summary& summary, const TerminalSize& size)
      : grid_(grid), summary_(summary), size_(size) {
    choose_plan();
    scale_ = RttScale::of(grid, plan_.bits);
  }

  std::string paint() {
    for (const std::string& line : make_title(summary_)) {
      add_line(line);
    }
    prepare_spots();
    const std::uint32_t block_height = plan_.height() / rows_of(plan_.block_bits);
    for (std::uint32_t line = 0; line < plan_.height(); line += step()) {
      if (line % block_height == 0) {
        add_names(line / block_height);
      }
      add_map_line(line);
    }
    for (const std::string& line : make_notes(plan_, summary_)) {
      add_line(line);
    }
    return std::move(text_);
  }

 private:
  /// Lines of the map that one line of text shows.
  std::uint32_t step() const { return size_.colour ? 2 : 1; }
  /// Characters that a column of the map takes.
  std::size_t breadth() const { return size_.colour ? 1 : 2; }

  /// A summary with the longest words that the run may come to: the map must not change its size on the way.
  Summary widest() const {
    constexpr std::chrono::hours kLong{100};
    Summary summary = summary_;
    summary.alive = summary.unreachable = summary.unsent = summary.silent = summary.targets;
    summary.elapsed = kLong;
    summary.stopped_by = "stopped early";
    summary.running = false;
    return summary;
  }

  std::size_t lines_of(const Plan& plan) const {
    return plan.height() / step() + rows_of(plan.block_bits) + make_title(widest()).size() +
           make_notes(plan, widest()).size();
  }

  /// The largest that fits the window; the smallest there is if none does.
  void choose_plan() {
    const int odd = grid_.bits() % 2;
    const int smallest = 8 - odd;  // 16 x 16, 16 x 8
    plan_ = {.bits = smallest, .size = 1, .block_bits = 2 - odd};
    for (int bits = smallest; bits <= grid_.bits(); bits += 2) {
      // Enlarged only where no finer map is to be had.
      const std::uint32_t largest = bits == grid_.bits() ? 16 : 1;
      for (std::uint32_t size = 1; size <= largest; ++size) {
        Plan plan{.bits = bits, .size = size, .block_bits = 4 - odd};
        if (!names_fit(plan)) {
          plan.block_bits = 2 - odd;
        }
        const bool wide_enough = plan.width() * breadth() <= size_.columns;
        const bool high_enough = size_.rows == 0 || lines_of(plan) + kBelow <= size_.rows;
        if (wide_enough && high_enough) {
          plan_ = plan;
        }
      }
    }
  }

  bool names_fit(const Plan& plan) const {
    const std::size_t room = plan.width() * breadth() / columns_of(plan.block_bits);
    const std::uint64_t last = (std::uint64_t{1} << plan.block_bits) - 1;
    return short_text(grid_.space().part(last, plan.block_bits)).size() < room;
  }

  void add_line(std::string_view line) {
    text_ += line;
    text_ += '\n';
  }

  void add_names(std::uint32_t block_row) {
    const std::uint32_t blocks = columns_of(plan_.block_bits);
    const std::size_t room = plan_.width() * breadth() / blocks;
    std::string line;
    for (std::uint32_t column = 0; column < blocks; ++column) {
      const std::uint64_t block = index_of({.column = column, .row = block_row}, plan_.block_bits);
      const std::string name = short_text(grid_.space().part(block, plan_.block_bits));
      line += fmt::format("{:<{}}", shorten(name, room - 1), room);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    add_line(line);
  }

  void prepare_spots() {
    spots_.resize(std::size_t{1} << plan_.bits);
    for (std::uint64_t index = 0; index < spots_.size(); ++index) {
      const Place place = place_of(index, plan_.bits);
      spots_[place.row * columns_of(plan_.bits) + place.column] = grid_.spot(index, plan_.bits);
    }
  }

  const Spot& spot_at(std::uint32_t column, std::uint32_t row) const {
    return spots_[row / plan_.size * columns_of(plan_.bits) + column / plan_.size];
  }

  void add_map_line(std::uint32_t row) {
    std::string line;
    std::optional<std::pair<int, int>> set;
    for (std::uint32_t column = 0; column < plan_.width(); ++column) {
      if (!size_.colour) {
        const std::string_view shade = shade_of(spot_at(column, row), scale_);
        line += shade;
        line += shade;
        continue;
      }
      const std::pair<int, int> wanted = {number_of(spot_at(column, row)),
                                          number_of(spot_at(column, row + 1))};
      if (set != wanted) {
        line += fmt::format("\x1b[38;5;{};48;5;{}m", wanted.first, wanted.second);
        set = wanted;
      }
      line += kUpperHalf;
    }
    if (size_.colour) {
      line += kPlain;
    } else {
      line.erase(line.find_last_not_of(' ') + 1);
    }
    add_line(line);
  }

  int number_of(const Spot& spot) const { return colour_number_of(spot, scale_); }

  /// Puts pieces side by side as far as they fit the window, in lines.
  class Lines {
   public:
    explicit Lines(std::size_t columns) : columns_(columns) {}
    /// `width`: how many columns the text takes.
    void put(const std::string& text, std::size_t width) {
      if (!lines_.empty() && used_ + kBetween.size() + width <= columns_) {
        lines_.back() += std::string(kBetween) + text;
        used_ += kBetween.size() + width;
      } else {
        lines_.push_back(text);
        used_ = width;
      }
    }
    void put(const std::string& text) { put(text, text.size()); }
    std::vector<std::string> take() { return std::move(lines_); }

   private:
    static constexpr std::string_view kBetween = "  ";
    std::size_t columns_;
    std::vector<std::string> lines_;
    std::size_t used_ = 0;
  };

  std::vector<std::string> make_title(const Summary& summary) const {
    Lines lines(size_.columns);
    lines.put(to_string(grid_.space()));
    lines.put(circumstances(summary));
    return lines.take();
  }

  /// The legend. Its size does not depend on the scale, which follows from the plan.
  std::vector<std::string> make_notes(const Plan& plan, const Summary& summary) const {
    Lines lines(size_.columns);
    for (const LegendEntry& entry : legend(summary)) {
      if (entry.look == Look::kUnswept && !size_.colour) {
        continue;  // blank, as it should be
      }
      if (entry.look != Look::kAlive) {
        lines.put(sample({entry.look, std::nullopt}) + " " + entry.text, 3 + entry.text.size());
        continue;
      }
      constexpr std::size_t kTimeWidth = 6;
      lines.put(entry.text);
      lines.put(fmt::format("{:>{}} {} {:<{}}", short_time(scale_.low()), kTimeWidth, ramp(),
                            short_time(scale_.high()), kTimeWidth),
                2 * kTimeWidth + 2 + kRampWidth);
      lines.put(sample({Look::kAlive, std::nullopt}) + " untimed", 10);
    }
    if (const int bits = grid_.space().host_bits() - plan.bits; bits > 0) {
      lines.put(fmt::format("each spot a /{}, by its best", grid_.space().length + plan.bits));
    }
    if (const std::string missing = explain_missing(summary, grid_.space().base.family()); !missing.empty()) {
      lines.put(missing);
    }
    return lines.take();
  }

  std::string ramp() const {
    std::string text;
    for (int i = 0; i < kRampWidth; ++i) {
      const double position = (i + 0.5) / kRampWidth;
      text += size_.colour ? fmt::format("\x1b[48;5;{}m {}", rtt_colour_number(position), kPlain)
                           : std::string(kShades[static_cast<std::size_t>(position * 4)]);
    }
    return text;
  }

  /// Two characters of the legend that look so.
  std::string sample(const Spot& spot) const {
    if (!size_.colour) {
      return fmt::format("{0}{0}", shade_of(spot, scale_));
    }
    return fmt::format("\x1b[48;5;{}m  {}", number_of(spot), kPlain);
  }

  const Grid& grid_;
  const Summary& summary_;
  const TerminalSize size_;
  RttScale scale_;
  Plan plan_;
  std::vector<Spot> spots_;  ///< row by row
  std::string text_;
};

}  // namespace

TerminalSize terminal_size(int descriptor) {
  constexpr std::size_t kMostColumns = 1000;
  TerminalSize size;
  const bool terminal = isatty(descriptor) == 1;
  size.colour = terminal && environment("TERM") != "dumb" && environment("NO_COLOR").empty();
  winsize window{};
  if (terminal && ioctl(descriptor, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) {
    size.columns = window.ws_col;
    size.rows = window.ws_row;
  } else if (const unsigned long columns =
                 std::strtoul(std::string(environment("COLUMNS")).c_str(), nullptr, 10);
             columns > 0) {
    size.columns = std::min<std::size_t>(columns, kMostColumns);
  }
  return size;
}

std::string draw_terminal(const Grid& grid, const Summary& summary, const TerminalSize& size) {
  return TerminalPainter(grid, summary, size).paint();
}

}  // namespace echosweep::map
