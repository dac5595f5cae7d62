#include "map/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "map/font.hpp"
#include "map/palette.hpp"

namespace echosweep::map {

namespace {

constexpr int kMargin = 24;
constexpr int kTitleScale = 4;
constexpr int kTextScale = 2;
constexpr int kLineHeight = 26;
constexpr int kTitleHeight = 78;
constexpr int kRampHeight = 72;
constexpr int kNoteHeight = 22;
constexpr int kSwatch = 20;
constexpr int kBesideSwatch = 10;
constexpr int kBetweenEntries = 34;
/// From this size on cells are parted by a line.
constexpr int kPartedCell = 8;

/// Cuts a text into lines of at most `width` pixels, between words.
std::vector<std::string> wrap(std::string_view text, int width, int scale) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    const bool fits = !lines.empty() && text_width(lines.back(), scale) +
                                                (static_cast<int>(word.size()) + 1) * kGlyphAdvance * scale <=
                                            width;
    if (fits) {
      lines.back() += ' ';
      lines.back() += word;
    } else {
      lines.emplace_back(word);
    }
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return lines;
}

/// What to write into a cell of one address: its last octet, or its last 16 bits.
std::string last_digits(const Prefix& address) {
  const auto value = static_cast<unsigned>(address.base.value() & 0xffff);
  return address.base.is_v4() ? fmt::format("{}", value & 0xff) : fmt::format("{:x}", value);
}

class Painter {
 public:
  Painter(const Grid& grid, const Summary& summary)
      : grid_(grid),
        summary_(summary),
        layout_(grid),
        scale_(RttScale::of(grid, grid.bits())),
        entries_(arrange_entries()),
        notes_(make_notes()),
        canvas_(layout_.map().width + 2 * kMargin, bottom_of_map() + legend_height() + kMargin, kPaper) {}

  Canvas paint() {
    paint_title();
    for (std::uint64_t block = 0; block < std::uint64_t{1} << layout_.block_bits(); ++block) {
      const Box label = layout_.label(block);
      canvas_.write(label.x, label.y, layout_.name(block), layout_.label_scale(), kPaleInk);
    }
    for (std::uint64_t cell = 0; cell < std::uint64_t{1} << grid_.bits(); ++cell) {
      paint_cell(cell);
    }
    paint_legend();
    return std::move(canvas_);
  }

 private:
  int bottom_of_map() const { return layout_.map().y + layout_.map().height + kMargin; }
  int legend_height() const {
    const auto entry_lines = static_cast<int>(entries_.size());
    return kLineHeight * entry_lines + kRampHeight + kNoteHeight * static_cast<int>(notes_.size());
  }

  /// Lines of entries that fit the map's width.
  std::vector<std::vector<LegendEntry>> arrange_entries() const {
    std::vector<std::vector<LegendEntry>> lines(1);
    int used = 0;
    for (LegendEntry& entry : legend(summary_)) {
      const int width = entry_width(entry);
      if (used > 0 && used + width - kBetweenEntries > layout_.map().width) {
        lines.emplace_back();
        used = 0;
      }
      used += width;
      lines.back().push_back(std::move(entry));
    }
    return lines;
  }
  static int entry_width(const LegendEntry& entry) {
    return kSwatch + kBesideSwatch + text_width(entry.text, kTextScale) + kBetweenEntries;
  }

  std::vector<std::string> make_notes() const {
    const std::string text = fmt::format(
        "{} Neighbours in number are neighbours here, along a Hilbert curve from the top left to the {}. {}",
        explain_spot("square", grid_.space(), grid_.cell_bits()),
        grid_.bits() % 2 == 0 ? "bottom left" : "top right", explain_missing(summary_, family()));
    return wrap(text, layout_.map().width, kTextScale);
  }
  Family family() const { return grid_.space().base.family(); }

  void paint_title() {
    const std::string title = to_string(grid_.space());
    const int scale = text_width(title, kTitleScale) <= layout_.map().width ? kTitleScale : kTextScale;
    canvas_.write(kMargin, kMargin, title, scale, kInk);
    canvas_.write(kMargin, kMargin + kCapHeight * kTitleScale + 14, circumstances(summary_), kTextScale,
                  kPaleInk);
  }

