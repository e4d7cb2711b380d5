// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/draft.hpp"

#include <algorithm>

#include "ews/mapping/kept_text.hpp"
#include "ews/mapping/property.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names
using model::Field;

std::string text_of(const Kept& kept) { return kept.empty() ? std::string() : to_text(kept); }

t__PathToUnindexedFieldType* path(Arena& arena, const char* uri) {
  auto* out = arena.make<t__PathToUnindexedFieldType>();
  out->FieldURI = uri;
  return out;
}

/// Collects the changes, one property each (ews-facts 8.2); their order is that in which the server applies them.
class Changes {
 public:
  Changes(Arena& arena, const Draft& draft) : arena_(arena), draft_(draft) {}

  /// Sets the property, or takes it away where the draft has none.
  template <class Owner, class T>
  void put(const char* uri, T* Owner::*member) {
    if (draft_.item->*member == nullptr) {
      t__DeleteItemFieldType gone;
      gone.FieldURI = path(arena_, uri);
      out_.DeleteItemField.push_back(gone);
      return;
    }
    t__SetItemFieldType set;
    set.FieldURI = path(arena_, uri);
    set.CalendarItem = arena_.make<t__CalendarItemType>();
    set.CalendarItem->*member = draft_.item->*member;
    out_.SetItemField.push_back(set);
  }
  template <class Owner, class T>
  void put_if_there(const char* uri, T* Owner::*member) {
    if (draft_.item->*member != nullptr) put(uri, member);
  }
  void put(OwnProperty property, std::string value) {
    t__SetItemFieldType set;
    set.ExtendedFieldURI = arena_.make<t__PathToExtendedFieldType>();
    *set.ExtendedFieldURI = path_of(property);
    set.CalendarItem = arena_.make<t__CalendarItemType>();
    set.CalendarItem->ExtendedProperty.push_back(with_value(arena_, property, std::move(value)));
    out_.SetItemField.push_back(set);
  }
  t__Updates take() { return std::move(out_); }

 private:
  Arena& arena_;
  const Draft& draft_;
  t__Updates out_;
};

/// Zones first: setting one alone keeps the wall clock and moves the instants (ews-facts 7.2).
void put_schedule(Changes& changes, bool is_occurrence) {
  changes.put("calendar:StartTimeZone", &t__CalendarItemType::StartTimeZone);
  changes.put("calendar:EndTimeZone", &t__CalendarItemType::EndTimeZone);
  changes.put("calendar:Start", &t__CalendarItemType::Start);
  changes.put("calendar:End", &t__CalendarItemType::End);
  changes.put("calendar:IsAllDayEvent", &t__CalendarItemType::IsAllDayEvent);
  // Never for an occurrence: it is refused (ews-facts 6.6).
  if (!is_occurrence) changes.put("calendar:Recurrence", &t__CalendarItemType::Recurrence);
}

void put_people(Changes& changes) {
  changes.put("calendar:RequiredAttendees", &t__CalendarItemType::RequiredAttendees);
  changes.put("calendar:OptionalAttendees", &t__CalendarItemType::OptionalAttendees);
  changes.put("calendar:Resources", &t__CalendarItemType::Resources);
}

void put_field(Changes& changes, Field field, const Draft& draft) {
  switch (field) {
    case Field::schedule:
      return put_schedule(changes, draft.is_occurrence);
    case Field::summary:
      return changes.put("item:Subject", &t__CalendarItemType::Subject);
    case Field::body:
      return changes.put("item:Body", &t__CalendarItemType::Body);
    case Field::location:
      return changes.put("calendar:Location", &t__CalendarItemType::Location);
    case Field::busy:
      return changes.put("calendar:LegacyFreeBusyStatus", &t__CalendarItemType::LegacyFreeBusyStatus);
    case Field::sensitivity:
      return changes.put("item:Sensitivity", &t__CalendarItemType::Sensitivity);
    case Field::priority:
      return changes.put("item:Importance", &t__CalendarItemType::Importance);
    case Field::categories:
      return changes.put("item:Categories", &t__CalendarItemType::Categories);
    case Field::alarms:
      changes.put("item:ReminderIsSet", &t__CalendarItemType::ReminderIsSet);
      return changes.put_if_there("item:ReminderMinutesBeforeStart", &t__CalendarItemType::ReminderMinutesBeforeStart);
    case Field::attendee:
      if (draft.standing.is_organizer) put_people(changes);
      return;
    case Field::extra:
      return changes.put_if_there("calendar:AllowNewTimeProposal", &t__CalendarItemType::AllowNewTimeProposal);
    case Field::status:       // shows as the busy status, see updates_of
    case Field::link:         // in our property
    case Field::organizer:    // Exchange's own
    case Field::attachments:  // by operations of their own
    case Field::excluded:
    case Field::presence:
      return;
  }
}

}  // namespace

