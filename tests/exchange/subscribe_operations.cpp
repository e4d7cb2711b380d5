// SPDX-License-Identifier: GPL-3.0-or-later
// Subscribe, Unsubscribe, GetEvents and GetStreamingEvents (ews-facts 9).
#include <algorithm>
#include <charconv>

#include "notifications.hpp"
#include "soap.hpp"

namespace exchange_sim {
namespace {

int number_in_range(const std::string& text, int least, int most) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    throw SoapFault{"ErrorSchemaValidation", "The request failed schema validation: " + text, {}};
  }
  return value;
}

/// The folders to watch, all of one mailbox, which must be the caller's own or impersonated one.
Mailbox& read_scope(Call& call, const Node& node, Subscription& out) {
  auto ids = node.child("FolderIds").children();
  auto all = node.attribute("SubscribeToAllFolders");
  bool everything = all == "true" || all == "1";
  if (everything != ids.empty()) {
    throw ItemError{"ErrorInvalidSubscriptionRequest", "Either folders or all folders must be subscribed."};
  }
  Mailbox* mailbox = call.actor;
  for (const auto& id : ids) {
    auto place = find_folder(call, id);
    if (!out.folders.empty() && place.mailbox != mailbox) {
      throw ItemError{"ErrorInvalidSubscriptionRequest", "The folders are in more than one mailbox."};
    }
    mailbox = place.mailbox;
    out.folders.push_back(place.folder);
  }
  if (mailbox == nullptr) throw ItemError{"ErrorMissingEmailAddress", "The caller has no mailbox."};
  if (mailbox != call.actor) {
    throw ItemError{"ErrorSubscriptionDelegateAccessNotSupported", "Delegates cannot subscribe."};
  }
  return *mailbox;
}

unsigned read_event_types(const Node& node) {
  unsigned out = 0;
  for (const auto& type : node.child("EventTypes").children()) {
    auto found = std::find(std::begin(kEventNames), std::end(kEventNames), type.text());
    if (found == std::end(kEventNames)) {
      throw SoapFault{"ErrorSchemaValidation", "The request failed schema validation: " + type.text(), {}};
    }
    out |= 1u << (found - std::begin(kEventNames));
  }
  return out;
}

void read_push(const Node& node, Subscription& out) {
  out.kind = SubscriptionKind::push;
  out.minutes = number_in_range(node.text("StatusFrequency"), 1, 1440);
  auto url = parse_url(node.text("URL"));
  if (!url) throw ItemError{"ErrorInvalidPushSubscriptionUrl", "The push subscription URL is invalid."};
  out.url = *url;
}

/// Where a client that names its last watermark goes on; call with the mailbox locked.
void read_watermark(const Mailbox& mailbox, const std::string& text, Subscription& out) {
  if (text.empty()) return;
  auto position = decode_watermark(text, mailbox.index);
  if (!position || !mailbox.log || *position < mailbox.log->first || *position > mailbox.log->next()) {
    throw ItemError{"ErrorInvalidWatermark", "The watermark is invalid."};
  }
  out.position = *position;
}

/// Call with the mailbox locked; throws ItemError.
Subscription& subscription_of(Call& call, Mailbox& mailbox, std::uint64_t number) {
  auto* found = call.notifications.find(mailbox, number);
  if (found == nullptr) throw ItemError{"ErrorSubscriptionNotFound", "The subscription was not found."};
  if (found->account != call.account) {
    throw ItemError{"ErrorSubscriptionAccessDenied", "The subscription was made by somebody else."};
  }
  return *found;
}

std::pair<Mailbox*, std::uint64_t> place_of(Call& call, const std::string& id) {
  auto key = decode_subscription_id(id);
  auto* mailbox = key ? call.world.at(key->mailbox) : nullptr;
  if (mailbox == nullptr) throw ItemError{"ErrorInvalidSubscription", "The subscription is not valid."};
  return {mailbox, key->number};
}

}  // namespace

