// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/scheduling.hpp"

#include <algorithm>

#include "sync/attendee_copy.hpp"
#include "sync/frame.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"
#include "sync/occurrence.hpp"

namespace caravan::sync {
namespace {

using model::Attendee;
using model::Change;
using model::Event;
using model::EventStatus;
using model::Field;
using model::Participation;
using model::Series;

const Event* event_of(const Series& series, const std::string& occurrence) {
  if (!occurrence.empty())
    if (const Event* event = find_override(series, occurrence)) return event;
  return series.master ? &*series.master : nullptr;
}

const Attendee* line_of(const Series& series, const std::string& occurrence, const std::string& address) {
  const Event* event = event_of(series, occurrence);
  if (event == nullptr) return nullptr;
  const auto found = std::find_if(event->attendees.begin(), event->attendees.end(),
                                  [&](const Attendee& each) { return each.address == address; });
  return found == event->attendees.end() ? nullptr : &*found;
}

/// Whether guests have to be told that this unit of their meeting changed; who answers what, and the owner's own alarms
/// and categories, are no news to them.
bool concerns_guests(const Change& unit, const Series& before, const Series& now, const Policy& policy) {
  if (unit.field == Field::attendee) {
    const Attendee* was = line_of(before, unit.occurrence, unit.key);
    const Attendee* is = line_of(now, unit.occurrence, unit.key);
    const bool as_before = was != nullptr && is != nullptr && same_part_played(*was, *is);
    return !as_before && !is_me(policy, unit.key);
  }
  if (unit.field == Field::presence && !unit.occurrence.empty()) {
    const Series& with = find_override(now, unit.occurrence) != nullptr ? now : before;
    const Event* event = find_override(with, unit.occurrence);
    if (event == nullptr || !with.master) return true;
    const auto said = said_by(*event, with, *policy.zones);
    Series plain = with;
    std::erase_if(plain.overrides, [&](const Event& each) { return each.recurrence_id == event->recurrence_id; });
    return std::any_of(said.begin(), said.end(),
                       [&](const Change& each) { return concerns_guests(each, plain, with, policy); });
  }
  return unit.field == Field::excluded || belongs_to_organizer(unit, policy);
}

bool concern_guests(const model::Delta& changes, const Series& before, const Series& now, const Policy& policy) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const Change& unit) { return concerns_guests(unit, before, now, policy); });
}

/// Whether I was invited and have something to say to the organizer by leaving.
bool may_decline(const Event& event, const Policy& policy) {
  const Attendee* me = own_line(event, policy);
  return me != nullptr && me->rsvp && event.status != EventStatus::cancelled &&
         own_answer(event, policy) != Participation::declined;
}

bool may_decline(const Series& series, const Policy& policy) {
  if (series.master) return may_decline(*series.master, policy);
  return std::any_of(series.overrides.begin(), series.overrides.end(),
                     [&](const Event& event) { return may_decline(event, policy); });
}

/// The whole decision's writes to one side, with the facts that say who is told.
class Teller {
 public:
  Teller(const Item& item, const Policy& policy) : item_(item), policy_(policy) {
    if (const auto* copy = std::get_if<Copy>(&item.exchange)) organizer_known_ = copy->is_organizer;
  }

  void tell(Action& action, std::vector<Action>& out) {
    if (auto* create = std::get_if<Create>(&action)) create->send = create->target == side() ? of(*create) : Send::none;
    if (auto* removal = std::get_if<Delete>(&action))
      removal->send = removal->target == side() ? of(*removal) : Send::none;
    if (auto* respond = std::get_if<Respond>(&action)) respond->send = of(*respond);
    auto* update = std::get_if<Update>(&action);
    const Copy* seen = update == nullptr ? nullptr : seen_on(update->target);
    if (seen == nullptr || update->target != side()) return out.push_back(std::move(action));
    std::vector<Action> after;
    if (side() == Side::exchange)
      after = theirs(*seen) ? declined_occurrences(*update, *seen) : called_off(*update, *seen);
    update->changes = difference(seen->series, update->series);
    update->send = of(*update, *seen);
    if (!update->changes.empty()) out.push_back(std::move(action));
    std::move(after.begin(), after.end(), std::back_inserter(out));
  }

 private:
  [[nodiscard]] Side side() const { return policy_.scheduling == Scheduling::caldav ? Side::caldav : Side::exchange; }
  [[nodiscard]] const Copy* seen_on(Side target) const {
    return std::get_if<Copy>(target == Side::exchange ? &item_.exchange : &item_.caldav);
  }
  [[nodiscard]] bool theirs(const Copy& copy) const { return is_theirs(copy.series, policy_, organizer_known_); }
  [[nodiscard]] bool guests_in(const Series& series) const {
    return has_guests_of_mine(series, policy_, organizer_known_);
  }

  [[nodiscard]] Send of(const Create& create) const {
    if (guests_in(create.series) && !is_cancelled(create.series)) return Send::guests;
    // On Exchange an answer follows by itself.
    const bool answer = create.target == Side::caldav && is_theirs(create.series, policy_, organizer_known_) &&
                        !answers_between({}, create.series, create.series, policy_).empty();
    return answer ? Send::organizer : Send::none;
  }

  [[nodiscard]] Send of(const Delete& removal) const {
    const Copy* seen = seen_on(removal.target);
    if (seen == nullptr) return Send::none;
    if (theirs(*seen)) return may_decline(seen->series, policy_) ? Send::organizer : Send::none;
    return guests_in(seen->series) ? Send::guests : Send::none;
  }

