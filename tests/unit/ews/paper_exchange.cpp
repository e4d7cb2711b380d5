// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/ews/paper_exchange.hpp"

#include <gtest/gtest.h>

#include "ews/mapping/attachment.hpp"
#include "ews/mapping/attendee.hpp"
#include "ical/expand.hpp"
#include "ical/parse.hpp"
#include "ical/zone_book.hpp"

namespace caravan::ews::test {

using namespace wire;  // NOLINT: the generated names
using mapping::Draft;
using mapping::Standing;
using model::EventTime;
using model::Series;

namespace {

const Expand& expand() {
  static const Expand function = [](const Series& series, Instant from, Instant until, std::size_t limit) {
    std::vector<EventTime> out;
    for (const auto& each : ical::expand(series, from, until, *ical::system_zone_book(), limit))
      out.push_back(each.original_start);
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.instant() < b.instant(); });
    return out;
  };
  return function;
}

/// SetItemField and DeleteItemField as a server applies them.
template <class Owner, class T>
void set_one(T* Owner::*member, const t__CalendarItemType& from, t__CalendarItemType& to) {
  if (from.*member != nullptr) to.*member = from.*member;
}

void set(const t__CalendarItemType& from, t__CalendarItemType& to) {
  using I = t__CalendarItemType;
  set_one(&I::Subject, from, to);
  set_one(&I::Sensitivity, from, to);
  set_one(&I::Body, from, to);
  set_one(&I::Categories, from, to);
  set_one(&I::Importance, from, to);
  set_one(&I::ReminderIsSet, from, to);
  set_one(&I::ReminderMinutesBeforeStart, from, to);
  set_one(&I::Start, from, to);
  set_one(&I::End, from, to);
  set_one(&I::IsAllDayEvent, from, to);
  set_one(&I::LegacyFreeBusyStatus, from, to);
  set_one(&I::Location, from, to);
  set_one(&I::IsResponseRequested, from, to);
  set_one(&I::RequiredAttendees, from, to);
  set_one(&I::OptionalAttendees, from, to);
  set_one(&I::Resources, from, to);
  set_one(&I::Recurrence, from, to);
  set_one(&I::StartTimeZone, from, to);
  set_one(&I::EndTimeZone, from, to);
  set_one(&I::AllowNewTimeProposal, from, to);
  for (const auto& property : from.ExtendedProperty) {
    std::erase_if(to.ExtendedProperty, [&](const auto& each) {
      return each.ExtendedFieldURI.PropertyName == property.ExtendedFieldURI.PropertyName;
    });
    to.ExtendedProperty.push_back(property);
  }
}

void clear(const std::string& uri, t__CalendarItemType& item) {
  if (uri == "item:Categories") item.Categories = nullptr;
  if (uri == "calendar:RequiredAttendees") item.RequiredAttendees = nullptr;
  if (uri == "calendar:OptionalAttendees") item.OptionalAttendees = nullptr;
  if (uri == "calendar:Resources") item.Resources = nullptr;
  if (uri == "calendar:Recurrence") item.Recurrence = nullptr;
}

void apply(const t__Updates& updates, t__CalendarItemType& item) {
  for (const auto& each : updates.SetItemField) set(*each.CalendarItem, item);
  for (const auto& each : updates.DeleteItemField) clear(each.FieldURI->FieldURI, item);
}

t__SingleRecipientType* person(Arena& arena, const std::string& name, const std::string& address) {
  auto* out = arena.make<t__SingleRecipientType>();
  out->Mailbox = arena.make<t__EmailAddressType>();
  out->Mailbox->Name = arena.text(name);
  out->Mailbox->EmailAddress = arena.text(address);
  return out;
}

/// What the server says of an item by itself.
void add_own(Arena& arena, const std::vector<model::Attachment>& files, const char* type, t__CalendarItemType& item) {
  const bool meeting =
      item.RequiredAttendees != nullptr || item.OptionalAttendees != nullptr || item.Resources != nullptr;
  if (item.IsMeeting == nullptr) item.IsMeeting = arena.text(meeting ? "true" : "false");
  if (item.IsOrganizer == nullptr) item.IsOrganizer = arena.text("true");
  item.CalendarItemType = arena.text(type);
  if (item.Organizer == nullptr) item.Organizer = person(arena, "The Owner", paper_mailbox().address.value);
  item.Attachments = files.empty() ? nullptr : arena.make<t__Attachments>();
  for (const auto& file : files) {
    auto* each = arena.make<t__FileAttachmentType>();
    each->AttachmentId = arena.make<t__AttachmentIdType>();
    each->AttachmentId->Id = "FILE-" + file.name;
    each->Name = arena.text(mapping::stored_name(file));
    each->ContentType = arena.text(mapping::stored_type(file));
    if (!file.content_id.empty()) each->ContentId = arena.text(file.content_id);
    each->Size = arena.text(std::to_string(file.size));
    each->IsInline = arena.text(file.is_inline ? "true" : "false");
    item.Attachments->FileAttachment.push_back(each);
  }
}

}  // namespace

