// SPDX-License-Identifier: GPL-3.0-or-later
// CreateAttachment and DeleteAttachment; both change the parent's change key (ews-facts 8.8).
#include <algorithm>

#include "item_checks.hpp"
#include "item_reader.hpp"
#include "writing.hpp"

namespace exchange_sim {
namespace {

/// The content that holds the attachments; an occurrence becomes an exception.
EventContent& content_to_change(CalendarItem& item, std::optional<Day> day) {
  return day ? make_exception(item, *day).content : item.content;
}

std::set<std::string> attachments_field(std::optional<Day> day) {
  return {(day ? std::to_string(*day) + "/" : std::string()) + "Attachments"};
}

}  // namespace

void create_attachment(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "CreateAttachment");
  auto parent = request.child("ParentItemId");
  for (const auto& element : request.child("Attachments").children()) {
    respond(out, "m:CreateAttachmentResponseMessage", "<m:Attachments/>", [&] {
      auto place = find_item(call, parent);
      auto& mailbox = *place.mailbox;
      std::lock_guard lock(mailbox.mutex);
      auto& item = item_at(place);
      if (!place.change_key.empty()) check_change_key(place, view_at(place), "NeverOverwrite", {});
      auto made = read_attachment_element(element, 0);
      auto& content = content_to_change(item, place.day);
      std::uint32_t number = item.next_attachment;
      for (const auto& other : content.attachments) number = std::max(number, other.number + 1);
      item.next_attachment = number + 1;
      made.number = number;
      auto kind = made.kind;
      content.attachments.push_back(std::move(made));
      mailbox.touch(item, attachments_field(place.day));
      auto view = view_at(place);
      IdKey key{IdKind::attachment, mailbox.index, item.number, place.day.value_or(0), place.day.has_value(), number};
      out.open("m:Attachments");
      out.open(kind == AttachmentKind::file   ? "t:FileAttachment"
               : kind == AttachmentKind::item ? "t:ItemAttachment"
                                              : "t:ReferenceAttachment");
      out.empty("t:AttachmentId", {{"Id", encode_id(key)},
                                   {"RootItemId", item_id_of(mailbox, view)},
                                   {"RootItemChangeKey", encode_change_key(mailbox.index, view.change)}});
      out.close();
      out.close();
    });
  }
  close_response(out);
}

void delete_attachment(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "DeleteAttachment");
  for (const auto& id : request.child("AttachmentIds").children()) {
    respond(out, "m:DeleteAttachmentResponseMessage", "", [&] {
      auto key = decode_id(id.attribute("Id"));
      if (!key || key->kind != IdKind::attachment) throw ItemError{"ErrorInvalidAttachmentId", "The id is malformed."};
      auto* mailbox = call.world.at(key->mailbox);
      if (mailbox == nullptr || !call.may_access(*mailbox)) throw ItemError{"ErrorAccessDenied", "Access is denied."};
      std::lock_guard lock(mailbox->mutex);
      ItemPlace place{mailbox, key->number, std::nullopt, {}};
      if (key->has_day) place.day = key->day;
      view_at(place);
      auto& item = item_at(place);
      auto& list = content_to_change(item, place.day).attachments;
      auto gone =
          std::remove_if(list.begin(), list.end(), [&](const Attachment& a) { return a.number == key->attachment; });
      if (gone == list.end()) throw ItemError{"ErrorInvalidAttachmentId", "The attachment is not in the item."};
      list.erase(gone, list.end());
      mailbox->touch(item, attachments_field(place.day));
      auto view = view_at(place);
      out.empty("m:RootItemId", {{"RootItemId", item_id_of(*mailbox, view)},
                                 {"RootItemChangeKey", encode_change_key(mailbox->index, view.change)}});
    });
  }
  close_response(out);
}

}  // namespace exchange_sim
