// SPDX-License-Identifier: GPL-3.0-or-later
#include "property/notify/history.hpp"

#include <algorithm>

#include "ical/zone_book.hpp"
#include "model/canonical.hpp"

namespace caravan::notify::test {
namespace {

using What = Edit::What;
using Who = Edit::Who;
using model::Participation;

constexpr const char* kZone = "Europe/Berlin";
constexpr const char* kGuestNames[kGuests] = {"carol@example.org", "dave@example.org"};
/// Monday, 28 September 2026: the fifth occurrence lies behind the end of summer time.
const std::int64_t kFirstMonday = model::to_seconds({2026, 9, 28, 0, 0, 0});

std::string text(const char* what, int value) { return value == 0 ? std::string() : what + std::to_string(value); }

Participation participation(int value) {
  static constexpr Participation kAll[] = {Participation::accepted, Participation::declined, Participation::tentative,
                                           Participation::needs_action};
  return kAll[value % 4];
}

model::Attendee line(const char* address, Participation answer) {
  model::Attendee out;
  out.address = address;
  out.participation = answer;
  return out;
}

/// What only the series can say is of its occurrences, too, unless they say something else.
template <class T>
void drop_if_same(std::optional<T>& own, const T& series) {
  if (own && *own == series) own.reset();
}

}  // namespace

void Table::tidy(const Table& holds) {
  const auto is_none = [&](int week) { return !gives(week) && !holds.gives(week); };
  std::erase_if(own, [&](const auto& one) { return is_none(one.first) || is_called_off(one.first); });
  std::erase_if(excluded, is_none);
  std::erase_if(off, is_none);
  for (auto& [week, one] : own) {
    drop_if_same(one.slot, given(week));
    drop_if_same(one.title, title);
    drop_if_same(one.place, place);
    for (int i = 0; i < kGuests; ++i) {
      if (!guest[i]) one.answers[i].reset();
      drop_if_same(one.answers[i], answers[i]);
    }
  }
  std::erase_if(own, [](const auto& one) { return one.second == Own{}; });
}

model::EventTime History::at(std::int64_t minutes) {
  return model::at_wall(*ical::system_zone_book(), kZone, model::from_seconds(kFirstMonday + minutes * 60));
}

model::Series History::series(const Table& table) const {
  model::Series out;
  out.uid = Uid("series@example.org");
  const auto event = [&](const Slot& slot, int title, int place, const Own& own) {
    model::Event one;
    one.start = at(slot.start);
    one.end = at(slot.start + slot.length);
    one.summary = text("title ", title);
    one.location = text("room ", place);
    one.organizer = model::Organizer{mine_ ? kReader : "bob@example.org", {}, {}};
    for (int i = 0; i < kGuests; ++i)
      if (table.guest[i]) one.attendees.push_back(line(kGuestNames[i], own.answers[i].value_or(table.answers[i])));
    // Somebody is always invited: a bare ORGANIZER would make it the reader's own.
    one.attendees.push_back(line("erin@example.org", Participation::accepted));
    if (!mine_) one.attendees.push_back(line(kReader, Participation::accepted));
    one.priority = unseen_ % 10;
    one.categories = {"category " + std::to_string(unseen_)};
    return one;
  };
  out.master = event(table.first, table.title, table.place, {});
  if (table.called_off) out.master->status = model::EventStatus::cancelled;
  model::Rule rule;
  rule.frequency = model::Frequency::weekly;
  rule.count = table.count;
  rule.interval = table.every;
  out.rules = {rule};
  const auto add = [&](int week, const Own& own, model::EventStatus status) {
    auto one = event(own.slot.value_or(table.given(week)), own.title.value_or(table.title),
                     own.place.value_or(table.place), own);
    one.recurrence_id = at(table.given(week).start);
    one.status = status;
    out.overrides.push_back(std::move(one));
  };
  for (const int week : table.excluded) out.excluded.push_back(at(table.given(week).start));
  for (const int week : table.off) add(week, {}, model::EventStatus::cancelled);
  for (const auto& [week, own] : table.own) {
    const bool says = own.slot || own.title || own.place || own.written_out || own.answers[0] || own.answers[1];
    if (says) add(week, own, out.master->status);
  }
  model::normalize(out);
  return out;
}

std::optional<model::Series> History::held(const Table& table) const {
  return table.there ? std::optional(series(table)) : std::nullopt;
}

void History::note(std::optional<model::Series> before, std::optional<model::Series> after, Who who) {
  Step step{pair_, std::move(before), std::move(after), {}, {}};
  if (who == Who::somebody) step.modified_by = "Bob";
  if (who == Who::reader_on_caldav) {
    step.owner_units = {{{}, model::Field::presence, {}}};
    if (step.before && step.after) step.owner_units = model::difference(*step.before, *step.after);
  }
  steps.push_back(std::move(step));
}

/// The edit as it changes a table. Answers change what is, not what the reader believes.
void History::apply(Table& table, const Edit& edit, bool answers_too) const {
  const int week = edit.week;
  const bool single = now.gives(week);
  switch (edit.what) {
    case What::title:
      table.title = edit.value;
      break;
    case What::place:
      table.place = edit.value;
      break;
    case What::move_series:
      table.first.start = (8 + edit.value) * 60;
      break;
    case What::length:
      table.first.length = 30 * (1 + edit.value % 3);
      break;
    case What::count:
      table.count = 6 + edit.value % 4;
      break;
    case What::pattern: {
      const int every = 1 + edit.value / 2 % 2;
      if (every == earlier_.every) break;
      table.every = every;
      if (edit.value % 2 == 0) break;
      std::erase_if(table.own, [&](const auto& one) {
        return earlier_.own.contains(one.first) || earlier_.off.contains(one.first);
      });
      std::erase_if(table.excluded, [&](int one) { return earlier_.is_called_off(one); });
      std::erase_if(table.off, [&](int one) { return earlier_.is_called_off(one); });
      break;
    }
    case What::occurrence_title:
      if (single) table.own[week].title = edit.value;
      break;
    case What::occurrence_place:
      if (single) table.own[week].place = edit.value;
      break;
    case What::occurrence_move:
      if (single) table.own[week].slot = Slot{week * std::int64_t{7 * 24 * 60} + (30 + edit.value) * 60, 60};
      break;
    case What::occurrence_back:
      if (single) table.own[week].slot.reset();
      break;
    case What::write_out:
      if (single) table.own[week].written_out = true;
      break;
    case What::exclude:
      if (single) table.excluded.insert(week);
      table.off.erase(week);
      break;
    case What::take_back:
      table.excluded.erase(week);
      table.off.erase(week);
      break;
    case What::call_off_occurrence:
      if (single) table.off.insert(week);
      table.excluded.erase(week);
      break;
    case What::guest: {
      const int who = edit.value % kGuests;
      table.guest[who] = edit.value / kGuests % 2 == 0;
      if (!table.guest[who]) table.answers[who] = Participation::needs_action;
      break;
    }
    case What::answer:
      if (answers_too && table.guest[edit.value % kGuests])
        table.answers[edit.value % kGuests] = participation(edit.value / kGuests);
      break;
    case What::occurrence_answer:
      if (answers_too && single && table.guest[edit.value % kGuests])
        table.own[week].answers[edit.value % kGuests] = participation(edit.value / kGuests);
      break;
    case What::come_or_go:
      table.there = !table.there;
      break;
    case What::call_off:
      table.called_off = edit.value == 1;
      break;
    case What::other_pair:
    case What::unseen:
    case What::close:
      break;
  }
  table.tidy(now);
}

/// Where what the reader said of an occurrence is what the series says, he let it follow the series.
void History::follow(const Edit& edit) {
  const auto is = now.own.find(edit.week);
  const Own own = is == now.own.end() ? Own{} : is->second;
  const auto was = told.own.find(edit.week);
  if (was == told.own.end()) return;
  if (!own.slot && edit.what == What::occurrence_move) was->second.slot.reset();
  if (!own.title && edit.what == What::occurrence_title) was->second.title.reset();
  if (!own.place && edit.what == What::occurrence_place) was->second.place.reset();
  told.tidy(now);
}

void History::take(const Edit& wanted) {
  Edit edit = wanted;
  if (edit.what == What::move_series && schedules_ == Schedules::change_pattern) edit.what = What::pattern;
  if (edit.what == What::pattern && schedules_ == Schedules::move) edit.what = What::move_series;
  // Whose doing it is that an answer to one occurrence goes along with its override is nothing to be exact about.
  if (edit.what == What::occurrence_answer && schedules_ == Schedules::change_pattern) edit.what = What::answer;
  const bool caldav = edit.who == Who::reader_on_caldav;
  // What is Bob's to say the reader says nowhere; and nobody names himself in a deletion.
  const bool coming = edit.what == What::come_or_go;
  if (!mine_ && !coming) edit.who = Who::somebody;
  if (mine_ && coming && now.there && edit.who == Who::somebody) edit.who = Who::reader_on_exchange;
  if (!mine_ && coming && !caldav) edit.who = Who::somebody;
  if (!now.there && !coming) return;
  // Of an occurrence that only a pattern gives of which he was not told yet the reader says nothing.
  const bool of_one = edit.what >= What::occurrence_title && edit.what <= What::call_off_occurrence;
  if (of_one && edit.who != Who::somebody && !told.gives(edit.week)) return;
  // Nobody edits what is called off.
  if (now.called_off && !coming && edit.what != What::call_off && edit.what != What::other_pair) return;
  const bool by_reader = edit.who != Who::somebody;
  const auto before = held(now);
  if (edit.what == What::unseen) ++unseen_;
  if (edit.what == What::call_off) edit.value = now.called_off ? 0 : 1;
  if (edit.what == What::other_pair) {
    const std::string from = pair_, to = pair_ == "p" ? "q" : "p";
    const auto put = [&] { pair_ = to, note({}, before, edit.who); };
    if (edit.value % 2 == 0) put();
    pair_ = from;
    note(before, {}, edit.who);
    if (edit.value % 2 == 1) put();
    pair_ = to;
    return;
  }
  earlier_ = now;
  apply(now, edit, true);
  if (coming && !now.there) {
    before_going_ = told;
    if (by_reader) told.there = false;
  } else if (coming) {
    // Away and back within a window is as if it had stayed.
    if (before_going_) told = *before_going_;
    if (!before_going_ && by_reader) told = now;
    before_going_.reset();
  } else if (by_reader && told.there && now != earlier_) {
    apply(told, edit, false);
    // A schedule is changed as one, by somebody who sees it as it stands.
    if (now.first != earlier_.first || now.count != earlier_.count || now.every != earlier_.every) {
      told.first = now.first;
      told.count = now.count;
      told.every = now.every;
      told.tidy(now);
    }
    follow(edit);
  }
  note(before, held(now), edit.who);
}

void History::closed() {
  told = now;
  steps.clear();
  before_going_.reset();
}

}  // namespace caravan::notify::test
