#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  return echosweep::cli::run(argc, argv);
}
