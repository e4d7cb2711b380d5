// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notify/journal.hpp"

#include <nlohmann/json.hpp>

#include "sync/engine.hpp"
#include "sync/frame.hpp"
#include "sync/meeting.hpp"

namespace caravan::app {
namespace {

std::optional<model::Field> field_of(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(model::Field::presence); ++i)
    if (model::to_string(static_cast<model::Field>(i)) == name) return static_cast<model::Field>(i);
  return std::nullopt;
}

model::Delta units_of(const std::string& text) {
  model::Delta out;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return out;
  for (const auto& each : json) {
    const auto field = field_of(each.value("field", ""));
    if (field) out.push_back({each.value("occurrence", ""), *field, each.value("key", "")});
  }
  return out;
}

}  // namespace

std::vector<notify::Step> steps_of(const store::NotifyWindow& window) {
  std::vector<notify::Step> out;
  for (const auto& entry : window.entries) {
    notify::Step step;
    step.pair = entry.pair.value;
    if (!entry.before.empty()) {
      auto series = sync::series_of_copy(entry.before);
      if (!series) continue;
      step.before = std::move(*series);
    }
    if (!entry.after.empty()) {
      auto series = sync::series_of_copy(entry.after);
      if (!series) continue;
      step.after = std::move(*series);
    }
    step.owner_units = units_of(entry.owner_units);
    step.modified_by = entry.modified_by;
    out.push_back(std::move(step));
  }
  return out;
}

std::optional<model::Series> series_of(const std::vector<store::NotifyStore::Agreed>& copies) {
  for (const auto& each : copies)
    if (auto series = sync::series_of_copy(each.copy)) return std::move(*series);
  return std::nullopt;
}

std::string name_in(const model::Series& series, const notify::Reader& reader) {
  const model::Event& event = model::representative(series);
  const sync::Policy policy = notify::policy_of(reader);
  if (event.organizer && sync::is_me(policy, event.organizer->address)) return event.organizer->name;
  const model::Attendee* line = sync::own_line(event, policy);
  return line == nullptr ? std::string() : line->name;
}

}  // namespace caravan::app
