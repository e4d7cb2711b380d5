// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/admin/store_view.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "store/live_store.hpp"

namespace caravan::app {
namespace {

using Json = nlohmann::ordered_json;

/// Programs that were heard of lately; the heartbeat is every 3 s.
constexpr std::chrono::seconds kLately{30};

double in_seconds(std::chrono::milliseconds duration) { return std::chrono::duration<double>(duration).count(); }

Json row_of(const store::Mailbox& mailbox, Instant now) {
  Json out{{"address", mailbox.address.value},
           {"state", mailbox.state},
           {"last_success", nullptr},
           {"lag_seconds", nullptr}};
  if (mailbox.last_success) {
    out["last_success"] = to_rfc3339(*mailbox.last_success);
    out["lag_seconds"] = (now - *mailbox.last_success).count();
  }
  out["error"] = mailbox.last_error;
  out["error_code"] = mailbox.last_error_code;
  return out;
}

Json live_of(const store::Backlog& backlog) {
  return {
      {"mailboxes", backlog.mailboxes},
      {"due", backlog.due},
      {"waiting", {{"exchange", backlog.exchange}, {"caldav", backlog.caldav}}},
      {"lag_seconds", {{"exchange", in_seconds(backlog.exchange_waits)}, {"caldav", in_seconds(backlog.caldav_waits)}}},
      {"subscriptions",
       {{"push", backlog.push},
        {"streaming", backlog.streaming},
        {"longest_silence_seconds", in_seconds(backlog.longest_silence)}}}};
}

}  // namespace

StoreView::StoreView(ProgramFacts facts, std::shared_ptr<Clock> clock,
                     std::function<Result<std::unique_ptr<store::Store>>()> open_store)
    : facts_(std::move(facts)), clock_(std::move(clock)), open_store_(std::move(open_store)) {}

Result<store::Store*> StoreView::store() {
  if (!store_) {
    CARAVAN_TRY(opened, open_store_());
    store_ = std::move(opened);
  }
  return store_.get();
}

Status StoreView::reach() {
  CARAVAN_TRY(store, this->store());
  CARAVAN_CHECK(store->schema_version());
  return {};
}

void StoreView::refresh(metrics::Registry& registry) {
  const auto opened = store();
  const bool reached = opened && refresh_from(registry, **opened);
  registry.set(metrics::kStoreReachable, reached ? 1 : 0);
}

Status StoreView::refresh_from(metrics::Registry& registry, store::Store& store) {
  CARAVAN_TRY(mailboxes, store.mailboxes());
  CARAVAN_TRY(backlog, store.live().backlog());
  CARAVAN_TRY(way, store.setting("live:way"));
  std::map<std::string, std::size_t> by_state{
      {"new", 0}, {"migrated", 0}, {"subscribed", 0}, {"suspended", 0}, {"failed", 0}};
  std::chrono::seconds oldest{0};
  for (const store::Mailbox& mailbox : mailboxes) {
    ++by_state[mailbox.state];
    if (mailbox.state == "subscribed" && mailbox.last_success)
      oldest = std::max(oldest, clock_->now() - *mailbox.last_success);
  }
  const auto number = [](std::size_t count) { return static_cast<double>(count); };
  for (const auto& [state, count] : by_state) registry.set(metrics::kMailboxes, number(count), {{"state", state}});
  registry.set(metrics::kOldestSuccess, in_seconds(oldest));
  registry.set(metrics::kLiveMailboxes, number(backlog.mailboxes));
  registry.set(metrics::kDueMailboxes, number(backlog.due));
  registry.set(metrics::kWaitingPairs, number(backlog.exchange), {{"side", "exchange"}});
  registry.set(metrics::kWaitingPairs, number(backlog.caldav), {{"side", "caldav"}});
  registry.set(metrics::kLag, in_seconds(backlog.exchange_waits), {{"side", "exchange"}});
  registry.set(metrics::kLag, in_seconds(backlog.caldav_waits), {{"side", "caldav"}});
  registry.set(metrics::kSubscriptions, number(backlog.push), {{"kind", "push"}});
  registry.set(metrics::kSubscriptions, number(backlog.streaming), {{"kind", "streaming"}});
  for (const char* each : {"push", "streaming", "poll"})
    registry.set(metrics::kWay, way == each ? 1 : 0, {{"way", each}});
  registry.set(metrics::kSilence, in_seconds(backlog.longest_silence));
  registry.set(metrics::kPending, number(backlog.pending));
  registry.set(metrics::kOpenIntents, number(backlog.open_intents));
  registry.set(metrics::kParked, number(backlog.parked));
  registry.set(metrics::kOpenConflicts, number(backlog.conflicts));
  registry.set(metrics::kStoppedPlans, number(backlog.stopped_plans));
  return {};
}

Result<std::string> StoreView::document() {
  CARAVAN_TRY(store, this->store());
  CARAVAN_TRY(schema, store->schema_version());
  CARAVAN_TRY(mailboxes, store->mailboxes());
  CARAVAN_TRY(backlog, store->live().backlog());
  CARAVAN_TRY(beats, store->heartbeats(kLately));
  CARAVAN_TRY(paused, store->setting("paused:all"));
  CARAVAN_TRY(way, store->setting("live:way"));
  CARAVAN_TRY(why, store->setting("live:way_why"));
  CARAVAN_TRY(since, store->setting("live:way_since"));
  const Instant now = clock_->now();
  Json out{{"program", facts_.name},
           {"version", facts_.version},
           {"holder", facts_.holder},
           {"started", to_rfc3339(facts_.started)},
           {"now", to_rfc3339(now)},
           {"schema", schema},
           {"paused", !paused.empty()},
           {"live", live_of(backlog)},
           {"notifications", {{"way", way}, {"why", why}, {"since", since}}},
           {"pending", backlog.pending},
           {"open_intents", backlog.open_intents},
           {"parked", backlog.parked},
           {"conflicts", backlog.conflicts},
           {"stopped_plans", backlog.stopped_plans},
           {"programs", Json::array()},
           {"mailboxes", Json::array()}};
  for (const store::Heartbeat& beat : beats)
    out["programs"].push_back({{"holder", beat.holder}, {"role", beat.role}, {"at", to_rfc3339(beat.at)}});
  for (const store::Mailbox& mailbox : mailboxes) out["mailboxes"].push_back(row_of(mailbox, now));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace caravan::app
