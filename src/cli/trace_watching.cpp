#include "cli/trace_watching.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <utility>

#include "trace/watch_text.hpp"

namespace echosweep::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kRedraw = 200ms;
/// Of a report that goes to a file: as wide as mtr's.
constexpr std::size_t kFileWidth = 90;

}  // namespace

TraceWatching::TraceWatching(const TraceCommand& command, const targets::TargetSet& targets,
                             TraceNames* names)
    : command_(command), targets_(targets), out_(report::Output::standard_output()), screen_(out_) {
  if (names != nullptr) {
    name_of_ = [names](const Address& address) { return names->of(address); };
  }
}

std::vector<std::string> TraceWatching::tables(const modes::TraceWatch& watch, std::size_t width) const {
  std::vector<std::string> all;
  for (std::size_t target = 0; target < watch.targets(); ++target) {
    const trace::Watched watched = watch.watched(target);
    auto lines = trace::watch_table(watched, targets_.name_of(watched.index), width, name_of_);
    std::move(lines.begin(), lines.end(), std::back_inserter(all));
  }
  return all;
}

Result<void> TraceWatching::look(const modes::TraceWatch& watch, MonotonicTime now) {
  const auto size = TraceScreen::size();
  if (!size || command_.json || now < next_) {
    return {};
  }
  next_ = now + kRedraw;
  return screen_.draw(tables(watch, size->columns - 1), *size);
}

Result<void> TraceWatching::finish(const modes::TraceWatch& watch) {
  const auto size = TraceScreen::size();
  Result<void> done;
  if (command_.json) {
    for (std::size_t target = 0; done && target < watch.targets(); ++target) {
      const trace::Watched watched = watch.watched(target);
      report::Line line;
      trace::append_watch_json_line(
          line, watched, targets_.name_of(watched.index),
          {.protocol = command_.protocol, .port = command_.port, .last = command_.options.last}, name_of_);
      done = out_.append({line.data(), line.size()});
    }
  } else {
    done = size ? screen_.draw({}, *size) : done;  // then all of it, however long
    std::string text;
    for (const std::string& line : tables(watch, size ? size->columns - 1 : kFileWidth)) {
      text += line + "\n";
    }
    done = done ? out_.append(text) : done;
  }
  const auto closed = out_.close();
  return done ? closed : done;
}

}  // namespace echosweep::cli
