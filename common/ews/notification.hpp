// SPDX-License-Identifier: GPL-3.0-or-later
// What Exchange says has happened, whether it calls us (push) or we listen (streaming); and the two answers to a call.
// A notification is a hint: it says "look", and what it names is never believed (decisions.md 2).
//
// parse_callback() reads what anybody may send: it takes no document type declaration, no more than kMostCallback bytes
// and kMostTags tags, and follows nothing. Thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::ews {

enum class EventKind : std::uint8_t { copied, created, deleted, modified, moved, new_mail, free_busy_changed, status };

/// One event. Ids come without usable change keys, and an edited occurrence is an event of its master (ews-facts 9.3).
struct NotificationEvent {
  EventKind kind = EventKind::status;
  std::string watermark;          ///< push only
  std::optional<Instant> time{};  ///< none with `status`
  ItemId item, old_item;          ///< empty where the event is of a folder
  FolderId folder;                ///< of an event of a folder
  FolderId parent, old_parent;
};

struct Notification {
  std::string subscription;        ///< t:SubscriptionId; opaque, may be 512 bytes and more
  std::string previous_watermark;  ///< push: the last one before; another one than we know means that something is lost
  std::string watermark;           ///< the last event's
  bool more = false;               ///< another call follows at once
  std::vector<NotificationEvent> events;
  /// False for a heartbeat: nothing but status events.
  [[nodiscard]] bool has_news() const noexcept;
};

/// One response message of a call.
struct CallbackMessage {
  std::optional<Error> error;  ///< the subscription is at its end: subscribe anew and look
  Notification notification;
};

inline constexpr std::size_t kMostCallback = 1024 * 1024;  ///< bytes; 50 events are about 40 KB
inline constexpr std::size_t kMostTags = 20000;            ///< so that nesting is bounded, too

/// The body of a push callback (m:SendNotification); `malformed` for anything else.
Result<std::vector<CallbackMessage>> parse_callback(std::string_view body);

enum class CallbackAnswer : std::uint8_t {
  ok,
  unsubscribe,  ///< the only way to end a push subscription (ews-facts 9.2)
};
/// The body of our answer; goes with "text/xml; charset=utf-8" and 200.
std::string callback_answer(CallbackAnswer answer);

}  // namespace caravan::ews
