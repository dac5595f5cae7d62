#include "core/result.hpp"

#include <system_error>

namespace echosweep {

std::unexpected<Error> fail_errno(std::string message, int code) {
  message += ": ";
  message += std::generic_category().message(code);
  return fail(std::move(message), code);
}

}  // namespace echosweep
