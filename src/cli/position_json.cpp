// A sweep's position as JSON and bitmaps. The numbers of targets are bitmaps:
//
//   alive, unsent, unlisted/PASS     who is what
//   failures/DIGIT, complaints/DIGIT the binary digits, from the lowest, of which story each target has: its
//                                    place, from 1, in "failures" or "complaints" of the head
#include "cli/position_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modes/sweep_state.hpp"

namespace echosweep::cli {

namespace {

using checkpoint::Checkpoint;
using modes::bitmaps::Bitmap;
using report::Json;

Json story(const modes::SendFailure& failure) {
  return {failure.error, failure.reason};
}

Json story(const modes::Complaint& complaint) {
  Json json = {complaint.type, complaint.code};
  if (complaint.from) {
    json.push_back(to_string(*complaint.from));
  }
  return json;
}

void read_story(const Json& json, modes::SendFailure& failure) {
  failure = {.error = json.at(0).get<int>(), .reason = json.at(1).get<std::string>()};
}

void read_story(const Json& json, modes::Complaint& complaint) {
  complaint = {.type = json.at(0).get<std::uint8_t>(), .code = json.at(1).get<std::uint8_t>(), .from = {}};
  if (json.size() > 2) {
    // An interface that is gone: the address without it is better than nothing.
    const std::string text = json.at(2).get<std::string>();
    const auto address = Address::parse(text);
    complaint.from = address ? *address : Address::parse(text.substr(0, text.find('%'))).value_or(Address());
  }
}

template <typename Reason>
void store_notes(const std::string& name, const modes::Notes<Reason>& notes, Json& position,
                 Checkpoint& into) {
  Json stories = Json::array();
  for (const auto& [count, reason] : notes.stories()) {
    Json one = story(reason);
    one.insert(one.begin(), count);
    stories.push_back(std::move(one));
  }
  position[name] = std::move(stories);
  std::size_t digit = 0;
  for (const Bitmap& numbers : notes.numbers().digits()) {
    into.sets[fmt::format("{}/{}", name, digit++)] = numbers;
  }
}

template <typename Reason>
modes::Notes<Reason> load_notes(const std::string& name, const Json& position, const Checkpoint& from) {
  std::vector<typename modes::Notes<Reason>::Story> stories;
  for (const Json& json : position.at(name)) {
    const auto count = json.at(0).get<std::size_t>();
    Reason reason;
    read_story(Json(json.begin() + 1, json.end()), reason);
    stories.emplace_back(count, std::move(reason));
  }
  std::vector<Bitmap> digits;
  while (digits.size() < std::numeric_limits<std::uint64_t>::digits) {
    const auto found = from.sets.find(fmt::format("{}/{}", name, digits.size()));
    if (found == from.sets.end()) {
      break;
    }
    digits.push_back(found->second);
  }
  return {modes::SparseNumbers(std::move(digits)), stories};
}

/// What has been sent and heard: every count that adds up over the parts of a run.
Json counts_json(const report::Accounting& sums) {
  Json json = {{"probes_by_pass", sums.probes_by_pass},
               {"echo_replies", sums.echo_replies},
               {"icmp_errors", sums.icmp_errors},
               {"late", sums.late},
               {"extra", sums.extra},
               {"foreign", sums.foreign},
               {"forged", sums.forged},
               {"malformed", sums.malformed},
               {"capture_drops", sums.capture_drops},
               {"neighbour_requests", sums.neighbour_requests},
               {"neighbour_answers", sums.neighbour_answers},
               {"retries_of_sends", sums.retries_of_sends},
               {"rate_falls", sums.rate_falls},
               {"unsaved_packets", sums.unsaved_packets},
               {"elapsed_ns", sums.elapsed.count()},
               {"sending_ns", sums.sending.count()},
               {"rtt_sum_ns", sums.rtt_sum.count()},
               {"rtt_count", sums.rtt_count}};
  if (sums.rtt_min && sums.rtt_max) {
    json["rtt_min_ns"] = sums.rtt_min->count();
    json["rtt_max_ns"] = sums.rtt_max->count();
  }
  if (sums.control) {
    json["control"] = {sums.control->sent, sums.control->answered};
  }
  json["transmitted"] = sums.transmitted;
  Json errors = Json::array();
  for (const auto& [error, count] : sums.send_errors) {
    errors.push_back({error, count});
  }
  json["send_errors"] = std::move(errors);
  return json;
}

report::Accounting read_counts(const Json& json) {
  report::Accounting sums;
  json.at("probes_by_pass").get_to(sums.probes_by_pass);
  json.at("echo_replies").get_to(sums.echo_replies);
  json.at("icmp_errors").get_to(sums.icmp_errors);
  json.at("late").get_to(sums.late);
  json.at("extra").get_to(sums.extra);
  json.at("foreign").get_to(sums.foreign);
  json.at("forged").get_to(sums.forged);
  json.at("malformed").get_to(sums.malformed);
  json.at("capture_drops").get_to(sums.capture_drops);
  json.at("neighbour_requests").get_to(sums.neighbour_requests);
  json.at("neighbour_answers").get_to(sums.neighbour_answers);
  json.at("retries_of_sends").get_to(sums.retries_of_sends);
  json.at("rate_falls").get_to(sums.rate_falls);
  json.at("unsaved_packets").get_to(sums.unsaved_packets);
  sums.elapsed = std::chrono::nanoseconds(json.at("elapsed_ns").get<std::int64_t>());
  sums.sending = std::chrono::nanoseconds(json.at("sending_ns").get<std::int64_t>());
  sums.rtt_sum = RttSum(json.at("rtt_sum_ns").get<double>());
  json.at("rtt_count").get_to(sums.rtt_count);
  if (json.contains("rtt_min_ns")) {
    sums.rtt_min = std::chrono::nanoseconds(json.at("rtt_min_ns").get<std::int64_t>());
    sums.rtt_max = std::chrono::nanoseconds(json.at("rtt_max_ns").get<std::int64_t>());
  }
  if (json.contains("control")) {
    sums.control.emplace();
    json.at("control").at(0).get_to(sums.control->sent);
    json.at("control").at(1).get_to(sums.control->answered);
  }
  json.at("transmitted").get_to(sums.transmitted);
  for (const Json& error : json.at("send_errors")) {
    sums.send_errors[error.at(0).get<int>()] = error.at(1).get<std::uint64_t>();
  }
  return sums;
}

constexpr std::string_view kUnlisted = "unlisted/";

modes::SweepPosition read_position(const Checkpoint& from) {
  const Json& json = from.head.at("position");
  modes::SweepPosition position;
  json.at("cursors").get_to(position.cursors);
  json.at("first_answers").get_to(position.first_answers);
  position.alive = from.sets.at("alive");
  position.unsent = from.sets.at("unsent");
  for (const Json& pass : json.at("unlisted")) {
    const auto number = pass.get<std::uint8_t>();
    position.unlisted[number] = from.sets.at(fmt::format("{}{}", kUnlisted, number));
  }
  position.failures = load_notes<modes::SendFailure>("failures", json, from);
  position.complaints = load_notes<modes::Complaint>("complaints", json, from);
  position.so_far = read_counts(json.at("counts"));
  return position;
}

/// Every number must be a target's, and every pass one that a run can have.
bool fits(const modes::SweepPosition& position, const Checkpoint& from, std::uint64_t targets) {
  const bool numbers_fit = std::ranges::all_of(from.sets, [&](const auto& named) {
    return named.second.isEmpty() || named.second.maximum() < targets;
  });
  const bool cursors_fit = !position.cursors.empty() &&
                           std::ranges::is_sorted(position.cursors, std::greater{}) &&
                           position.cursors.front() <= targets;
  const std::size_t passes = position.cursors.size();
  return numbers_fit && cursors_fit && passes <= modes::kMaxPasses &&
         position.first_answers.size() <= passes && position.so_far.probes_by_pass.size() <= passes &&
         std::ranges::all_of(position.unlisted, [&](const auto& pass) { return pass.first < passes; });
}

}  // namespace

void store_position(const modes::SweepPosition& position, Checkpoint& into) {
  Json json = {{"cursors", position.cursors}, {"first_answers", position.first_answers}};
  Json passes = Json::array();
  for (const auto& [pass, numbers] : position.unlisted) {
    passes.push_back(pass);
    into.sets[fmt::format("{}{}", kUnlisted, pass)] = numbers;
  }
  json["unlisted"] = std::move(passes);
  into.sets["alive"] = position.alive;
  into.sets["unsent"] = position.unsent;
  store_notes("failures", position.failures, json, into);
  store_notes("complaints", position.complaints, json, into);
  json["counts"] = counts_json(position.so_far);
  into.head["position"] = std::move(json);
}

Result<modes::SweepPosition> load_position(const Checkpoint& from, std::uint64_t targets) {
  const auto unfit = [] { return fail("its position is not one of a sweep over so many targets"); };
  try {
    modes::SweepPosition position = read_position(from);
    return fits(position, from, targets) ? Result<modes::SweepPosition>(std::move(position)) : unfit();
  } catch (const Json::exception&) {  // something is missing, or of another kind
    return unfit();
  } catch (const std::out_of_range&) {  // a set
    return unfit();
  }
}

}  // namespace echosweep::cli
