// SPDX-License-Identifier: GPL-3.0-or-later
// A way to a person. Channels know neither the store nor the calendars; each is used by one thread at a time.
#pragma once
#include <memory>
#include <string>

#include "notify/preferences.hpp"
#include "notify/render.hpp"
#include "notify/telling.hpp"
#include "util/result.hpp"

namespace caravan::notify {

/// One message as a channel gets it.
struct Outgoing {
  std::string key;     ///< the outbox's: carried along, so that a repeat is recognised (Message-Id, post props, header)
  std::string thread;  ///< messages of the same thread are shown as one conversation where the channel can
  Telling telling;
  Rendered words;
  std::string calendar;  ///< iCalendar text to attach, METHOD:PUBLISH; empty: none
  Instant created;
  bool repeat = false;  ///< it may have been sent before: look where the channel can
};

struct Sent {
  std::string receipt;  ///< what the channel calls it; empty: nothing
};

class Channel {
 public:
  virtual ~Channel() = default;
  [[nodiscard]] virtual ChannelKind kind() const noexcept = 0;
  /// retry_later (Error::retry_after where the other side named a time) and in_doubt: again, with `repeat`. denied with
  /// code "credentials": nothing of this channel can go out now (the breaker opens). Anything else: this message is
  /// dead.
  [[nodiscard]] virtual Result<Sent> deliver(const Outgoing& message) = 0;
};

}  // namespace caravan::notify
