// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/mailbox_pass.hpp"

#include <algorithm>
#include <set>

#include "app/adapters/caldav_adapter.hpp"
#include "app/adapters/exchange_adapter.hpp"
#include "exodus/holder.hpp"
#include "ical/zone_book.hpp"
#include "log/log.hpp"
#include "util/text.hpp"

namespace caravan::exodus {
namespace {

sync::ConflictPolicy conflict_policy(config::ConflictPolicy policy) noexcept {
  switch (policy) {
    case config::ConflictPolicy::newest:
      return sync::ConflictPolicy::newest;
    case config::ConflictPolicy::exchange:
      return sync::ConflictPolicy::exchange;
    case config::ConflictPolicy::caldav:
      return sync::ConflictPolicy::caldav;
    case config::ConflictPolicy::park:
      return sync::ConflictPolicy::park;
  }
  return sync::ConflictPolicy::newest;
}

std::optional<Instant> instant_of(const std::string& text) {
  Instant instant;
  if (text.empty() || !parse_rfc3339(text, instant)) return std::nullopt;
  return instant;
}

/// The window is the pair's own; a run that names another lists again and deletes nothing (decisions.md 6).
void apply_window(store::Pair& pair, const RunOptions& options) {
  if (options.since.empty() && options.until.empty()) return;
  if (pair.since == options.since && pair.until == options.until) return;
  pair.since = options.since;
  pair.until = options.until;
  pair.sync_state = {};
}

/// One pair with everything it needs while the mailbox is worked on.
struct PairWork {
  store::Pair pair;
  std::unique_ptr<app::ExchangeAdapter> exchange;
  std::unique_ptr<app::CaldavAdapter> caldav;
  std::unique_ptr<sync::PairPass> pass;
  std::optional<Error> error;
};

void collect(const sync::PassReport& report, const store::Pair& pair, MailboxResult& result) {
  PairOutcome outcome;
  outcome.folder = pair.folder_name;
  outcome.collection = pair.collection.value;
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
  if (report.error) outcome.error = with_remedy(*report.error);
  for (const auto& row : report.losses)
    if (result.losses.size() < 10000)
      result.losses.push_back({row.mailbox.value, row.uid.value, row.occurrence, row.reason, row.detail});
  for (const auto& row : report.conflicts)
    result.conflicts.push_back({row.mailbox.value, row.uid.value, row.units, row.winner});
  if (report.stopped) {
    StoppedPlan plan;
    plan.hash = report.stopped->hash;
    plan.mailbox = pair.mailbox.value;
    plan.folder = pair.folder_name;
    plan.deletes =
        static_cast<std::uint64_t>(std::count(report.stopped->deletes.begin(), report.stopped->deletes.end(), '{'));
    plan.total = report.planned_total;
    result.plans.push_back(std::move(plan));
  }
  result.outcome.pairs.push_back(std::move(outcome));
}

/// What waits for a person in this mailbox, whichever run parked it; accepted items are out of the exit code.
void collect_parked(store::Store& store, const Address& mailbox, const sync::PassReport* dry, MailboxResult& result) {
  std::vector<store::Parked> rows;
  if (dry != nullptr)
    rows = dry->parked;
  else if (auto stored = store.parked(mailbox))
    rows = std::move(*stored);
  std::map<std::string, std::uint64_t> of_pair;
  for (const auto& row : rows) {
    if (row.accepted) continue;
    result.parked.push_back({row.id, row.mailbox.value, row.uid.value, row.object, row.reason, row.code, {}});
    ++of_pair[row.pair.value];
  }
  if (!result.outcome.pairs.empty()) result.outcome.pairs.front().counts.parked += result.parked.size();
}

void remember_mailbox(const PassContext& pass, const JobOrder& order, const MailboxOutcome& outcome) {
  store::Batch batch;
  store::Mailbox row;
  if (auto known = pass.store.mailbox(order.entry.address); known && *known) row = std::move(**known);
  row.address = order.entry.address;
  row.caldav_user = order.entry.caldav_user;
  row.aliases = order.entry.aliases;
  row.kind = order.entry.kind;
  row.zone = order.entry.zone;
  if (outcome.state == MailboxOutcome::State::done) {
    if (row.state != "subscribed") row.state = "migrated";
    row.last_success = pass.context.clock->now();
    row.last_error.clear();
    row.last_error_code.clear();
  } else if (outcome.error) {
    if (row.state == "new") row.state = "failed";
    row.last_error = outcome.error->what;
    row.last_error_code = outcome.error->code;
  }
  batch.mailboxes.push_back(std::move(row));
  (void)pass.store.commit(batch);
}

Result<bool> is_paused(store::Store& store, const Address& address) {
  for (const auto& name : {std::string("paused:all"), "paused:" + address.value}) {
    CARAVAN_TRY(value, store.setting(name));
    if (!value.empty()) return true;
  }
  return false;
}

/// A calendar that was renamed in Outlook gets its new name on CalDAV; the path stays.
void follow_rename(const PassContext& pass, caldav::Client& client, store::Pair& pair, const std::string& name) {
  if (pair.folder_name == name || name.empty()) return;
  caldav::CalendarProperties properties;
  properties.displayname = name;
  if (pair.listing_complete && !client.set_properties(pair.collection, properties)) return;
  pair.folder_name = name;
  store::Batch batch;
  batch.pairs.push_back(pair);
  (void)pass.store.commit(batch);
}

Status run_pairs(const PassContext& pass, const JobOrder& order, ews::Client& exchange, caldav::Client& caldav,
                 const Href& home, std::vector<store::Pair> pairs, const ProgressSink& progress, LeaseKeeper& leases,
                 MailboxResult& result) {
  const std::stop_token stop = leases.token();
  std::vector<std::unique_ptr<PairWork>> works;
  Progress sums;
  std::map<const PairWork*, Progress> parts;
  for (auto& pair : pairs) {
    auto work = std::make_unique<PairWork>();
    sync::PassOptions options = pass_options(pass, order);
    if (!order.options.dry_run) {
      CARAVAN_TRY(lease, leases.take(pair.id));
      options.lease = std::move(lease);
    }
    options.since = instant_of(pair.since);
    options.until = instant_of(pair.until);
    caldav::CalendarProperties properties;
    properties.displayname = pair.folder_name;
    work->pair = pair;
    work->exchange =
        std::make_unique<app::ExchangeAdapter>(exchange, pass.sides.mailbox(order.entry), pair.folder, stop);
    work->caldav = std::make_unique<app::CaldavAdapter>(caldav, home, pair.collection, properties,
                                                        pass.context.config.caldav.connections, stop);
    const PairWork* key = work.get();
    const auto tell = [&, key](std::uint64_t done, std::uint64_t known, std::uint64_t written, std::uint64_t failed) {
      parts[key] = Progress{0, 0, done, known, written, failed, {}};
      Progress sum;
      for (const auto& [unused, part] : parts)
        sum.done += part.done, sum.total += part.total, sum.written += part.written, sum.errors += part.errors;
      sum.current = order.entry.address.value;
      if (progress) progress(sum);
    };
    work->pass = std::make_unique<sync::PairPass>(pass.store, *work->exchange, *work->caldav, *pass.context.clock, pair,
                                                  std::move(options), tell, stop);
    works.push_back(std::move(work));
  }
  for (const auto& work : works) work->pass->upserts();
  for (const auto& work : works) {
    // A series that another folder of this mailbox holds now has moved there: its delete here is no loss.
    const auto elsewhere = [&](const Uid& uid) {
      return std::any_of(works.begin(), works.end(),
                         [&](const auto& other) { return other != work && other->pass->holds(uid); });
    };
    work->pass->deletes(elsewhere);
    collect(work->pass->report(), work->pair, result);
  }
  collect_parked(pass.store, order.entry.address,
                 order.options.dry_run && !works.empty() ? &works.front()->pass->report() : nullptr, result);
  for (const auto& work : works)
    if (work->pass->report().error) return *work->pass->report().error;
  return {};
}

}  // namespace

bool is_setup_error(const Error& error) {
  return error.code == "disk_full" || error.code == "configuration" || error.code.starts_with("store_");
}

Error with_remedy(Error error) {
  if (!error.remedy.empty()) return error;
  switch (error.fault) {
    case Fault::retry_later:
    case Fault::in_doubt:
      error.remedy =
          "Run the command again in some minutes: it goes on where it stopped. If it stays, ask the server's log.";
      break;
    case Fault::denied:
      error.remedy = "Check the credentials and rights; `exodus-cli doctor` names what is missing.";
      break;
    case Fault::malformed:
    case Fault::unsupported:
      error.remedy =
          "Check that exchange.url and caldav.url name the services themselves, not a web page or a login proxy; "
          "`exodus-cli doctor` looks at each.";
      break;
    case Fault::not_found:
      error.remedy = "Check the addresses in the configuration and the mailbox list with `exodus-cli doctor LIST`.";
      break;
    case Fault::precondition_failed:
      error.remedy = "Somebody else changed it at the same moment: run the command again.";
      break;
    case Fault::cancelled:
      error.remedy = "Give `exodus-cli migrate` again: it goes on where it stopped.";
      break;
  }
  return error;
}

bool is_server_error(const Error& error) {
  if (is_setup_error(error)) return false;
  if (error.code.starts_with("Error")) return false;  // an EWS ResponseCode: Exchange answered, for this mailbox
  if (error.code == "leased" || error.code == "paused" || error.code == "container_gone" || error.code == "HTTP 403")
    return false;
  if (error.fault == Fault::not_found) return error.code.starts_with("HTTP");
  return error.fault == Fault::denied || error.fault == Fault::retry_later || error.fault == Fault::in_doubt ||
         error.fault == Fault::malformed || error.fault == Fault::unsupported;
}

sync::Policy policy_of(const config::Config& config, const config::MailboxEntry& entry, sync::Occasion occasion) {
  static const auto zones = ical::system_zone_book();
  sync::Policy policy;
  policy.occasion = occasion;
  policy.one_way = true;
  policy.conflict = conflict_policy(config.sync.conflict);
  policy.zones = zones.get();
  policy.mailbox = entry.address;
  for (const auto& alias : entry.aliases) policy.aliases.emplace_back(alias);
  return policy;
}

sync::PassOptions pass_options(const PassContext& pass, const JobOrder& order) {
  const config::Config& config = pass.context.config;
  sync::PassOptions options;
  options.policy = policy_of(config, order.entry, pass.occasion);
  options.limits.max_delete_percent = config.sync.max_delete_percent;
  options.limits.max_delete_count = config.sync.max_delete_count;
  options.run = pass.run;
  options.dry_run = order.options.dry_run;
  options.bulk_fill = config.caldav.bulk_fill == config::BulkFill::automatic;
  switch (config.sync.attachments) {
    case config::Attachments::inline_data:
      options.attachments = sync::AttachmentPolicy::keep_inline;
      break;
    case config::Attachments::link:
      options.attachments = sync::AttachmentPolicy::link;
      break;
    case config::Attachments::skip:
      options.attachments = sync::AttachmentPolicy::skip;
      break;
  }
  options.max_attachment_bytes = static_cast<std::uint64_t>(config.sync.max_attachment_mb) << 20U;
  options.spool_dir = config.sync.spool_dir + "/caravan-spool";
  switch (config.caldav.privacy) {
    case config::Privacy::keep:
      options.private_events = sync::PrivateEvents::keep;
      break;
    case config::Privacy::busy:
      options.private_events = sync::PrivateEvents::busy;
      break;
    case config::Privacy::omit:
      options.private_events = sync::PrivateEvents::omit;
      break;
  }
  return options;
}

Result<std::vector<store::Pair>> pairs_of(const PassContext& pass, const JobOrder& order, ews::Client& exchange,
                                          const Href& home) {
  const bool all = order.options.all_calendars || pass.context.config.sync.calendars == config::Calendars::all;
  const Href default_collection(home.value + pass.context.config.caldav.calendar + "/");
  CARAVAN_TRY(known, pass.store.pairs(order.entry.address));
  std::vector<store::Pair> out;
  if (!all) {
    for (auto& pair : known)
      if (pair.collection == default_collection) out.push_back(pair);
    if (!out.empty()) return out;
  }
  CARAVAN_TRY(folders, exchange.calendar_folders(pass.sides.mailbox(order.entry),
                                                 all ? ews::FolderScope::all : ews::FolderScope::default_only));
  std::set<std::string> taken;
  for (const auto& pair : known) taken.insert(pair.collection.value);
  store::Batch batch;
  for (const auto& folder : folders) {
    const auto there =
        std::find_if(known.begin(), known.end(), [&](const auto& pair) { return pair.folder == folder.id; });
    if (there != known.end()) {
      out.push_back(*there);
      continue;
    }
    store::Pair pair;
    pair.id = PairId(random_hex(8));
    pair.mailbox = order.entry.address;
    pair.folder = folder.id;
    pair.folder_name = folder.name;
    std::string path = folder.is_default ? default_collection.value : home.value + text::slug(folder.name) + "/";
    for (int number = 2; taken.contains(path); ++number)
      path = home.value + text::slug(folder.name) + "-" + std::to_string(number) + "/";
    taken.insert(path);
    pair.collection = Href(path);
    batch.pairs.push_back(pair);
    out.push_back(std::move(pair));
  }
  // A folder that is gone suspends its pair; nothing is deleted.
  if (all)
    for (auto& pair : known) {
      const bool there =
          std::any_of(folders.begin(), folders.end(), [&](const auto& folder) { return folder.id == pair.folder; });
      if (there || pair.state == "folder_gone") continue;
      pair.state = "folder_gone";
      batch.pairs.push_back(pair);
    }
  if (!order.options.dry_run && !batch.pairs.empty()) CARAVAN_CHECK(pass.store.commit(batch));
  if (all) {
    // The names as they are now, for follow_rename().
    for (auto& pair : out)
      for (const auto& folder : folders)
        if (folder.id == pair.folder && folder.name != pair.folder_name) pair.state = "renamed:" + folder.name;
  }
  return out;
}

MailboxResult pass_mailbox(const PassContext& pass, const JobOrder& order, const ProgressSink& progress,
                           std::stop_token stop) {
  MailboxResult result;
  result.outcome.address = order.entry.address.value;
  LeaseKeeper leases(pass.context, stop);
  const auto work = [&]() -> Status {
    CARAVAN_TRY(paused, is_paused(pass.store, order.entry.address));
    if (paused)
      return make_error(Fault::denied, "The mailbox " + order.entry.address.value + " is paused.", "paused",
                        "`exodus-cli resume " + order.entry.address.value + "` takes it up again.");
    CARAVAN_TRY(exchange, pass.sides.exchange(order.entry));
    CARAVAN_TRY(caldav, pass.sides.caldav(order.entry, leases.token()));
    CARAVAN_TRY(home, pass.sides.home(order.entry, caldav, leases.token()));
    store::Mailbox row;
    if (!order.options.dry_run) {
      CARAVAN_TRY(known, pass.store.mailbox(order.entry.address));
      if (!known) {
        store::Batch batch;
        row.address = order.entry.address;
        batch.mailboxes.push_back(row);
        CARAVAN_CHECK(pass.store.commit(batch));
      }
    }
    CARAVAN_TRY(pairs, pairs_of(pass, order, exchange, home.path));
    std::erase_if(pairs,
                  [](const store::Pair& pair) { return pair.state == "folder_gone" || pair.state == "suspended"; });
    for (auto& pair : pairs) {
      if (pair.state.starts_with("renamed:")) {
        const std::string name = pair.state.substr(8);
        pair.state = "active";
        if (!order.options.dry_run) follow_rename(pass, caldav, pair, name);
      }
      apply_window(pair, order.options);
    }
    return run_pairs(pass, order, exchange, caldav, home.path, std::move(pairs), progress, leases, result);
  };
  Status status = work();
  if (!status && leases.lost())
    status = make_error(Fault::retry_later, "The lease of a calendar was lost to another process.", "stale_lease",
                        "Run this again; what was written is known.");
  if (!status) {
    result.outcome.error = with_remedy(status.error());
    result.outcome.state =
        status.error().fault == Fault::cancelled ? MailboxOutcome::State::interrupted : MailboxOutcome::State::failed;
  } else if (!result.plans.empty()) {
    result.outcome.state = MailboxOutcome::State::stopped;
  }
  if (!order.options.dry_run) remember_mailbox(pass, order, result.outcome);
  log::info("mailbox_done", {{"mailbox", result.outcome.address},
                             {"state", result.outcome.error ? result.outcome.error->code : std::string("ok")},
                             {"created", result.outcome.counts().created},
                             {"updated", result.outcome.counts().updated},
                             {"deleted", result.outcome.counts().deleted}});
  return result;
}

}  // namespace caravan::exodus
