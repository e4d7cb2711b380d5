// SPDX-License-Identifier: GPL-3.0-or-later
// What people do in the world: in Outlook, in a CalDAV client, and as organizers elsewhere.
#include <algorithm>
#include <array>

#include "property/sync/world.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

using model::EventStatus;
using model::Participation;

/// The override of a week; made where there is none.
model::Event& occurrence(model::Series& series, int week) {
  const model::EventTime time = in_week(series, week);
  if (find_override(series, to_string(time)) == nullptr) series = with_override(series, week, series.master->summary);
  return *std::find_if(series.overrides.begin(), series.overrides.end(),
                       [&](const auto& event) { return event.recurrence_id == time; });
}

int week_of(const Step& step) { return 1 + std::abs(step.detail) % 3; }

template <class F>
void for_each_event(model::Series& series, F change) {
  if (series.master) change(*series.master);
  for (auto& event : series.overrides) change(event);
}

void set_answers(model::Series& series, Participation answer) {
  for_each_event(series, [&](model::Event& event) {
    if (auto* line = line_of_mine(event)) line->participation = answer;
  });
}

}  // namespace

std::string World::word() { return "w" + std::to_string(++counter_) + "."; }

void World::supersede(const std::string& text) {
  std::erase_if(words_, [&](const auto& entry) { return text.find(entry.first) != std::string::npos; });
}

/// An answer is over where its side gives another, or where the other side saw it and did something else.
void World::forget_answers(Side side, const model::Series& seen, std::optional<int> week) {
  std::erase_if(given_, [&](const Given& given) {
    if (week && given.week != *week) return false;
    return given.side == side || answer_in(seen, given.week).value_or(Participation::declined) == given.answer;
  });
}

/// Where it was when the sides last agreed nothing has changed; what an open intent wrote is what they agree on next.
void World::record(Side side, int week, Participation answer) {
  const Base base =
      intent_ ? base_after(intent_->decision, intent_->exchange, intent_->caldav) : base_.value_or(Base{});
  const model::Series& agreed = (side == Side::exchange ? base.exchange : base.caldav).series;
  auto was = answer_in(agreed, week).value_or(Participation::needs_action);
  if (side == Side::exchange && base.exchange_removed && is_dismissed(base.caldav.series, policy_))
    was = Participation::declined;
  if (was != answer) given_.push_back({side, week, answer});
}

void World::edit_occurrence(const Step& step, model::Series& series) {
  if (!series.recurring()) return;
  const int week = week_of(step);
  const model::EventTime time = in_week(series, week);
  const std::string key = to_string(time);
  if (step.what == Step::What::include) {
    if (!excludes(series, key)) return;
    std::erase(series.excluded, time);
    supersede("x" + key);
    // Whoever brings it back has seen that it was declined.
    std::erase_if(given_, [&](const Given& given) { return given.week == week; });
    return;
  }
  if (excludes(series, key)) return;
  if (step.what == Step::What::exclude) {
    forget_answers(step.side, series, week);
    const auto* existing = find_override(series, key);
    if (existing != nullptr) supersede(words_in(*existing));
    std::erase_if(series.overrides, [&](const auto& event) { return event.recurrence_id == time; });
    series.excluded.push_back(time);
    return;
  }
  model::Event& event = occurrence(series, week);
  if (step.what == Step::What::mark_occurrence) {
    for (const auto& category : event.categories)
      if (series.master->categories != event.categories) supersede(category);
    event.categories = {word()};
    words_[event.categories.front()] = step.side;
    return;
  }
  if (event.summary != series.master->summary) supersede(event.summary);
  event.summary = word();
  words_[event.summary] = step.side;
}

/// On CalDAV by STATUS:CANCELLED; on Exchange an organizer elsewhere does it.
void World::call_off(const Step& step, model::Series& series) {
  if (step.side == Side::exchange && !is_the_bosses(series)) return;
  auto& status = series.master->status;
  status = status == EventStatus::cancelled ? EventStatus::none : EventStatus::cancelled;
}

