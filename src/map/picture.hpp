#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "map/canvas.hpp"
#include "map/grid.hpp"
#include "map/hilbert.hpp"
#include "map/summary.hpp"

namespace echosweep::map {

/// Where the cells of a grid lie in a picture. The map is cut into square blocks, each with its prefix above
/// it: no word lies on a cell.
class PictureLayout {
 public:
  /// Width of the blocks together, in pixels; that of a cell follows, as both are powers of two.
  static constexpr int kMapWidth = 1024;

  explicit PictureLayout(const Grid& grid);

  /// Cell number `index`, without the line that parts it from the next.
  Box cell(std::uint64_t index) const;
  /// The left end of the line for the block's name, and its size.
  Box label(std::uint64_t block) const;
  /// log2 of how many blocks there are.
  int block_bits() const { return block_bits_; }
  const std::string& name(std::uint64_t block) const { return names_[block]; }
  int label_scale() const { return label_scale_; }
  /// All blocks with their names.
  Box map() const;

 private:
  bool choose_blocks(const Grid& grid, int block_bits, int scale);
  int blocks_high() const { return static_cast<int>(rows_of(block_bits_)); }
  int blocks_wide() const { return static_cast<int>(columns_of(block_bits_)); }
  int label_height() const;
  int block_size() const { return kMapWidth / blocks_wide(); }
  /// Between blocks: narrower where these are small.
  int gap() const { return block_size() >= 128 ? 8 : 4; }

  int bits_;
  int cell_size_;
  int block_bits_ = 0;
  int label_scale_ = 1;
  std::vector<std::string> names_;
};

/// The map with title and legend.
Canvas draw_picture(const Grid& grid, const Summary& summary);

}  // namespace echosweep::map
