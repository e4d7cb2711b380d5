// SPDX-License-Identifier: GPL-3.0-or-later
// migrate, rebuild, and the daemon: claim queued jobs, work on them side by side, make one outcome of it.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "app/notify/summary.hpp"
#include "app/pass/holder.hpp"
#include "app/pass/trouble.hpp"
#include "exodus/document.hpp"
#include "exodus/job.hpp"
#include "exodus/jobs_in_hand.hpp"
#include "exodus/mailbox_result.hpp"
#include "exodus/run_jobs.hpp"
#include "log/log.hpp"
#include "util/crash_point.hpp"

namespace caravan::exodus {
namespace {

using app::Heart;
using app::holder_name;
using app::is_dead_process;
using app::is_server_error;
using app::is_setup_error;
using app::kHeartbeatStale;

/// Collects what the workers did; thread-safe.
class Collector {
 public:
  Collector(std::string command, std::size_t mailboxes, ProgressSink sink, std::shared_ptr<Clock> clock)
      : sink_(std::move(sink)), clock_(std::move(clock)) {
    outcome_.command = std::move(command);
    total_.mailboxes = mailboxes;
  }

  void progress(const std::string& mailbox, const Progress& part) {
    const std::scoped_lock lock(mutex_);
    parts_[mailbox] = part;
    tell(false);
  }

  void add(MailboxResult&& result) {
    const std::scoped_lock lock(mutex_);
    const auto move_all = [](auto& from, auto& to, std::size_t most) {
      for (auto& row : from)
        if (to.size() < most) to.push_back(std::move(row));
    };
    move_all(result.parked, outcome_.parked, 100000);
    move_all(result.plans, outcome_.plans, 100000);
    move_all(result.losses, outcome_.losses, 10000);
    move_all(result.conflicts, outcome_.conflicts, 100000);
    for (const auto& [reason, count] : result.loss_counts) outcome_.loss_counts[reason] += count;
    outcome_.mailboxes.push_back(std::move(result.outcome));
    ++total_.mailboxes_done;
    tell(true);
  }