void World::call_off_occurrence(const Step& step, model::Series& series) {
  if (step.side == Side::exchange || is_the_bosses(series) || !series.recurring()) return;
  if (excludes(series, to_string(in_week(series, week_of(step))))) return;
  auto& status = occurrence(series, week_of(step)).status;
  status = status == EventStatus::cancelled ? EventStatus::none : EventStatus::cancelled;
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
    case Step::What::remove_attendee: {
      const auto guest = std::find_if(event.attendees.rbegin(), event.attendees.rend(),
                                      [](const auto& attendee) { return attendee.address.starts_with("w"); });
      if (guest == event.attendees.rend()) return;
      supersede(guest->address);
      event.attendees.erase(std::next(guest).base());
      return;
    }
    case Step::What::guest_answers:
      for (auto& attendee : event.attendees)
        if (attendee.address.starts_with("w"))
          attendee.participation = static_cast<Participation>(std::abs(step.detail) % 4);
      return;
    case Step::What::move_series: {
      const auto start_word = [](const model::Event& e) { return ":" + wall_text(e.start) + '\n'; };
      supersede(start_word(event));
      if (step.side == Side::exchange) {  // moving a series wipes its exceptions there (ews-facts 6.7)
        for (const auto& wiped : series.overrides) supersede(words_in(wiped));
        for (int week = 1; week <= 3; ++week) forget_answers(step.side, series, week);
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
    case Step::What::call_off:
      return call_off(step, series);
    case Step::What::call_off_occurrence:
      return call_off_occurrence(step, series);
    case Step::What::edit_override:
    case Step::What::mark_occurrence:
    case Step::What::exclude:
    case Step::What::include:
      return edit_occurrence(step, series);
    case Step::What::answer:
    case Step::What::answer_occurrence:
    case Step::What::organizer_updates:
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

/// A client edits in place: nothing is rewritten, but it is a new version.
void World::keep(Side side, model::Series series) {
  normalize(series);
  auto& copy = at(side).copy;
  const bool ours = copy && copy->ours;
  copy = copy_of(std::move(series), "v" + std::to_string(++version_), minute_);
  copy->ours = ours;
}

/// The owner answers somebody else's meeting; only a CalDAV client can take an answer back.
void World::answer(const Step& step) {
  auto& copy = at(step.side).copy;
  if (!copy || !copy->series.master || !is_the_bosses(copy->series)) return;
  static constexpr std::array kAnswers = {Participation::accepted, Participation::tentative, Participation::declined,
                                          Participation::needs_action};
  const bool here = step.side == Side::caldav;
  const Participation answer = kAnswers[static_cast<std::size_t>(std::abs(step.detail) / 3 % (here ? 4 : 3))];
  model::Series series = copy->series;
  const int week = step.what == Step::What::answer ? 0 : week_of(step);
  if (week > 0 && (!series.recurring() || excludes(series, to_string(in_week(series, week))))) return;
  if (!here && series.master->status == EventStatus::cancelled) return;  // ErrorCalendarIsCancelledForAccept
  if (!here && answer == Participation::declined) return week == 0 ? decline_on_exchange() : void();
  const model::Series before = series;
  if (week > 0 && answer_in(before, week) == answer) return;
  if (week == 0)
    set_answers(series, answer);
  else if (auto* line = line_of_mine(occurrence(series, week)))
    line->participation = answer;
  if (series == before) return;
  forget_answers(step.side, before, week == 0 ? std::nullopt : std::optional(week));
  record(step.side, week, answer);
  keep(step.side, std::move(series));
}

/// Outlook moves what is declined to Deleted Items (ews-facts 8.5).
void World::decline_on_exchange() {
  const model::Series series = exchange_.copy->series;
  forget_answers(Side::exchange, series, std::nullopt);
  if (caldav_.copy && is_the_bosses(caldav_.copy->series))  // else nobody knows of it there
    record(Side::exchange, 0, Participation::declined);
  const std::string gone = words_in(series), left = caldav_.copy ? words_in(caldav_.copy->series) : std::string();
  std::erase_if(words_, [&](const auto& entry) {
    return gone.find(entry.first) != std::string::npos && left.find(entry.first) == std::string::npos;
  });
  exchange_.copy.reset();
  declined_there_ = true;
}

/// What an organizer sends reaches Exchange also where the meeting was declined before.
void World::organizer_updates() {
  if (!exchange_.copy && !(declined_there_ && base_ && !intent_)) return;
  model::Series series = exchange_.copy ? exchange_.copy->series : base_->exchange.series;
  if (!series.master || !is_the_bosses(series)) return;
  forget_answers(Side::exchange, series, std::nullopt);
  if (!exchange_.copy)  // Exchange knows of the decline
    std::erase_if(given_, [](const Given& given) { return given.answer == Participation::declined; });
  record(Side::exchange, 0, Participation::needs_action);
  set_answers(series, Participation::needs_action);
  supersede(series.master->summary);
  series.master->summary = word();
  words_[series.master->summary] = Side::exchange;
  declined_there_ = false;
  keep(Side::exchange, std::move(series));
}

void World::edit(const Step& step) {
  auto& copy = at(step.side).copy;
  if (step.what == Step::What::answer || step.what == Step::What::answer_occurrence) return answer(step);
  if (step.what == Step::What::organizer_updates) return organizer_updates();
  if (step.what == Step::What::create_series) {
    const auto& other = at(step.side == Side::exchange ? Side::caldav : Side::exchange).copy;
    if (copy || (step.side == Side::exchange && declined_there_)) return;
    // What is dismissed, or was until now, comes back by its organizer and not as something new.
    if (other && (is_dismissed(other->series, policy_) || (base_ && is_dismissed(base_->caldav.series, policy_))))
      return;
    model::Series series = weekly();
    series.master->summary = word();
    words_[series.master->summary] = step.side;
    keep(step.side, std::move(series));
    return;
  }
  if (!copy || !copy->series.master) return;
  if (step.what == Step::What::delete_series) {
    supersede(words_in(copy->series));
    // An occurrence that was declined left Exchange: what it said goes with the series that both sides agreed on.
    if (base_) supersede(words_in((step.side == Side::exchange ? base_->caldav : base_->exchange).series));
    forget_answers(step.side, copy->series, std::nullopt);
    if (step.side == Side::exchange) declined_there_ = false;
    copy.reset();
    // Also an answer that was on its way to a new item is over with it.
    if ((!exchange_.copy && !caldav_.copy) || intent_) given_.clear();
    return;
  }
  model::Series series = copy->series;
  edit_series(step, series);
  keep(step.side, std::move(series));
}

}  // namespace caravan::sync::test