void subscribe(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "Subscribe");
  respond(out, "m:SubscribeResponseMessage", "", [&] {
    auto node = request.first();
    Subscription made;
    made.account = call.account;
    made.events = read_event_types(node);
    auto& mailbox = read_scope(call, node, made);
    if (node.name() == "PushSubscriptionRequest") {
      read_push(node, made);
    } else if (node.name() == "PullSubscriptionRequest") {
      made.kind = SubscriptionKind::pull;
      made.minutes = number_in_range(node.text("Timeout"), 1, 1440);
    } else {
      made.kind = SubscriptionKind::streaming;
    }
    std::lock_guard lock(mailbox.mutex);
    read_watermark(mailbox, node.text("Watermark"), made);
    const auto& stored = call.notifications.add(mailbox, std::move(made));
    out.text("m:SubscriptionId", encode_subscription_id(mailbox.index, stored.number));
    if (stored.kind != SubscriptionKind::streaming) {
      out.text("m:Watermark", encode_watermark(mailbox.index, stored.told));
    }
  });
  close_response(out);
}

void unsubscribe(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "Unsubscribe");
  respond(out, "m:UnsubscribeResponseMessage", "", [&] {
    auto [mailbox, number] = place_of(call, request.text("SubscriptionId"));
    std::lock_guard lock(mailbox->mutex);
    const auto& subscription = subscription_of(call, *mailbox, number);
    if (subscription.kind == SubscriptionKind::push) {
      throw ItemError{"ErrorInvalidPullSubscriptionId", "A push subscription ends by the answer to its notification."};
    }
    call.notifications.expire(*mailbox, number, "ErrorSubscriptionUnsubscribed", "unsubscribed");
  });
  close_response(out);
}

void get_events(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "GetEvents");
  respond(out, "m:GetEventsResponseMessage", "", [&] {
    auto [mailbox, number] = place_of(call, request.text("SubscriptionId"));
    std::lock_guard lock(mailbox->mutex);
    auto& subscription = subscription_of(call, *mailbox, number);
    if (subscription.kind != SubscriptionKind::pull) {
      throw ItemError{"ErrorInvalidPullSubscriptionId", "The subscription is not a pull subscription."};
    }
    auto position = decode_watermark(request.text("Watermark"), mailbox->index);
    if (!position || *position > mailbox->log->next()) {
      throw ItemError{"ErrorInvalidWatermark", "The watermark is invalid."};
    }
    if (*position < mailbox->log->first) {
      call.notifications.end(*mailbox, number, "overflow");
      throw ItemError{"ErrorEventNotFound", "The event behind the watermark is gone."};
    }
    subscription.position = subscription.told = *position;
    subscription.last_contact = std::chrono::steady_clock::now();
    ++subscription.calls;
    auto batch = next_batch(*mailbox->log, subscription);
    write_notification(out, "m:Notification", *mailbox, subscription, batch);
  });
  close_response(out);
}

void get_streaming_events(Call& call, const Node& request, XmlWriter& out) {
  int minutes = number_in_range(request.text("ConnectionTimeout"), 1, 30);
  std::vector<SubscriptionKey> keys;
  std::optional<ItemError> error;
  XmlWriter dead;
  for (const auto& id : request.child("SubscriptionIds").children()) {
    try {
      auto [mailbox, number] = place_of(call, id.text());
      std::lock_guard lock(mailbox->mutex);
      if (subscription_of(call, *mailbox, number).kind != SubscriptionKind::streaming) {
        throw ItemError{"ErrorInvalidSubscription", "The subscription is not a streaming subscription."};
      }
      keys.push_back({mailbox->index, number});
    } catch (const ItemError& found) {
      error = found;
      dead.text("t:SubscriptionId", id.text());
    }
  }
  if (keys.size() > 200) error = ItemError{"ErrorInvalidArgument", "At most 200 subscriptions fit one connection."};
  auto ids = dead.take().back().text;
  auto tail = ids.empty() ? ids : "<m:ErrorSubscriptionIds>" + ids + "</m:ErrorSubscriptionIds>";
  tail += "<m:ConnectionStatus>Closed</m:ConnectionStatus>";
  open_response(out, "GetStreamingEvents");
  respond(out, "m:GetStreamingEventsResponseMessage", tail, [&] {
    // One dead subscription fails them all, as on Exchange.
    if (error) throw *error;
    auto payer = call.actor != nullptr ? call.actor->address : call.account;
    call.stream = call.notifications.open_stream(payer, std::move(keys), minutes);
    out.text("m:ConnectionStatus", "OK");
  });
  close_response(out);
}

}  // namespace exchange_sim
