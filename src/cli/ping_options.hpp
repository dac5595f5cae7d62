#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <string_view>

#include "cli/parse.hpp"
#include "cli/ping_command.hpp"
#include "cli/ping_node.hpp"

namespace echosweep::cli {

/// `ping: invalid option -- 'x'`, and where to read on.
[[noreturn]] void refuse_ping_word(std::string_view why, std::string_view name);
/// The first word that looked like an option and is none.
void refuse_unknown_ping_words(const CLI::App& app);

/// ping's options on a CLI::App. What the command cannot hold yet, because later options decide what it
/// means, waits in members.
class PingOptionsReader {
 public:
  PingOptionsReader(CLI::App& app, PingCommand& command) : app_(app), command_(command) {
    setup_help(app);
    app.allow_extras();
    app.add_option("TARGET", command.targets, "Names or addresses")->type_name("");
    add_whom();
    add_how();
    add_output();
  }

  void complete();

 private:
  CLI::Option* flag(const char* group, const std::string& names, const std::string& help,
                    std::function<void()> take) {
    return app_
        .add_flag_callback(
            names,
            [this, take = std::move(take)] {
              refuse_unknown_ping_words(app_);
              take();
            },
            help)
        ->disable_flag_override()
        ->trigger_on_parse()
        ->group(group);
  }
  CLI::Option* flag(const char* group, const std::string& names, const std::string& help, bool& wanted) {
    return flag(group, names, help, [&wanted] { wanted = true; });
  }
  CLI::Option* value(const char* group, const std::string& names, const std::string& what,
                     const std::string& help, std::function<void(const std::string&)> take) {
    return app_
        .add_option_function<std::string>(
            names,
            [this, take = std::move(take)](const std::string& text) {
              refuse_unknown_ping_words(app_);
              take(text);
            },
            help)
        ->type_name(what)
        ->trigger_on_parse()
        ->group(group);
  }
  void add_whom();
  void add_how();
  void add_output();
  void restrict_to(bool& wanted, const bool& other) const;
  void take_interface(const std::string& text);
  void settle_options();
  void settle_request();
  void take_type(const std::string& text);

  CLI::App& app_;
  PingCommand& command_;
  bool has_interval_ = false;
  bool shapes_data_ = false;  ///< -s or -p
  NodeOption node_;
  bool records_route_ = false;
  bool keeps_source_ = false;  ///< -B
  std::string timestamp_;
};

}  // namespace echosweep::cli
