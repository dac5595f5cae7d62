#include "cli/parse.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/similar.hpp"

namespace echosweep::cli {

namespace {

/// CLI11's help without its remarks on which options exclude which.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kColumn); }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return type.empty() ? "" : " " + type;
  }

 private:
  static constexpr std::size_t kColumn = 30;
};

/// The long option that somebody who typed `word` most likely meant.
std::string similar_option(const CLI::App& app, std::string_view word) {
  constexpr std::size_t kFar = 3;
  std::size_t nearest = kFar;
  std::string found;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const std::size_t far = distance(word, "--" + name);
      if (far < nearest) {
        nearest = far;
        found = "--" + name;
      }
    }
  }
  return found;
}

/// CLI11's words in our form: one line, what is wrong and what would be right.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const std::string see = fmt::format(" (see {} --help)", app.get_name());
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const auto extras = app.remaining();
    const auto unknown =
        std::ranges::find_if(extras, [](const std::string& word) { return word.starts_with('-'); });
    if (unknown != extras.end()) {
      const std::string word = unknown->substr(0, unknown->find('='));
      const std::string similar = similar_option(app, word);
      return fmt::format("unknown option {}{}", word,
                         similar.empty() ? see : fmt::format(" (did you mean {}?)", similar));
    }
    if (!extras.empty()) {
      return fmt::format("'{}' is one file too many{}", extras.front(), see);
    }
  }
  std::string words = error.what();
  std::ranges::replace(words, '\n', ' ');
  return words + see;
}

}  // namespace

void setup_help(CLI::App& app) {
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_flag("-h,--help", "Print this and exit")->group("Help");
}

std::optional<int> parse(CLI::App& app, int argc, char** argv, int bad_option) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print(app.help()) ? kAllAlive : kSystemFailure;
  } catch (const CLI::CallForVersion& version) {
    return print(fmt::format("{}\n", version.what())) ? kAllAlive : kSystemFailure;
  } catch (const CLI::ParseError& error) {
    complain(explain(app, error));
    return bad_option;
  }
  return std::nullopt;
}

}  // namespace echosweep::cli
