#pragma once

#include "core/result.hpp"

namespace echosweep::privilege {

/// Under sudo (uid 0 with SUDO_UID and SUDO_GID set): become that user, groups included, so that files are
/// theirs and theirs alone can be written. Elsewhere nothing happens. Descriptors that are open stay usable.
Result<void> become_invoking_user();

/// Gives up every capability, and with it the way back (capabilities(7)). Before any thread starts, since
/// capabilities belong to threads.
Result<void> drop_all_capabilities();

}  // namespace echosweep::privilege