  void paint_cell(std::uint64_t cell) {
    const Box box = layout_.cell(cell);
    const Spot spot = grid_.spot(cell);
    const Rgb colour = colour_of(spot, scale_);
    canvas_.fill(box, colour);
    paint_pattern(box, spot.look, colour);
    const int scale = box.width >= 48 ? 2 : 1;
    if (grid_.cell_bits() != 0 || box.width < 24) {
      return;
    }
    const std::string digits = last_digits(grid_.space().part(cell, grid_.bits()));
    const Rgb ink =
        spot.look == Look::kSilent || spot.look == Look::kUnswept ? Rgb{0x6d, 0x76, 0x84} : ink_on(colour);
    canvas_.write(box.x + (box.width - text_width(digits, scale)) / 2,
                  box.y + (box.height - kCapHeight * scale) / 2, digits, scale, ink);
  }

  /// Where cells are large enough, the looks that are told by hue alone bear a mark as well.
  void paint_pattern(const Box& box, Look look, Rgb colour) {
    if (box.width < kPartedCell - 1 || (look != Look::kUnreachable && look != Look::kUnsent)) {
      return;
    }
    const Rgb mark = {static_cast<std::uint8_t>(colour.red * 2 / 3),
                      static_cast<std::uint8_t>(colour.green * 2 / 3),
                      static_cast<std::uint8_t>(colour.blue * 2 / 3)};
    const int thick = std::max(1, box.width / 20);
    if (look == Look::kUnreachable) {  // a frame
      canvas_.fill(box, mark);
      canvas_.fill({.x = box.x + thick,
                    .y = box.y + thick,
                    .width = box.width - 2 * thick,
                    .height = box.height - 2 * thick},
                   colour);
      return;
    }
    const int stripe = 3 * thick;
    for (int y = 0; y < box.height; ++y) {
      for (int x = 0; x < box.width; ++x) {
        if ((x + y) % stripe < thick) {
          canvas_.set(box.x + x, box.y + y, mark);
        }
      }
    }
  }

  void paint_legend() {
    int y = bottom_of_map();
    for (const auto& line : entries_) {
      int x = kMargin;
      for (const LegendEntry& entry : line) {
        const Rgb colour =
            entry.look == Look::kAlive ? rtt_colour(0.2) : colour_of({entry.look, std::nullopt}, scale_);
        paint_swatch(x, y, entry.look, colour, entry.text);
        x += entry_width(entry);
      }
      y += kLineHeight;
    }
    paint_ramp(y + 10);
    y += kRampHeight;
    for (const std::string& line : notes_) {
      canvas_.write(kMargin, y, line, kTextScale, kPaleInk);
      y += kNoteHeight;
    }
  }

  void paint_swatch(int x, int y, Look look, Rgb colour, std::string_view text) {
    const Box swatch{.x = x, .y = y - 3, .width = kSwatch, .height = kSwatch};
    canvas_.fill({.x = x - 1, .y = y - 4, .width = kSwatch + 2, .height = kSwatch + 2}, kPaleInk);
    canvas_.fill(swatch, colour);
    if (layout_.cell(0).width >= kPartedCell - 1) {
      paint_pattern(swatch, look, colour);
    }
    canvas_.write(x + kSwatch + kBesideSwatch, y, text, kTextScale, kInk);
  }

  void paint_ramp(int y) {
    constexpr std::string_view kName = "round trip";
    constexpr std::string_view kUntimed = "alive, time unknown";
    canvas_.write(kMargin, y, kName, kTextScale, kInk);
    const int untimed =
        kMargin + layout_.map().width - text_width(kUntimed, kTextScale) - kBesideSwatch - kSwatch;
    const int left = kMargin + text_width(kName, kTextScale) + kBetweenEntries;
    const int right = untimed - 2 * kBetweenEntries;
    for (int x = left; x < right; ++x) {
      const double position = static_cast<double>(x - left) / (right - left - 1);
      canvas_.fill({.x = x, .y = y - 3, .width = 1, .height = kSwatch}, rtt_colour(position));
    }
    paint_ticks(left, right, y + kSwatch - 3);
    paint_swatch(untimed, y, Look::kAlive, kUntimedColour, kUntimed);
  }

