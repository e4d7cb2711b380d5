// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/outcome.hpp"

#include <algorithm>
#include <array>

namespace caravan::exodus {

Exit worse(Exit first, Exit second) noexcept {
  // What a person has to look at first comes first; decisions 7 fixes the order.
  constexpr std::array order = {Exit::interrupted,  Exit::usage,       Exit::nothing_possible,
                                Exit::delete_brake, Exit::some_failed, Exit::differences,
                                Exit::done};
  const auto* found =
      std::find_if(order.begin(), order.end(), [&](Exit exit) { return exit == first || exit == second; });
  return found == order.end() ? first : *found;
}

Counts& Counts::operator+=(const Counts& other) noexcept {
  series += other.series;
  created += other.created;
  updated += other.updated;
  deleted += other.deleted;
  linked += other.linked;
  unchanged += other.unchanged;
  parked += other.parked;
  conflicts += other.conflicts;
  losses += other.losses;
  return *this;
}

Counts MailboxOutcome::counts() const {
  Counts sum;
  for (const PairOutcome& pair : pairs) sum += pair.counts;
  return sum;
}

Counts RunOutcome::totals() const {
  Counts sum;
  for (const MailboxOutcome& mailbox : mailboxes) sum += mailbox.counts();
  return sum;
}

}  // namespace caravan::exodus
