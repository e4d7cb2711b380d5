// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/subscriptions.hpp"

#include <algorithm>

#include "ews/connection.hpp"
#include "ews/response_codes.hpp"
#include "ews/wire/subscription_requests.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

Error unclear(const char* operation, const Mailbox& mailbox) {
  return make_error(Fault::in_doubt, Connection::where(operation, mailbox) + ": the answer names no subscription.",
                    "NoAnswer");
}

Result<Subscribed> subscribe(Client& client, const Mailbox& mailbox, const Connection::Build& build, Sending sending,
                             std::stop_token stop) {
  constexpr const char* kOperation = "Subscribe";
  CARAVAN_TRY(answer, client.connection().write(kOperation, mailbox, build, std::move(sending), std::move(stop)));
  const auto* response = answer.body->m__SubscribeResponse;
  if (response == nullptr || response->ResponseMessages.SubscribeResponseMessage.size() != 1)
    return unclear(kOperation, mailbox);
  const auto& message = response->ResponseMessages.SubscribeResponseMessage.front();
  if (auto error = Connection::message_error(message, Connection::where(kOperation, mailbox)))
    return write_error(std::move(*error));
  if (message.SubscriptionId == nullptr || message.SubscriptionId->empty()) return unclear(kOperation, mailbox);
  Subscribed out;
  out.id = *message.SubscriptionId;
  if (message.Watermark != nullptr) out.watermark = *message.Watermark;
  out.affinity = std::move(answer.affinity);
  return out;
}

}  // namespace

Result<Subscribed> subscribe_push(Client& client, const Mailbox& mailbox, std::span<const FolderId> folders,
                                  const PushRequest& request, std::stop_token stop) {
  const int minutes = static_cast<int>(std::clamp<std::int64_t>(request.status_frequency.count(), 1, 1440));
  return subscribe(
      client, mailbox,
      [&](Arena& arena, Schema, s__BodyType& body) {
        wire::subscribe_push(arena, body, folders, request.url, minutes, request.watermark);
      },
      {}, std::move(stop));
}

Result<Subscribed> subscribe_streaming(Client& client, const Mailbox& mailbox, std::span<const FolderId> folders,
                                       const std::string& affinity, std::stop_token stop) {
  Sending sending;
  sending.affinity = affinity;
  return subscribe(
      client, mailbox,
      [&](Arena& arena, Schema, s__BodyType& body) { wire::subscribe_streaming(arena, body, folders); },
      std::move(sending), std::move(stop));
}

Status unsubscribe(Client& client, const Mailbox& mailbox, const std::string& subscription, std::stop_token stop) {
  constexpr const char* kOperation = "Unsubscribe";
  CARAVAN_TRY(answer,
              client.connection().write(
                  kOperation, mailbox,
                  [&](Arena& arena, Schema, s__BodyType& body) { wire::unsubscribe(arena, body, subscription); }, {},
                  std::move(stop)));
  const auto* response = answer.body->m__UnsubscribeResponse;
  if (response == nullptr || response->ResponseMessages.UnsubscribeResponseMessage.size() != 1)
    return unclear(kOperation, mailbox);
  const auto& message = response->ResponseMessages.UnsubscribeResponseMessage.front();
  const auto error = Connection::message_error(message, Connection::where(kOperation, mailbox));
  if (!error || error->code == "ErrorSubscriptionNotFound" || error->code == "ErrorInvalidSubscription" ||
      error->code == "ErrorExpiredSubscription" || error->code == "ErrorSubscriptionUnsubscribed")
    return {};
  return write_error(*error);
}

}  // namespace caravan::ews
