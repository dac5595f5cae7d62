#pragma once

#include <optional>

namespace CLI {
class App;
}

namespace echosweep::cli {

/// Gives `app` --help, in our form.
void setup_help(CLI::App& app);

/// Lets `app` read argv from argv[1] on. The result is the exit code where nothing is
/// left to do: help or the version was printed, or there is a mistake, which ends with `bad_option`.
std::optional<int> parse(CLI::App& app, int argc, char** argv, int bad_option);

}  // namespace echosweep::cli
