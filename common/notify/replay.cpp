// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>

#include "model/proposal.hpp"
#include "notify/differences.hpp"
#include "notify/follow.hpp"
#include "sync/frame.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"
#include "sync/occurrence.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

using model::Change;
using model::Delta;
using model::Event;
using model::Field;
using model::Series;

using State = std::optional<Series>;

/// From one state of the series, in whichever pair, to the next.
struct Transition {
  State before, after;
  const Step* step = nullptr;
};

/// What the calendar holds while single pairs gain and lose the series: the pair that was touched last, else another.
class Pairs {
 public:
  explicit Pairs(const std::vector<Step>& steps) {
    for (const auto& step : steps) held_.try_emplace(step.pair, step.before);
    for (const auto& step : steps)
      if (!current_) current_ = held_.at(step.pair);
  }
  const State& current() const noexcept { return current_; }
  void take(const Step& step) {
    held_[step.pair] = step.after;
    current_ = step.after;
    for (const auto& [pair, state] : held_)
      if (!current_) current_ = state;
  }

 private:
  std::map<std::string, State> held_;
  State current_;
};

/// A series that was away for a while within the window never was.
std::vector<Transition> transitions(const std::vector<Step>& steps, Pairs& pairs) {
  std::vector<Transition> out;
  for (const auto& step : steps) {
    const State before = pairs.current();
    pairs.take(step);
    if (!out.empty() && !out.back().after && out.back().before && pairs.current()) {
      out.back() = {out.back().before, pairs.current(), &step};
    } else {
      out.push_back({before, pairs.current(), &step});
    }
  }
  return out;
}

bool is_of_occurrence(const Change& unit) noexcept { return !unit.occurrence.empty() || unit.field == Field::excluded; }
const std::string& occurrence_of(const Change& unit) noexcept {
  return unit.field == Field::excluded ? unit.key : unit.occurrence;
}
bool is_whole_occurrence(const Change& unit) noexcept {
  return is_of_occurrence(unit) && (unit.field == Field::excluded || unit.field == Field::presence);
}

bool same_schedule(const Series& first, const Series& second) {
  return first.master && second.master &&
         canonical(*first.master, Field::schedule) == canonical(*second.master, Field::schedule) &&
         first.rules == second.rules && first.extra_dates == second.extra_dates;
}

/// Writes out in `series` each override of `other` that it has not and does not exclude.
void spell_out(Series& series, const Series& other, const model::ZoneBook& zones) {
  for (const auto& event : other.overrides) {
    if (!event.recurrence_id || !series.master) continue;
    const std::string key = to_string(*event.recurrence_id);
    if (sync::find_override(series, key) != nullptr || sync::excludes(series, key)) continue;
    series.overrides.push_back(sync::plain_occurrence(series, *event.recurrence_id, zones));
  }
  model::normalize(series);
}

/// An occurrence of a live series that is off is excluded, however it was called off: what becomes of the series, or of
/// the override that said so, does not bring it back.
State with_called_off_excluded(State series) {
  if (!series || !series->master || series->master->status == model::EventStatus::cancelled) return series;
  std::erase_if(series->overrides, [&](const Event& event) {
    if (!event.recurrence_id || event.status != model::EventStatus::cancelled) return false;
    series->excluded.push_back(*event.recurrence_id);
    return true;
  });
  model::normalize(*series);
  return series;
}

class Replay {
 public:
  Replay(const Reader& reader, const model::ZoneBook& zones) : reader_(reader), policy_(policy_of(reader, &zones)) {}

  void carry(State& was, const Transition& transition) const {
    const auto& [before, after, step] = transition;
    if (!before && !after) return;
    const bool mine = is_mine(after ? *after : *before, step->modified_by);
    if (!before || !after) {
      const bool by_caldav = sync::contains(step->owner_units, {{}, Field::presence, {}});
      if (mine || by_caldav) was = with_called_off_excluded(after);
      return;
    }
    if (was) was = with_called_off_excluded(carried(*was, *before, *after, *step, mine));
  }

