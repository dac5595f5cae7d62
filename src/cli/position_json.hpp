#pragma once

#include "checkpoint/checkpoint.hpp"
#include "core/result.hpp"
#include "modes/sweep_position.hpp"

namespace echosweep::cli {

/// Puts where a sweep stands into the checkpoint: "position" of its head, and its sets.
void store_position(const modes::SweepPosition& position, checkpoint::Checkpoint& into);

/// The position of a sweep over so many targets. Fails where there is none, or one that such a sweep cannot
/// have.
Result<modes::SweepPosition> load_position(const checkpoint::Checkpoint& from, std::uint64_t targets);

}  // namespace echosweep::cli
