// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/wire/subscription_requests.hpp"

namespace caravan::ews::wire {
namespace {

t__BaseFolderIds* folder_ids(Arena& arena, std::span<const FolderId> folders) {
  auto* ids = arena.make<t__BaseFolderIds>();
  for (const FolderId& folder : folders) {
    ids->FolderId.emplace_back();
    ids->FolderId.back().Id = folder.value;
  }
  return ids;
}

/// What can happen to an item. Free/busy and mail are other matters.
void all_events(t__EventTypes& types) {
  types.EventType = {"CopiedEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent"};
}

}  // namespace

void subscribe_push(Arena& arena, s__BodyType& body, std::span<const FolderId> folders, const std::string& url,
                    int status_minutes, const std::string& watermark) {
  auto* request = arena.make<t__PushSubscriptionRequestType>();
  request->FolderIds = folder_ids(arena, folders);
  all_events(request->EventTypes);
  if (!watermark.empty()) request->Watermark = arena.text(watermark);
  request->StatusFrequency = status_minutes;
  request->URL = url;
  body.m__Subscribe = arena.make<m__SubscribeType>();
  body.m__Subscribe->PushSubscriptionRequest = request;
}

void subscribe_streaming(Arena& arena, s__BodyType& body, std::span<const FolderId> folders) {
  auto* request = arena.make<t__StreamingSubscriptionRequestType>();
  request->FolderIds = folder_ids(arena, folders);
  all_events(request->EventTypes);
  body.m__Subscribe = arena.make<m__SubscribeType>();
  body.m__Subscribe->StreamingSubscriptionRequest = request;
}

void unsubscribe(Arena& arena, s__BodyType& body, const std::string& subscription) {
  body.m__Unsubscribe = arena.make<m__UnsubscribeType>();
  body.m__Unsubscribe->SubscriptionId = subscription;
}

void get_streaming_events(Arena& arena, s__BodyType& body, std::span<const std::string> subscriptions, int minutes) {
  auto* request = arena.make<m__GetStreamingEventsType>();
  request->SubscriptionIds.SubscriptionId.assign(subscriptions.begin(), subscriptions.end());
  request->ConnectionTimeout = minutes;
  body.m__GetStreamingEvents = request;
}

}  // namespace caravan::ews::wire