 private:
  /// Whether all that Exchange brought of the series is the reader's own doing.
  bool is_mine(const Series& series, const std::string& modified_by) const {
    if (sync::is_theirs(series, policy_)) return false;
    if (modified_by.empty() || sync::is_me(policy_, modified_by)) return true;
    std::vector<std::string> names = {reader_.name};
    const Event& event = model::representative(series);
    if (event.organizer && sync::is_me(policy_, event.organizer->address)) names.push_back(event.organizer->name);
    if (const auto* line = sync::own_line(event, policy_)) names.push_back(line->name);
    std::erase(names, std::string());
    return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
             return text::equal_ignoring_case(name, modified_by);
           });
  }

  /// Units of the step in the words of `was`, as far as a shift of the series explains the difference.
  struct Frame {
    Series before, after;
    Delta owner_units;
  };
  Frame in_frame_of(const Series& was, const Series& before, const Series& after, const Delta& owner_units) const {
    Frame out{rekeyed(before, was), rekeyed(after, was), owner_units};
    std::map<std::string, std::string> names;
    const auto learn = [&](const Series& from, const Series& to) {
      for (std::size_t i = 0; i < from.overrides.size(); ++i)
        if (from.overrides[i].recurrence_id)
          names.emplace(to_string(*from.overrides[i].recurrence_id), to_string(*to.overrides[i].recurrence_id));
      for (std::size_t i = 0; i < from.excluded.size(); ++i)
        names.emplace(to_string(from.excluded[i]), to_string(to.excluded[i]));
    };
    learn(after, out.after);
    learn(before, out.before);
    for (auto& unit : out.owner_units) {
      std::string& name = unit.field == Field::excluded ? unit.key : unit.occurrence;
      if (const auto found = names.find(name); found != names.end()) name = found->second;
    }
    std::sort(out.owner_units.begin(), out.owner_units.end());
    if (same_schedule(before, after)) {
      spell_out(out.before, out.after, *policy_.zones);
      spell_out(out.after, out.before, *policy_.zones);
    }
    return out;
  }

  Series rekeyed(const Series& series, const Series& frame) const {
    const auto shift = sync::uniform_shift(series, frame);
    return shift ? sync::rekeyed(series, *shift, *policy_.zones) : series;
  }

  static bool is_among(const Delta& owner_units, const Change& unit) {
    if (sync::contains(owner_units, unit) || sync::contains(owner_units, {{}, Field::presence, {}})) return true;
    if (!is_of_occurrence(unit)) return false;
    return std::any_of(owner_units.begin(), owner_units.end(), [&](const Change& owner) {
      return is_of_occurrence(owner) && occurrence_of(owner) == occurrence_of(unit) &&
             (is_whole_occurrence(owner) || is_whole_occurrence(unit));
    });
  }

  /// What is the reader's to change in everybody's meeting.
  bool is_personal(const Change& unit) const {
    switch (unit.field) {
      case Field::attendee:
        return sync::is_me(policy_, unit.key);
      case Field::alarms:
      case Field::busy:
      case Field::categories:
      case Field::sensitivity:
        return true;
      case Field::schedule:
      case Field::excluded:
      case Field::summary:
      case Field::body:
      case Field::location:
      case Field::status:
      case Field::priority:
      case Field::link:
      case Field::organizer:
      case Field::attachments:
      case Field::extra:
      case Field::presence:
        return false;
    }
    return false;
  }

  Series carried(const Series& was, const Series& before, const Series& after, const Step& step, bool mine) const {
    const Frame frame = in_frame_of(was, before, after, step.owner_units);
    Delta units = difference(frame.before, frame.after);
    std::erase_if(units, [&](const Change& unit) {
      const bool by_reader = mine || is_personal(unit) || is_among(frame.owner_units, unit);
      return !by_reader || is_answer(frame, unit);
    });
    Delta of_series, of_occurrences, back;
    for (const auto& unit : units) {
      Delta& kind = !is_of_occurrence(unit) ? of_series : is_said(frame.after, unit) ? of_occurrences : back;
      if (&kind != &back || is_said(frame.before, unit)) kind.push_back(unit);
    }
    const Delta left = left_behind(of_series, frame);
    Series now = with_taken_back(was, units, frame);
    Series plain = now;
    plain.overrides.clear();
    spell_out(now, named_by(of_occurrences, frame.after), *policy_.zones);
    spell_out(plain, named_by(back, frame.after), *policy_.zones);
    now = sync::apply(of_occurrences, frame.after, std::move(now));
    now = sync::apply(back, plain, std::move(now));
    keep_answers(was, now);
    return of_series.empty() ? now : with_series(of_series, frame.after, now, left);
  }

  static bool is_called_off(const Series& series, const std::string& occurrence) {
    const Event* event = sync::find_override(series, occurrence);
    return sync::excludes(series, occurrence) || (event != nullptr && event->status == model::EventStatus::cancelled);
  }

  /// What the reader took back takes place to him as he finds it, also where he believed it off for another reason:
  /// somebody may have made an EXDATE of a cancelled override, or the other way round, before he did.
  Series with_taken_back(Series was, const Delta& units, const Frame& frame) const {
    for (const auto& unit : units) {
      const std::string& key = occurrence_of(unit);
      const bool decides = is_whole_occurrence(unit) || unit.field == Field::status;
      if (key.empty() || !decides || !is_called_off(frame.before, key) || is_called_off(frame.after, key)) continue;
      const auto is_it = [&](const model::EventTime& time) { return to_string(time) == key; };
      if (std::erase_if(was.excluded, is_it) == 0) continue;
      const Event* found = sync::find_override(frame.after, key);
      if (found != nullptr && frame.after.master && was.master)
        was.overrides.push_back(followed(*found, frame.after, was, *policy_.zones));
    }
    model::normalize(was);
    return was;
  }

  static const model::Attendee* line_of(const Series& series, const Change& unit) {
    const Event* event = unit.occurrence.empty() ? (series.master ? &*series.master : nullptr)
                                                 : sync::find_override(series, unit.occurrence);
    if (event == nullptr) return nullptr;
    const auto found = std::find_if(event->attendees.begin(), event->attendees.end(),
                                    [&](const auto& attendee) { return attendee.address == unit.key; });
    return found == event->attendees.end() ? nullptr : &*found;
  }

  /// Whether somebody else's answer is all that changed.
  bool is_answer(const Frame& frame, const Change& unit) const {
    if (unit.field != Field::attendee || sync::is_me(policy_, unit.key)) return false;
    const auto *before = line_of(frame.before, unit), *after = line_of(frame.after, unit);
    if (before == nullptr || after == nullptr) return false;
    model::Attendee answered = *before;
    answered.participation = after->participation;
    set_proposal(answered, proposal_of(*after));
    return answered == *after;
  }

  /// Whether the unit is more than a repetition of what the series says.
  bool is_said(const Series& series, const Change& unit) const {
    const Event* event = is_whole_occurrence(unit) ? nullptr : sync::find_override(series, unit.occurrence);
    return event == nullptr || !series.master || sync::contains(sync::said_by(*event, series, *policy_.zones), unit);
  }

  /// Only the overrides that the units speak of.
  static Series named_by(const Delta& units, const Series& series) {
    Series out;
    for (const auto& event : series.overrides) {
      const std::string key = event.recurrence_id ? to_string(*event.recurrence_id) : std::string();
      if (std::any_of(units.begin(), units.end(),
                      [&](const Change& unit) { return unit.occurrence == key && unit.field != Field::presence; }))
        out.overrides.push_back(event);
    }
    return out;
  }

  /// What overrides did not say before and say now, because the series changed and they did not.
  Delta left_behind(const Delta& of_series, const Frame& frame) const {
    Delta out;
    for (const auto& event : frame.after.overrides) {
      if (of_series.empty() || !event.recurrence_id || !frame.before.master || !frame.after.master) continue;
      const Event* before = sync::find_override(frame.before, to_string(*event.recurrence_id));
      if (before == nullptr) continue;
      const Delta said = sync::said_by(*before, frame.before, *policy_.zones);
      for (const auto& unit : sync::said_by(event, frame.after, *policy_.zones))
        if (!sync::contains(said, unit) && sync::contains(of_series, {{}, unit.field, unit.key})) out.push_back(unit);
    }
    return out;
  }

  /// `was` with its master changed; its overrides are counted by the new schedule and follow in what they don't say.
  /// Those that the new pattern has no place for went with the old one.
  Series with_series(const Delta& units, const Series& source, const Series& was, const Delta& left) const {
    Series now = sync::apply(units, source, was);
    keep_answers(was, now);
    if (!was.master || !now.master) return now;
    const auto shift = sync::uniform_shift(was, now);
    const Series counted = shift ? sync::rekeyed(was, *shift, *policy_.zones) : was;
    now.overrides.clear();
    now.excluded = counted.excluded;
    const auto is_dropped = [&](const model::EventTime& id) {
      return gives(counted, id, *policy_.zones) && !gives(now, id, *policy_.zones);
    };
    std::erase_if(now.excluded, is_dropped);
    for (std::size_t i = 0; i < counted.overrides.size(); ++i) {
      const Event& event = counted.overrides[i];
      if (event.recurrence_id && is_dropped(*event.recurrence_id)) continue;
      Delta kept;
      for (Change unit : left)
        if (was.overrides[i].recurrence_id && unit.occurrence == to_string(*was.overrides[i].recurrence_id)) {
          unit.occurrence = to_string(*event.recurrence_id);
          kept.push_back(unit);
        }
      now.overrides.push_back(event.recurrence_id ? followed(event, counted, now, *policy_.zones, kept) : event);
      // Called off with its series it is still what it was, should the series come back.
      if (now.master->status == model::EventStatus::cancelled) now.overrides.back().status = event.status;
    }
    model::normalize(now);
    return now;
  }

  /// Others' answers are never the reader's doing, whatever brought them.
  void keep_answers(const Series& was, Series& now) const {
    const auto keep = [&](Event& event, const Event* before) {
      for (auto& attendee : event.attendees) {
        if (sync::is_me(policy_, attendee.address)) continue;
        model::Attendee unanswered;
        const model::Attendee* known = &unanswered;
        for (std::size_t i = 0; before != nullptr && i < before->attendees.size(); ++i)
          if (before->attendees[i].address == attendee.address) known = &before->attendees[i];
        attendee.participation = known->participation;
        set_proposal(attendee, proposal_of(*known));
      }
    };
    const Event* master = was.master ? &*was.master : nullptr;
    if (now.master) keep(*now.master, master);
    for (auto& event : now.overrides) {
      const Event* before = event.recurrence_id ? sync::find_override(was, to_string(*event.recurrence_id)) : nullptr;
      keep(event, before != nullptr ? before : master);
    }
  }

  const Reader& reader_;
  sync::Policy policy_;
};

}  // namespace

sync::Policy policy_of(const Reader& reader, const model::ZoneBook* zones) {
  sync::Policy policy;
  policy.mailbox = reader.address;
  policy.aliases = reader.aliases;
  policy.zones = zones;
  return policy;
}

Told replay(const std::vector<Step>& steps, const Reader& reader, const model::ZoneBook& zones) {
  Pairs pairs(steps);
  Told told{with_called_off_excluded(pairs.current()), {}};
  const Replay replay(reader, zones);
  for (const auto& transition : transitions(steps, pairs)) replay.carry(told.was, transition);
  told.now = pairs.current();
  return told;
}

}  // namespace caravan::notify
