// SPDX-License-Identifier: GPL-3.0-or-later
#include "property/sync/world.hpp"

#include <algorithm>

#include "sync/equal_across.hpp"
#include "sync/merge.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

/// What of a series one can read words from.
std::string words_in(const model::Event& event) {
  std::string out =
      event.summary + '\n' + event.location + '\n' + event.description + '\n' + to_string(event.start) + '\n';
  for (const auto& category : event.categories) out += category + '\n';
  for (const auto& attendee : event.attendees) out += attendee.address + '\n';
  return out;
}
std::string words_in(const model::Series& series) {
  std::string out = series.master ? words_in(*series.master) : std::string();
  for (const auto& event : series.overrides) out += words_in(event);
  for (const auto& time : series.excluded) out += "x" + to_string(time) + '\n';
  return out;
}

/// What Exchange keeps of what it gets.
model::Event as_exchange_keeps(model::Event event) {
  const model::Alarm* alarm = projected_alarm(event);
  std::vector<model::Alarm> kept;
  if (alarm != nullptr) {
    model::Alarm plain;
    plain.offset_seconds = -60 * minutes_before(event, *alarm);
    kept.push_back(plain);
  }
  event.alarms = kept;
  event.extra.clear();
  switch (model::importance_of(event.priority)) {
    case model::Importance::low:
      event.priority = 9;
      break;
    case model::Importance::normal:
      event.priority = 0;
      break;
    case model::Importance::high:
      event.priority = 1;
      break;
  }
  if (event.status == model::EventStatus::confirmed) event.status = model::EventStatus::none;
  for (auto& attendee : event.attendees)
    if (attendee.role == model::Role::chair) attendee.role = model::Role::required;
  if (!event.description.empty() && event.description.back() != '\n') event.description += "\n";
  return event;
}

model::EventTime in_week(const model::Series& series, int week) {
  model::EventTime time = series.master->start;
  time.wall = model::from_seconds(to_seconds(time.wall) + week * 7 * 86400);
  return model::at_wall(zones(), time.zone, time.wall);
}

const model::Series* series_of(const std::optional<Copy>& copy) { return copy ? &copy->series : nullptr; }

}  // namespace

std::ostream& operator<<(std::ostream& out, const Step& step) {
  static constexpr const char* kNames[] = {
      "edit_title",    "edit_place",   "edit_body",    "edit_categories",       "edit_alarm",
      "edit_priority", "edit_extra",   "add_attendee", "remove_attendee",       "edit_override",
      "exclude",       "include",      "move_series",  "change_pattern",        "delete_series",
      "create_series", "wait",         "pass",         "pass_exchange_unknown", "pass_caldav_unknown",
      "pass_crashes",  "pass_is_raced"};
  return out << kNames[static_cast<int>(step.what)] << (step.side == Side::exchange ? " exchange " : " caldav ")
             << step.detail;
}

World::World(Policy policy, bool recurring, bool invited, bool alias_zone) : policy_(std::move(policy)) {
  model::Series series = recurring ? weekly() : single();
  if (invited) {
    series.master->organizer = model::Organizer{"boss@example.org", "", {}};
    series = with_attendee(series, kMe);
  }
  store(Side::exchange, series);
  if (alias_zone) {
    store(Side::caldav, in_zone_named(series, "Europe/Vienna"));
    pass();
  }
}

std::string World::word() { return "w" + std::to_string(++counter_) + "."; }

void World::supersede(const std::string& text) {
  std::erase_if(words_, [&](const auto& entry) { return text.find(entry.first) != std::string::npos; });
}

void World::store(Side side, model::Series series) {
  if (side == Side::exchange) {
    if (series.master) series.master = as_exchange_keeps(*series.master);
    for (auto& event : series.overrides) event = as_exchange_keeps(event);
  } else if (series.master) {
    std::erase_if(series.master->extra, [](const auto& property) { return property.name == "X-STORED"; });
    series.master->extra.push_back({"X-STORED", {}, std::to_string(version_)});
  }
  normalize(series);
  at(side).copy = copy_of(std::move(series), "v" + std::to_string(++version_), minute_);
  at(side).copy->ours = true;
}

