// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/change.hpp"

namespace caravan::sync {

Copy copy_holding(model::Series series, Copy like) {
  like.series = std::move(series);
  like.digest = model::digest(like.series);
  return like;
}

std::string_view to_string(Send send) noexcept {
  switch (send) {
    case Send::none:
      return "none";
    case Send::guests:
      return "guests";
    case Send::organizer:
      return "organizer";
  }
  return "?";
}

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::nothing_changed:
      return "nothing_changed";
    case Reason::not_known:
      return "not_known";
    case Reason::unreadable:
      return "unreadable";
    case Reason::first_seen_on_exchange:
      return "first_seen_on_exchange";
    case Reason::first_seen_on_caldav:
      return "first_seen_on_caldav";
    case Reason::met_equal:
      return "met_equal";
    case Reason::met_different_ours:
      return "met_different_ours";
    case Reason::met_different:
      return "met_different";
    case Reason::exchange_changed:
      return "exchange_changed";
    case Reason::caldav_changed:
      return "caldav_changed";
    case Reason::both_changed_apart:
      return "both_changed_apart";
    case Reason::both_changed_same:
      return "both_changed_same";
    case Reason::both_changed_conflict:
      return "both_changed_conflict";
    case Reason::exchange_deleted:
      return "exchange_deleted";
    case Reason::caldav_deleted:
      return "caldav_deleted";
    case Reason::both_deleted:
      return "both_deleted";
    case Reason::edit_beats_delete:
      return "edit_beats_delete";
    case Reason::one_way_keeps_caldav:
      return "one_way_keeps_caldav";
    case Reason::two_masters:
      return "two_masters";
    case Reason::declined_on_exchange:
      return "declined_on_exchange";
    case Reason::dismissed:
      return "dismissed";
    case Reason::taken_back:
      return "taken_back";
    case Reason::rule_unsupported:
      return "rule_unsupported";
  }
  return "?";
}

}  // namespace caravan::sync
