// Colours are held to what can be told apart, also by who sees no red or no green: pairs are compared in CIE
// L*a*b* (1976), as they are and as Machado, Oliveira and Fernandes (2009) model the full deficiencies.
#include "map/palette.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

namespace echosweep::map {
namespace {

using namespace std::chrono_literals;

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

constexpr Matrix kAsItIs = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
constexpr Matrix kDeuteranopia = {
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix kProtanopia = {
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
/// sRGB to XYZ, IEC 61966-2-1, each row divided by its white.
constexpr Matrix kToXyz = {{{0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505},
                            {0.2126, 0.7152, 0.0722},
                            {0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089}}};

Vector times(const Matrix& matrix, const Vector& vector) {
  Vector product{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      product.at(i) += matrix.at(i).at(j) * vector.at(j);
    }
  }
  return product;
}

double linear(std::uint8_t channel) {
  const double value = channel / 255.0;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

Vector lab(Rgb colour, const Matrix& eyes) {
  const Vector xyz =
      times(kToXyz, times(eyes, {linear(colour.red), linear(colour.green), linear(colour.blue)}));
  Vector f{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = std::max(0.0, xyz.at(i));
    f.at(i) = value > 0.008856 ? std::cbrt(value) : 7.787 * value + 16.0 / 116;
  }
  return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

double difference(Rgb a, Rgb b, const Matrix& eyes) {
  const Vector left = lab(a, eyes);
  const Vector right = lab(b, eyes);
  return std::hypot(left[0] - right[0], left[1] - right[1], left[2] - right[2]);
}

constexpr std::array kOthers = {kUnsweptColour, kSilentColour, kUnsentColour, kUnreachableColour,
                                kUntimedColour};

std::vector<Rgb> ramp() {
  std::vector<Rgb> colours;
  for (int i = 0; i <= 100; ++i) {
    colours.push_back(rtt_colour(i / 100.0));
  }
  return colours;
}

TEST(Palette, IsTheDarkerTheSlowerForAllEyes) {
  for (const Matrix& eyes : {kAsItIs, kDeuteranopia, kProtanopia}) {
    double before = 101;
    for (const Rgb colour : ramp()) {
      const double lightness = lab(colour, eyes)[0];
      EXPECT_LT(lightness, before);
      before = lightness;
    }
  }
}

TEST(Palette, TellsFiveStepsOfTheScaleApart) {
  constexpr double kPlain = 10;
  for (const Matrix& eyes : {kAsItIs, kDeuteranopia, kProtanopia}) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_GT(difference(rtt_colour(i / 5.0), rtt_colour((i + 1) / 5.0), eyes), kPlain) << i;
    }
  }
}

TEST(Palette, TellsStatesApartForAllEyes) {
  // About 2 can just be seen side by side; this is for spots of a pixel.
  constexpr double kUnmistakable = 18;
  for (const Matrix& eyes : {kAsItIs, kDeuteranopia, kProtanopia}) {
    for (std::size_t i = 0; i < kOthers.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        EXPECT_GT(difference(kOthers.at(i), kOthers.at(j), eyes), kUnmistakable) << i << " and " << j;
      }
      for (const Rgb alive : ramp()) {
        EXPECT_GT(difference(kOthers.at(i), alive, eyes), kUnmistakable) << i;
      }
    }
  }
}

TEST(Palette, WhatWasNotHeardOfIsTheDarkerTheLessWasTried) {
  EXPECT_LT(luminance(kUnsweptColour), luminance(kSilentColour));
  EXPECT_LT(luminance(kSilentColour), luminance(rtt_colour(1)));
}

TEST(Palette, PaintsSpots) {
  const RttScale scale(1ms, 100ms);
  EXPECT_EQ(colour_of({Look::kUnswept, {}}, scale), kUnsweptColour);
  EXPECT_EQ(colour_of({Look::kSilent, {}}, scale), kSilentColour);
  EXPECT_EQ(colour_of({Look::kUnsent, {}}, scale), kUnsentColour);
  EXPECT_EQ(colour_of({Look::kUnreachable, {}}, scale), kUnreachableColour);
  EXPECT_EQ(colour_of({Look::kAlive, {}}, scale), kUntimedColour);
  EXPECT_EQ(colour_of({Look::kAlive, 1us}, scale), rtt_colour(0));
  EXPECT_EQ(colour_of({Look::kAlive, 10ms}, scale), rtt_colour(0.5));
  EXPECT_EQ(colour_of({Look::kAlive, 10s}, scale), rtt_colour(1));
}

TEST(Palette, FindsTheNearestOf256) {
  EXPECT_EQ(nearest_of_256({0, 0, 0}), 16);
  EXPECT_EQ(nearest_of_256({255, 255, 255}), 231);
  EXPECT_EQ(nearest_of_256({255, 0, 0}), 196);
  EXPECT_EQ(nearest_of_256({8, 8, 8}), 232);
  EXPECT_EQ(nearest_of_256({238, 238, 238}), 255);
  EXPECT_EQ(nearest_of_256({48, 56, 67}), 237);
}

/// Of the cube and the greys.
Rgb colour_with_number(int number) {
  if (number >= 232) {
    const auto level = static_cast<std::uint8_t>(8 + 10 * (number - 232));
    return {level, level, level};
  }
  constexpr std::array<std::uint8_t, 6> kSteps = {0, 95, 135, 175, 215, 255};
  const auto step = [&](int digit) { return kSteps.at(static_cast<std::size_t>((number - 16) / digit % 6)); };
  return {step(36), step(6), step(1)};
}

TEST(Palette, StaysWhatItIsIn256Colours) {
  constexpr double kPlain = 5;
  constexpr double kUnmistakable = 18;
  const RttScale scale;
  std::vector<Rgb> others;
  for (const Look look : {Look::kUnswept, Look::kSilent, Look::kUnsent, Look::kUnreachable, Look::kAlive}) {
    others.push_back(colour_with_number(colour_number_of({look, std::nullopt}, scale)));
  }
  for (const Matrix& eyes : {kAsItIs, kDeuteranopia, kProtanopia}) {
    for (int i = 0; i < 8; ++i) {
      const Rgb alive = colour_with_number(rtt_colour_number((i + 0.5) / 8));
      for (const Rgb other : others) {
        EXPECT_GT(difference(alive, other, eyes), kUnmistakable) << i;
      }
      if (i > 0) {
        const Rgb faster = colour_with_number(rtt_colour_number((i - 0.5) / 8));
        EXPECT_LT(lab(alive, eyes)[0], lab(faster, eyes)[0]) << i;
        EXPECT_GT(difference(alive, faster, eyes), kPlain) << i;
      }
    }
    for (std::size_t i = 0; i < others.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        EXPECT_GT(difference(others.at(i), others.at(j), eyes), kUnmistakable) << i << " and " << j;
      }
    }
  }
}

TEST(Palette, WritesReadably) {
  EXPECT_EQ(ink_on(rtt_colour(0)), (Rgb{0, 0, 0}));
  EXPECT_EQ(ink_on(rtt_colour(1)), (Rgb{255, 255, 255}));
}

}  // namespace
}  // namespace echosweep::map
