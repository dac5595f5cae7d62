#pragma once

#include <string>
#include <string_view>

namespace echosweep::cli {

/// What this program is called in messages from now on; before: echosweep.
void set_program_name(std::string_view name);
const std::string& program_name();

/// One line on standard error: `echosweep: MESSAGE`.
void complain(std::string_view message);

/// Text on standard error, as it is.
void print_to_stderr(std::string_view text);

/// Writes results to standard output; what fails is complained of, but for a reader who has gone. False: it
/// failed.
bool print(std::string_view text);

}  // namespace echosweep::cli
