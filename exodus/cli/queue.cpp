// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/cli/queue.hpp"

#include <algorithm>
#include <map>

#include "exodus/document.hpp"
#include "exodus/job.hpp"

namespace caravan::exodus::cli {

namespace {

constexpr std::chrono::seconds kAlive{10};
constexpr std::chrono::seconds kGone{60};  ///< a daemon that restarts is back by then
constexpr std::chrono::milliseconds kPoll{500};

bool ended(const std::string& job_state) {
  return job_state == "done" || job_state == "failed" || job_state == "stopped" || job_state == "interrupted";
}

/// Adds the jobs up. What has ended is read once: a job's last progress is its whole document.
class JobBoard {
 public:
  Progress sum(const std::vector<store::Job>& jobs) {
    Progress all;
    all.mailboxes = jobs.size();
    for (const store::Job& job : jobs) {
      const Progress one = ended(job.state) ? of_ended(job) : progress_from_json(job.progress);
      all.done += one.done;
      all.total += one.total;
      all.written += one.written;
      all.errors += one.errors;
      if (ended(job.state)) ++all.mailboxes_done;
      if (job.state == "claimed") all.current = job.mailbox.value;
    }
    return all;
  }

 private:
  const Progress& of_ended(const store::Job& job) {
    const auto known = ended_.find(job.id);
    if (known != ended_.end()) return known->second;
    Progress progress;
    if (const auto outcome = from_document(job.progress)) {
      const Counts counts = outcome->totals();
      progress.done = progress.total = counts.series;
      progress.written = counts.created + counts.updated + counts.deleted;
      progress.errors = counts.parked;
    }
    if (job.state == "failed") ++progress.errors;
    return ended_.emplace(job.id, progress).first->second;
  }
  std::map<std::int64_t, Progress> ended_;
};

/// Where the daemon left no summary, the jobs themselves say how each mailbox ended.
RunOutcome outcome_of_jobs(const RunId& id, const std::vector<store::Job>& jobs) {
  RunOutcome outcome;
  outcome.command = "migrate";
  outcome.run = id;
  for (const store::Job& job : jobs) {
    MailboxOutcome mailbox;
    mailbox.address = job.mailbox.value;
    mailbox.state = job.state == "done"      ? MailboxOutcome::State::done
                    : job.state == "stopped" ? MailboxOutcome::State::stopped
                    : job.state == "failed"  ? MailboxOutcome::State::failed
                                             : MailboxOutcome::State::interrupted;
    if (!job.error.empty()) mailbox.error = make_error(Fault::malformed, job.error, job.error_code, job.remedy);
    if (mailbox.state == MailboxOutcome::State::failed) outcome.exit = worse(outcome.exit, Exit::some_failed);
    if (mailbox.state == MailboxOutcome::State::stopped) outcome.exit = worse(outcome.exit, Exit::delete_brake);
    if (mailbox.state == MailboxOutcome::State::interrupted) outcome.exit = worse(outcome.exit, Exit::interrupted);
    outcome.mailboxes.push_back(std::move(mailbox));
  }
  return outcome;
}

Result<RunOutcome> collect(store::Store& store, const store::Run& run, const std::vector<store::Job>& jobs) {
  if (run.summary.empty()) return outcome_of_jobs(run.id, jobs);
  CARAVAN_TRY(outcome, from_document(run.summary));
  constexpr std::size_t kMostLosses = 10000;
  for (const MailboxOutcome& mailbox : outcome.mailboxes) {
    CARAVAN_TRY(rows, store.losses(Address(mailbox.address)));
    for (store::LossRow& row : rows)
      if (outcome.losses.size() < kMostLosses)
        outcome.losses.push_back({row.mailbox.value, row.uid.value, row.occurrence, row.reason, row.detail});
  }
  return outcome;
}

RunOutcome stopped_waiting(const RunId& id, const std::vector<store::Job>& jobs, Error error, Exit exit) {
  RunOutcome outcome = outcome_of_jobs(id, jobs);
  outcome.error = std::move(error);
  outcome.exit = exit;
  return outcome;
}

}  // namespace

Result<bool> daemon_lives(store::Store& store) {
  CARAVAN_TRY(beats, store.heartbeats(kAlive));
  return std::any_of(beats.begin(), beats.end(),
                     [](const store::Heartbeat& beat) { return beat.role == "exodus" || beat.role == "caravan"; });
}

Result<RunOutcome> migrate_by_daemon(Session& session, store::Store& store,
                                     const std::vector<config::MailboxEntry>& mailboxes, const RunOptions& options,
                                     ProgressView& view) {
  CARAVAN_TRY(id, queue_run(store, *session.context.clock, "migrate", mailboxes, options));
  JobBoard board;
  auto last_seen = session.context.clock->monotonic();
  for (;;) {
    CARAVAN_TRY(jobs, store.jobs(id));
    CARAVAN_TRY(run, store.run(id));
    view.update(board.sum(jobs));
    const bool over = run && (run->state == "done" || run->state == "failed" || run->state == "interrupted");
    if (over) return collect(store, *run, jobs);
    CARAVAN_TRY(alive, daemon_lives(store));
    const auto now = session.context.clock->monotonic();
    if (alive) last_seen = now;
    if (now - last_seen > kGone)
      return stopped_waiting(
          id, jobs,
          make_error(Fault::retry_later, "the daemon that worked on " + id.value + " has gone", "daemon_gone",
                     "Start it again, or give the same command with --local: it goes on where the daemon stopped."),
          Exit::nothing_possible);
    if (!session.context.sleeper->sleep_for(kPoll, session.around.stop))
      return stopped_waiting(
          id, jobs,
          make_error(Fault::cancelled, "waiting was interrupted; the daemon goes on with " + id.value, "interrupted",
                     "Watch it with `exodus-cli status --watch`; `exodus-cli pause` stops it."),
          Exit::interrupted);
  }
}

}  // namespace caravan::exodus::cli
