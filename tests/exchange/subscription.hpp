// SPDX-License-Identifier: GPL-3.0-or-later
// What a mailbox remembers for its subscribers: a log of events, and where each subscription stands in
// it. Plain data, guarded by the mailbox's mutex; made with the mailbox's first subscription.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http.hpp"
#include "zone.hpp"

namespace exchange_sim {

enum class EventKind : std::uint8_t { created, modified, deleted, moved, copied, new_mail, free_busy };

/// The element names of NotificationType, by EventKind.
inline constexpr const char* kEventNames[] = {"CreatedEvent", "ModifiedEvent", "DeletedEvent",        "MovedEvent",
                                              "CopiedEvent",  "NewMailEvent",  "FreeBusyChangedEvent"};

struct Event {
  EventKind kind = EventKind::modified;
  bool of_folder = false;        ///< then `folder` is the one that changed
  std::uint32_t folder = 0;      ///< in which the item lies now
  std::uint32_t old_folder = 0;  ///< of a move
  std::uint64_t item = 0;
  std::uint64_t old_item = 0;  ///< of a move
  Instant time = 0;
};

enum class SubscriptionKind : std::uint8_t { push, streaming, pull };

struct StreamConnection;

struct Subscription {
  using Time = std::chrono::steady_clock::time_point;

  std::uint64_t number = 0;
  SubscriptionKind kind = SubscriptionKind::push;
  std::string account;                 ///< who made it
  std::vector<std::uint32_t> folders;  ///< empty: all
  unsigned events = 0;                 ///< bits, by EventKind
  int minutes = 0;                     ///< StatusFrequency or Timeout
  std::uint64_t position = 0;          ///< the next event to look at
  std::uint64_t told = 0;              ///< the last watermark that the client was given
  Time last_contact;                   ///< a call that was answered, or a call by the client

  Url url;  ///< push only, like all below it
  bool in_flight = false;
  bool greeted = false;  ///< the first status call was made
  int failures = 0;      ///< since the last good answer
  Time due;              ///< when to call next, events or not
  std::optional<Time> timer_at;
  std::uint64_t timer = 0;
  Time delayed_until;  ///< by faults, when their order is kept

  std::shared_ptr<StreamConnection> connection;  ///< streaming only

  std::uint64_t calls = 0;  ///< notifications that were sent
  std::uint64_t failed = 0;

  bool wants(const Event& event) const;
};

struct EventLog {
  std::uint64_t first = 1;  ///< the number of events[0]
  std::vector<Event> events;
  std::map<std::uint64_t, Subscription> subscriptions;
  std::uint64_t next_subscription = 1;
  bool pump_planned = false;

  std::uint64_t next() const { return first + events.size(); }
  const Event& at(std::uint64_t number) const { return events[static_cast<std::size_t>(number - first)]; }
  /// Forgets what nobody waits for; a subscription that is too far behind loses events.
  void trim();
};

}  // namespace exchange_sim
