// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "sync/attendee_copy.hpp"
#include "sync/equal_across.hpp"
#include "sync/frame.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"
#include "sync/occurrence.hpp"
#include "sync/three_way.hpp"

namespace caravan::sync {
namespace {

using model::Change;
using model::Delta;
using model::Field;
using model::Series;

Delta units_of(const std::vector<Difference>& differences) {
  Delta out;
  for (const auto& difference : differences) out.push_back(difference.unit);
  return out;
}

bool always_says_something(Field field) noexcept {
  switch (field) {
    case Field::schedule:
    case Field::busy:
    case Field::status:
    case Field::sensitivity:
    case Field::priority:
      return true;
    case Field::excluded:
    case Field::summary:
    case Field::body:
    case Field::location:
    case Field::categories:
    case Field::link:
    case Field::alarms:
    case Field::organizer:
    case Field::attendee:
    case Field::attachments:
    case Field::extra:
    case Field::presence:
      return false;
  }
  return true;
}

/// The union by merge unit: what only one side has goes to the other, what both have differently is a conflict.
Overlap united(const std::vector<Difference>& differences, const Series& exchange, const Series& caldav) {
  Overlap out;
  const auto contradicts = [&](const Difference& difference) {
    // One side deleted an occurrence that the other side changed.
    const auto& unit = difference.unit;
    if (unit.field == Field::excluded)
      return find_override(exchange, unit.key) != nullptr || find_override(caldav, unit.key) != nullptr;
    if (unit.field == Field::presence && !unit.occurrence.empty())
      return excludes(exchange, unit.occurrence) || excludes(caldav, unit.occurrence);
    return unit.field == Field::presence;
  };
  for (const auto& difference : differences) {
    const bool nothing_there = difference.exchange.empty() || difference.exchange == "none";
    const bool nothing_here = difference.caldav.empty() || difference.caldav == "none";
    if (contradicts(difference) || always_says_something(difference.unit.field) || nothing_there == nothing_here)
      out.conflicting.push_back(difference.unit);
    else if (nothing_there)
      out.second_only.push_back(difference.unit);
    else
      out.first_only.push_back(difference.unit);
  }
  return out;
}

Delta joined(Delta first, const Delta& second) {
  first.insert(first.end(), second.begin(), second.end());
  std::sort(first.begin(), first.end());
  return first;
}

void subscribe(Decision& decision, std::vector<Difference> differences, const Copy& exchange_copy,
               const Copy& caldav_copy, const Policy& policy) {
  const model::ZoneBook& zones = *policy.zones;
  const Renaming names = renaming(exchange_copy.series, caldav_copy.series, policy);
  Series exchange = renamed(exchange_copy.series, names, zones), caldav = caldav_copy.series;
  const bool theirs = !policy.one_way && is_theirs(exchange, policy, exchange_copy.is_organizer);
  const bool other_days = std::any_of(differences.begin(), differences.end(), [](const Difference& difference) {
    return difference.unit == Change{{}, Field::schedule, {}};
  });
  const ScheduleMeets meets = other_days ? ScheduleMeets::occurrences_too : ScheduleMeets::schedule;
  std::optional<SpelledOut> spelled;
  if (theirs) {
    spelled.emplace(exchange, caldav, meets, policy);
    differences = differences_across(exchange, caldav, policy);
  }
  Overlap parts = united(differences, exchange, caldav);
  const TheirMeeting meeting{exchange, caldav, policy};
  if (theirs) {
    settle_answers(parts, meeting);
    restore_organizers(parts, meeting, meets);
  }
  const bool exchanges = theirs && exchange_decides(parts.conflicting, meeting);
  const Side winner = exchanges ? Side::exchange : winner_of(exchange_copy, caldav_copy, policy);
  if (!parts.conflicting.empty()) {
    const bool parked = policy.conflict == ConflictPolicy::park && !exchanges;
    decision.conflict = Conflict{parts.conflicting, winner, parked,
                                 winner == Side::exchange ? caldav_copy.series : exchange_copy.series};
    if (parked) {
      decision.actions.push_back(Park{"the two sides hold different events under one UID; the policy is to ask"});
      return;
    }
  }
  const Delta to_caldav = joined(parts.first_only, winner == Side::exchange ? parts.conflicting : Delta{});
  Delta to_exchange = joined(parts.second_only, winner == Side::caldav ? parts.conflicting : Delta{});
  const Delta answers = theirs ? take_answers(to_exchange, policy) : Delta{};
  Series desired = apply(to_exchange, caldav, exchange), on_caldav = apply(to_caldav, exchange, caldav);
  const Series answered = renamed(apply(answers, caldav, desired), names.reversed(), zones);
  if (spelled) {
    spelled->tidy(on_caldav, Side::caldav, {});
    spelled->tidy(desired, Side::exchange, {});
  } else {
    const Series there = desired;
    follow_master(desired, exchange, on_caldav, policy);
    follow_master(on_caldav, caldav, policy.one_way ? exchange : there, policy);
  }
  if (auto update = update_to(Side::caldav, caldav_copy, std::move(on_caldav)))
    decision.actions.push_back(std::move(*update));
  if (policy.one_way) {
    decision.kept = std::move(to_exchange);
    decision.kept_values = std::move(exchange);
    return;
  }
  desired = renamed(std::move(desired), names.reversed(), zones);
  if (theirs)
    tell_exchange(decision, exchange_copy, std::move(desired), answered, policy);
  else if (auto update = update_to(Side::exchange, exchange_copy, std::move(desired)))
    decision.actions.push_back(std::move(*update));
}

}  // namespace

Decision first_meeting(const Copy& exchange, const Copy& caldav, const Policy& policy) {
  Decision decision;
  const auto differences = differences_across(exchange.series, caldav.series, policy);
  if (differences.empty()) {
    decision.reason = Reason::met_equal;
    decision.actions.push_back(Link{});
    return decision;
  }
  decision.reason = Reason::met_different;
  switch (policy.occasion) {
    case Occasion::migrate: {
      if (!caldav.ours) {
        // What CalDAV keeps stays its own: a later edit on Exchange meets it as a conflict.
        decision.conflict = Conflict{units_of(differences), Side::caldav, false, exchange.series};
        decision.kept = units_of(differences);
        decision.kept_values =
            renamed(exchange.series, renaming(exchange.series, caldav.series, policy), *policy.zones);
        break;
      }
      // We wrote it once, and nobody can tell whether what differs was edited here or there: the loser is kept.
      decision.conflict = Conflict{units_of(differences), Side::exchange, false, caldav.series};
      decision.reason = Reason::met_different_ours;
      const Renaming names = renaming(exchange.series, caldav.series, policy);
      const Series source = renamed(exchange.series, names, *policy.zones);
      Series desired = apply(units_of(differences), source, caldav.series);
      follow_master(desired, caldav.series, source, policy);
      if (auto update = update_to(Side::caldav, caldav, std::move(desired)))
        decision.actions.push_back(std::move(*update));
      break;
    }
    case Occasion::subscribe:
      subscribe(decision, differences, exchange, caldav, policy);
      break;
    case Occasion::rebuild:
      decision.conflict = Conflict{units_of(differences), Side::caldav, false, exchange.series};
      break;
  }
  if (decision.actions.empty()) decision.actions.push_back(Link{});
  return decision;
}

}  // namespace caravan::sync
