// SPDX-License-Identifier: GPL-3.0-or-later
// Webhook: a signed JSON document for each telling, posted to one address (docs/interface.md, Webhook). Whoever listens
// is a third party: of a private event it is told that something happened and when, and nothing of its content.
#pragma once
#include <memory>
#include <stop_token>
#include <string>

#include "notify/channel.hpp"
#include "util/clock.hpp"
#include "util/secret.hpp"

namespace caravan::notify {

struct WebhookOptions {
  std::string url;  ///< https://, or http:// as the operator decides: the document is signed and not encrypted by us
  Secret key;       ///< of the HMAC
  std::string ca_file = {};
  std::chrono::milliseconds timeout = std::chrono::seconds(25);
};

/// The document, version 1.
std::string webhook_document(const Outgoing& message);
/// X-Caravan-Signature: "v1=" and the hex HMAC-SHA256 of TIMESTAMP "." BODY.
std::string webhook_signature(const Secret& key, const std::string& timestamp, const std::string& body);

/// 401, 403 and 407 are `denied` with code "credentials"; 410 and other 4xx mean that this message is dead; 429 and 503
/// `retry_later`; a lost answer or another 5xx `in_doubt`: the receiver knows a repeat by X-Caravan-Id.
std::unique_ptr<Channel> webhook_channel(WebhookOptions options, std::shared_ptr<Clock> clock = nullptr,
                                         std::stop_token stop = {});

}  // namespace caravan::notify
