// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/three_way.hpp"

#include <algorithm>
#include <set>

#include "sync/attendee_copy.hpp"
#include "sync/equal_across.hpp"
#include "sync/frame.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"
#include "sync/occurrence.hpp"

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

/// Whether an override says more than that it is declined or called off: Exchange was never told of that.
bool says_more(const model::Event& override, const Series& caldav, const Policy& policy) {
  if (!caldav.master) return true;
  const auto said = said_by(override, caldav, *policy.zones);
  return std::any_of(said.begin(), said.end(), [&](const Change& each) {
    return each.field != Field::status && (each.field != Field::attendee || !is_me(policy, each.key));
  });
}

/// Whether CalDAV did more to an occurrence that Exchange excludes than to decline it or call it off.
bool did_more(const Change& unit, const View& caldav, const Policy& policy) {
  const model::Event* event = find_override(caldav.now, unit.occurrence);
  if (event == nullptr || !contains(caldav.delta, unit)) return false;
  const model::Participation answer = own_answer(*event, policy);
  if (unit.field == Field::status) return event->status != model::EventStatus::cancelled;
  if (unit.field == Field::attendee && is_me(policy, unit.key)) return answer != model::Participation::declined;
  if (unit.field != Field::presence) return true;
  const bool answered = caldav.now.master && answer != own_answer(*caldav.now.master, policy);
  return says_more(*event, caldav.now, policy) || (answered && answer != model::Participation::declined);
}

