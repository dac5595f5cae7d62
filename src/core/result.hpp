#pragma once

#include <expected>
#include <string>

namespace echosweep {

/// What went wrong, in one line for the user: what, which, why, what to do next. No program name, no newline.
struct Error {
  std::string message;
  int code = 0;  ///< the errno behind it; 0 where there is none
};

/// A value, or the Error that kept it from being made.
template <typename T>
using Result = std::expected<T, Error>;

/// Shorthand for `return fail("...")` from a function that returns a Result.
inline std::unexpected<Error> fail(std::string message, int code = 0) {
  return std::unexpected(Error{std::move(message), code});
}

/// fail() with `: strerror(code)` appended.
std::unexpected<Error> fail_errno(std::string message, int code);

}  // namespace echosweep
