#pragma once

namespace echosweep::cli {

/// The project's version, from CMakeLists.txt.
inline constexpr const char* kVersion = ECHOSWEEP_VERSION;

}  // namespace echosweep::cli
