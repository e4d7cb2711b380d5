// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/jobs_in_hand.hpp"

#include "log/log.hpp"

namespace caravan::exodus {

Result<std::optional<store::Job>> JobsInHand::claim(store::Store& store) {
  const std::lock_guard lock(mutex_);
  if (doubtful_) {
    CARAVAN_TRY(claimed, store.claimed_jobs(holder_));
    for (auto& job : claimed) {
      if (ids_.contains(job.id)) continue;
      job.state = "queued";
      CARAVAN_CHECK(store.update_job(job));
      log::warning("job_taken_up_again", {{"mailbox", job.mailbox.value}, {"job", job.id}});
    }
    doubtful_ = false;
  }
  auto job = store.claim_job(holder_, RunId(), stale_);
  if (!job)
    doubtful_ = true;
  else if (*job)
    ids_.insert((*job)->id);
  return job;
}

void JobsInHand::end(store::Store& store, const store::Job& job) {
  const Status recorded = store.update_job(job);
  const std::lock_guard lock(mutex_);
  ids_.erase(job.id);
  if (recorded) return;
  doubtful_ = true;
  log::failure(log::Level::warning, "job_end_not_recorded", recorded.error());
}

}  // namespace caravan::exodus
