// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notify/teller.hpp"

#include <nlohmann/json.hpp>

#include "app/notify/journal.hpp"
#include "app/notify/replan.hpp"
#include "app/notify/status_keeper.hpp"
#include "ical/zone_book.hpp"
#include "log/log.hpp"
#include "notify/agenda.hpp"

namespace caravan::app {
namespace {

using notify::DueMoment;
using notify::Kind;

constexpr std::size_t kRows = 200;
constexpr std::chrono::minutes kMailboxRound{1};
const std::vector<std::string> kSeriesAlerts = {"reminder", "starting", kStatusChannel};

const model::ZoneBook& zones() { return *ical::system_zone_book(); }

std::string number(Instant instant) { return std::to_string(instant.time_since_epoch().count()); }

std::string payload_of(const DueMoment& moment) {
  return nlohmann::json{{"start", moment.start.time_since_epoch().count()},
                        {"end", moment.end.time_since_epoch().count()}}
      .dump();
}

DueMoment moment_of(const store::Alert& alert) {
  DueMoment moment;
  moment.what = alert.kind == "reminder" ? DueMoment::What::reminder : DueMoment::What::starting;
  moment.occurrence = alert.occurrence;
  moment.due = alert.due;
  const auto json = nlohmann::json::parse(alert.payload, nullptr, false);
  if (json.is_object()) {
    moment.start = Instant(std::chrono::seconds(json.value("start", std::int64_t{0})));
    moment.end = Instant(std::chrono::seconds(json.value("end", std::int64_t{0})));
  }
  return moment;
}

/// What is delivered in order. A reminder must not wait behind a change that waits for the morning, or can't be sent.
std::string thread_of(const notify::Telling& telling) {
  if (telling.kind == Kind::reminder || telling.kind == Kind::starting) return "alert:" + telling.uid.value;
  if (!telling.uid.empty()) return telling.uid.value;
  return telling.kind == Kind::admin ? "admin:" + telling.topic : "digest";
}

store::Alert mailbox_alert(const Address& mailbox, std::string kind, Instant due) {
  store::Alert alert;
  alert.mailbox = mailbox;
  alert.kind = std::move(kind);
  alert.due = due;
  return alert;
}

/// The person's alerts of these two kinds, as they come next after `after`.
std::vector<store::Alert> digests_after(const Person& person, Instant after) {
  std::vector<store::Alert> out;
  const auto& wants = person.preferences;
  if (wants.daily)
    out.push_back(mailbox_alert(person.reader.address, "daily",
                                notify::next_at(wants, *wants.daily, std::nullopt, after, zones())));
  if (wants.weekly)
    out.push_back(mailbox_alert(person.reader.address, "weekly",
                                notify::next_at(wants, *wants.weekly, wants.weekly_day, after, zones())));
  return out;
}

}  // namespace

bool Teller::shows_status(const Person& person) const {
  return people_.channels().contains(notify::ChannelKind::chat) && person.preferences.chat_status;
}

Result<std::size_t> Teller::round(store::Store& store) {
  if (people_.channels().empty()) return std::size_t{0};
  // What is due comes before what changed: a plan made anew holds nothing of the past.
  CARAVAN_TRY(fired, fire_alerts(store));
  CARAVAN_CHECK(plan_new_mailboxes(store));
  CARAVAN_TRY(planned, plan_changed(store));
  CARAVAN_TRY(closed, close_windows(store));
  CARAVAN_CHECK(tell_administrators(store));
  return fired + planned + closed;
}

void add_messages(const People& people, const Person& person, const notify::Telling& telling, const std::string& key,
                  Instant now, Instant due, std::optional<Instant> expires,
                  std::vector<store::OutboxMessage>& messages) {
  for (const auto channel : people.channels_for(person, telling.kind)) {
    store::OutboxMessage message;
    message.channel = notify::to_string(channel);
    message.key = key + ":" + message.channel;
    message.mailbox = person.reader.address;
    message.thread = thread_of(telling);
    message.kind = notify::to_string(telling.kind);
    message.payload = notify::to_json(telling);
    message.due = due;
    message.expires = expires;
    message.created = now;
    messages.push_back(std::move(message));
  }
}

// ---- what changed ---------------------------------------------------------------------------------------------------

Result<std::size_t> Teller::close_windows(store::Store& store) {
  const Instant now = context_.clock->now();
  CARAVAN_TRY(windows, store.notify().due_windows(now - context_.config.notify.window, kRows));
  for (const auto& window : windows) {
    std::vector<store::OutboxMessage> messages;
    CARAVAN_TRY(person, people_.find(store, window.mailbox));
    if (person) {
      const auto steps = steps_of(window);
      for (const auto& step : steps)
        if (person->reader.name.empty() && (step.after || step.before))
          person->reader.name = name_in(step.after ? *step.after : *step.before, person->reader);
      const auto told = notify::replay(steps, person->reader, zones());
      // The first entry's number alone could come again, from a backup.
      const std::string key = "w:" + window.mailbox.value + ":" + std::to_string(window.entries.front().id) + ":" +
                              number(window.entries.front().at);
      const Instant due = notify::after_quiet(person->preferences, now, zones());
      for (auto& telling : notify::differences(told, person->reader, zones(), now)) {
        telling.mailbox = window.mailbox;
        add_messages(people_, *person, telling,
                     key + ":" + telling.occurrence + ":" + std::string(notify::to_string(telling.kind)), now, due, {},
                     messages);
      }
    }
    std::vector<std::int64_t> entries;
    for (const auto& entry : window.entries) entries.push_back(entry.id);
    CARAVAN_CHECK(store.notify().close_window(entries, messages));
  }
  return windows.size();
}

// ---- what the clock brings ------------------------------------------------------------------------------------------

Status Teller::plan_series(store::Store& store, const Person& person, const Uid& uid, std::int64_t through,
                           Instant from, Instant until) const {
  CARAVAN_TRY(copies, store.notify().agreed_of(person.reader.address, uid));
  std::vector<store::Alert> alerts;
  if (const auto series = series_of(copies)) {
    for (const auto& moment : notify::moments(*series, person.reader, person.preferences, zones(), from, until)) {
      store::Alert alert;
      alert.mailbox = person.reader.address;
      alert.pair = copies.front().pair;
      alert.uid = uid;
      alert.occurrence = moment.occurrence;
      alert.payload = payload_of(moment);
      alert.due = moment.due;
      if (moment.what != DueMoment::What::ended) {
        alert.kind = moment.what == DueMoment::What::reminder ? "reminder" : "starting";
        alerts.push_back(alert);
      }
      if (moment.what != DueMoment::What::reminder && shows_status(person)) {
        alert.kind = kStatusChannel;
        alerts.push_back(std::move(alert));
      }
    }
  }
  return store.notify().plan_alerts(person.reader.address, uid, through, kSeriesAlerts, alerts);
}

/// Everything of the mailbox that is due in [from, now + kAlertHorizon).
Status Teller::plan_mailbox(store::Store& store, const Person& person, Instant from) const {
  const Instant now = context_.clock->now();
  const Instant until = now + kAlertHorizon;
  Uid after;
  for (;;) {
    CARAVAN_TRY(page, store.notify().agreed(person.reader.address, from, until + kLongestAlarm, after, kRows));
    for (const auto& each : page) CARAVAN_CHECK(plan_series(store, person, each.uid, 0, from, until));
    if (page.size() < kRows) break;
    after = page.back().uid;
  }
  auto alerts = digests_after(person, from - std::chrono::seconds(1));
  alerts.push_back(mailbox_alert(person.reader.address, "plan", now + kAlertHorizon / 2));
  return store.notify().plan_alerts(person.reader.address, {}, 0, kMailboxAlerts, alerts);
}

Status Teller::plan_new_mailboxes(store::Store& store) {
  const Instant now = context_.clock->now();
  if (now - looked_for_mailboxes_ < kMailboxRound) return {};
  CARAVAN_TRY(mailboxes, store.mailboxes());
  for (const auto& mailbox : mailboxes) {
    if (mailbox.state != "subscribed" || planned_.contains(mailbox.address)) continue;
    CARAVAN_TRY(has_plan, store.notify().has_alert(mailbox.address, "plan"));
    if (!has_plan) {
      CARAVAN_TRY(person, people_.find(store, mailbox.address));
      if (person) CARAVAN_CHECK(plan_mailbox(store, *person, now));
    }
    planned_.insert(mailbox.address);
  }
  looked_for_mailboxes_ = now;
  return {};
}

Result<std::size_t> Teller::plan_changed(store::Store& store) {
  CARAVAN_TRY(changed, store.notify().unplanned(kRows));
  const Instant until = context_.clock->now() + kAlertHorizon;
  for (const auto& entry : changed) {
    CARAVAN_TRY(person, people_.find(store, entry.mailbox));
    if (person) {
      // A meeting that runs may have been called off or moved: its end is not planned any more.
      CARAVAN_TRY(status, store.setting(kStatusSetting + entry.mailbox.value));
      if (!status.empty()) {
        const std::string key = "s:" + entry.mailbox.value + ":" + std::to_string(entry.id) + ":" + number(entry.at);
        CARAVAN_CHECK(store.notify().add_messages({status_message(entry.mailbox, key, context_.clock->now())}));
      }
      CARAVAN_CHECK(plan_series(store, *person, entry.uid, entry.id, entry.at, until));
    } else {
      CARAVAN_CHECK(store.notify().plan_alerts(entry.mailbox, entry.uid, entry.id, kSeriesAlerts, {}));
    }
  }
  return changed.size();
}

Status Teller::tell_moment(store::Store& store, const Person& person, const store::Alert& alert,
                           std::vector<store::OutboxMessage>& messages) const {
  CARAVAN_TRY(copies, store.notify().agreed_of(alert.mailbox, alert.uid));
  const auto series = series_of(copies);
  if (!series) return {};
  const DueMoment moment = moment_of(alert);
  auto telling = notify::tell(moment, *series, person.reader, person.preferences, zones());
  if (!telling) return {};
  telling->mailbox = alert.mailbox;
  // A reminder after its event began is none, nor is news of a start when it is long past.
  const Instant expires = moment.what == DueMoment::What::reminder
                              ? std::max(moment.start, alert.due + std::chrono::minutes(1))
                              : moment.start + std::chrono::minutes(10);
  add_messages(people_, person, *telling,
               "r:" + alert.mailbox.value + ":" + alert.uid.value + ":" + alert.occurrence + ":" +
                   number(moment.start) + ":" + alert.kind +
                   (alert.kind == "reminder" ? number(alert.due) : std::string()),
               context_.clock->now(), alert.due, expires, messages);
  return {};
}

Result<std::vector<store::Alert>> Teller::digest(store::Store& store, const Person& person, const store::Alert& alert,
                                                 std::vector<store::OutboxMessage>& messages) const {
  const bool weekly = alert.kind == "weekly";
  model::EventTime day = model::in_zone(zones(), person.preferences.zone, alert.due);
  model::LocalTime midnight = day.wall;
  midnight.hour = midnight.minute = midnight.second = 0;
  const auto days = [&](int count) {
    const auto wall = model::from_seconds(model::to_seconds(midnight) + std::int64_t{86'400} * count);
    return model::at_wall(zones(), person.preferences.zone, wall).instant();
  };
  const Instant from = days(0), until = days(weekly ? 7 : 1);
  CARAVAN_TRY(entries, agenda(store, person, from, until));
  if (!entries.empty()) {
    notify::Telling telling;
    telling.kind = weekly ? Kind::weekly : Kind::daily;
    telling.mailbox = alert.mailbox;
    day.wall = midnight;
    day.kind = model::TimeKind::date;
    day.zone.clear();
    day.utc_offset = 0;
    telling.day = day;
    for (auto& entry : entries) telling.agenda.push_back(std::move(entry.line));
    add_messages(people_, person, telling, "d:" + alert.kind + ":" + alert.mailbox.value + ":" + model::to_string(day),
                 context_.clock->now(), alert.due, days(1), messages);
  }
  auto next = digests_after(person, alert.due);
  std::erase_if(next, [&](const store::Alert& each) { return each.kind != alert.kind; });
  return next;
}

Result<bool> Teller::fire(store::Store& store, const store::Alert& alert) {
  std::vector<store::OutboxMessage> messages;
  std::vector<store::Alert> next;
  CARAVAN_TRY(person, people_.find(store, alert.mailbox));
  if (person && alert.kind == "plan") {
    CARAVAN_CHECK(plan_mailbox(store, *person, alert.due));  // a new plan takes the place of this alert
    return true;
  }
  if (person && (alert.kind == "daily" || alert.kind == "weekly")) {
    CARAVAN_TRY(following, digest(store, *person, alert, messages));
    next = std::move(following);
  } else if (person && alert.kind == kStatusChannel) {
    messages.push_back(status_message(alert.mailbox, "s:" + alert.mailbox.value + ":" + number(alert.due), alert.due));
  } else if (person) {
    CARAVAN_CHECK(tell_moment(store, *person, alert, messages));
  }
  return store.notify().fire_alert(alert.id, messages, next);
}

Result<std::size_t> Teller::fire_alerts(store::Store& store) {
  CARAVAN_TRY(due, store.notify().due_alerts(context_.clock->now(), kRows));
  for (const auto& alert : due) CARAVAN_CHECK(fire(store, alert));
  return due.size();
}

Result<std::vector<notify::Entry>> agenda(store::Store& store, const Person& person, Instant from, Instant until) {
  std::vector<notify::Entry> out;
  Uid after;
  for (;;) {
    CARAVAN_TRY(page, store.notify().agreed(person.reader.address, from, until, after, kRows));
    for (const auto& each : page) {
      const auto series = series_of({each});
      if (!series) continue;
      auto entries = notify::entries(*series, person.reader, person.preferences, zones(), from, until);
      std::move(entries.begin(), entries.end(), std::back_inserter(out));
    }
    if (page.size() < kRows) break;
    after = page.back().uid;
  }
  notify::sort_entries(out);
  return out;
}

}  // namespace caravan::app
