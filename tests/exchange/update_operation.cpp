// SPDX-License-Identifier: GPL-3.0-or-later
// UpdateItem: property changes of a single, a master or one occurrence, in the order given, all or none.
#include "item_checks.hpp"
#include "item_reader.hpp"
#include "meetings.hpp"
#include "writing.hpp"

namespace exchange_sim {
namespace {

/// The name under which a change of this property is remembered.
std::string field_name(const Node& path) {
  if (path.name() == "ExtendedFieldURI") return ExtendedField::read(path).key();
  auto uri = path.attribute("FieldURI");
  auto name = uri.substr(uri.find(':') + 1);
  return name == "EnhancedLocation" ? "Location" : name;
}

std::set<std::string> changed_fields(const Node& updates, std::optional<Day> day) {
  std::set<std::string> out;
  for (const auto& update : updates.children()) {
    out.insert((day ? std::to_string(*day) + "/" : std::string()) + field_name(update.first()));
  }
  return out;
}

Node property_of(const Node& update, const Node& path) {
  auto holder = update.child("CalendarItem");
  if (!holder) holder = update.child("Item");
  auto properties = holder.children();
  if (properties.size() != 1) {
    throw ItemError{"ErrorIncorrectUpdatePropertyCount",
                    "An object within a change description must contain one and only one property."};
  }
  bool extended = path.name() == "ExtendedFieldURI";
  auto uri = path.attribute("FieldURI");
  auto wanted = extended ? std::string("ExtendedProperty") : uri.substr(uri.find(':') + 1);
  bool same = wanted == properties[0].name();
  if (same && extended) {
    same = ExtendedField::read(properties[0].child("ExtendedFieldURI")).key() == ExtendedField::read(path).key();
  }
  if (!same) {
    throw ItemError{"ErrorUpdatePropertyMismatch", "The property path does not name the property that is set."};
  }
  return properties[0];
}

/// Calendar items have no indexed properties.
void refuse_indexed(const Node& update) {
  auto uri = update.first().attribute("FieldURI");
  auto action = update.name();
  const char* code = action == "SetItemField"      ? "ErrorInvalidPropertySet"
                     : action == "DeleteItemField" ? "ErrorInvalidPropertyDelete"
                                                   : "ErrorInvalidPropertyAppend";
  throw ItemError{code, "The property " + uri + " does not belong to calendar items."};
}

void apply(const Target& target, const Node& updates) {
  for (const auto& update : updates.children()) {
    auto path = update.first();
    if (path.name() == "IndexedFieldURI") refuse_indexed(update);
    bool extended = path.name() == "ExtendedFieldURI";
    if (update.name() == "DeleteItemField" && extended) {
      auto field = ExtendedField::read(path);
      field.check();
      target.content->extended.erase(field.key());
    } else if (update.name() == "DeleteItemField") {
      clear_property(target, path.attribute("FieldURI"));
    } else if (update.name() == "AppendToItemField") {
      append_property(target, path.attribute("FieldURI"), property_of(update, path));
    } else {
      set_property(target, property_of(update, path));
    }
  }
}

bool imports_mime(const Node& updates) {
  for (const auto& update : updates.children()) {
    if (update.first().attribute("FieldURI") == "item:MimeContent") return true;
  }
  return false;
}

void update_series(CalendarItem& item, const Node& updates, const Zone& fallback, const Mailbox& mailbox) {
  CalendarItem changed = item;
  apply({&changed, &changed.content, &fallback, &mailbox}, updates);
  check_item(changed);
  if (!imports_mime(updates)) {
    for (auto& [day, exception] : changed.exceptions) inherit(exception.content, item.content, changed.content);
    if (schedule_changed(item, changed)) {
      changed.exceptions.clear();
      changed.deleted.clear();
    }
  }
  item = std::move(changed);
}

void update_occurrence(CalendarItem& item, Day day, const Node& updates, const Zone& fallback, const Mailbox& mailbox) {
  CalendarItem changed = item;
  auto& exception = make_exception(changed, day);
  apply({nullptr, &exception.content, &fallback, &mailbox}, updates);
  CalendarItem single;
  single.content = exception.content;
  check_item(single);
  exception.content = std::move(single.content);
  check_boundaries(changed, day);
  item = std::move(changed);
}

/// A save of the organizer that sends: a meeting even without attendees (ews-facts 8.2), the next in sequence; those
/// who have to answer again have not answered.
void note_sending(EventContent& content, const EventContent& before) {
  content.state |= kStateMeeting;
  if (!content.has_attendees()) return;
  if (before.request_was_sent) ++content.sequence;
  content.request_was_sent = true;
  if (content.start == before.start && content.end == before.end) return;
  for (auto* list : {&content.required, &content.optional, &content.resources}) {
    for (auto& attendee : *list) {
      attendee.response = Response::unknown;
      attendee.last_response.reset();
      attendee.proposed_start.reset();
      attendee.proposed_end.reset();
    }
  }
}

MeetingMails update_locked(Call& call, const ItemPlace& place, const Node& request, const Node& updates,
                           const std::string& mode, XmlWriter& out) {
  auto& mailbox = *place.mailbox;
  auto& item = item_at(place);
  if (mode != "SendToNone" && mailbox.folder(item.folder)->distinguished == "deleteditems") {
    throw ItemError{"ErrorCalendarCannotUpdateDeletedItem", "An item in Deleted Items cannot be updated and sent."};
  }
  auto fields = changed_fields(updates, place.day);
  auto old = view_at(place);
  int merged = check_change_key(place, old, request.attribute("ConflictResolution"), fields);
  auto before = *old.content;
  before.start = old.start;
  before.end = old.end;
  if (place.day)
    update_occurrence(item, *place.day, updates, *call.context_zone, mailbox);
  else
    update_series(item, updates, *call.context_zone, mailbox);
  auto& content = place.day ? item.exceptions.at(*place.day).content : item.content;
  if (mode != "SendToNone" && (content.state & kStateReceived) == 0) note_sending(content, before);
  mailbox.touch(item, fields);
  auto mails = mails_of({mailbox, &before, item, place.day, fields, mode});
  write_saved(out, mailbox, view_at(place));
  out.open("m:ConflictResults");
  out.number("t:Count", merged);
  out.close();
  touch_after(call, mailbox, item);
  return mails;
}

void update_one(Call& call, const Node& request, const Node& change, XmlWriter& out) {
  auto mode = send_mode(
      request, "SendMeetingInvitationsOrCancellations", "ErrorSendMeetingInvitationsOrCancellationsRequired",
      {"SendToNone", "SendOnlyToAll", "SendOnlyToChanged", "SendToAllAndSaveCopy", "SendToChangedAndSaveCopy"});
  MeetingMails mails;
  auto place = find_item(call, change.first());
  {
    std::lock_guard lock(place.mailbox->mutex);
    mails = update_locked(call, place, request, change.child("Updates"), mode, out);
  }
  post(call.world, mails);
}

}  // namespace

void update_item(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "UpdateItem");
  for (const auto& change : request.child("ItemChanges").children()) {
    respond(out, "m:UpdateItemResponseMessage", "<m:Items/>", [&] { update_one(call, request, change, out); });
  }
  close_response(out);
}

}  // namespace exchange_sim