/// Values that differ in form only are the same value; an excluded occurrence is a declined or cancelled one, unless
/// more was done to it.
void settle_equal_ones(Overlap& overlap, const std::vector<Difference>& differences, const View& caldav,
                       const Policy& policy) {
  std::set<std::string> open_occurrences;
  for (const auto& difference : differences)
    if (difference.unit.field == Field::presence || difference.unit.field == Field::excluded)
      open_occurrences.insert(occurrence_of(difference.unit));
  for (const auto& unit : overlap.conflicting)
    if (contains(overlap.conflicting, {{}, Field::excluded, unit.occurrence}) && did_more(unit, caldav, policy))
      open_occurrences.insert(unit.occurrence);
  Delta conflicting;
  for (const auto& unit : overlap.conflicting) {
    const std::string& occurrence = occurrence_of(unit);
    const bool open = differs(differences, unit) || (!occurrence.empty() && open_occurrences.contains(occurrence));
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

/// Occurrences that Exchange dropped because they were declined or called off here, and that are so no more.
Delta taken_back(const View& exchange, const View& caldav, const Policy& policy) {
  Delta back;
  for (const auto& before : caldav.base.overrides) {
    if (!before.recurrence_id || !is_dismissed(before, policy)) continue;
    const std::string key = to_string(*before.recurrence_id);
    const model::Event* now = find_override(caldav.now, key);
    if (!excludes(exchange.base, key) || !excludes(exchange.now, key) || excludes(caldav.now, key)) continue;
    if (now != nullptr && is_dismissed(*now, policy)) continue;
    back.push_back({{}, Field::excluded, key});
    if (now != nullptr) back.push_back({key, Field::presence, {}});
  }
  return back;
}

/// Occurrences that Exchange brought back, while the override here still says why they were gone: the override goes.
void bring_back(Overlap& parts, const View& exchange, const View& caldav, const Policy& policy) {
  for (const auto& unit : exchange.delta) {
    if (unit.field != Field::excluded || excludes(exchange.now, unit.key) || excludes(caldav.now, unit.key)) continue;
    const model::Event* event = find_override(caldav.now, unit.key);
    if (event == nullptr) continue;
    const Change override{unit.key, Field::presence, {}};
    if (contains(parts.conflicting, unit) || says_more(*event, caldav.now, policy))
      parts.conflicting = united(parts.conflicting, {unit, override});
    else if (contains(parts.first_only, unit))
      parts.first_only = united(parts.first_only, {override});
    std::erase_if(parts.first_only, [&](const Change& each) { return contains(parts.conflicting, each); });
  }
}

Reason reason_of(const View& exchange, const View& caldav, const Overlap& overlap, const Policy& policy) {
  if (!overlap.conflicting.empty() && !exchange.delta.empty()) return Reason::both_changed_conflict;
  if (exchange.delta.empty()) return policy.one_way ? Reason::one_way_keeps_caldav : Reason::caldav_changed;
  if (caldav.delta.empty()) return Reason::exchange_changed;
  return overlap.first_only.empty() && overlap.second_only.empty() ? Reason::both_changed_same
                                                                   : Reason::both_changed_apart;
}

/// An occurrence that Exchange will hold as the series is, or that comes back there, has the series' answer: that
/// CalDAV has none to it, or a room any other, can't be told. The units in which `on_caldav` follows.
Delta follow_series_answer(Series& on_caldav, model::Participation answer, const std::set<std::string>& occurrences,
                           const Policy& policy) {
  Delta followed;
  for (auto& event : on_caldav.overrides) {
    const std::string key = to_string(*event.recurrence_id);
    const model::Participation given = own_answer(event, policy);
    const bool told = given != model::Participation::needs_action && policy.mailbox_kind != MailboxKind::room;
    if (!occurrences.contains(key) || told || given == answer) continue;
    for (auto& attendee : event.attendees) {
      if (!is_me(policy, attendee.address)) continue;
      attendee.participation = answer;
      followed.push_back({key, Field::attendee, attendee.address});
    }
  }
  return followed;
}

/// One decision on its way: both sides in CalDAV's words and recurrence ids, and what becomes of each unit.
class ThreeWay {
 public:
  ThreeWay(const Base& base, const Copy& exchange, const Copy& caldav, const Policy& policy)
      : exchange_copy_(exchange),
        caldav_copy_(caldav),
        policy_(policy),
        zones_(*policy.zones),
        exchange_(view_of(base.exchange, exchange, policy)),
        caldav_(view_of(base.caldav, caldav, policy)),
        translation_(exchange_, caldav_, policy),
        on_exchange_(exchange_.now),
        theirs_(!policy.one_way && is_theirs(exchange.series, policy, exchange.is_organizer)) {}

  Decision decide() {
    find_edits(exchange_, zones_);
    find_edits(caldav_, zones_);
    if (exchange_.delta.empty() && caldav_.delta.empty()) return {};
    sort_out();
    if (decision_.conflict && decision_.conflict->parked) {
      decision_.actions.push_back(Park{"both sides changed the same thing; the policy is to ask"});
      return std::move(decision_);
    }
    write();
    if (decision_.actions.empty() && !(policy_.one_way && exchange_.delta.empty())) decision_.actions.push_back(Link{});
    return std::move(decision_);
  }

 private:
  /// What only one side changed, what both did, and who wins.
  void sort_out() {
    const Side by_policy = winner_of(exchange_copy_, caldav_copy_, policy_);
    const bool caldav_yields = theirs_ || (exchange_.moved && by_policy == Side::exchange);
    const ScheduleMeets meets = align(exchange_, caldav_, caldav_yields, zones_);
    const bool counted_otherwise = caldav_.moved && !caldav_.shift;
    const ScheduleMeets restored = counted_otherwise ? ScheduleMeets::occurrences_too : ScheduleMeets::schedule;
    if (theirs_) {
      spelled_.emplace(SpelledOut::Pair{exchange_.base, exchange_.now}, SpelledOut::Pair{caldav_.base, caldav_.now},
                       restored, policy_);
      exchange_.recount();
      caldav_.recount();
    }
    parts_ = overlap(exchange_.delta, exchange_.now, caldav_.delta, caldav_.now, meets);
    differences_ = differences_across(exchange_.now, caldav_.now, policy_);
    settle_equal_ones(parts_, differences_, caldav_, policy_);
    bring_back(parts_, exchange_, caldav_, policy_);
    const TheirMeeting meeting{exchange_.now, caldav_.now, policy_};
    if (theirs_) restore_organizers(parts_, meeting, restored);
    const bool exchanges = theirs_ && exchange_decides(parts_.conflicting, meeting);
    winner_ = exchanges ? Side::exchange : by_policy;
    decision_.reason = reason_of(exchange_, caldav_, parts_, policy_);
    if (!parts_.conflicting.empty())
      record(parts_.conflicting, winner_, policy_.conflict == ConflictPolicy::park && !exchanges);
  }

  void record(Delta units, Side winner, bool parked) {
    decision_.conflict = Conflict{std::move(units), winner, parked,
                                  winner == Side::exchange ? caldav_copy_.series : exchange_copy_.series};
  }

  /// Each side gets the other's units; the loser of a conflict the winner's.
  void write() {
    const Delta none;
    Delta to_caldav =
        united(visible(parts_.first_only, differences_), winner_ == Side::exchange ? parts_.conflicting : none);
    Delta to_exchange = united(parts_.second_only, winner_ == Side::caldav ? parts_.conflicting : none);
    if (!spelled_) {
      const BaseAndNow exchange{exchange_.base, exchange_.now}, caldav{caldav_.base, caldav_.now};
      to_caldav = united(to_caldav, left_behind(exchange, caldav, policy_));
      to_exchange = united(to_exchange, left_behind(caldav, exchange, policy_));
    }
    const Delta back = policy_.one_way ? none : taken_back(exchange_, caldav_, policy_);
    to_exchange = united(to_exchange, back);
    const Delta answers = theirs_ ? take_answers(to_exchange, policy_) : none;
    Series desired = apply(to_exchange, caldav_.now, exchange_.now, &caldav_.base);
    Series answered = apply(answers, caldav_.now, desired);
    Series on_caldav = apply(to_caldav, exchange_.now, caldav_.now, &exchange_.base);
    if (spelled_) {
      spelled_->tidy(desired, Side::exchange, caldav_.delta);
      spelled_->drop_wiped(answered, caldav_.delta);  // it follows the series' answer, too
      if (answered.master && follow_answers(on_caldav, desired, answered, answers, to_exchange)) return write();
      spelled_->tidy(on_caldav, Side::caldav, caldav_.delta);
    } else {
      const Series there = desired;
      follow_master(desired, exchange_.now, on_caldav, policy_);
      follow_master(on_caldav, caldav_.now, policy_.one_way ? exchange_.now : there, policy_);
    }
    if (auto update = update_to(Side::caldav, caldav_copy_, std::move(on_caldav)))
      decision_.actions.push_back(std::move(*update));
    if (policy_.one_way) {
      decision_.kept = std::move(to_exchange);
      decision_.kept_values = std::move(on_exchange_);
      return;
    }
    desired = translation_.back(std::move(desired));
    if (theirs_)
      tell_exchange(decision_, exchange_copy_, std::move(desired), translation_.back(std::move(answered)), policy_);
    else if (auto update = update_to(Side::exchange, exchange_copy_, std::move(desired)))
      decision_.actions.push_back(std::move(*update));
  }

  /// Restores on CalDAV the answers that can't be given to what follows the series. True where Exchange wins for their
  /// sake what CalDAV had won before.
  bool follow_answers(Series& on_caldav, const Series& on_exchange, const Series& answered, const Delta& answers,
                      const Delta& to_exchange) {
    const bool to_series = contains_series(answers);
    std::set<std::string> occurrences;
    for (const auto& unit : to_exchange)
      if (unit.field == Field::excluded) occurrences.insert(unit.key);
    for (const auto& event : on_caldav.overrides) {
      const std::string key = to_string(*event.recurrence_id);
      if (to_series && find_override(on_exchange, key) == nullptr) occurrences.insert(key);
    }
    const auto answer = own_answer(*answered.master, policy_);
    Delta followed = follow_series_answer(on_caldav, answer, occurrences, policy_);
    if (followed.empty()) return false;
    const bool turned = decision_.conflict && winner_ == Side::caldav;
    winner_ = Side::exchange;
    record(decision_.conflict ? united(decision_.conflict->units, followed) : std::move(followed), winner_, false);
    return turned;
  }
  static bool contains_series(const Delta& answers) {
    return std::any_of(answers.begin(), answers.end(), [](const Change& answer) { return answer.occurrence.empty(); });
  }

  const Copy& exchange_copy_;
  const Copy& caldav_copy_;
  const Policy& policy_;
  const model::ZoneBook& zones_;
  View exchange_, caldav_;
  Translation translation_;
  Series on_exchange_;  ///< before any recurrence id is moved
  bool theirs_;
  std::optional<SpelledOut> spelled_;
  Overlap parts_;
  std::vector<Difference> differences_;
  Side winner_ = Side::exchange;
  Decision decision_;
};

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

Decision three_way(const Base& base, const Copy& exchange_now, const Copy& caldav_now, const Policy& policy) {
  if (same_digest(base.exchange, exchange_now) && same_digest(base.caldav, caldav_now)) return {};
  return ThreeWay(base, exchange_now, caldav_now, policy).decide();
}

}  // namespace caravan::sync