const Mailbox& paper_mailbox() {
  static const Mailbox mailbox = {
      Address("owner@fixtures.example.org"), {Address("o.alias@fixtures.example.org")}, "Europe/Berlin"};
  return mailbox;
}

mapping::WriteContext paper_context(std::optional<Instant> now) {
  static mapping::ZoneCache cache;
  return {*ical::system_zone_book(), cache, paper_mailbox(), expand(), now};
}

Series series_of_ics(const std::string& text) {
  auto all = ical::parse(text);
  EXPECT_TRUE(all && all->size() == 1 && all->front().series) << text;
  if (!all || all->empty() || !all->front().series) return {};
  return *all->front().series;
}

Series series_of_event(const std::string& lines) {
  return series_of_ics("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:one@example.org\r\n" + lines +
                       "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

/// The steps, one function each.
struct PaperExchange::Taking {
  PaperExchange& paper;
  const mapping::WritePlan& plan;
  const Series& wanted;
  const mapping::WriteContext& context;
  Arena& arena;

  Standing standing(const model::Event& event) const { return mapping::standing_of(context, event); }
  Draft main_draft() const { return mapping::draft_main(context, arena, wanted, plan.shape, standing(*wanted.master)); }
  Item new_item(Draft draft, const model::Event& event) const {
    mapping::make_new(arena, draft, "mark", draft.kept);
    Item item{*draft.item, {}};
    if (!draft.standing.is_organizer) received(event, item);
    return item;
  }
  /// What an import takes from ORGANIZER and my ATTENDEE line.
  void received(const model::Event& event, Item& item) const {
    item.wire.IsOrganizer = arena.text("false");
    item.wire.Organizer = person(arena, event.organizer->name, event.organizer->address);
    for (const auto& each : event.attendees)
      if (mapping::is_own(context.mailbox, each.address)) answer(each.participation, item);
  }
  void answer(model::Participation answer, Item& item) const {
    const char* word = answer == model::Participation::accepted    ? "Accept"
                       : answer == model::Participation::tentative ? "Tentative"
                       : answer == model::Participation::declined  ? "Decline"
                                                                   : "NoResponseReceived";
    item.wire.MyResponseType = arena.text(word);
  }
  Item& exception_at(const EventTime& at) const {
    const auto found = paper.exceptions_.find(at);
    if (found != paper.exceptions_.end()) return found->second;
    Item item = *paper.main_;  // Exchange's exceptions begin as their master
    Series plain;
    plain.master = wanted.master;
    plain.zones = wanted.zones;
    const model::Event event = mapping::event_at(context, plain, at);
    const std::string zone = mapping::home_zone(context);
    item.wire.Recurrence = nullptr;
    item.wire.Start = arena.text(to_rfc3339(mapping::instant_of(context, event.start, zone)));
    item.wire.End = arena.text(to_rfc3339(mapping::instant_of(context, mapping::end_of(event), zone)));
    return paper.exceptions_.emplace(at, std::move(item)).first->second;
  }
  Item& place(const std::optional<EventTime>& at) const {
    if (!at) return *paper.main_;
    const auto part = paper.parts_.find(*at);
    return part != paper.parts_.end() ? part->second : exception_at(*at);
  }

  void operator()(const mapping::CreateItem&) const { paper.main_ = new_item(main_draft(), *wanted.master); }
  /// iCalendar brings the occurrences along.
  void operator()(const mapping::ImportItem&) const {
    paper.main_ = new_item(main_draft(), *wanted.master);
    for (const auto& event : wanted.overrides) {
      const Draft draft =
          mapping::draft_occurrence(context, arena, wanted, *event.recurrence_id, standing(*wanted.master));
      const mapping::Fields all(model::kEventFields.begin(), model::kEventFields.end());
      apply(mapping::updates_of(arena, draft, all, draft.kept), exception_at(*event.recurrence_id).wire);
      received(event, exception_at(*event.recurrence_id));
    }
    for (const auto* list : {&plan.shape.surplus, &plan.shape.excluded})
      for (const auto& time : *list) paper.deleted_[time] = true;
  }
  void operator()(const mapping::UpdateItem& step) const {
    const Draft draft = main_draft();
    apply(mapping::updates_of(arena, draft, step.fields, draft.kept), paper.main_->wire);
    if (std::find(step.fields.begin(), step.fields.end(), model::Field::schedule) == step.fields.end()) return;
    paper.exceptions_.clear();  // ews-facts 6.7
    paper.deleted_.clear();
  }
  void operator()(const mapping::RenewPattern&) const {
    paper.main_->wire.Recurrence = nullptr;
    paper.exceptions_.clear();
    paper.deleted_.clear();
  }
  void operator()(const mapping::DeleteItem&) const { paper.main_.reset(); }
  void operator()(const mapping::DeleteOccurrence& step) const {
    paper.exceptions_.erase(step.occurrence);
    paper.deleted_[step.occurrence] = true;
  }
  void operator()(const mapping::UpdateOccurrence& step) const {
    const Draft draft = mapping::draft_occurrence(context, arena, wanted, step.occurrence,
                                                  standing(mapping::event_at(context, wanted, step.occurrence)));
    apply(mapping::updates_of(arena, draft, step.fields, draft.kept), exception_at(step.occurrence).wire);
  }
  Draft part_draft(const EventTime& at) const {
    return mapping::draft_part(context, arena, wanted, at, standing(mapping::event_at(context, wanted, at)));
  }
  void operator()(const mapping::CreatePart& step) const {
    paper.parts_.insert_or_assign(
        step.occurrence, new_item(part_draft(step.occurrence), mapping::event_at(context, wanted, step.occurrence)));
  }
  void operator()(const mapping::UpdatePart& step) const {
    const Draft draft = part_draft(step.occurrence);
    apply(mapping::updates_of(arena, draft, step.fields, draft.kept), paper.parts_.at(step.occurrence).wire);
  }
  void operator()(const mapping::DeletePart& step) const { paper.parts_.erase(step.occurrence); }
  void operator()(const mapping::Attach& step) const {
    auto& files = place(step.occurrence).files;
    for (const auto& file : files)
      if (mapping::stored_name(file) == mapping::stored_name(step.attachment) && file.size == step.attachment.size)
        return;
    files.push_back(step.attachment);
  }
  void operator()(const mapping::Detach& step) const {
    std::erase_if(place(step.occurrence).files, [&](const model::Attachment& file) {
      return mapping::stored_name(file) == mapping::stored_name(step.attachment);
    });
  }
  void operator()(const mapping::Respond& step) const { answer(step.answer, place(step.occurrence)); }
};

void PaperExchange::take(const mapping::WritePlan& plan, const Series& wanted, const mapping::WriteContext& context) {
  const Taking taking{*this, plan, wanted, context, arenas_.emplace_back()};
  for (const auto& step : plan.steps) std::visit(taking, step);
}

std::vector<EventTime> PaperExchange::parts() const {
  std::vector<EventTime> out;
  for (const auto& [at, item] : parts_) out.push_back(at);
  return out;
}

std::string PaperExchange::answer_of_items(const Item& main, bool with_occurrences) const {
  Arena arena;
  s__EnvelopeType envelope;
  s__BodyType body;
  envelope.s__Body = &body;
  body.m__GetItemResponse = arena.make<m__ItemResponseType>();
  const auto add = [&](const Item& item, const char* type) -> t__CalendarItemType& {
    auto& messages = body.m__GetItemResponse->ResponseMessages.GetItemResponseMessage;
    auto& message = messages.emplace_back();
    message.ResponseClass = "Success";
    message.ResponseCode = arena.text("NoError");
    message.Items = arena.make<t__Items>();
    auto* copy = arena.make<t__CalendarItemType>(item.wire);
    copy->ItemId = arena.make<t__ItemIdType>();
    copy->ItemId->Id = "ID-" + std::to_string(messages.size());
    copy->ItemId->ChangeKey = "KEY";
    add_own(arena, item.files, type, *copy);
    message.Items->CalendarItem.push_back(copy);
    return *copy;
  };
  const std::string zone = "Europe/Berlin";
  const auto context = paper_context();
  const auto original = [&](const EventTime& at) { return to_rfc3339(mapping::instant_of(context, at, zone)); };
  t__CalendarItemType& master = add(main, main.wire.Recurrence != nullptr ? "RecurringMaster" : "Single");
  if (!with_occurrences) return *Wire().write(envelope);
  if (!exceptions_.empty()) master.ModifiedOccurrences = arena.make<t__Occurrences>();
  if (!deleted_.empty()) master.DeletedOccurrences = arena.make<t__DeletedOccurrences>();
  for (const auto& [at, gone] : deleted_) {
    master.DeletedOccurrences->DeletedOccurrence.emplace_back();
    master.DeletedOccurrences->DeletedOccurrence.back().Start = original(at);
  }
  for (const auto& [at, item] : exceptions_) {
    t__OccurrenceInfoType info;
    info.Start = *item.wire.Start;
    info.End = *item.wire.End;
    info.OriginalStart = original(at);
    master.ModifiedOccurrences->Occurrence.push_back(info);
    add(item, "Exception").OriginalStart = arena.text(original(at));
  }
  return *Wire().write(envelope);
}

std::string PaperExchange::answer() const { return answer_of_items(*main_, true); }

Result<Fetched> PaperExchange::read() const {
  if (!main_) return make_error(Fault::not_found, "There is no main item.");
  return map_answer(answer(), {}, paper_mailbox());
}

Result<Fetched> PaperExchange::read_part(const EventTime& occurrence) const {
  const auto found = parts_.find(occurrence);
  if (found == parts_.end()) return make_error(Fault::not_found, "There is no such part.");
  return map_answer(answer_of_items(found->second, false), {}, paper_mailbox());
}

}  // namespace caravan::ews::test
