// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/channels/meeting_status.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace caravan::notify {
namespace {

using nlohmann::json;

/// What is kept while a meeting runs.
struct Memory {
  CustomStatus ours;
  std::optional<CustomStatus> earlier;
  bool shown = false;       ///< the chat took ours
  bool left_alone = false;  ///< the person set another status meanwhile
};

json status_json(const CustomStatus& status) {
  json out = {{"emoji", status.emoji}, {"text", status.text}, {"duration", status.duration}};
  if (status.expires) out["expires"] = to_rfc3339(*status.expires);
  return out;
}

std::optional<CustomStatus> status_from(const json& kept) {
  CustomStatus status;
  status.emoji = kept.at("emoji").get<std::string>();
  status.text = kept.at("text").get<std::string>();
  status.duration = kept.at("duration").get<std::string>();
  Instant expires{};
  if (kept.contains("expires") && parse_rfc3339(kept["expires"].get<std::string>(), expires)) status.expires = expires;
  return status;
}

std::string to_text(const Memory& memory) {
  const json out = {{"ours", status_json(memory.ours)},
                    {"earlier", memory.earlier ? status_json(*memory.earlier) : json()},
                    {"shown", memory.shown},
                    {"left_alone", memory.left_alone}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Memory> from_text(const std::string& text) {
  try {
    const json kept = json::parse(text);
    Memory memory;
    memory.ours = *status_from(kept.at("ours"));
    if (!kept.at("earlier").is_null()) memory.earlier = status_from(kept["earlier"]);
    memory.shown = kept.at("shown").get<bool>();
    memory.left_alone = kept.at("left_alone").get<bool>();
    return memory;
  } catch (const json::exception& problem) {
    return make_error(Fault::malformed, std::string("What was kept of a status can't be read: ") + problem.what());
  }
}

bool same_words(const CustomStatus& first, const CustomStatus& second) {
  return first.emoji == second.emoji && first.text == second.text;
}

/// Ours stands there, or went away by itself when its time was over.
bool still_ours(const Memory& memory, const std::optional<CustomStatus>& present, Instant now) {
  if (memory.left_alone) return false;
  if (present) return same_words(*present, memory.ours);
  return memory.ours.expires && now >= *memory.ours.expires;
}

/// Nothing was told yet: what was there before is still there.
bool not_begun(const Memory& memory, const std::optional<CustomStatus>& present) {
  if (memory.shown || memory.left_alone || present.has_value() != memory.earlier.has_value()) return false;
  return !present || same_words(*present, *memory.earlier);
}

StatusStep nothing(const std::string& remembered) { return {StatusStep::What::nothing, {}, remembered, remembered}; }

/// Ours until `until`. What was remembered holds until it is shown.
StatusStep show(Memory memory, Instant until) {
  const std::string before = to_text(memory);
  memory.ours.expires = until;
  memory.shown = true;
  return {StatusStep::What::set, memory.ours, before, to_text(memory)};
}

StatusStep begin(const std::optional<CustomStatus>& present, const CustomStatus& ours) {
  Memory memory{ours, present, false, false};
  if (present && same_words(*present, ours)) memory.earlier.reset();  // left over from a text that was lost
  return show(memory, *ours.expires);
}

StatusStep end(const Memory& memory, const std::optional<CustomStatus>& present, Instant now) {
  if (not_begun(memory, present) || !still_ours(memory, present, now)) return nothing({});
  if (memory.earlier && (!memory.earlier->expires || *memory.earlier->expires > now))
    return {StatusStep::What::set, *memory.earlier, to_text(memory), {}};
  if (present) return {StatusStep::What::unset, {}, to_text(memory), {}};
  return nothing({});
}

}  // namespace

std::optional<Instant> busy_until(std::vector<std::pair<Instant, Instant>> meetings, Instant now,
                                  std::chrono::seconds gap) {
  std::sort(meetings.begin(), meetings.end());
  std::optional<Instant> until;
  for (const auto& [start, end] : meetings) {
    const bool runs = start <= now && now < end;
    const bool follows = until && start <= *until + gap;
    if (runs || follows) until = std::max(until.value_or(end), end);
  }
  return until;
}

Result<StatusStep> next_status(const std::string& remembered, const std::optional<CustomStatus>& present,
                               std::optional<Instant> until, const StatusWords& words, Instant now) {
  if (remembered.empty()) {
    if (!until) return StatusStep{};
    return begin(present, CustomStatus{words.emoji, words.text, "date_and_time", until});
  }
  CARAVAN_TRY(memory, from_text(remembered));
  if (!until) return end(memory, present, now);
  if (not_begun(memory, present)) return show(memory, *until);
  if (!still_ours(memory, present, now)) {
    memory.left_alone = true;
    return nothing(to_text(memory));
  }
  if (memory.ours.expires == until && present) return nothing(remembered);
  return show(memory, *until);
}

}  // namespace caravan::notify
