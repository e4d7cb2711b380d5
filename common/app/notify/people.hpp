// SPDX-License-Identifier: GPL-3.0-or-later
// Who is told, how, and as whom he is known: mailbox row, configuration and stored preferences put together.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "notify/differences.hpp"
#include "notify/preferences.hpp"
#include "store/store.hpp"

namespace caravan::app {

struct Person {
  notify::Reader reader;
  notify::Preferences preferences;
};

/// Thread-safe; the stores are the callers' own.
class People {
 public:
  /// Code "configuration" where notify.defaults.* holds what is no preference.
  [[nodiscard]] static Result<People> from(const config::Config& config);
  /// Nothing where the mailbox is not known, is a room's, or was finished: nobody reads there.
  [[nodiscard]] Result<std::optional<Person>> find(store::Store& store, const Address& mailbox) const;
  /// An administrator, who need not have a mailbox here.
  [[nodiscard]] Result<Person> administrator(store::Store& store, const Address& address) const;

  /// The channels that are configured.
  [[nodiscard]] const std::set<notify::ChannelKind>& channels() const noexcept { return channels_; }
  /// Those of them by which this person learns of this kind. The webhook is the administrator's choice, not his.
  [[nodiscard]] std::vector<notify::ChannelKind> channels_for(const Person& person, notify::Kind kind) const;

 private:
  [[nodiscard]] Result<notify::Preferences> preferences(store::Store& store, const Address& address,
                                                        const std::string& zone) const;

  std::set<notify::ChannelKind> channels_;
  notify::Preferences defaults_;
  bool default_zone_ = false;  ///< the configuration names one; else the mailbox's is taken
};

}  // namespace caravan::app