  /// Both ends of the scale, and between them what has room.
  void paint_ticks(int left, int right, int y) {
    const auto ticks = scale_.ticks();
    const auto text_of = [&](std::size_t i) {
      return (i == 0 ? "<= " : i + 1 == ticks.size() ? ">= " : "") + short_time(ticks[i]);
    };
    const int end_starts = right - text_width(text_of(ticks.size() - 1), kTextScale) / 2;
    int used = 0;
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      const std::string text = text_of(i);
      const int width = text_width(text, kTextScale);
      const int x = left + static_cast<int>(scale_.position(ticks[i]) * (right - left - 2));
      const int start = std::max(kMargin, x - width / 2);
      const bool is_end = i == 0 || i + 1 == ticks.size();
      if (!is_end && (start < used || start + width + kBesideSwatch > end_starts)) {
        continue;
      }
      canvas_.fill({.x = x, .y = y, .width = 2, .height = 5}, kPaleInk);
      canvas_.write(start, y + 9, text, kTextScale, kPaleInk);
      used = start + width + kBesideSwatch;
    }
  }

  const Grid& grid_;
  const Summary& summary_;
  const PictureLayout layout_;
  const RttScale scale_;
  const std::vector<std::vector<LegendEntry>> entries_;
  const std::vector<std::string> notes_;
  Canvas canvas_;
};

}  // namespace

PictureLayout::PictureLayout(const Grid& grid)
    : bits_(grid.bits()), cell_size_(kMapWidth / static_cast<int>(columns_of(grid.bits()))) {
  // The more names the better, as long as they can be read; 16 (or 8) of whatever size in any case.
  const int odd = bits_ % 2;
  for (const int scale : {2, 1}) {
    for (const int block_bits : {8 - odd, 6 - odd, 4 - odd}) {
      if (choose_blocks(grid, block_bits, scale)) {
        return;
      }
    }
  }
}

bool PictureLayout::choose_blocks(const Grid& grid, int block_bits, int scale) {
  block_bits_ = block_bits;
  label_scale_ = scale;
  names_.clear();
  bool fits = grid.bits() - block_bits >= 2;
  const int width = kMapWidth / blocks_wide();
  for (std::uint64_t block = 0; block < std::uint64_t{1} << block_bits; ++block) {
    names_.push_back(short_text(grid.space().part(block, block_bits)));
    fits = fits && text_width(names_.back(), scale) <= width;
  }
  return fits;
}

int PictureLayout::label_height() const {
  return kCapHeight * label_scale_ + 6;
}

Box PictureLayout::cell(std::uint64_t index) const {
  const Place place = place_of(index, bits_);
  const int x = static_cast<int>(place.column) * cell_size_;
  const int y = static_cast<int>(place.row) * cell_size_;
  const int size = cell_size_ >= kPartedCell ? cell_size_ - 1 : cell_size_;
  return {.x = kMargin + x + x / block_size() * gap(),
          .y = kMargin + kTitleHeight + y + y / block_size() * (gap() + label_height()) + label_height(),
          .width = size,
          .height = size};
}

Box PictureLayout::label(std::uint64_t block) const {
  const Place place = place_of(block, block_bits_);
  return {.x = kMargin + static_cast<int>(place.column) * (block_size() + gap()),
          .y = kMargin + kTitleHeight + static_cast<int>(place.row) * (block_size() + gap() + label_height()),
          .width = block_size(),
          .height = label_height()};
}

Box PictureLayout::map() const {
  return {.x = kMargin,
          .y = kMargin + kTitleHeight,
          .width = kMapWidth + (blocks_wide() - 1) * gap(),
          .height = blocks_high() * (block_size() + label_height() + gap()) - gap()};
}

Canvas draw_picture(const Grid& grid, const Summary& summary) {
  return Painter(grid, summary).paint();
}

}  // namespace echosweep::map
