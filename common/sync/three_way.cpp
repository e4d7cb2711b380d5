// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/three_way.hpp"

#include <algorithm>

#include "sync/equal_across.hpp"
#include "sync/frame.hpp"
#include "sync/merge.hpp"

namespace caravan::sync {
namespace {

using model::Change;
using model::Delta;
using model::Field;
using model::Series;

const Change kSchedule{{}, Field::schedule, {}};

/// Clocks of two servers: below this gap nobody can say which edit was the later one (decisions.md 3).
constexpr std::chrono::seconds kClearlyNewer = std::chrono::minutes(2);

Delta united(const Delta& first, const Delta& second) {
  Delta out = first;
  out.insert(out.end(), second.begin(), second.end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void without_noise(Series& series) {
  const auto clean = [](model::Event& event) {
    std::erase_if(event.extra, is_client_noise);
    for (auto& alarm : event.alarms) {
      alarm.acknowledged.reset();
      std::erase_if(alarm.extra, is_client_noise);
    }
  };
  if (series.master) clean(*series.master);
  for (auto& event : series.overrides) clean(event);
  normalize(series);
}

Delta edits(Series before, Series now) {
  Delta delta = difference(before, now);
  if (std::none_of(delta.begin(), delta.end(),
                   [](const Change& change) { return change.field == Field::alarms || change.field == Field::extra; }))
    return delta;
  without_noise(before);
  without_noise(now);
  return difference(before, now);
}

bool same_digest(const Copy& first, const Copy& second) {
  return !first.digest.empty() && first.digest == second.digest;
}

/// One side: its base copy and what it holds now, both in the words and recurrence ids that the decision speaks.
struct View {
  Series base, now;
  Delta delta;
  bool moved = false;          ///< the delta holds the master's schedule
  std::optional<Shift> shift;  ///< that explains it

  void recount() {
    delta = edits(base, now);
    moved = contains(delta, kSchedule);
  }
};

/// The same copy under the zone name that `now` uses, where that is only another name of the zone.
Series under_name_of(const Series& now, Series base, const Policy& policy) {
  Renaming names = renaming(base, now, policy);
  names.my_from.clear();  // another address of mine is a change
  return renamed(std::move(base), names, *policy.zones);
}

View view_of(const Copy& base, const Copy& now, const Policy& policy) {
  View view{base.series, now.series, {}, false, {}};
  if (same_digest(base, now)) view.base = now.series;
  view.base = under_name_of(view.now, std::move(view.base), policy);
  return view;
}

void find_edits(View& view, const model::ZoneBook& zones) {
  view.recount();
  if (!view.moved) return;
  view.shift = uniform_shift(view.base, view.now);
  // Of a series moved as a whole the overrides are the same ones under new ids.
  if (!view.shift || view.shift->none()) return;
  view.base = rekeyed(std::move(view.base), *view.shift, zones);
  view.recount();
}

/// Exchange's copies in CalDAV's words, and the way back.
class Translation {
 public:
  Translation(View& exchange, const View& caldav, const Policy& policy)
      : zones_(*policy.zones), agreed_(renaming(exchange.base, caldav.base, policy)) {
    exchange.base = renamed(std::move(exchange.base), agreed_, zones_);
    exchange.now = renamed(std::move(exchange.now), agreed_, zones_);
    // Both may have moved to one new zone, each under its own name.
    since_ = renaming(exchange.now, caldav.now, policy);
    exchange.now = renamed(std::move(exchange.now), since_, zones_);
  }
  [[nodiscard]] Series back(Series series) const {
    return renamed(renamed(std::move(series), since_.reversed(), zones_), agreed_.reversed(), zones_);
  }

 private:
  const model::ZoneBook& zones_;
  Renaming agreed_, since_;
};

void rekey(View& view, const Shift& shift, const model::ZoneBook& zones) {
  if (shift.none()) return;
  view.base = rekeyed(std::move(view.base), shift, zones);
  view.now = rekeyed(std::move(view.now), shift, zones);
  view.recount();
}

/// Brings both sides to the recurrence ids of the schedule that will hold. `caldav_yields`: CalDAV's own schedule will
/// not.
ScheduleMeets align(View& exchange, View& caldav, bool caldav_yields, const model::ZoneBook& zones) {
  const bool explained = (!exchange.moved || exchange.shift) && (!caldav.moved || caldav.shift);
  View& loser = caldav_yields || !caldav.moved ? caldav : exchange;
  View& winner = &loser == &caldav ? exchange : caldav;
  const auto shift_of = [](const View& view) { return view.moved ? view.shift : std::nullopt; };
  const auto undone = shift_of(loser), taken = shift_of(winner);
  const bool moved_alike = undone && taken && undone->seconds == taken->seconds && undone->to == taken->to;
  if (!moved_alike) {
    if (undone) rekey(loser, undone->reversed(), zones);
    if (taken) rekey(loser, *taken, zones);
  }
  return explained ? ScheduleMeets::schedule : ScheduleMeets::occurrences_too;
}

const std::string& occurrence_of(const Change& unit) {
  return unit.field == Field::excluded ? unit.key : unit.occurrence;
}

bool differs(const std::vector<Difference>& differences, const Change& unit) {
  return std::any_of(differences.begin(), differences.end(), [&](const Difference& difference) {
    if (difference.unit == unit) return true;
    if (unit.field == Field::presence)
      return unit.occurrence.empty() || occurrence_of(difference.unit) == unit.occurrence;
    return false;
  });
}

/// Values that differ in form only are the same value.
void settle_equal_ones(Overlap& overlap, const std::vector<Difference>& differences) {
  Delta conflicting;
  for (const auto& unit : overlap.conflicting) {
    const std::string& occurrence = occurrence_of(unit);
    const bool open = differs(differences, unit) ||
                      (!occurrence.empty() && std::any_of(differences.begin(), differences.end(), [&](const auto& d) {
                        return occurrence_of(d.unit) == occurrence &&
                               (d.unit.field == Field::presence || d.unit.field == Field::excluded);
                      }));
    (open ? conflicting : overlap.same).push_back(unit);
  }
  overlap.conflicting = std::move(conflicting);
  std::sort(overlap.same.begin(), overlap.same.end());
}

/// What CalDAV can see of Exchange's changes: a unit that already means the same there needs no write. Bodies go
/// always, for the sake of their formatting.
Delta visible(const Delta& delta, const std::vector<Difference>& differences) {
  Delta out;
  for (const auto& unit : delta)
    if (unit.field == Field::body || differs(differences, unit)) out.push_back(unit);
  return out;
}

/// On an attendee's copy the organizer's values are restored; the losing copy is kept.
void restore_organizers(Overlap& overlap, const Policy& policy) {
  Delta allowed;
  for (const auto& unit : overlap.second_only)
    (belongs_to_organizer(unit, policy) ? overlap.conflicting : allowed).push_back(unit);
  overlap.second_only = std::move(allowed);
  std::sort(overlap.conflicting.begin(), overlap.conflicting.end());
}

Reason reason_of(const View& exchange, const View& caldav, const Overlap& overlap, const Policy& policy) {
  if (!overlap.conflicting.empty() && !exchange.delta.empty()) return Reason::both_changed_conflict;
  if (exchange.delta.empty()) return policy.one_way ? Reason::one_way_keeps_caldav : Reason::caldav_changed;
  if (caldav.delta.empty()) return Reason::exchange_changed;
  return overlap.first_only.empty() && overlap.second_only.empty() ? Reason::both_changed_same
                                                                   : Reason::both_changed_apart;
}

}  // namespace

Delta edits_of(const Copy& base, const Copy& now) {
  return same_digest(base, now) ? Delta{} : edits(base.series, now.series);
}

std::optional<Update> update_to(Side target, const Copy& seen, Series desired) {
  Delta changes = difference(seen.series, desired);
  if (changes.empty()) return std::nullopt;
  return Update{target, seen.parts, seen.version, std::move(changes), std::move(desired)};
}

Side winner_of(const Copy& exchange, const Copy& caldav, const Policy& policy) {
  switch (policy.conflict) {
    case ConflictPolicy::newest:
      return caldav.modified - exchange.modified > kClearlyNewer ? Side::caldav : Side::exchange;
    case ConflictPolicy::exchange:
    case ConflictPolicy::park:
      return Side::exchange;
    case ConflictPolicy::caldav:
      return Side::caldav;
  }
  return Side::exchange;
}

bool is_attendees_copy(const Series& exchange, const Policy& policy) {
  if (!exchange.master && exchange.overrides.empty()) return false;
  const auto& organizer = representative(exchange).organizer;
  return organizer && !organizer->address.empty() && !policy.mailbox.empty() && !is_me(policy, organizer->address);
}

bool belongs_to_organizer(const Change& unit, const Policy& policy) {
  switch (unit.field) {
    case Field::schedule:
    case Field::summary:
    case Field::body:
    case Field::location:
    case Field::status:
    case Field::link:
    case Field::organizer:
    case Field::attachments:
      return true;
    case Field::attendee:
      return !is_me(policy, unit.key);
    case Field::excluded:  // an attendee may take an occurrence out of his own calendar
    case Field::presence:  // or answer for one occurrence, which makes an override
    case Field::busy:
    case Field::sensitivity:
    case Field::priority:
    case Field::categories:
    case Field::alarms:
    case Field::extra:
      return false;
  }
  return false;
}

Decision three_way(const Base& base, const Copy& exchange_now, const Copy& caldav_now, const Policy& policy) {
  Decision decision;
  if (same_digest(base.exchange, exchange_now) && same_digest(base.caldav, caldav_now)) return decision;
  const model::ZoneBook& zones = *policy.zones;
  View exchange = view_of(base.exchange, exchange_now, policy);
  View caldav = view_of(base.caldav, caldav_now, policy);
  const Translation translation(exchange, caldav, policy);
  Series on_exchange = exchange.now;  // before any recurrence id is moved
  find_edits(exchange, zones);
  find_edits(caldav, zones);
  if (exchange.delta.empty() && caldav.delta.empty()) return decision;
  const bool theirs = !policy.one_way && is_attendees_copy(exchange_now.series, policy);
  const Side winner = theirs ? Side::exchange : winner_of(exchange_now, caldav_now, policy);
  const bool caldav_yields = theirs || (exchange.moved && winner == Side::exchange);
  const ScheduleMeets meets = align(exchange, caldav, caldav_yields, zones);

  Overlap parts = overlap(exchange.delta, exchange.now, caldav.delta, caldav.now, meets);
  const auto differences = differences_across(exchange.now, caldav.now, policy);
  settle_equal_ones(parts, differences);
  if (theirs) restore_organizers(parts, policy);
  decision.reason = reason_of(exchange, caldav, parts, policy);
  if (!parts.conflicting.empty()) {
    const bool parked = policy.conflict == ConflictPolicy::park && !theirs;
    decision.conflict =
        Conflict{parts.conflicting, winner, parked, winner == Side::exchange ? caldav_now.series : exchange_now.series};
    if (parked) {
      decision.actions.push_back(Park{"both sides changed the same thing; the policy is to ask"});
      return decision;
    }
  }
  const Delta none;
  const Delta to_caldav =
      united(visible(parts.first_only, differences), winner == Side::exchange ? parts.conflicting : none);
  const Delta to_exchange = united(parts.second_only, winner == Side::caldav ? parts.conflicting : none);
  if (auto update = update_to(Side::caldav, caldav_now, apply(to_caldav, exchange.now, caldav.now, &exchange.base)))
    decision.actions.push_back(std::move(*update));
  if (policy.one_way) {
    decision.kept = united(parts.second_only, winner == Side::caldav ? parts.conflicting : none);
    decision.kept_values = std::move(on_exchange);
    if (decision.actions.empty() && exchange.delta.empty()) return decision;
  } else {
    Series desired = translation.back(apply(to_exchange, caldav.now, exchange.now, &caldav.base));
    if (auto update = update_to(Side::exchange, exchange_now, std::move(desired)))
      decision.actions.push_back(std::move(*update));
  }
  if (decision.actions.empty()) decision.actions.push_back(Link{});
  return decision;
}

}  // namespace caravan::sync
