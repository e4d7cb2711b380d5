// SPDX-License-Identifier: GPL-3.0-or-later
// Turns what happened into messages: closes the windows of the journal, plans what the clock will bring and brings it,
// tells administrators what waits for them. One Teller at a time works on a store; all it does is one transaction each,
// so that it may be stopped anywhere and by another one be taken up.
#pragma once
#include <map>
#include <set>
#include <string>

#include "app/notify/people.hpp"
#include "app/pass/context.hpp"
#include "notify/agenda.hpp"
#include "store/notify_store.hpp"
#include "store/store.hpp"

namespace caravan::app {

/// Alerts are planned so far ahead, and further when half of it is over.
inline constexpr std::chrono::hours kAlertHorizon{36};
/// Alarms may ring so long before their event.
inline constexpr std::chrono::hours kLongestAlarm{24 * 32};

/// Held by the one that works. (Leases are keyed like those of pairs.)
inline const PairId kTellersLease("notify.teller"), kReadersLease("notify.chat_reader");  // NOLINT(cert-err58-cpp)

class Teller {
 public:
  Teller(const Context& context, const People& people) : context_(context), people_(people) {}

  /// Everything that is due now. How much there was; 0: nothing.
  [[nodiscard]] Result<std::size_t> round(store::Store& store);

 private:
  Result<std::size_t> fire_alerts(store::Store& store);
  Result<bool> fire(store::Store& store, const store::Alert& alert);
  Status tell_moment(store::Store& store, const Person& person, const store::Alert& alert,
                     std::vector<store::OutboxMessage>& messages) const;
  Result<std::vector<store::Alert>> digest(store::Store& store, const Person& person, const store::Alert& alert,
                                           std::vector<store::OutboxMessage>& messages) const;
  Result<std::size_t> plan_changed(store::Store& store);
  Status plan_new_mailboxes(store::Store& store);
  Status plan_mailbox(store::Store& store, const Person& person, Instant from) const;
  Status plan_series(store::Store& store, const Person& person, const Uid& uid, std::int64_t through, Instant from,
                     Instant until) const;
  [[nodiscard]] bool shows_status(const Person& person) const;
  Result<std::size_t> close_windows(store::Store& store);
  Status tell_administrators(store::Store& store);

  const Context& context_;
  const People& people_;
  std::set<Address> planned_;  ///< mailboxes known to have a plan
  Instant looked_for_mailboxes_{}, told_administrators_{};
};

/// Appends one message for each channel by which the person learns of this kind. `key` names what is told, once for all
/// time; not before `due`, not at all from `expires` on.
void add_messages(const People& people, const Person& person, const notify::Telling& telling, const std::string& key,
                  Instant now, Instant due, std::optional<Instant> expires,
                  std::vector<store::OutboxMessage>& messages);
/// Occurrences of the person's calendar in [from, until), sorted.
[[nodiscard]] Result<std::vector<notify::Entry>> agenda(store::Store& store, const Person& person, Instant from,
                                                        Instant until);

}  // namespace caravan::app