  [[nodiscard]] Send of(const Update& update, const Copy& seen) const {
    if (theirs(seen)) {
      // An answer that is restored was told before.
      const Series& before = item_.base ? item_.base->caldav.series : seen.series;
      const bool answer =
          side() == Side::caldav && !answers_between(before, update.series, update.series, policy_).empty();
      return answer ? Send::organizer : Send::none;
    }
    const bool people = guests_in(seen.series) || guests_in(update.series);
    return people && concern_guests(update.changes, seen.series, update.series, policy_) ? Send::guests : Send::none;
  }

  /// Mail goes where one was asked for, and where the answer is a new one.
  [[nodiscard]] Send of(const Respond& respond) const {
    if (side() != Side::exchange) return Send::none;
    if (const Copy* seen = seen_on(Side::exchange)) {
      const Attendee* invited = line_of(seen->series, respond.occurrence, respond.attendee);
      return invited == nullptr || invited->rsvp ? Send::organizer : Send::none;
    }
    const Copy* caldav = seen_on(Side::caldav);
    if (!item_.base || caldav == nullptr) return Send::organizer;
    const Series& base = item_.base->caldav.series;
    const Series agreed = renamed(base, renaming(base, caldav->series, policy_), *policy_.zones);
    const Event* before = event_of(agreed, respond.occurrence);
    return before != nullptr && own_answer(*before, policy_) == respond.answer ? Send::none : Send::organizer;
  }

  /// Exchange has no field for "called off": it removes what is, and tells the guests.
  std::vector<Action> called_off(Update& update, const Copy& seen) const {
    if (!guests_in(seen.series) && !guests_in(update.series)) return {};
    if (is_cancelled(update.series) && !is_cancelled(seen.series)) {
      update.series = seen.series;
      return {Cancel{seen.parts, seen.version, {}}, Dismiss{}};
    }
    std::vector<Action> out;
    const std::vector<Event> overrides = update.series.overrides;
    for (const auto& event : overrides) {
      if (!event.recurrence_id || event.status != EventStatus::cancelled) continue;
      const std::string key = to_string(*event.recurrence_id);
      const Event* before = find_override(seen.series, key);
      if (before != nullptr && before->status == EventStatus::cancelled) continue;
      put_back(update.series, seen.series, *event.recurrence_id);
      out.push_back(Cancel{parts_for(seen.parts, key), seen.version, key});
    }
    return out;
  }

  /// An occurrence of somebody else's series that I took out of my calendar.
  std::vector<Action> declined_occurrences(Update& update, const Copy& seen) const {
    std::vector<model::EventTime> gone;
    for (const auto& time : update.series.excluded)
      if (!excludes(seen.series, to_string(time))) gone.push_back(time);
    if (!seen.series.master)
      for (const auto& event : seen.series.overrides)
        if (event.recurrence_id && find_override(update.series, to_string(*event.recurrence_id)) == nullptr)
          gone.push_back(*event.recurrence_id);
    std::vector<Action> out;
    for (const auto& time : gone) {
      const std::string key = to_string(time);
      const Event* event = event_of(seen.series, key);
      if (event == nullptr || !may_decline(*event, policy_)) continue;
      put_back(update.series, seen.series, time);
      out.push_back(Respond{parts_for(seen.parts, key), seen.version, key, own_line(*event, policy_)->address,
                            Participation::declined, Send::organizer});
    }
    return out;
  }

  /// The occurrence as it was seen.
  static void put_back(Series& series, const Series& seen, const model::EventTime& time) {
    const auto is_it = [&](const Event& each) { return each.recurrence_id == time; };
    std::erase_if(series.overrides, is_it);
    std::erase(series.excluded, time);
    if (const Event* before = find_override(seen, to_string(time))) series.overrides.push_back(*before);
    normalize(series);
  }

  const Item& item_;
  const Policy& policy_;
  bool organizer_known_ = false;
};

bool touches_rule(const Action& action, const Series*& series) {
  if (const auto* create = std::get_if<Create>(&action); create != nullptr && create->target == Side::exchange) {
    series = &create->series;
    return true;
  }
  const auto* update = std::get_if<Update>(&action);
  if (update == nullptr || update->target != Side::exchange) return false;
  series = &update->series;
  return contains(update->changes, {{}, Field::schedule, {}}) || contains(update->changes, {{}, Field::presence, {}});
}

bool invites_anybody(const Series& series) {
  const auto invites = [](const Event& event) { return !event.attendees.empty(); };
  return (series.master && invites(*series.master)) ||
         std::any_of(series.overrides.begin(), series.overrides.end(), invites);
}

}  // namespace

Decision without_unheld_rules(Decision decision, const Policy& policy) {
  if (!policy.exchange_holds_rule) return decision;
  for (const auto& action : decision.actions) {
    const Series* series = nullptr;
    if (!touches_rule(action, series) || !series->recurring() || !invites_anybody(*series)) continue;
    if (policy.exchange_holds_rule(*series)) continue;
    Decision parked;
    parked.reason = Reason::rule_unsupported;
    parked.actions.push_back(
        Park{"Exchange has no such recurrence, and a meeting can't be taken apart into single ones: its guests would "
             "be invited to each. Choose another recurrence."});
    return parked;
  }
  return decision;
}

Decision with_mail(Decision decision, const Item& item, const Policy& policy) {
  if (policy.one_way || policy.scheduling == Scheduling::none || decision.actions.empty()) return decision;
  if (decision.reason == Reason::met_different) return decision;
  std::vector<Action> actions;
  std::swap(actions, decision.actions);
  Teller teller(item, policy);
  for (auto& action : actions) teller.tell(action, decision.actions);
  return decision;
}

}  // namespace caravan::sync
