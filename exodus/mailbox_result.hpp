// SPDX-License-Identifier: GPL-3.0-or-later
// What one mailbox adds to the run's outcome.
#pragma once
#include "app/pass/mailbox_pass.hpp"
#include "exodus/outcome.hpp"

namespace caravan::exodus {

struct MailboxResult {
  MailboxOutcome outcome;
  std::vector<ParkedItem> parked;
  std::vector<StoppedPlan> plans;
  std::vector<LossItem> losses;
  std::map<std::string, std::uint64_t> loss_counts;
  std::vector<ConflictItem> conflicts;
};

MailboxResult result_of(const Address& mailbox, app::MailboxDone done);

}  // namespace caravan::exodus
