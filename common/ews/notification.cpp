// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/notification.hpp"

#include <algorithm>

#include "ews/connection.hpp"
#include "ews/mapping/context.hpp"
#include "ews/mapping/time.hpp"
#include "ews/notification_wire.hpp"
#include "ews/response_codes.hpp"
#include "ews/wire/prefilter.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr const char* kWhere = "A notification";

/// The event behind the selector of its choice; null for one that is none of ours.
const t__NotificationEvent* event_in(const t__Event& in, EventKind& kind) {
  switch (in.__union) {
    case SOAP_UNION_ewswire_t__EventChoice_CopiedEvent:
      kind = EventKind::copied;
      return in.event.CopiedEvent;
    case SOAP_UNION_ewswire_t__EventChoice_CreatedEvent:
      kind = EventKind::created;
      return in.event.CreatedEvent;
    case SOAP_UNION_ewswire_t__EventChoice_DeletedEvent:
      kind = EventKind::deleted;
      return in.event.DeletedEvent;
    case SOAP_UNION_ewswire_t__EventChoice_ModifiedEvent:
      kind = EventKind::modified;
      return in.event.ModifiedEvent;
    case SOAP_UNION_ewswire_t__EventChoice_MovedEvent:
      kind = EventKind::moved;
      return in.event.MovedEvent;
    case SOAP_UNION_ewswire_t__EventChoice_NewMailEvent:
      kind = EventKind::new_mail;
      return in.event.NewMailEvent;
    case SOAP_UNION_ewswire_t__EventChoice_FreeBusyChangedEvent:
      kind = EventKind::free_busy_changed;
      return in.event.FreeBusyChangedEvent;
    case SOAP_UNION_ewswire_t__EventChoice_StatusEvent:
      kind = EventKind::status;
      return in.event.StatusEvent;
    default:
      return nullptr;
  }
}

ItemId item_id(const t__ItemIdType* id) { return id == nullptr ? ItemId() : ItemId(id->Id); }
FolderId folder_id(const t__FolderIdType* id) { return id == nullptr ? FolderId() : FolderId(id->Id); }

Error malformed(const std::string& why) { return make_error(Fault::malformed, kWhere + (": " + why), kBadXml); }

}  // namespace

bool Notification::has_news() const noexcept {
  return std::any_of(events.begin(), events.end(),
                     [](const NotificationEvent& event) { return event.kind != EventKind::status; });
}

Notification read_notification(const t__NotificationType& in) {
  Notification out;
  out.subscription = in.SubscriptionId;
  if (in.PreviousWatermark != nullptr) out.previous_watermark = *in.PreviousWatermark;
  out.more = mapping::is_true(in.MoreEvents);
  for (const t__Event& each : in.__events) {
    NotificationEvent event;
    const t__NotificationEvent* from = event_in(each, event.kind);
    if (from == nullptr) continue;
    if (from->Watermark != nullptr) out.watermark = event.watermark = *from->Watermark;
    if (from->TimeStamp != nullptr) event.time = mapping::parse_time(*from->TimeStamp);
    event.item = item_id(from->ItemId);
    event.old_item = item_id(from->OldItemId);
    event.folder = folder_id(from->FolderId);
    event.parent = folder_id(from->ParentFolderId);
    event.old_parent = folder_id(from->OldParentFolderId);
    out.events.push_back(std::move(event));
  }
  return out;
}

Result<std::vector<CallbackMessage>> parse_callback(std::string_view body) {
  if (body.size() > kMostCallback) return malformed("it is larger than any of Exchange's.");
  if (static_cast<std::size_t>(std::count(body.begin(), body.end(), '<')) > kMostTags)
    return malformed("it has more elements than any of Exchange's.");
  std::string text(body);
  clean(text);
  Wire wire;
  Result<s__EnvelopeType*> envelope = wire.read(text);
  if (!envelope) return malformed(envelope.error().what);
  const m__SendNotificationType* call = (*envelope)->s__Body->m__SendNotification;
  if (call == nullptr) return malformed("it is another message.");
  std::vector<CallbackMessage> out;
  for (const auto& message : call->ResponseMessages.SendNotificationResponseMessage) {
    CallbackMessage each;
    each.error = Connection::message_error(message, kWhere);
    if (message.Notification != nullptr)
      each.notification = read_notification(*message.Notification);
    else if (!each.error)
      return malformed("it has no content.");
    out.push_back(std::move(each));
  }
  if (out.empty()) return malformed("it has no content.");
  return out;
}

std::string callback_answer(CallbackAnswer answer) {
  s__EnvelopeType envelope;
  s__BodyType body;
  m__SendNotificationResultType result;
  result.SubscriptionStatus = answer == CallbackAnswer::ok ? "OK" : "Unsubscribe";
  body.m__SendNotificationResult = &result;
  envelope.s__Body = &body;
  Wire wire;
  return wire.write(envelope).value_or(std::string());
}

}  // namespace caravan::ews
