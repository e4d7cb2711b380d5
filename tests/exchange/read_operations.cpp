// SPDX-License-Identifier: GPL-3.0-or-later
// GetItem and GetAttachment.
#include <cstdlib>

#include "bytes.hpp"
#include "soap.hpp"

namespace exchange_sim {
namespace {

/// The occurrences of one Range element: those that start in it, or whose original start does.
std::vector<View> views_in_range(const CalendarItem& master, const Node& range, const Zone& fallback) {
  auto from = parse_date_time(range.attribute("Start"), fallback);
  auto to = parse_date_time(range.attribute("End"), fallback);
  bool original = range.attribute("CompareOriginalStartTime") == "true";
  auto most = range.has_attribute("Count") ? std::strtoul(range.attribute("Count").c_str(), nullptr, 10) : 1000;
  std::vector<View> out;
  RecurrenceWalk walk(*master.recurrence);
  while (out.size() < most) {
    auto day = walk.next();
    // An exception may have moved by days; a series has none further away.
    if (!day || (to && master.original_start(*day) > *to + 366 * kDaySeconds)) break;
    if (master.deleted.contains(*day)) continue;
    auto view = view_of(master, *day);
    Instant start = original ? master.original_start(*day) : view.start;
    if ((!from || start >= *from) && (!to || start < *to)) out.push_back(view);
  }
  return out;
}

/// RecurringMasterItemIdRanges: all occurrences of its ranges in one answer.
void get_ranges(Call& call, const Node& id, const Shape& shape, XmlWriter& out) {
  auto place = find_item(call, id);
  std::lock_guard lock(place.mailbox->mutex);
  auto& item = item_at(place);
  if (place.day || !item.is_master()) {
    throw ItemError{"ErrorCalendarCannotUseIdForOccurrenceId", "The id is not a recurring master's."};
  }
  out.open("m:Items");
  for (const auto& range : id.child("Ranges").children("Range")) {
    for (const auto& view : views_in_range(item, range, *call.context_zone)) {
      write_calendar_item(out, *place.mailbox, view, shape);
    }
  }
  out.close();
}

}  // namespace

void get_item(Call& call, const Node& request, XmlWriter& out) {
  auto shape = Shape::read(request.child("ItemShape"));
  bool cheap = !shape.wants("Body") && !shape.fields.contains("MimeContent");
  open_response(out, "GetItem");
  for (const auto& id : request.child("ItemIds").children()) {
    respond(out, "m:GetItemResponseMessage", "<m:Items/>", [&] {
      if (id.name() == "RecurringMasterItemIdRanges") return get_ranges(call, id, shape, out);
      auto place = find_item(call, id);
      std::lock_guard lock(place.mailbox->mutex);
      auto view = view_at(place);
      if (view.item->poison == Poison::corrupt && !cheap) {
        throw ItemError{"ErrorItemCorrupt", "The item is corrupt. Ask for it without its body."};
      }
      out.open("m:Items");
      write_calendar_item(out, *place.mailbox, view, shape);
      out.close();
    });
  }
  close_response(out);
}

namespace {

void write_file(XmlWriter& out, const Attachment& attachment) {
  out.boolean("t:IsContactPhoto", false);
  out.open("t:Content");
  if (attachment.lazy)
    out.lazy(*attachment.lazy);
  else
    out.raw(base64_encode(attachment.content ? *attachment.content : std::string()));
  out.close();
}

void write_attachment(XmlWriter& out, const std::string& id, const Attachment& attachment, const Mailbox& mailbox,
                      const View& view) {
  std::string_view name = attachment.kind == AttachmentKind::file   ? "t:FileAttachment"
                          : attachment.kind == AttachmentKind::item ? "t:ItemAttachment"
                                                                    : "t:ReferenceAttachment";
  out.open(name);
  out.empty("t:AttachmentId", {{"Id", id}});
  out.text("t:Name", attachment.name);
  if (!attachment.content_type.empty()) out.text("t:ContentType", attachment.content_type);
  if (!attachment.content_id.empty()) out.text("t:ContentId", attachment.content_id);
  out.number("t:Size", static_cast<std::int64_t>(attachment.size()));
  out.text("t:LastModifiedTime", format_utc(view.modified));
  out.boolean("t:IsInline", attachment.is_inline);
  if (attachment.kind == AttachmentKind::file) {
    write_file(out, attachment);
  } else if (attachment.kind == AttachmentKind::reference) {
    out.text("t:AttachLongPathName", attachment.url);
    out.text("t:ProviderType", "OneDrivePro");
  } else {
    CalendarItem inner = *view.item;
    inner.content = *attachment.item;
    inner.recurrence.reset();
    Shape shape;
    shape.fields = {"Subject", "Body", "Start", "End", "Location"};
    write_calendar_item(out, mailbox, view_of(inner), shape);
  }
  out.close();
}

const Attachment& attachment_at(const View& view, std::uint32_t number) {
  for (const auto& attachment : view.content->attachments) {
    if (attachment.number == number) return attachment;
  }
  throw ItemError{"ErrorInvalidAttachmentId", "The attachment is not in the item."};
}

}  // namespace

void get_attachment(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "GetAttachment");
  for (const auto& node : request.child("AttachmentIds").children()) {
    respond(out, "m:GetAttachmentResponseMessage", "<m:Attachments/>", [&] {
      auto id = node.attribute("Id");
      auto key = decode_id(id);
      if (!key || key->kind != IdKind::attachment) throw ItemError{"ErrorInvalidAttachmentId", "The id is malformed."};
      auto* mailbox = call.world.at(key->mailbox);
      if (mailbox == nullptr || !call.may_access(*mailbox)) throw ItemError{"ErrorAccessDenied", "Access is denied."};
      std::lock_guard lock(mailbox->mutex);
      ItemPlace place{mailbox, key->number, std::nullopt, {}};
      if (key->has_day) place.day = key->day;
      auto view = view_at(place);
      const auto& attachment = attachment_at(view, key->attachment);
      out.open("m:Attachments");
      write_attachment(out, id, attachment, *mailbox, view);
      out.close();
    });
  }
  close_response(out);
}

}  // namespace exchange_sim
