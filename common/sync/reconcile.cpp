// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/reconcile.hpp"

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

Decision first_seen(const Item& item, const Policy& policy) {
  const Copy* exchange = std::get_if<Copy>(&item.exchange);
  const Copy* caldav = std::get_if<Copy>(&item.caldav);
  if (exchange != nullptr && caldav != nullptr) return first_meeting(*exchange, *caldav, policy);
  const bool may_write = policy.occasion != Occasion::rebuild;  // the next pass brings what stands on one side only
  if (exchange != nullptr)
    return may_write ? only(Reason::first_seen_on_exchange, Create{Side::caldav, exchange->series})
                     : only(Reason::first_seen_on_exchange);
  if (caldav == nullptr) return only(Reason::nothing_changed);
  if (policy.one_way) return only(Reason::one_way_keeps_caldav);
  return may_write ? only(Reason::first_seen_on_caldav, Create{Side::exchange, caldav->series})
                   : only(Reason::first_seen_on_caldav);
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

/// CalDAV holds the series, Exchange does not.
Decision exchange_gone(const Copy& caldav, Became side, bool was_gone, const Policy& policy) {
  switch (side) {
    case Became::came_back:
      if (policy.one_way) return only(Reason::one_way_keeps_caldav);
      return only(Reason::first_seen_on_caldav, Create{Side::exchange, caldav.series});
    case Became::changed:
      if (policy.one_way) return only(Reason::one_way_keeps_caldav);
      return only(Reason::edit_beats_delete, Create{Side::exchange, caldav.series});
    case Became::unchanged:
      if (!was_gone) return only(Reason::exchange_deleted, Delete{Side::caldav, caldav.parts, caldav.version});
      // Exchange's deletion was settled before, and CalDAV kept its copy.
      if (policy.one_way) return only(Reason::one_way_keeps_caldav);
      return only(Reason::first_seen_on_caldav, Create{Side::exchange, caldav.series});
    case Became::deleted:
    case Became::still_gone:
      break;
  }
  return only(Reason::nothing_changed);
}

}  // namespace

Decision reconcile(const Item& item, const Policy& policy) {
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
    // One that was gone and is back meets the other side as if for the first time.
    if (base.exchange_removed || base.caldav_removed) return first_meeting(*exchange, *caldav, policy);
    return three_way(base, *exchange, *caldav, policy);
  }
  const Became on_exchange = became(item.exchange, base.exchange, base.exchange_removed);
  const Became on_caldav = became(item.caldav, base.caldav, base.caldav_removed);
  if (exchange != nullptr) return caldav_gone(*exchange, on_exchange, base.caldav_removed, policy);
  if (caldav != nullptr) return exchange_gone(*caldav, on_caldav, base.exchange_removed, policy);
  const bool settled = base.exchange_removed && base.caldav_removed;
  return settled ? only(Reason::nothing_changed) : only(Reason::both_deleted, Forget{});
}

}  // namespace caravan::sync
