#pragma once

#include <roaring/roaring64map.hh>

namespace roaring {}  // namespace roaring

namespace echosweep::checkpoint::bitmaps {

using namespace roaring;  // NOLINT(google-build-using-namespace): global in CRoaring 0.2, in roaring since
using Bitmap = Roaring64Map;

}  // namespace echosweep::checkpoint::bitmaps