Draft draft_main(const WriteContext& context, Arena& arena, const model::Series& series, const Shape& shape,
                 const Standing& standing) {
  Draft draft;
  const Subject subject{series, *series.master, shape.kind == Shape::Kind::pattern ? &shape.pattern : nullptr};
  draft.item = write_event(context, arena, subject, standing);
  Kept kept = kept_of(context, subject, standing);
  if (shape.as_it_stands) kept.rules.reset();
  if (!shape.surplus.empty() || !shape.off.empty()) {
    if (!kept.rules) {  // the rule itself reads back as it is
      kept.rules = KeptRules{series.rules.empty() ? std::string() : to_string(series.rules.front()),
                             series.rules,
                             series.extra_dates,
                             {},
                             {}};
    }
    kept.rules->surplus = shape.surplus;
    kept.rules->off = shape.off;
  }
  draft.kept = text_of(kept);
  draft.uid = uid_for(series.uid);
  draft.standing = standing;
  return draft;
}

Draft draft_occurrence(const WriteContext& context, Arena& arena, const model::Series& series,
                       const model::EventTime& occurrence, const Standing& standing) {
  model::Event event = event_at(context, series, occurrence);
  event.recurrence_id = occurrence;
  const Subject subject{series, event};
  Draft draft;
  draft.item = write_event(context, arena, subject, standing);
  draft.kept = text_of(kept_of(context, subject, standing));
  draft.is_occurrence = true;
  draft.standing = standing;
  return draft;
}

Draft draft_part(const WriteContext& context, Arena& arena, const model::Series& series,
                 const model::EventTime& occurrence, const Standing& standing) {
  model::Event event = event_at(context, series, occurrence);
  event.recurrence_id = occurrence;
  const Subject subject{series, event};
  Draft draft;
  draft.item = write_event(context, arena, subject, standing);
  Kept kept = kept_of(context, subject, standing);
  kept.part = KeptPart{series.uid, occurrence};
  draft.kept = to_text(kept);
  draft.uid = uid_for_part(series.uid, occurrence);
  draft.standing = standing;
  return draft;
}

void make_new(Arena& arena, Draft& draft, const std::string& mark, const std::string& kept) {
  draft.item->UID = arena.text(draft.uid);
  if (!mark.empty()) draft.item->ExtendedProperty.push_back(with_value(arena, OwnProperty::mark, mark));
  if (!kept.empty()) draft.item->ExtendedProperty.push_back(with_value(arena, OwnProperty::kept, kept));
}

t__Updates updates_of(Arena& arena, const Draft& draft, const Fields& fields, const std::string& kept,
                      KeptProperty property) {
  Changes changes(arena, draft);
  Fields all = fields;
  const auto has = [&](Field field) { return std::find(all.begin(), all.end(), field) != all.end(); };
  if (has(Field::status) && !has(Field::busy)) all.push_back(Field::busy);
  // A reminder may be counted from the end, or stand at an instant.
  if (has(Field::schedule) && !has(Field::alarms)) all.push_back(Field::alarms);
  std::stable_partition(all.begin(), all.end(), [](Field field) { return field == Field::schedule; });
  for (const Field field : all) put_field(changes, field, draft);
  // Said even where it is empty: an occurrence would otherwise inherit the series'.
  if (property == KeptProperty::goes_along) {
    if (has(Field::attendee) || fields.empty())
      changes.put_if_there("calendar:IsResponseRequested", &t__CalendarItemType::IsResponseRequested);
    changes.put(OwnProperty::kept, kept.empty() ? to_text(Kept{}) : kept);
  }
  return changes.take();
}

}  // namespace caravan::ews::mapping
