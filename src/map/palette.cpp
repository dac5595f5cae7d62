#include "map/palette.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace echosweep::map {

namespace {

/// At equal distances, mixed in between.
constexpr std::array<Rgb, 6> kRamp = {{{0xff, 0xf6, 0xb0},
                                       {0xff, 0xd8, 0x3f},
                                       {0xff, 0xa6, 0x24},
                                       {0xf2, 0x74, 0x1c},
                                       {0xd0, 0x48, 0x16},
                                       {0x9c, 0x28, 0x10}}};

/// From light yellow by orange to dark red.
constexpr std::array<std::uint8_t, 8> kRampNumbers = {228, 221, 214, 208, 202, 166, 160, 124};

std::uint8_t mix(std::uint8_t a, std::uint8_t b, double share) {
  return static_cast<std::uint8_t>(std::lround(a + share * (b - a)));
}

/// sRGB's curve undone (IEC 61966-2-1).
double linear(std::uint8_t channel) {
  const double value = channel / 255.0;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

int square(int value) {
  return value * value;
}

int distance(Rgb a, Rgb b) {
  return square(a.red - b.red) + square(a.green - b.green) + square(a.blue - b.blue);
}

/// xterm's cube has these steps in each channel.
constexpr std::array<std::uint8_t, 6> kCube = {0, 95, 135, 175, 215, 255};

std::size_t nearest_step(std::uint8_t channel) {
  const auto* const nearest = std::ranges::min_element(
      kCube, {}, [&](std::uint8_t step) { return std::abs(static_cast<int>(step) - channel); });
  return static_cast<std::size_t>(nearest - kCube.data());
}

}  // namespace

Rgb rtt_colour(double position) {
  const double at = std::clamp(position, 0.0, 1.0) * (kRamp.size() - 1);
  const std::size_t step = std::min(static_cast<std::size_t>(at), kRamp.size() - 2);
  const double share = at - static_cast<double>(step);
  const Rgb a = kRamp[step];
  const Rgb b = kRamp[step + 1];
  return {mix(a.red, b.red, share), mix(a.green, b.green, share), mix(a.blue, b.blue, share)};
}

Rgb colour_of(const Spot& spot, const RttScale& scale) {
  switch (spot.look) {
    case Look::kUnswept:
      return kUnsweptColour;
    case Look::kSilent:
      return kSilentColour;
    case Look::kUnsent:
      return kUnsentColour;
    case Look::kUnreachable:
      return kUnreachableColour;
    case Look::kAlive:
      break;
  }
  return spot.rtt ? rtt_colour(scale.position(*spot.rtt)) : kUntimedColour;
}

std::uint8_t rtt_colour_number(double position) {
  const auto step = static_cast<std::size_t>(std::clamp(position, 0.0, 1.0) * kRampNumbers.size());
  return kRampNumbers.at(std::min(step, kRampNumbers.size() - 1));
}

std::uint8_t colour_number_of(const Spot& spot, const RttScale& scale) {
  return spot.rtt ? rtt_colour_number(scale.position(*spot.rtt)) : nearest_of_256(colour_of(spot, scale));
}

Rgb ink_on(Rgb ground) {
  constexpr double kAsReadable = 0.179;  // where (L + 0.05)^2 = 1.05 * 0.05: both contrasts are equal
  return luminance(ground) > kAsReadable ? Rgb{0, 0, 0} : Rgb{255, 255, 255};
}

double luminance(Rgb colour) {
  return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue);
}

std::uint8_t nearest_of_256(Rgb colour) {
  const std::size_t red = nearest_step(colour.red);
  const std::size_t green = nearest_step(colour.green);
  const std::size_t blue = nearest_step(colour.blue);
  const Rgb in_cube{kCube[red], kCube[green], kCube[blue]};
  // 24 greys: 8, 18, … 238.
  const int mean = (colour.red + colour.green + colour.blue) / 3;
  const int grey = std::clamp((mean - 3) / 10, 0, 23);
  const auto level = static_cast<std::uint8_t>(8 + 10 * grey);
  const bool is_grey = distance(colour, {level, level, level}) < distance(colour, in_cube);
  return static_cast<std::uint8_t>(is_grey ? 232 + grey : static_cast<int>(16 + 36 * red + 6 * green + blue));
}

}  // namespace echosweep::map