Observed World::observe(Side side) const {
  const auto& copy = side == Side::exchange ? exchange_.copy : caldav_.copy;
  return copy ? Observed(*copy) : Observed(Absent{});
}

void World::edit_occurrence(const Step& step, model::Series& series) {
  if (!series.recurring()) return;
  const model::EventTime time = in_week(series, 1 + std::abs(step.detail) % 3);
  const std::string key = to_string(time);
  if (step.what == Step::What::include) {
    std::erase(series.excluded, time);
    supersede("x" + key);
    return;
  }
  if (excludes(series, key)) return;
  const auto existing = std::find_if(series.overrides.begin(), series.overrides.end(),
                                     [&](const auto& event) { return event.recurrence_id == time; });
  if (step.what == Step::What::exclude) {
    if (existing != series.overrides.end()) {
      supersede(words_in(*existing));
      series.overrides.erase(existing);
    }
    series.excluded.push_back(time);
    return;
  }
  if (existing != series.overrides.end()) {
    supersede(existing->summary);
    existing->summary = word();
    words_[existing->summary] = step.side;
    return;
  }
  series = with_override(series, 1 + std::abs(step.detail) % 3, word());
  words_[find_override(series, key)->summary] = step.side;
}

void World::edit_series(const Step& step, model::Series& series) {
  model::Event& event = *series.master;
  const auto write = [&](std::string& text) {
    supersede(text);
    text = word();
    words_[text] = step.side;
  };
  switch (step.what) {
    case Step::What::edit_title:
      return write(event.summary);
    case Step::What::edit_place:
      return write(event.location);
    case Step::What::edit_body:
      return write(event.description);
    case Step::What::edit_categories:
      event.categories.resize(1);
      return write(event.categories.front());
    case Step::What::edit_alarm: {
      model::Alarm alarm;
      alarm.offset_seconds = -60 * (1 + std::abs(step.detail));
      event.alarms = {alarm};
      alarm.action = model::AlarmAction::email;
      if (step.side == Side::caldav) event.alarms.push_back(alarm);
      return;
    }
    case Step::What::edit_priority:
      event.priority = std::abs(step.detail) % 10;
      return;
    case Step::What::edit_extra:
      std::erase_if(event.extra, [](const auto& property) { return property.name == "X-NOTE"; });
      event.extra.push_back({"X-NOTE", {}, std::to_string(step.detail)});
      return;
    case Step::What::add_attendee: {
      model::Attendee attendee;
      attendee.address = word() + "@example.org";
      if (step.detail % 2 != 0) attendee.role = model::Role::chair;
      words_[attendee.address] = step.side;
      event.attendees.push_back(attendee);
      return;
    }
    case Step::What::remove_attendee:
      if (event.attendees.empty() || event.attendees.back().address == kMe) return;
      supersede(event.attendees.back().address);
      event.attendees.pop_back();
      return;
    case Step::What::move_series: {
      const auto start_word = [](const model::Event& e) { return ":" + wall_text(e.start) + '\n'; };
      supersede(start_word(event));
      if (step.side == Side::exchange) {  // moving a series wipes its exceptions there (ews-facts 6.7)
        for (const auto& wiped : series.overrides) supersede(words_in(wiped));
        series.overrides.clear();
        series.excluded.clear();
      }
      series = moved(series, 1 + ++counter_ % 40);
      words_[start_word(*series.master)] = step.side;
      return;
    }
    case Step::What::change_pattern:
      if (series.recurring()) series.rules[0].count = 10 + std::abs(step.detail) % 3;
      if (series.recurring() && step.detail % 4 == 0) series.rules[0].interval = 3 - series.rules[0].interval;
      return;
    case Step::What::edit_override:
    case Step::What::exclude:
    case Step::What::include:
      return edit_occurrence(step, series);
    case Step::What::delete_series:
    case Step::What::create_series:
    case Step::What::wait:
    case Step::What::pass:
    case Step::What::pass_exchange_unknown:
    case Step::What::pass_caldav_unknown:
    case Step::What::pass_crashes:
    case Step::What::pass_is_raced:
      return;
  }
}

