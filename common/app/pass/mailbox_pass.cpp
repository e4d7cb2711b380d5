// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pass/mailbox_pass.hpp"

#include <algorithm>
#include <set>

#include "app/adapters/caldav_adapter.hpp"
#include "app/adapters/exchange_adapter.hpp"
#include "app/pass/holder.hpp"
#include "app/pass/trouble.hpp"
#include "ical/zone_book.hpp"
#include "log/log.hpp"
#include "store/live_store.hpp"
#include "util/text.hpp"

namespace caravan::app {
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

sync::Scheduling scheduling_of(std::optional<config::Scheduling> scheduling) noexcept {
  switch (scheduling.value_or(config::Scheduling::none)) {
    case config::Scheduling::none:
      return sync::Scheduling::none;
    case config::Scheduling::exchange:
      return sync::Scheduling::exchange;
    case config::Scheduling::caldav:
      return sync::Scheduling::caldav;
  }
  return sync::Scheduling::none;
}

std::optional<Instant> instant_of(const std::string& text) {
  Instant instant;
  if (text.empty() || !parse_rfc3339(text, instant)) return std::nullopt;
  return instant;
}

/// The window is the pair's own; a run that names another lists again and deletes nothing (decisions.md 6).
void apply_window(store::Pair& pair, const MailboxOrder& order) {
  if (order.since.empty() && order.until.empty()) return;
  if (pair.since == order.since && pair.until == order.until) return;
  pair.since = order.since;
  pair.until = order.until;
  pair.sync_state = {};
}

/// One pair with everything it needs while the mailbox is worked on.
struct PairWork {
  store::Pair pair;
  std::unique_ptr<ExchangeAdapter> exchange;
  std::unique_ptr<CaldavAdapter> caldav;
  std::unique_ptr<sync::PairPass> pass;
};

/// What waits for a person in this mailbox, whichever pass parked it; accepted items do not wait any more.
std::vector<store::Parked> waiting(store::Store& store, const Address& mailbox, const sync::PassReport* dry) {
  std::vector<store::Parked> rows;
  if (dry != nullptr)
    rows = dry->parked;
  else if (auto stored = store.parked(mailbox))
    rows = std::move(*stored);
  std::erase_if(rows, [](const store::Parked& row) { return row.accepted; });
  return rows;
}

void remember_mailbox(const PassContext& pass, const MailboxOrder& order, const MailboxDone& done) {
  store::Batch batch;
  store::Mailbox row;
  if (auto known = pass.store.mailbox(order.entry.address); known && *known) row = std::move(**known);
  row.address = order.entry.address;
  row.caldav_user = order.entry.caldav_user;
  row.aliases = order.entry.aliases;
  row.kind = order.entry.kind;
  if (!done.zone.empty()) row.zone = done.zone;
  const bool stopped = std::any_of(done.pairs.begin(), done.pairs.end(),
                                   [](const auto& pair) { return pair.report.stopped.has_value(); });
  if (!done.error && !stopped) {
    if (order.subscribes)
      row.state = "subscribed";
    else if (order.occasion != sync::Occasion::subscribe && row.state != "subscribed")
      row.state = "migrated";
    row.last_success = pass.context.clock->now();
    row.last_error.clear();
    row.last_error_code.clear();
  } else if (done.error) {
    if (row.state == "new") row.state = "failed";
    row.last_error = done.error->what;
    row.last_error_code = done.error->code;
  }
  batch.mailboxes.push_back(std::move(row));
  (void)pass.store.commit(batch);
}

Status enlist(const PassContext& pass, const MailboxOrder& order, const MailboxDone& done) {
  std::vector<PairId> pairs;
  for (const auto& pair : done.pairs) pairs.push_back(pair.pair.id);
  return pass.store.live().enlist(order.entry.address, pairs);
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

Status run_pairs(const PassContext& pass, const MailboxOrder& order, ews::Client& exchange, caldav::Client& caldav,
                 const Href& home, std::vector<store::Pair> pairs, const PassSink& progress, LeaseKeeper& leases,
                 MailboxDone& result) {
  const std::stop_token stop = leases.token();
  std::vector<std::unique_ptr<PairWork>> works;
  std::map<const PairWork*, PassNumbers> parts;
  for (auto& pair : pairs) {
    auto work = std::make_unique<PairWork>();
    sync::PassOptions options = pass_options(pass, order);
    if (!order.dry_run) {
      CARAVAN_TRY(lease, leases.take(pair.id));
      options.lease = std::move(lease);
    }
    options.since = instant_of(pair.since);
    options.until = instant_of(pair.until);
    caldav::CalendarProperties properties;
    properties.displayname = pair.folder_name;
    work->pair = pair;
    work->exchange = std::make_unique<ExchangeAdapter>(exchange, pass.sides.mailbox(order.entry), pair.folder,
                                                       options.spool_dir, stop);
    options.fold = [adapter = work->exchange.get()](const auto& agreed, auto held, auto now) {
      return adapter->folded(agreed, held, now);
    };
    work->caldav = std::make_unique<CaldavAdapter>(caldav, home, pair.collection, properties,
                                                   pass.context.config.caldav.connections, stop);
    const PairWork* key = work.get();
    const auto tell = [&, key](std::uint64_t done, std::uint64_t known, std::uint64_t written, std::uint64_t failed) {
      parts[key] = PassNumbers{done, known, written, failed};
      PassNumbers sum;
      for (const auto& [unused, part] : parts)
        sum.done += part.done, sum.known += part.known, sum.written += part.written, sum.failed += part.failed;
      if (progress) progress(sum);
    };
    work->pass = std::make_unique<sync::PairPass>(pass.store, *work->exchange, *work->caldav, *pass.context.clock, pair,
                                                  std::move(options), tell, stop);
    works.push_back(std::move(work));
  }
  if (order.scope == PassScope::open_writes) {
    for (const auto& work : works) {
      work->pass->end_open_writes();
      if (auto error = work->pass->report().error) return std::move(*error);
    }
    return {};
  }
  for (const auto& work : works) work->pass->upserts();
  for (const auto& work : works)
    if (result.zone.empty()) result.zone = work->exchange->zone();
  for (const auto& work : works) {
    // A series that another folder of this mailbox holds now has moved there: its delete here is no loss.
    const auto elsewhere = [&](const Uid& uid) {
      return std::any_of(works.begin(), works.end(),
                         [&](const auto& other) { return other != work && other->pass->holds(uid); });
    };
    work->pass->deletes(elsewhere);
    result.pairs.push_back({work->pair, work->pass->report()});
    if (auto& error = result.pairs.back().report.error) error = with_remedy(std::move(*error));
  }
  result.parked = waiting(pass.store, order.entry.address,
                          order.dry_run && !works.empty() ? &works.front()->pass->report() : nullptr);
  for (const auto& work : works)
    if (work->pass->report().error) return *work->pass->report().error;
  return {};
}

}  // namespace

config::MailboxEntry entry_of(const store::Mailbox& row) {
  config::MailboxEntry entry;
  entry.address = row.address;
  entry.caldav_user = row.caldav_user;
  entry.aliases = row.aliases;
  entry.kind = row.kind;
  entry.zone = row.zone;
  return entry;
}

sync::Policy policy_of(const config::Config& config, const config::MailboxEntry& entry, sync::Occasion occasion) {
  static const auto zones = ical::system_zone_book();
  sync::Policy policy;
  policy.occasion = occasion;
  policy.one_way = occasion != sync::Occasion::subscribe;
  policy.conflict = conflict_policy(config.sync.conflict);
  policy.zones = zones.get();
  policy.mailbox_kind = entry.kind == "room" ? sync::MailboxKind::room : sync::MailboxKind::user;
  policy.mailbox = entry.address;
  for (const auto& alias : entry.aliases) policy.aliases.emplace_back(alias);
  return policy;
}

sync::PassOptions pass_options(const PassContext& pass, const MailboxOrder& order) {
  const config::Config& config = pass.context.config;
  sync::PassOptions options;
  options.policy = policy_of(config, order.entry, order.occasion);
  if (order.tells_people) options.policy.scheduling = scheduling_of(config.sync.scheduling);
  options.journal = order.tells_people && config.notify.any_channel();
  options.limits.max_delete_percent = config.sync.max_delete_percent;
  options.limits.max_delete_count = config.sync.max_delete_count;
  options.run = pass.run;
  options.observe = order.observe;
  options.audit = order.audit;
  options.dry_run = order.dry_run;
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

Result<std::vector<store::Pair>> pairs_of(const PassContext& pass, const MailboxOrder& order, ews::Client& exchange,
                                          const Href& home) {
  const bool all = order.all_calendars || pass.context.config.sync.calendars == config::Calendars::all;
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
  if (!order.dry_run && !batch.pairs.empty()) CARAVAN_CHECK(pass.store.commit(batch));
  if (all) {
    // The names as they are now, for follow_rename().
    for (auto& pair : out)
      for (const auto& folder : folders)
        if (folder.id == pair.folder && folder.name != pair.folder_name) pair.state = "renamed:" + folder.name;
  }
  return out;
}

MailboxDone pass_mailbox(const PassContext& pass, const MailboxOrder& given, const PassSink& progress,
                         std::stop_token stop) {
  MailboxDone result;
  MailboxOrder order = given;
  LeaseKeeper leases(pass.context, pass.store, stop);
  const auto work = [&]() -> Status {
    CARAVAN_TRY(paused, is_paused(pass.store, order.entry.address));
    if (paused && order.scope == PassScope::everything)
      return make_error(Fault::denied, "The mailbox " + order.entry.address.value + " is paused.", "paused",
                        "`exodus-cli resume " + order.entry.address.value + "` takes it up again.");
    CARAVAN_TRY(exchange, pass.sides.exchange(order.entry));
    CARAVAN_TRY(caldav, pass.sides.caldav(order.entry, leases.token()));
    CARAVAN_TRY(home, pass.sides.home(order.entry, caldav, leases.token()));
    CARAVAN_TRY(known, pass.store.mailbox(order.entry.address));
    if (known && order.entry.zone.empty()) order.entry.zone = known->zone;  // learnt before: it never changes by itself
    if (!order.dry_run) {
      if (!known) {
        store::Batch batch;
        store::Mailbox row;
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
        if (!order.dry_run) follow_rename(pass, caldav, pair, name);
      }
      apply_window(pair, order);
    }
    return run_pairs(pass, order, exchange, caldav, home.path, std::move(pairs), progress, leases, result);
  };
  Status status = work();
  if (!status && leases.lost())
    status = make_error(Fault::retry_later, "The lease of a calendar was lost to another process.", "stale_lease",
                        "Run this again; what was written is known.");
  if (!status) result.error = with_remedy(std::move(status).error());
  if (order.scope == PassScope::open_writes) return result;
  if (order.dry_run) return result;
  remember_mailbox(pass, order, result);
  if (!result.error && order.subscribes) {
    if (auto enlisted = enlist(pass, order, result); !enlisted) result.error = with_remedy(std::move(enlisted).error());
  }
  return result;
}

}  // namespace caravan::app
