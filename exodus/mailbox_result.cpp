// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/mailbox_result.hpp"

#include <algorithm>

namespace caravan::exodus {
namespace {

constexpr std::size_t kMostLosses = 10000;

void add(const app::PairDone& done, MailboxResult& result) {
  const sync::PassReport& report = done.report;
  PairOutcome outcome;
  outcome.folder = done.pair.folder_name;
  outcome.collection = done.pair.collection.value;
  outcome.counts.series = report.series;
  outcome.counts.created = report.created;
  outcome.counts.updated = report.updated;
  outcome.counts.deleted = report.deleted;
  outcome.counts.linked = report.linked;
  outcome.counts.unchanged = report.unchanged;
  outcome.counts.conflicts = report.conflicts.size();
  for (const auto& [reason, count] : report.loss_counts) {
    outcome.counts.losses += count;
    result.loss_counts[reason] += count;
  }
  outcome.error = report.error;
  for (const auto& row : report.losses)
    if (result.losses.size() < kMostLosses)
      result.losses.push_back({row.mailbox.value, row.uid.value, row.occurrence, row.reason, row.detail});
  for (const auto& row : report.conflicts)
    result.conflicts.push_back({row.mailbox.value, row.uid.value, row.units, row.winner});
  if (report.stopped) {
    StoppedPlan plan;
    plan.hash = report.stopped->hash;
    plan.mailbox = done.pair.mailbox.value;
    plan.folder = done.pair.folder_name;
    plan.deletes =
        static_cast<std::uint64_t>(std::count(report.stopped->deletes.begin(), report.stopped->deletes.end(), '{'));
    plan.total = report.planned_total;
    result.plans.push_back(std::move(plan));
  }
  result.outcome.pairs.push_back(std::move(outcome));
}

}  // namespace

MailboxResult result_of(const Address& mailbox, app::MailboxDone done) {
  MailboxResult result;
  result.outcome.address = mailbox.value;
  for (const auto& pair : done.pairs) add(pair, result);
  for (const auto& row : done.parked)
    result.parked.push_back({row.id, row.mailbox.value, row.uid.value, row.object, row.reason, row.code, {}});
  if (!result.outcome.pairs.empty()) result.outcome.pairs.front().counts.parked += result.parked.size();
  if (done.error) {
    result.outcome.state =
        done.error->fault == Fault::cancelled ? MailboxOutcome::State::interrupted : MailboxOutcome::State::failed;
    result.outcome.error = std::move(done.error);
  } else if (!result.plans.empty()) {
    result.outcome.state = MailboxOutcome::State::stopped;
  }
  return result;
}

}  // namespace caravan::exodus
