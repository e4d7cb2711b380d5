// SPDX-License-Identifier: GPL-3.0-or-later
// The frame in which a series counts its occurrences: kind and zone of the master's start. Two sides may write one
// frame under two names, and a series that moves takes its recurrence ids along. Internal to the decision; pure.
#pragma once
#include <optional>
#include <string>

#include "sync/change.hpp"

namespace caravan::sync {

struct Frame {
  model::TimeKind kind = model::TimeKind::utc;
  std::string zone;
  friend auto operator<=>(const Frame&, const Frame&) = default;
};
Frame frame_of(const model::Series& series);

/// Turns one side's names for the same thing into the other's: zone aliases, and which of my addresses I am invited by.
struct Renaming {
  Frame from, to;
  std::string my_from, my_to;
  [[nodiscard]] Renaming reversed() const { return {to, from, my_to, my_from}; }
};
/// The renaming that brings a copy that was agreed as `from` into the words of `to`. Nothing where they mean different
/// zones.
Renaming renaming(const model::Series& from, const model::Series& to, const Policy& policy);
model::Series renamed(model::Series series, const Renaming& renaming, const model::ZoneBook& zones);

/// How a whole series was moved, in its wall clock.
struct Shift {
  std::int64_t seconds = 0;
  Frame from, to;
  std::vector<model::ZoneDefinition> zones;  ///< of both frames, where IANA does not know them
  [[nodiscard]] bool none() const { return seconds == 0 && from == to; }
  [[nodiscard]] Shift reversed() const { return {-seconds, to, from, zones}; }
};
/// The shift that explains the change of schedule so that the n-th occurrence stays the n-th; nothing where none does
/// (a changed pattern, all-day made timed).
std::optional<Shift> uniform_shift(const model::Series& before, const model::Series& now);
/// Recurrence ids and exclusions moved by `shift`; an override that stood at its original start moves with it.
model::Series rekeyed(model::Series series, const Shift& shift, const model::ZoneBook& zones);

/// True for the mailbox's own address or an alias.
bool is_me(const Policy& policy, const std::string& address);

}  // namespace caravan::sync