  RunOutcome finish() {
    const std::scoped_lock lock(mutex_);
    tell(true);
    std::sort(outcome_.mailboxes.begin(), outcome_.mailboxes.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
    return std::move(outcome_);
  }

 private:
  void tell(bool now) {  // with the lock held
    if (!sink_) return;
    const auto at = clock_->monotonic();
    if (!now && at - last_ < std::chrono::milliseconds(200)) return;
    last_ = at;
    Progress sum = total_;
    for (const auto& [mailbox, part] : parts_) {
      sum.done += part.done;
      sum.total += part.total;
      sum.written += part.written;
      sum.errors += part.errors;
      sum.current = mailbox;
    }
    for (const auto& mailbox : outcome_.mailboxes) sum.errors += mailbox.error ? 1 : 0;
    sink_(sum);
  }

  std::mutex mutex_;
  RunOutcome outcome_;
  Progress total_;
  std::map<std::string, Progress> parts_;
  ProgressSink sink_;
  std::shared_ptr<Clock> clock_;
  std::chrono::steady_clock::time_point last_{};
};

Exit exit_of(const RunOutcome& outcome) {
  if (outcome.error) return is_setup_error(*outcome.error) ? Exit::usage : Exit::nothing_possible;
  Exit exit = Exit::done;
  std::size_t server_errors = 0;
  for (const auto& mailbox : outcome.mailboxes) {
    if (mailbox.state == MailboxOutcome::State::interrupted) exit = worse(exit, Exit::interrupted);
    if (mailbox.state == MailboxOutcome::State::stopped) exit = worse(exit, Exit::delete_brake);
    if (mailbox.state != MailboxOutcome::State::failed) continue;
    exit = worse(exit, mailbox.error && is_setup_error(*mailbox.error) ? Exit::usage : Exit::some_failed);
    if (mailbox.error && is_server_error(*mailbox.error)) ++server_errors;
  }
  if (!outcome.plans.empty()) exit = worse(exit, Exit::delete_brake);
  if (!outcome.parked.empty()) exit = worse(exit, Exit::some_failed);
  if (server_errors > 0 && server_errors == outcome.mailboxes.size()) exit = worse(exit, Exit::nothing_possible);
  return exit;
}

RunOutcome failed(std::string command, Error error, Exit exit) {
  RunOutcome outcome;
  outcome.command = std::move(command);
  outcome.error = std::move(error);
  outcome.exit = exit;
  return outcome;
}

/// Two mailboxes in one collection, or a mailbox in the service account's own home: refused before anything is written.
Status check_homes(const config::Config& config, const app::Sides& sides,
                   const std::vector<config::MailboxEntry>& mailboxes) {
  std::map<std::string, std::string> owners;
  config::MailboxEntry service;
  service.address = Address(config.caldav.username.find('@') == std::string::npos ? config.caldav.username + "@service"
                                                                                  : config.caldav.username);
  service.caldav_user = config.caldav.username;
  for (const auto& entry : mailboxes) {
    const std::string home = sides.home_from_template(entry);
    if (home.empty()) continue;
    if (config.caldav.access == config::CaldavAccess::service && home == sides.home_from_template(service))
      return make_error(
          Fault::denied,
          "The calendars of " + entry.address.value + " would go to " + home + ", the service account's own home.",
          "home_collision", "Give the mailbox another caldav_user in the list, or use another service account.");
    const auto [other, fresh] = owners.emplace(home, entry.address.value);
    if (!fresh)
      return make_error(
          Fault::denied, other->second + " and " + entry.address.value + " would share the CalDAV home " + home + ".",
          "home_collision", "Use {address} in caldav.home, or give them different caldav_user names in the list.");
  }
  return {};
}

/// The mapping rows of a mailbox are dropped and both sides listed anew; undo, audit and parked rows stay.
Status drop_mappings(store::Store& store, const Address& mailbox) {
  CARAVAN_TRY(pairs, store.pairs(mailbox));
  for (auto& pair : pairs) {
    store::Batch batch;
    CARAVAN_CHECK(store.each_mapping_key(pair.id, [&](const store::MappingKey& key) {
      batch.forget_mappings.emplace_back(pair.id, key.uid);
      return true;
    }));
    std::int64_t after = 0;
    while (true) {
      CARAVAN_TRY(rows, store.pending(pair.id, Side::exchange, after, 1000));
      for (const auto& row : rows) batch.done_changes.push_back(row.sequence);
      if (rows.size() < 1000) break;
      after = rows.back().sequence;
    }
    pair.sync_state = {};
    pair.sync_token = {};
    pair.listing_complete = false;
    batch.pairs.push_back(pair);
    CARAVAN_CHECK(store.commit(batch));
  }
  return {};
}

sync::Occasion occasion_of(const std::string& kind) {
  if (kind == "rebuild") return sync::Occasion::rebuild;
  return kind == "subscribe" ? sync::Occasion::subscribe : sync::Occasion::migrate;
}

/// Works on one claimed job and records how it ended.
MailboxResult work_on(const Context& context, app::Sides& sides, store::Store& store, store::Job& job,
                      const ProgressSink& sink, std::stop_token stop) {
  crash_point("job_claimed");
  auto order = job_order_from_json(job.options);
  MailboxResult result;
  if (!order) {
    result.outcome.address = job.mailbox.value;
    result.outcome.state = MailboxOutcome::State::failed;
    result.outcome.error = std::move(order).error();
  } else {
    const app::PassContext pass{context, sides, store, job.run};
    const auto occasion = occasion_of(job.kind);
    Status ready;
    if (job.kind == "rebuild" && !order->options.dry_run) ready = drop_mappings(store, order->entry.address);
    if (ready) {
      const auto tell = [&](const app::PassNumbers& numbers) {
        if (sink) sink(Progress{0, 0, numbers.done, numbers.known, numbers.written, numbers.failed, job.mailbox.value});
      };
      result = result_of(order->entry.address, app::pass_mailbox(pass, pass_of(*order, occasion), tell, stop));
      log::info("mailbox_done", {{"mailbox", result.outcome.address},
                                 {"state", result.outcome.error ? result.outcome.error->code : std::string("ok")},
                                 {"created", result.outcome.counts().created},
                                 {"updated", result.outcome.counts().updated},
                                 {"deleted", result.outcome.counts().deleted}});
      if (order->options.notify && !order->options.dry_run && !result.outcome.error) {
        const auto counts = result.outcome.counts();
        const Status told = app::tell_summary(context, store, order->entry.address, job.run, job.kind,
                                              counts.created + counts.updated + counts.deleted);
        if (!told) log::failure(log::Level::warning, "summary_not_told", told.error());
      }
    } else {
      result.outcome.address = job.mailbox.value;
      result.outcome.state = MailboxOutcome::State::failed;
      result.outcome.error = std::move(ready).error();
    }
  }
  switch (result.outcome.state) {
    case MailboxOutcome::State::done:
      job.state = "done";
      break;
    case MailboxOutcome::State::failed:
      job.state = "failed";
      break;
    case MailboxOutcome::State::stopped:
      job.state = "stopped";
      break;
    case MailboxOutcome::State::interrupted:
      job.state = "interrupted";
      break;
  }
  if (result.outcome.error) {
    job.error = result.outcome.error->what;
    job.error_code = result.outcome.error->code;
    job.remedy = result.outcome.error->remedy;
  }
  return result;
}

Status finish_run(store::Store& store, const Clock& clock, const RunOutcome& outcome) {
  CARAVAN_TRY(run, store.run(outcome.run));
  if (!run) return {};
  run->state = outcome.exit == Exit::interrupted                         ? "interrupted"
               : outcome.error || outcome.exit == Exit::nothing_possible ? "failed"
                                                                         : "done";
  run->ended = clock.now();
  run->summary = to_document(outcome, Layout::one_line);
  return store.save_run(*run);
}

/// Runs that a dead process left behind are closed, so that `runs` tells the truth; their work is taken up by whoever
/// passes over the mailbox next.
void close_dead_runs(store::Store& store, const Clock& clock) {
  auto runs = store.runs(50);
  if (!runs) return;
  for (auto& run : *runs) {
    if (run.state != "running" || run.kind == "live") continue;  // the daemon closes its own
    auto jobs = store.jobs(run.id);
    if (!jobs) continue;
    bool alive = false;
    for (auto& job : *jobs) {
      if (job.state == "claimed" && is_dead_process(job.holder)) {
        job.state = "interrupted";
        (void)store.update_job(job);
      }
      alive = alive || (job.state == "claimed" && !is_dead_process(job.holder));
    }
    if (alive) continue;
    run.state = "interrupted";
    run.ended = clock.now();
    (void)store.save_run(run);
  }
}

/// The last job of a queued run makes its outcome from what each job left.
void maybe_finish_queued_run(store::Store& store, const Clock& clock, const RunId& id) {
  auto jobs = store.jobs(id);
  if (!jobs) return;
  RunOutcome outcome;
  outcome.run = id;
  for (const auto& job : *jobs) {
    if (job.state == "queued" || job.state == "claimed") return;
    outcome.command = job.kind;
    auto part = from_document(job.progress);
    if (!part) continue;
    for (auto& mailbox : part->mailboxes) outcome.mailboxes.push_back(std::move(mailbox));
    for (auto& row : part->parked) outcome.parked.push_back(std::move(row));
    for (auto& row : part->plans) outcome.plans.push_back(std::move(row));
    for (const auto& [reason, count] : part->loss_counts) outcome.loss_counts[reason] += count;
    for (const auto& [name, count] : part->exchange_requests) outcome.exchange_requests[name] += count;
    for (const auto& [name, count] : part->caldav_requests) outcome.caldav_requests[name] += count;
    outcome.seconds += part->seconds;
  }
  outcome.exit = exit_of(outcome);
  (void)finish_run(store, clock, outcome);
}

/// One worker of the daemon.
void serve_jobs(const Context& context, JobsInHand& in_hand, std::stop_token stop) {
  auto store = context.open_store();
  while (!stop.stop_requested()) {
    if (!store) {
      log::failure(log::Level::error, "store_unreachable", store.error());
      if (!context.sleeper->sleep_for(std::chrono::seconds(5), stop)) return;
      store = context.open_store();
      continue;
    }
    auto job = in_hand.claim(**store);
    if (!job) {
      store = std::move(job).error();
      continue;
    }
    if (!*job) {
      if (!context.sleeper->sleep_for(std::chrono::seconds(1), stop)) return;
      continue;
    }
    store::Job claimed = std::move(**job);
    const auto began = context.clock->monotonic();
    if (auto run = (*store)->run(claimed.run); run && *run && (*run)->state == "queued") {
      (*run)->state = "running";
      (*run)->started = context.clock->now();
      (void)(*store)->save_run(**run);
    }
    app::Sides sides(context.config, context.clock, context.sleeper);
    auto last = context.clock->monotonic();
    MailboxResult result = work_on(
        context, sides, **store, claimed,
        [&](const Progress& part) {
          if (context.clock->monotonic() - last < std::chrono::seconds(1)) return;
          last = context.clock->monotonic();
          claimed.progress = progress_to_json(part);
          (void)(*store)->update_job(claimed);
        },
        stop);
    if (claimed.state == "interrupted") claimed.state = "queued";  // the next daemon goes on with it
    Collector collector(claimed.kind, 1, {}, context.clock);
    collector.add(std::move(result));
    RunOutcome outcome = collector.finish();
    outcome.run = claimed.run;
    outcome.exchange_requests = sides.exchange_requests();
    outcome.caldav_requests = sides.caldav_requests();
    outcome.exit = exit_of(outcome);
    outcome.seconds = std::chrono::duration<double>(context.clock->monotonic() - began).count();
    claimed.progress = to_document(outcome, Layout::one_line);
    in_hand.end(**store, claimed);
    maybe_finish_queued_run(**store, *context.clock, claimed.run);
  }
}

}  // namespace

RunOutcome run_jobs(const Context& context, const std::string& kind, const std::vector<config::MailboxEntry>& mailboxes,
                    const RunOptions& options, const ProgressSink& progress, std::stop_token stop) {
  const auto began = context.clock->monotonic();
  auto store = context.open_store();
  if (!store) return failed(kind, std::move(store).error(), Exit::usage);
  app::Sides sides(context.config, context.clock, context.sleeper);
  if (auto homes = check_homes(context.config, sides, mailboxes); !homes)
    return failed(kind, std::move(homes).error(), Exit::usage);
  close_dead_runs(**store, *context.clock);
  const Heart heart(context, "exodus-cli");
  auto queued = queue_run(**store, *context.clock, kind, mailboxes, options, holder_name());
  if (!queued) return failed(kind, std::move(queued).error(), Exit::usage);
  if (auto run = (*store)->run(*queued); run && *run) {
    (*run)->state = "running";
    (*run)->started = context.clock->now();
    (void)(*store)->save_run(**run);
  }
  Collector collector(kind, mailboxes.size(), progress, context.clock);
  std::optional<Error> broken;
  std::mutex broken_mutex;
  auto jobs = (*store)->jobs(*queued);
  if (!jobs) return failed(kind, std::move(jobs).error(), Exit::usage);
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> workers;
    const std::size_t wanted = options.jobs > 0 ? options.jobs : context.config.sync.workers;
    for (std::size_t i = 0; i < std::min(wanted, mailboxes.size()); ++i)
      workers.emplace_back([&] {
        auto own = context.open_store();
        if (!own) {
          const std::scoped_lock lock(broken_mutex);
          broken = std::move(own).error();
          return;
        }
        for (std::size_t at = next++; at < jobs->size() && !stop.stop_requested(); at = next++) {
          store::Job& claimed = (*jobs)[at];
          collector.add(work_on(
              context, sides, **own, claimed,
              [&](const Progress& part) { collector.progress(claimed.mailbox.value, part); }, stop));
          (void)(*own)->update_job(claimed);
          crash_point("job_done");
        }
      });
  }
  for (std::size_t at = next; at < jobs->size(); ++at) {  // nobody got to them
    (*jobs)[at].state = "interrupted";
    (void)(*store)->update_job((*jobs)[at]);
  }
  RunOutcome outcome = collector.finish();
  outcome.run = *queued;
  outcome.dry_run = options.dry_run;
  outcome.error = std::move(broken);
  outcome.exchange_requests = sides.exchange_requests();
  outcome.caldav_requests = sides.caldav_requests();
  // Mailboxes that nobody got to.
  std::set<std::string> met;
  for (const auto& mailbox : outcome.mailboxes) met.insert(mailbox.address);
  for (const auto& entry : mailboxes) {
    if (met.contains(entry.address.value)) continue;
    MailboxOutcome untouched;
    untouched.address = entry.address.value;
    untouched.state = MailboxOutcome::State::interrupted;
    outcome.mailboxes.push_back(std::move(untouched));
  }
  outcome.exit = exit_of(outcome);
  if (stop.stop_requested()) outcome.exit = worse(outcome.exit, Exit::interrupted);
  outcome.seconds = std::chrono::duration<double>(context.clock->monotonic() - began).count();
  (void)finish_run(**store, *context.clock, outcome);
  (void)(*store)->prune(context.config.retention.audit, context.config.retention.tombstones,
                        context.config.retention.undo);
  return outcome;
}

RunOutcome migrate(const Context& context, const std::vector<config::MailboxEntry>& mailboxes,
                   const RunOptions& options, const ProgressSink& progress, std::stop_token stop) {
  return run_jobs(context, "migrate", mailboxes, options, progress, std::move(stop));
}

RunOutcome rebuild(const Context& context, const std::vector<config::MailboxEntry>& mailboxes,
                   const RunOptions& options, const ProgressSink& progress, std::stop_token stop) {
  return run_jobs(context, "rebuild", mailboxes, options, progress, std::move(stop));
}

void serve_queue(const Context& context, std::stop_token stop) {
  JobsInHand in_hand(holder_name(), kHeartbeatStale);
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < context.config.sync.workers; ++i)
    workers.emplace_back([&] { serve_jobs(context, in_hand, stop); });
}

Status serve(const Context& context, std::stop_token stop) {
  CARAVAN_CHECK(app::only_daemon(context));
  const Heart heart(context, "exodus");
  log::info("serving", {{"workers", context.config.sync.workers}});
  serve_queue(context, stop);
  log::info("stopped");
  return {};
}

}  // namespace caravan::exodus