void World::edit(const Step& step) {
  auto& copy = at(step.side).copy;
  if (step.side == Side::caldav) caldav_edited = true;
  if (step.what == Step::What::create_series) {
    if (copy) return;
    model::Series series = weekly();
    series.master->summary = word();
    words_[series.master->summary] = step.side;
    copy = copy_of(std::move(series), "v" + std::to_string(++version_), minute_);
    return;
  }
  if (!copy || !copy->series.master) return;
  if (step.what == Step::What::delete_series) {
    supersede(words_in(copy->series));
    copy.reset();
    return;
  }
  model::Series series = copy->series;
  edit_series(step, series);
  // A client edits in place: nothing is rewritten, but it is a new version.
  normalize(series);
  const bool ours = copy->ours;
  copy = copy_of(std::move(series), "v" + std::to_string(++version_), minute_);
  copy->ours = ours;
}

void World::take(const Step& step) {
  switch (step.what) {
    case Step::What::wait:
      minute_ += 1 + std::abs(step.detail) % 5;
      return;
    case Step::What::pass:
      pass();
      return;
    case Step::What::pass_exchange_unknown:
      run(Unknown{"silent", step.detail % 2 == 0}, observe(Side::caldav), Crash::never, nullptr);
      return;
    case Step::What::pass_caldav_unknown:
      run(observe(Side::exchange), Unknown{"silent", step.detail % 2 == 0}, Crash::never, nullptr);
      return;
    case Step::What::pass_crashes:
      run(observe(Side::exchange), observe(Side::caldav), static_cast<Crash>(1 + std::abs(step.detail) % 3), nullptr);
      return;
    case Step::What::pass_is_raced: {
      Step race = step;
      race.what = static_cast<Step::What>(std::abs(step.detail) % 4);
      run(observe(Side::exchange), observe(Side::caldav), Crash::never, &race);
      return;
    }
    case Step::What::edit_title:
    case Step::What::edit_place:
    case Step::What::edit_body:
    case Step::What::edit_categories:
    case Step::What::edit_alarm:
    case Step::What::edit_priority:
    case Step::What::edit_extra:
    case Step::What::add_attendee:
    case Step::What::remove_attendee:
    case Step::What::edit_override:
    case Step::What::exclude:
    case Step::What::include:
    case Step::What::move_series:
    case Step::What::change_pattern:
    case Step::What::delete_series:
    case Step::What::create_series:
      edit(step);
      return;
  }
}

void World::check(const Decision& decision, const Observed& exchange, const Observed& caldav) {
  const bool unknown = std::holds_alternative<Unknown>(exchange) || std::holds_alternative<Unknown>(caldav);
  for (const auto& action : decision.actions) {
    std::optional<Side> target;
    if (const auto* create = std::get_if<Create>(&action)) target = create->target;
    if (const auto* update = std::get_if<Update>(&action)) target = update->target;
    if (const auto* removal = std::get_if<Delete>(&action)) target = removal->target;
    if (!target) continue;
    if (unknown && broken.empty()) broken = "wrote although a side was unknown";
    if (policy_.one_way && *target == Side::exchange && broken.empty()) broken = "wrote to Exchange in a one-way pass";
  }
}

bool World::carry_out(const Action& action) {
  if (const auto* create = std::get_if<Create>(&action)) {
    if (at(create->target).copy) return false;
    store(create->target, create->series);
  } else if (const auto* update = std::get_if<Update>(&action)) {
    auto& copy = at(update->target).copy;
    if (!copy || copy->version != update->expected) return false;
    store(update->target, update->series);
  } else if (const auto* removal = std::get_if<Delete>(&action)) {
    auto& copy = at(removal->target).copy;
    if (!copy || copy->version != removal->expected) return false;
    copy.reset();
  }
  return true;
}

Base World::base_after(const Decision& decision, const std::optional<Copy>& exchange,
                       const std::optional<Copy>& caldav) const {
  Base next = base_.value_or(Base{});
  next.exchange_removed = !exchange;
  next.caldav_removed = !caldav;
  // A tombstone compares with what was last agreed: a side that is still there keeps its old base copy.
  if (base_ && std::holds_alternative<Forget>(decision.actions.front())) return next;
  if (exchange) next.exchange = base_copy(Side::exchange, decision, *exchange, policy_);
  if (caldav) next.caldav = base_copy(Side::caldav, decision, *caldav, policy_);
  return next;
}

