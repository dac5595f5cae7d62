#pragma once

namespace echosweep::cli {

/// Parses the command line and runs what it asks for. The result is the exit code.
int run(int argc, char** argv);

}  // namespace echosweep::cli
