// SPDX-License-Identifier: GPL-3.0-or-later
// Subscriptions to what happens in calendars (ews-facts 9): push, where Exchange calls a URL of ours, and streaming,
// where an answer stays open. Both only say "look".
//
// A lost answer to a subscribe call is `in_doubt`: subscribe again, under another callback URL; what the first one may
// have left is answered with `unsubscribe`, or expires. Thread rule: as the Client.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "ews/client.hpp"
#include "ews/notification.hpp"

namespace caravan::ews {

struct PushRequest {
  std::string url;                           ///< must listen already: the first status call may overtake the answer
  std::chrono::minutes status_frequency{5};  ///< 1..1440: how often Exchange shows that it lives, and how long it tries
  std::string watermark = {};                ///< empty: from now on. Microsoft advises against old ones
};

struct Subscribed {
  std::string id;         ///< t:SubscriptionId
  std::string watermark;  ///< push only
  std::string affinity;   ///< the cookie of the server that holds it; streaming asks there
};

/// Created, modified, deleted, moved and copied items of these folders, which are of one mailbox. `denied` with code
/// ErrorExceededSubscriptionCount where the administrator allows none: fall back to polling.
Result<Subscribed> subscribe_push(Client& client, const Mailbox& mailbox, std::span<const FolderId> folders,
                                  const PushRequest& request, std::stop_token stop = {});
Result<Subscribed> subscribe_streaming(Client& client, const Mailbox& mailbox, std::span<const FolderId> folders,
                                       const std::string& affinity = {}, std::stop_token stop = {});
/// Ends a streaming subscription; one that is gone already is no error. A push subscription is ended by answering its
/// next call with `unsubscribe`.
Status unsubscribe(Client& client, const Mailbox& mailbox, const std::string& subscription, std::stop_token stop = {});

/// How a stream is listened to.
struct StreamOptions {
  std::chrono::minutes duration{29};  ///< 1..30, after which the server closes it
  /// Heartbeats come every 45 s; a stream that says nothing for this long is dead.
  std::chrono::milliseconds silence = std::chrono::seconds(120);
  std::string affinity = {};  ///< Subscribed::affinity
};

struct StreamHandler {
  std::function<void()> opened;  ///< the server listens: look now, for what happened before is not told
  /// An error ends the stream and is returned.
  std::function<Status(const Notification&)> notified;
};

/// Why a stream ended. No error: its time was over; open it again at once.
struct StreamEnd {
  std::optional<Error> error;
  std::vector<std::string> dead;  ///< subscriptions that are gone: subscribe these anew
};

/// Listens to at most 200 subscriptions of this account, `mailbox` being one of theirs. Returns when the stream ends;
/// holds the Client and one place in its limiter until then, so give it a Client and a limiter of its own.
StreamEnd get_streaming_events(Client& client, const Mailbox& mailbox, std::span<const std::string> subscriptions,
                               const StreamOptions& options, const StreamHandler& handler, std::stop_token stop = {});

}  // namespace caravan::ews
