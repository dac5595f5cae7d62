#include "html/host_table.hpp"

#include <algorithm>
#include <utility>

namespace echosweep::html {

void HostTable::add(HostRow row) {
  ++hosts_;
  if (row.state == report::State::kAlive) {
    ++alive_count_;
    if (alive_.size() < kMost) {
      alive_.push_back(std::move(row));
    }
  } else if (!alive_only()) {
    others_.push_back(std::move(row));
  }
  if (alive_only()) {
    others_ = {};
  }
}

std::vector<const HostRow*> HostTable::rows() const {
  std::vector<const HostRow*> shown;
  shown.reserve(alive_.size() + others_.size());
  for (const auto* part : {&alive_, &others_}) {
    for (const HostRow& row : *part) {
      shown.push_back(&row);
    }
  }
  std::ranges::stable_sort(shown, {}, [](const HostRow* row) { return row->address; });
  return shown;
}

}  // namespace echosweep::html
