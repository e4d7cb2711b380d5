// SPDX-License-Identifier: GPL-3.0-or-later
// Writes a calendar item in the element order of types.xsd (ItemType, then CalendarItemType).
#include "item_writer.hpp"

#include "bytes.hpp"
#include "meetings.hpp"

namespace exchange_sim {
namespace {

std::string with_offset(const Zone& zone, Instant instant) {
  return format_local(zone.to_local(instant)) + offset_text(zone, instant);
}

std::string display_names(const std::vector<Attendee>& list) {
  std::string out;
  for (const auto& attendee : list) out += (out.empty() ? "" : "; ") + attendee.person.name;
  return out;
}

std::string subject_of(const CalendarItem& item, const EventContent& content) {
  std::string subject = content.subject;
  if ((content.state & kStateCancelled) != 0 && !subject.starts_with("Canceled: ")) subject = "Canceled: " + subject;
  if (item.poison == Poison::control_characters) subject = "\x0B" + subject + "\x01\x1F";
  return subject;
}

void write_rights(XmlWriter& out) {
  out.open("t:EffectiveRights");
  for (const char* name : {"t:CreateAssociated", "t:CreateContents", "t:CreateHierarchy"}) out.boolean(name, false);
  for (const char* name : {"t:Delete", "t:Modify", "t:Read", "t:ViewPrivateItems"}) out.boolean(name, true);
  out.close();
}

}  // namespace

void ItemWriter::body(std::string_view element, BodyWish wish) {
  std::string_view stored = content.body ? std::string_view(*content.body) : std::string_view();
  bool html = wish == BodyWish::html || (wish == BodyWish::best && content.body_is_html);
  if (html && !content.body_is_html) {
    XmlWriter escaped;
    escaped.content(stored);
    std::string page = "<html><body><pre>" + escaped.take().back().text + "</pre></body></html>";
    out.text(element, page, {{"BodyType", "HTML"}});
  } else if (!html && content.body_is_html) {
    out.text(element, html_to_text(stored), {{"BodyType", "Text"}});
  } else {
    out.text(element, stored, {{"BodyType", html ? "HTML" : "Text"}});
  }
}

void ItemWriter::item_head() {
  write_item_id(out, mailbox, view);
  if (wants("ParentFolderId")) {
    out.empty("t:ParentFolderId", {{"Id", encode_id({IdKind::folder, mailbox.index, item.folder, 0, false, 0})},
                                   {"ChangeKey", encode_change_key(mailbox.index, 1, true)}});
  }
  text("ItemClass", "t:ItemClass",
       view.is_exception ? std::string("IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}") : item.item_class);
  text("Subject", "t:Subject", subject_of(item, content));
  text("Sensitivity", "t:Sensitivity", word(kSensitivityWords, content.sensitivity));
  if (wants("Body")) body("t:Body", shape.body);
  if (wants("Attachments") && !content.attachments.empty()) write_attachments(out, mailbox, view);
  time("DateTimeReceived", "t:DateTimeReceived", item.created);
  if (wants("Size")) out.number("t:Size", 1000 + static_cast<std::int64_t>(content.body ? content.body->size() : 0));
  if (wants("Categories") && !content.categories.empty()) {
    out.open("t:Categories");
    for (const auto& name : content.categories) out.text("t:String", name);
    out.close();
  }
  text("Importance", "t:Importance", word(kImportanceWords, content.importance));
  flag("IsSubmitted", "t:IsSubmitted", false);
  flag("IsDraft", "t:IsDraft", false);
  flag("IsFromMe", "t:IsFromMe", false);
  flag("IsResend", "t:IsResend", false);
  flag("IsUnmodified", "t:IsUnmodified", false);
  time("DateTimeSent", "t:DateTimeSent", item.created);
  time("DateTimeCreated", "t:DateTimeCreated", item.created);
}

void ItemWriter::extended() {
  for (const auto& field : shape.extended) {
    auto values = extended_values(mailbox, view, field);
    if (values.empty()) continue;
    out.open("t:ExtendedProperty");
    field.write(out);
    if (field.type.ends_with("Array")) {
      out.open("t:Values");
      for (const auto& value : values) out.text("t:Value", value);
      out.close();
    } else {
      out.text("t:Value", values[0]);
    }
    out.close();
  }
}

void ItemWriter::item_tail() {
  time("ReminderDueBy", "t:ReminderDueBy", view.start);
  flag("ReminderIsSet", "t:ReminderIsSet", content.reminder_is_set);
  if (wants("ReminderNextTime") && content.reminder_is_set) {
    out.text("t:ReminderNextTime", format_utc(view.start - content.reminder_minutes * 60));
  }
  if (wants("ReminderMinutesBeforeStart")) out.number("t:ReminderMinutesBeforeStart", content.reminder_minutes);
  if (wants("DisplayCc")) out.text("t:DisplayCc", display_names(content.optional));
  if (wants("DisplayTo")) out.text("t:DisplayTo", display_names(content.required));
  if (wants("HasAttachments")) {
    bool any = false;
    for (const auto& attachment : content.attachments) any = any || !attachment.is_inline;
    out.boolean("t:HasAttachments", any);
  }
  extended();
  if (wants("Culture")) out.text("t:Culture", content.culture.empty() ? "en-US" : content.culture);
  if (wants("EffectiveRights")) write_rights(out);
  text("LastModifiedName", "t:LastModifiedName", mailbox.display_name);
  time("LastModifiedTime", "t:LastModifiedTime", view.modified);
  flag("IsAssociated", "t:IsAssociated", false);
  if (shape.fields.contains("UniqueBody")) body("t:UniqueBody", shape.body);
  if (shape.fields.contains("NormalizedBody")) body("t:NormalizedBody", shape.normalized_body);
  if (shape.fields.contains("TextBody") && shape.bodies_allowed) body("t:TextBody", BodyWish::text);
}

void ItemWriter::calendar_head() {
  text("UID", "t:UID", item.uid);
  auto original = view.day ? std::optional(item.original_start(*view.day)) : item.recurrence_id;
  if (original) time("RecurrenceId", "t:RecurrenceId", *original);
  time("DateTimeStamp", "t:DateTimeStamp", item.stamp);
  if (item.poison == Poison::malformed) {
    text("Start", "t:Start", "2026-13-45T99:99:99Z");
  } else {
    time("Start", "t:Start", view.start);
  }
  time("End", "t:End", view.end);
  if (view.day) time("OriginalStart", "t:OriginalStart", *original);
  flag("IsAllDayEvent", "t:IsAllDayEvent", content.all_day);
  text("LegacyFreeBusyStatus", "t:LegacyFreeBusyStatus", word(kBusyWords, content.busy));
  text("Location", "t:Location", content.location);
  kept("When");
  flag("IsMeeting", "t:IsMeeting", (content.state & kStateMeeting) != 0);
  flag("IsCancelled", "t:IsCancelled", (content.state & kStateCancelled) != 0);
  flag("IsRecurring", "t:IsRecurring", view.day.has_value());
  flag("MeetingRequestWasSent", "t:MeetingRequestWasSent", content.request_was_sent);
  flag("IsResponseRequested", "t:IsResponseRequested", content.response_requested);
  text("CalendarItemType", "t:CalendarItemType",
       view.day           ? (view.is_exception ? "Exception" : "Occurrence")
       : item.is_master() ? "RecurringMaster"
                          : "Single");
  text("MyResponseType", "t:MyResponseType", word(kResponseWords, content.my_response));
}

void ItemWriter::attendees(std::string_view name, const std::vector<Attendee>& list) {
  if (list.empty() || !wants(name.substr(2))) return;
  out.open(name);
  for (const auto& attendee : list) {
    out.open("t:Attendee");
    write_mailbox(out, "t:Mailbox", attendee.person);
    out.text("t:ResponseType", word(kResponseWords, attendee.response));
    if (attendee.last_response) out.text("t:LastResponseTime", format_utc(*attendee.last_response));
    if (attendee.proposed_start) out.text("t:ProposedStart", format_utc(*attendee.proposed_start));
    if (attendee.proposed_end) out.text("t:ProposedEnd", format_utc(*attendee.proposed_end));
    out.close();
  }
  out.close();
}

void ItemWriter::people() {
  if (wants("Organizer")) {
    out.open("t:Organizer");
    write_mailbox(out, "t:Mailbox",
                  content.organizer ? *content.organizer : Person{mailbox.display_name, mailbox.address});
    out.close();
  }
  attendees("t:RequiredAttendees", content.required);
  attendees("t:OptionalAttendees", content.optional);
  attendees("t:Resources", content.resources);
  if (wants("Duration")) out.text("t:Duration", "PT" + std::to_string((view.end - view.start) / 60) + "M");
  text("TimeZone", "t:TimeZone", content.start_zone->name());
  if (content.reply_time) time("AppointmentReplyTime", "t:AppointmentReplyTime", *content.reply_time);
  if (wants("AppointmentSequenceNumber")) out.number("t:AppointmentSequenceNumber", content.sequence);
  if (wants("AppointmentState")) out.number("t:AppointmentState", content.state);
}

void ItemWriter::occurrence(std::string_view name, Day day) {
  auto at = view_of(item, day);
  out.open(name);
  write_item_id(out, mailbox, at);
  out.text("t:Start", format_utc(at.start));
  out.text("t:End", format_utc(at.end));
  out.text("t:OriginalStart", format_utc(item.original_start(day)));
  out.close();
}

void ItemWriter::series() {
  if (view.day || !item.recurrence) return;
  if (wants("Recurrence")) write_recurrence(out, item);
  if (wants("FirstOccurrence")) {
    if (auto day = nth_day(*item.recurrence, 1)) occurrence("t:FirstOccurrence", *day);
  }
  if (wants("LastOccurrence")) {
    if (auto day = last_day(*item.recurrence)) occurrence("t:LastOccurrence", *day);
  }
  if (wants("ModifiedOccurrences") && !item.exceptions.empty()) {
    out.open("t:ModifiedOccurrences");
    for (const auto& [day, exception] : item.exceptions) occurrence("t:Occurrence", day);
    out.close();
  }
  if (wants("DeletedOccurrences") && !item.deleted.empty()) {
    out.open("t:DeletedOccurrences");
    for (Day day : item.deleted) {
      out.open("t:DeletedOccurrence");
      out.text("t:Start", format_utc(item.original_start(day)));
      out.close();
    }
    out.close();
  }
}

void ItemWriter::enhanced_location() {
  auto part = [&](const std::string& path, std::string_view element) {
    auto found = content.kept.find("EnhancedLocation/" + path);
    if (found != content.kept.end()) out.text(element, found->second);
  };
  out.open("t:EnhancedLocation");
  out.text("t:DisplayName", content.location);
  part("Annotation", "t:Annotation");
  auto first = content.kept.lower_bound("EnhancedLocation/PostalAddress");
  if (first != content.kept.end() && first->first.starts_with("EnhancedLocation/PostalAddress")) {
    out.open("t:PostalAddress");
    for (const char* name :
         {"Street", "City", "State", "Country", "PostalCode", "PostOfficeBox", "Type", "Latitude", "Longitude",
          "Accuracy", "Altitude", "AltitudeAccuracy", "FormattedAddress", "LocationUri", "LocationSource"}) {
      part(std::string("PostalAddress/") + name, std::string("t:") + name);
    }
    out.close();
  }
  out.close();
}

void ItemWriter::zones_and_rest() {
  if (wants("StartTimeZone")) write_zone(out, "t:StartTimeZone", *content.start_zone, view.start, false);
  if (wants("EndTimeZone")) write_zone(out, "t:EndTimeZone", *content.end_zone, view.end, false);
  if (!kept("ConferenceType") && wants("ConferenceType")) out.number("t:ConferenceType", 0);
  flag("AllowNewTimeProposal", "t:AllowNewTimeProposal", content.allow_new_time_proposal);
  if (!kept("IsOnlineMeeting")) flag("IsOnlineMeeting", "t:IsOnlineMeeting", false);
  kept("MeetingWorkspaceUrl");
  kept("NetShowUrl");
  if (wants("EnhancedLocation") && !content.location.empty()) enhanced_location();
  text("StartWallClock", "t:StartWallClock", with_offset(*content.start_zone, view.start));
  text("EndWallClock", "t:EndWallClock", with_offset(*content.end_zone, view.end));
  text("StartTimeZoneId", "t:StartTimeZoneId", content.start_zone->id());
  text("EndTimeZoneId", "t:EndTimeZoneId", content.end_zone->id());
  text("IntendedFreeBusyStatus", "t:IntendedFreeBusyStatus", word(kBusyWords, content.intended.value_or(content.busy)));
  if (!content.join_url.empty()) text("JoinOnlineMeetingUrl", "t:JoinOnlineMeetingUrl", content.join_url);
  flag("IsOrganizer", "t:IsOrganizer", (content.state & kStateReceived) == 0);
}

std::string item_id_of(const Mailbox& mailbox, const View& view) {
  IdKey key;
  key.kind = view.day ? IdKind::occurrence : IdKind::item;
  key.mailbox = mailbox.index;
  key.number = view.item->number;
  key.day = view.day.value_or(0);
  key.has_day = view.day.has_value();
  return encode_id(key);
}

void write_item_id(XmlWriter& out, const Mailbox& mailbox, const View& view) {
  out.empty("t:ItemId",
            {{"Id", item_id_of(mailbox, view)}, {"ChangeKey", encode_change_key(mailbox.index, view.change)}});
}

void write_mailbox(XmlWriter& out, std::string_view name, const Person& person) {
  out.open(name);
  out.text("t:Name", person.name);
  if (!person.address.empty()) {
    out.text("t:EmailAddress", person.address);
    out.text("t:RoutingType", "SMTP");
    out.text("t:MailboxType", "Mailbox");
  }
  out.close();
}

std::string_view element_of(const CalendarItem& item) {
  if (item.item_class == kRequestClass) return "t:MeetingRequest";
  if (item.item_class == kCancellationClass) return "t:MeetingCancellation";
  return is_meeting_message(item) ? "t:MeetingResponse" : "t:CalendarItem";
}

void write_calendar_item(XmlWriter& out, const Mailbox& mailbox, const View& view, const Shape& shape) {
  ItemWriter writer{out, mailbox, view, shape};
  out.open(element_of(*view.item));
  if (shape.base == BaseShape::id_only && shape.fields.empty() && shape.extended.empty()) {
    write_item_id(out, mailbox, view);
  } else {
    writer.item_head();
    writer.item_tail();
    if (is_meeting_message(*view.item)) {
      writer.message();
    } else {
      writer.calendar_head();
      writer.people();
      writer.series();
      writer.zones_and_rest();
    }
  }
  out.close();
}

void write_attachments(XmlWriter& out, const Mailbox& mailbox, const View& view) {
  out.open("t:Attachments");
  for (const auto& attachment : view.content->attachments) {
    std::string_view name = attachment.kind == AttachmentKind::file   ? "t:FileAttachment"
                            : attachment.kind == AttachmentKind::item ? "t:ItemAttachment"
                                                                      : "t:ReferenceAttachment";
    out.open(name);
    IdKey key{IdKind::attachment, mailbox.index,    view.item->number, view.is_exception ? *view.day : 0,
              view.is_exception,  attachment.number};
    out.empty("t:AttachmentId", {{"Id", encode_id(key)}});
    out.text("t:Name", attachment.name);
    if (!attachment.content_type.empty()) out.text("t:ContentType", attachment.content_type);
    if (!attachment.content_id.empty()) out.text("t:ContentId", attachment.content_id);
    out.number("t:Size", static_cast<std::int64_t>(attachment.size()));
    out.text("t:LastModifiedTime", format_utc(view.modified));
    out.boolean("t:IsInline", attachment.is_inline);
    if (attachment.kind == AttachmentKind::reference) {
      out.text("t:AttachLongPathName", attachment.url);
      out.text("t:ProviderType", "OneDrivePro");
    }
    out.close();
  }
  out.close();
}

}  // namespace exchange_sim