int World::run(const Observed& exchange, const Observed& caldav, Crash crash, const Step* race) {
  if (intent_) base_ = std::exchange(intent_, std::nullopt);
  const Decision decision = reconcile(Item{base_, exchange, caldav}, policy_);
  check(decision, exchange, caldav);
  if (decision.conflict) losing_.push_back(decision.conflict->losing);
  if (crash == Crash::before_write || decision.actions.empty()) return 0;
  const auto now = [](const Observed& side) {
    const auto* copy = std::get_if<Copy>(&side);
    return copy != nullptr ? std::optional(*copy) : std::nullopt;
  };
  // Where a side is seen before anything is written to it, that is what the base takes.
  std::optional<Copy> on_exchange = now(exchange), on_caldav = now(caldav);
  int writes = 0;
  for (const auto& action : decision.actions) {
    if (std::holds_alternative<Park>(action)) return 0;
    std::optional<Side> target;
    if (const auto* create = std::get_if<Create>(&action)) target = create->target;
    if (const auto* update = std::get_if<Update>(&action)) target = update->target;
    if (const auto* removal = std::get_if<Delete>(&action)) target = removal->target;
    if (!target) continue;
    if (race != nullptr && race->side == *target && race->detail % 2 == 0)
      edit(*race);  // before the write: it is refused
    if (!carry_out(action)) return writes;
    ++writes;
    auto& seen = *target == Side::exchange ? on_exchange : on_caldav;
    seen = at(*target).copy;
    const bool crashes = crash == Crash::after_first_write || crash == Crash::before_commit;
    const bool rolled_forward = policy_.one_way || std::holds_alternative<Create>(action);
    if (crashes && rolled_forward) intent_ = base_after(decision, on_exchange, on_caldav);
    if (crash == Crash::after_first_write) return writes;
    const auto* update = std::get_if<Update>(&action);
    if (update != nullptr && race != nullptr && race->side == *target && race->detail % 2 != 0) {
      const Copy written = copy_of(update->series, seen->version.value, minute_);
      edit(*race);  // between the write and the read-back
      seen = after_racing_write(*target, written, update->changes, *at(*target).copy, policy_);
    }
  }
  if (crash == Crash::before_commit) return writes;
  base_ = base_after(decision, on_exchange, on_caldav);
  return writes;
}

int World::pass() { return run(observe(Side::exchange), observe(Side::caldav), Crash::never, nullptr); }

bool World::settle() {
  for (int i = 0; i < 12; ++i)
    if (pass() == 0 && pass() == 0) return true;
  return false;
}

std::vector<std::string> World::lost() const {
  const auto shows = [](const model::Series* series, const std::string& text) {
    return series != nullptr && words_in(*series).find(text) != std::string::npos;
  };
  std::vector<std::string> out;
  for (const auto& [text, side] : words_) {
    bool found = shows(series_of(caldav_.copy), text);
    if (!policy_.one_way) found = found && shows(series_of(exchange_.copy), text);
    for (const auto& copy : losing_) found = found || shows(&copy, text);
    if (!found) out.push_back(text);
  }
  return out;
}

bool World::converged() const {
  if (exchange_.copy.has_value() != caldav_.copy.has_value()) return false;
  return !exchange_.copy || equal_across(exchange_.copy->series, caldav_.copy->series, policy_);
}

std::string World::describe() const {
  std::string out = "exchange: " + (exchange_.copy ? words_in(exchange_.copy->series) : "absent\n") +
                    "caldav: " + (caldav_.copy ? words_in(caldav_.copy->series) : "absent\n");
  if (exchange_.copy && caldav_.copy)
    for (const auto& d : differences_across(exchange_.copy->series, caldav_.copy->series, policy_))
      out += text_of(model::Delta{d.unit}) + ": [" + d.exchange + "] / [" + d.caldav + "]\n";
  return out;
}

}  // namespace caravan::sync::test
