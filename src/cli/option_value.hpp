#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/values.hpp"
#include "core/result.hpp"

namespace echosweep::cli {

/// An option whose text `parse` understands; an Error becomes CLI11's, which names the option.
template <typename Parse, typename Take>
CLI::Option* add_value(CLI::App& app, const std::string& names, const std::string& what,
                       const std::string& help, Parse parse, Take take) {
  return app
      .add_option_function<std::string>(
          names,
          [names, parse, take](const std::string& text) {
            auto value = parse(text);
            if (!value) {
              throw CLI::ValidationError(names, value.error().message);
            }
            take(std::move(*value));
          },
          help)
      ->type_name(what)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

template <typename Take>
CLI::Option* add_number(CLI::App& app, const std::string& names, const std::string& what,
                        const std::string& help, std::uint64_t least, std::uint64_t most, Take take) {
  return add_value(
      app, names, what, help,
      [least, most](const std::string& text) { return parse_number(text, least, most); }, take);
}

inline CLI::Option* add_text(CLI::App& app, const std::string& names, const std::string& what,
                             const std::string& help, std::string& into) {
  return add_value(
      app, names, what, help,
      [](const std::string& text) -> Result<std::string> {
        return text.empty() ? Result<std::string>(fail("is empty")) : text;
      },
      [&into](std::string text) { into = std::move(text); });
}

/// An option that may come more than once; each time a value more.
inline CLI::Option* add_list(CLI::App& app, const std::string& names, const std::string& what,
                             const std::string& help, std::vector<std::string>& into) {
  return app.add_option(names, into, help)
      ->type_name(what)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// --exclude and --exclude-file.
inline void add_excludes(CLI::App& app, std::vector<std::string>& specs, std::vector<std::string>& files,
                         const std::string& group) {
  add_list(app, "--exclude", "SPEC[,SPEC]", "Never ask these", specs)->delimiter(',')->group(group);
  add_list(app, "--exclude-file", "FILE", "Never ask those in FILE", files)->group(group);
}

constexpr std::uint64_t kAnyNumber = ~std::uint64_t{0};

}  // namespace echosweep::cli
