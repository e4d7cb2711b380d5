// SPDX-License-Identifier: GPL-3.0-or-later
// kept_of: the item that is written is read back by the mapping that will read it from Exchange, and what differs from
// the event is kept. So nothing has to be listed twice, and what reads back equal costs nothing.
#include <algorithm>

#include "ews/mapping/context.hpp"
#include "ews/mapping/event.hpp"
#include "ews/mapping/recurrence.hpp"
#include "ews/mapping/write_event.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names
using model::EventTime;
using model::TimeKind;

t__EmailAddressType* mailbox_of(Arena& arena, const std::string& address, const std::string& name) {
  auto* mailbox = arena.make<t__EmailAddressType>();
  mailbox->EmailAddress = arena.text(address);
  mailbox->Name = arena.text(name);
  return mailbox;
}

/// t:ResponseTypeType of my own answer. The organizer's tracking of others is not ours to write.
const char* answer_text(model::Participation answer) noexcept {
  switch (answer) {
    case model::Participation::accepted:
      return "Accept";
    case model::Participation::declined:
      return "Decline";
    case model::Participation::tentative:
      return "Tentative";
    case model::Participation::needs_action:
    case model::Participation::delegated:
      return "NoResponseReceived";
  }
  return "NoResponseReceived";
}

/// Adds what Exchange says by itself of an item, so that it can be read like an answer.
void answer(const WriteContext& context, Arena& arena, const Subject& subject, const Standing& standing,
            t__CalendarItemType& item) {
  item.IsMeeting = arena.text(standing.is_meeting ? "true" : "false");
  item.IsOrganizer = arena.text(standing.is_organizer ? "true" : "false");
  item.IsCancelled = arena.text(standing.is_cancelled ? "true" : "false");
  item.Organizer = arena.make<t__SingleRecipientType>();
  const auto& organizer = subject.event.organizer;
  item.Organizer->Mailbox = standing.is_organizer || !organizer
                                ? mailbox_of(arena, context.mailbox.address.value, {})
                                : mailbox_of(arena, organizer->address, organizer->name);
  if (!standing.is_organizer) item.MyResponseType = arena.text(answer_text(model::Participation::needs_action));
  for (const auto& person : subject.event.attendees)
    if (!standing.is_organizer && is_own(context.mailbox, person.address))
      item.MyResponseType = arena.text(answer_text(person.participation));
  for (t__Attendees* list : {item.RequiredAttendees, item.OptionalAttendees, item.Resources})
    if (list != nullptr)
      for (auto& person : list->Attendee) person.ResponseType = arena.text("Unknown");
}

KeptZone kept_zone(const model::Series& series, const EventTime& wanted, const EventTime& read_back) {
  KeptZone kept;
  if (wanted.kind != TimeKind::zoned || (read_back.kind == TimeKind::zoned && read_back.zone == wanted.zone))
    return kept;
  kept.name = wanted.zone;
  for (const auto& definition : series.zones)
    if (definition.id == wanted.zone) kept.definition = definition;
  return kept;
}

void keep_times(const WriteContext& context, const Subject& subject, const model::Event& read_back,
                const Standing& standing, Kept& kept) {
  const model::Event& event = subject.event;
  kept.no_end = !event.has_end;
  if (event.start.kind == TimeKind::floating)
    kept.floating = standing.zone.empty() ? home_zone(context) : standing.zone;
  kept.start_zone = kept_zone(subject.series, event.start, read_back.start);
  kept.end_zone = kept_zone(subject.series, end_of(event), read_back.end);
}

/// The rule that will be read back.
Result<model::Rule> rule_read_back(const WriteContext& context, const t__CalendarItemType& item, const ItemTimes& times,
                                   const std::vector<model::ZoneDefinition>& custom) {
  SeriesFrame frame;
  frame.zone = times.start_zone;
  frame.all_day = times.all_day;
  CARAVAN_TRY(rule, read_rule(*item.Recurrence, frame, custom, context.zones));
  model::Series only;
  only.rules.push_back(std::move(rule));
  model::normalize(only);
  return std::move(only.rules.front());
}

std::string text_of(const model::Series& series) {
  return series.rules.size() == 1 && series.extra_dates.empty() ? to_string(series.rules.front()) : std::string();
}

}  // namespace

Kept kept_of(const WriteContext& context, const Subject& subject, const Standing& standing) {
  const auto read_item = [&](Arena& arena) {
    t__CalendarItemType* item = write_event(context, arena, subject, standing);
    answer(context, arena, subject, standing, *item);
    return item;
  };
  Kept kept;
  Context reader{context.zones, context.cache, context.mailbox, {}};
  Arena arena;
  t__CalendarItemType* item = read_item(arena);
  const int to_year = subject.pattern != nullptr ? years_of(subject).to : 0;
  Result<ItemTimes> times = read_times(reader, *item, to_year);
  if (!times) return kept;  // its own start could not be read back: nothing can be said of the rest
  std::vector<model::ZoneDefinition> custom;
  const model::Event bare = read_event(reader, *item, *times, custom);
  keep_times(context, subject, bare, standing, kept);
  // Once more, with the zones as they will be then: a rule's UNTIL depends on them.
  item = read_item(arena);
  reader.kept = &kept;
  times = read_times(reader, *item, to_year);
  custom.clear();
  model::Event read_back = read_event(reader, *item, *times, custom);
  if (subject.event.recurrence_id && subject.series.master && !read_back.attendees.empty())
    if (const auto& organizer = subject.series.master->organizer) read_back.organizer = organizer;
  model::Series holder;
  holder.master = std::move(read_back);
  model::normalize(holder);
  Kept rest = keep(subject.event, *holder.master);
  rest.no_end = kept.no_end;
  rest.floating = std::move(kept.floating);
  rest.start_zone = std::move(kept.start_zone);
  rest.end_zone = std::move(kept.end_zone);
  if (subject.event.recurrence_id) return rest;
  std::string rule;  // empty where the item is single
  if (item->Recurrence != nullptr)
    if (const auto read = rule_read_back(context, *item, *times, custom)) rule = to_string(*read);
  if (rule != text_of(subject.series) || !subject.series.extra_dates.empty() || subject.series.rules.size() > 1)
    rest.rules = KeptRules{rule, subject.series.rules, subject.series.extra_dates, {}, {}};
  if (uid_for(subject.series.uid) != subject.series.uid.value) rest.uid = subject.series.uid.value;
  return rest;
}

model::Event shown_by_exchange(const WriteContext& context, const Subject& subject, const Standing& standing) {
  Arena arena;
  t__CalendarItemType* item = write_event(context, arena, subject, standing);
  answer(context, arena, subject, standing, *item);
  Context reader{context.zones, context.cache, context.mailbox, {}};
  const Result<ItemTimes> times = read_times(reader, *item, 0);
  if (!times) return subject.event;
  std::vector<model::ZoneDefinition> custom;
  model::Series holder;
  holder.master = read_event(reader, *item, *times, custom);
  model::normalize(holder);
  return std::move(*holder.master);
}

Result<model::Rule> rule_of(const WriteContext& context, Arena& arena, const Subject& subject,
                            const Standing& standing) {
  const t__CalendarItemType* item = write_event(context, arena, subject, standing);
  if (item->Recurrence == nullptr) return make_error(Fault::unsupported, "The series has no pattern.");
  Context reader{context.zones, context.cache, context.mailbox, {}};
  CARAVAN_TRY(times, read_times(reader, *item, years_of(subject).to));
  return rule_read_back(context, *item, times, subject.series.zones);
}

}  // namespace caravan::ews::mapping
