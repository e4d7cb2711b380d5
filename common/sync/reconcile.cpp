// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/reconcile.hpp"

#include "sync/attendee_copy.hpp"
#include "sync/equal_across.hpp"
#include "sync/frame.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"
#include "sync/scheduling.hpp"
#include "sync/three_way.hpp"

namespace caravan::sync {
namespace {

/// What became of one side since the base.
enum class Became { unchanged, changed, deleted, still_gone, came_back };

Became became(const Observed& now, const Copy& base, bool removed) {
  const Copy* copy = std::get_if<Copy>(&now);
  if (copy == nullptr) return removed ? Became::still_gone : Became::deleted;
  if (removed) return Became::came_back;
  return edits_of(base, *copy).empty() ? Became::unchanged : Became::changed;
}

Decision only(Reason reason) {
  Decision decision;
  decision.reason = reason;
  return decision;
}
Decision only(Reason reason, Action action) {
  Decision decision = only(reason);
  decision.actions.push_back(std::move(action));
  return decision;
}

Decision unknown(const Unknown& side) {
  if (side.unreadable) return only(Reason::unreadable, Park{side.why});
  return only(Reason::not_known);
}

/// Exchange holds the series, CalDAV does not.
Decision caldav_gone(const Copy& exchange, Became side, bool was_gone, const Policy& policy) {
  switch (side) {
    case Became::came_back:
      return only(Reason::first_seen_on_exchange, Create{Side::caldav, exchange.series});
    case Became::changed:
      return only(Reason::edit_beats_delete, Create{Side::caldav, exchange.series});
    case Became::unchanged:
      if (!policy.one_way)
        return only(Reason::caldav_deleted, Delete{Side::exchange, exchange.parts, exchange.version});
      // It stays deleted on CalDAV until somebody edits it on Exchange; the tombstone remembers what Exchange held.
      return was_gone ? only(Reason::caldav_deleted) : only(Reason::caldav_deleted, Forget{});
    case Became::deleted:
    case Became::still_gone:
      break;
  }
  return only(Reason::nothing_changed);
}

/// Exchange's last copy, as if its owner had declined it, or called it off, there.
Copy dismissed_copy(Copy copy, const Policy& policy) {
  if (is_theirs(copy.series, policy, copy.is_organizer)) {
    copy.series = declined(std::move(copy.series), policy);
  } else if (copy.series.master) {
    copy.series.master->status = model::EventStatus::cancelled;
  }
  copy.digest = digest(copy.series);
  return copy;
}

/// Brings CalDAV's copy, as it shall be, to Exchange, where there is none; somebody else's meeting along with my
/// answers.
void create_on_exchange(Decision& decision, const Copy& caldav, model::Series series, const Policy& policy) {
  const bool theirs = is_theirs(series, policy);
  const auto* line = theirs && series.master ? own_line(*series.master, policy) : nullptr;
  if (line != nullptr && line->participation == model::Participation::declined) {
    // Some occurrence is not declined: Exchange can't decline the series around it.
    const model::Change answer{{}, model::Field::attendee, line->address};
    if (!decision.conflict) decision.conflict = Conflict{{answer}, Side::exchange, false, caldav.series};
    for (auto& each : series.master->attendees)
      if (is_me(policy, each.address)) each.participation = model::Participation::needs_action;
  }
  if (auto update = update_to(Side::caldav, caldav, series)) decision.actions.push_back(std::move(*update));
  decision.actions.push_back(Create{Side::exchange, series});
  if (!theirs) return;
  for (auto& respond : answers_between({}, series, series, policy)) decision.actions.push_back(std::move(respond));
}
Decision only_created(Reason reason, const Copy& caldav, const Policy& policy) {
  if (is_dismissed(caldav.series, policy)) return only(Reason::dismissed, Dismiss{});
  Decision decision = only(reason);
  create_on_exchange(decision, caldav, caldav.series, policy);
  return decision;
}

/// A decline on Exchange is one of all occurrences: that CalDAV took one of them back contradicts it, also where no
/// other unit does. Settles in `kept`, what CalDAV's copy shall be, who wins; false where a person has to.
bool meet_decline(Decision& decision, model::Series& kept, const Copy& exchange, const Copy& caldav,
                  const Policy& policy) {
  const auto* line = kept.master ? own_line(*kept.master, policy) : nullptr;
  const bool holds = line != nullptr && line->participation == model::Participation::declined;
  if (!holds || is_dismissed(kept, policy)) return true;
  if (!decision.conflict) {
    const Side winner = winner_of(exchange, caldav, policy);
    decision.conflict = Conflict{{{{}, model::Field::attendee, line->address}},
                                 winner,
                                 policy.conflict == ConflictPolicy::park,
                                 winner == Side::exchange ? caldav.series : exchange.series};
  }
  if (decision.conflict->winner == Side::exchange) kept = declined(std::move(kept), policy);
  if (!decision.conflict->parked) return true;
  decision.reason = Reason::both_changed_conflict;
  decision.actions.push_back(Park{"declined on Exchange, an occurrence taken back here; the policy is to ask"});
  return false;
}

/// Somebody else's meeting left Exchange while CalDAV's copy changed, or its owner declined it there. What CalDAV
/// changed is weighed as if Exchange's last copy still stood: the organizer's units don't beat a delete.
Decision left_exchange(const Base& base, const Copy& caldav, const Absent& absent, const Policy& policy) {
  const Copy last = absent.declined ? dismissed_copy(base.exchange, policy) : base.exchange;
  Decision decision = three_way(base, last, caldav, policy);
  if (decision.conflict && decision.conflict->parked) return decision;
  model::Series kept = caldav.series;
  bool own_edit = !decision.conflict;
  for (const auto& action : decision.actions) {
    const auto* update = std::get_if<Update>(&action);
    if (update != nullptr && update->target == Side::caldav)
      kept = update->series;
    else if (!std::holds_alternative<Link>(action))
      own_edit = true;
  }
  decision.actions.clear();
  if (absent.declined && !policy.one_way && !meet_decline(decision, kept, last, caldav, policy)) return decision;
  if (is_dismissed(kept, policy) || policy.one_way) {
    decision.reason = absent.declined ? Reason::declined_on_exchange : Reason::dismissed;
    if (auto update = update_to(Side::caldav, caldav, std::move(kept))) decision.actions.push_back(std::move(*update));
    decision.actions.push_back(Dismiss{});
  } else if (own_edit) {
    decision.reason = Reason::edit_beats_delete;
    create_on_exchange(decision, caldav, std::move(kept), policy);
  } else {
    decision.reason = Reason::exchange_deleted;
    decision.actions.push_back(Delete{Side::caldav, caldav.parts, caldav.version});
  }
  return decision;
}

Decision first_seen(const Item& item, const Policy& policy) {
  const Copy* exchange = std::get_if<Copy>(&item.exchange);
  const Copy* caldav = std::get_if<Copy>(&item.caldav);
  if (exchange != nullptr && caldav != nullptr) return first_meeting(*exchange, *caldav, policy);
  const auto* absent = std::get_if<Absent>(&item.exchange);
  if (absent != nullptr && absent->declined && caldav != nullptr && !policy.one_way &&
      is_theirs(caldav->series, policy)) {
    // As if both had held it unanswered.
    Copy unanswered = *caldav;
    unanswered.series = answered(std::move(unanswered.series), model::Participation::needs_action, policy);
    unanswered.digest = digest(unanswered.series);
    return left_exchange(Base{unanswered, unanswered}, *caldav, *absent, policy);
  }
  const bool may_write = policy.occasion != Occasion::rebuild;  // the next pass brings what stands on one side only
  if (exchange != nullptr)
    return may_write ? only(Reason::first_seen_on_exchange, Create{Side::caldav, exchange->series})
                     : only(Reason::first_seen_on_exchange);
  if (caldav == nullptr) return only(Reason::nothing_changed);
  if (policy.one_way) return only(Reason::one_way_keeps_caldav);
  return may_write ? only_created(Reason::first_seen_on_caldav, *caldav, policy) : only(Reason::first_seen_on_caldav);
}

/// CalDAV holds the series, Exchange does not.
Decision exchange_gone(const Base& base, const Copy& caldav, const Absent& absent, Became side, const Policy& policy) {
  const bool was_gone = base.exchange_removed;
  const bool theirs = is_theirs(base.exchange.series, policy, base.exchange.is_organizer);
  if (absent.declined && theirs && !was_gone && side != Became::came_back)
    return left_exchange(base, caldav, absent, policy);
  switch (side) {
    case Became::came_back:
      if (policy.one_way) return only(Reason::one_way_keeps_caldav);
      return only_created(Reason::first_seen_on_caldav, caldav, policy);
    case Became::changed:
      if (policy.one_way) return only(Reason::one_way_keeps_caldav);
      if (!was_gone && theirs) return left_exchange(base, caldav, absent, policy);
      return only_created(is_dismissed(base.caldav.series, policy) ? Reason::taken_back : Reason::edit_beats_delete,
                          caldav, policy);
    case Became::unchanged:
      if (!was_gone) return only(Reason::exchange_deleted, Delete{Side::caldav, caldav.parts, caldav.version});
      // Exchange's deletion was settled before, and CalDAV kept its copy.
      if (policy.one_way) return only(Reason::one_way_keeps_caldav);
      if (is_dismissed(caldav.series, policy)) return only(Reason::dismissed);
      return only_created(Reason::first_seen_on_caldav, caldav, policy);
    case Became::deleted:
    case Became::still_gone:
      break;
  }
  return only(Reason::nothing_changed);
}

/// Both hold it, and one that was gone is back.
Decision back_again(const Base& base, const Copy& exchange, const Copy& caldav, const Policy& policy) {
  const bool known = base.exchange.series.master || !base.exchange.series.overrides.empty();
  const bool dismissed = !policy.one_way && known && !base.caldav_removed && is_dismissed(base.caldav.series, policy);
  // As if for the first time, unless it is what was declined or called off: an organizer's update brings that back.
  if (!dismissed) return first_meeting(exchange, caldav, policy);
  // What CalDAV changed meanwhile was never told to Exchange: in the base it stands as Exchange had it.
  Base agreed = base;
  agreed.exchange = dismissed_copy(base.exchange, policy);
  const auto names = renaming(agreed.exchange.series, base.caldav.series, policy);
  const auto source = renamed(agreed.exchange.series, names, *policy.zones);
  model::Delta untold;
  for (const auto& difference : differences_across(agreed.exchange.series, base.caldav.series, policy))
    untold.push_back(difference.unit);
  agreed.caldav.series = apply(untold, source, base.caldav.series);
  agreed.caldav.digest = digest(agreed.caldav.series);
  Decision decision = three_way(agreed, exchange, caldav, policy);
  if (decision.actions.empty()) decision.actions.push_back(Link{});
  return decision;
}

Decision decide(const Item& item, const Policy& policy) {
  // An unreadable side is parked whatever the other one says; a silent side stops everything.
  const auto* exchange_unknown = std::get_if<Unknown>(&item.exchange);
  const auto* caldav_unknown = std::get_if<Unknown>(&item.caldav);
  if (exchange_unknown != nullptr && (exchange_unknown->unreadable || caldav_unknown == nullptr))
    return unknown(*exchange_unknown);
  if (caldav_unknown != nullptr) return unknown(*caldav_unknown);

  if (!item.base) return first_seen(item, policy);
  const Base& base = *item.base;
  const Copy* exchange = std::get_if<Copy>(&item.exchange);
  const Copy* caldav = std::get_if<Copy>(&item.caldav);
  if (exchange != nullptr && caldav != nullptr) {
    if (base.exchange_removed || base.caldav_removed) return back_again(base, *exchange, *caldav, policy);
    return three_way(base, *exchange, *caldav, policy);
  }
  const Became on_exchange = became(item.exchange, base.exchange, base.exchange_removed);
  const Became on_caldav = became(item.caldav, base.caldav, base.caldav_removed);
  if (exchange != nullptr) return caldav_gone(*exchange, on_exchange, base.caldav_removed, policy);
  if (caldav != nullptr) return exchange_gone(base, *caldav, std::get<Absent>(item.exchange), on_caldav, policy);
  const bool settled = base.exchange_removed && base.caldav_removed;
  return settled ? only(Reason::nothing_changed) : only(Reason::both_deleted, Forget{});
}

}  // namespace

Decision reconcile(const Item& item, const Policy& policy) {
  return with_mail(without_unheld_rules(decide(item, policy), policy), item, policy);
}

}  // namespace caravan::sync
