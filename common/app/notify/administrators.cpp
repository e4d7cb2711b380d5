// SPDX-License-Identifier: GPL-3.0-or-later
// What waits for an administrator, told once: one message for all that came since the last look, never one for each.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/live/attention.hpp"
#include "app/notify/teller.hpp"
#include "util/text.hpp"

namespace caravan::app {
namespace {

constexpr std::chrono::minutes kRound{1};

/// Something that waits, since when, and whose it is.
struct Waiting {
  Instant since{};
  std::string mailbox;
};

struct Topic {
  std::string name;
  std::string remedy;
  std::vector<Waiting> waiting;
};

Result<std::vector<Topic>> topics(store::Store& store, const Context& context) {
  std::vector<Topic> out;
  {
    Topic topic{"conflict", "`exodus-cli conflicts list` shows what each side changed.", {}};
    CARAVAN_TRY(rows, store.conflicts({}));
    for (const auto& row : rows)
      if (row.state == "open") topic.waiting.push_back({row.at, row.mailbox.value});
    out.push_back(std::move(topic));
  }
  {
    Topic topic{"parked", "`exodus-cli parked list` shows what could not be brought, and why.", {}};
    CARAVAN_TRY(rows, store.parked({}));
    for (const auto& row : rows)
      if (!row.accepted) topic.waiting.push_back({row.first_seen, row.mailbox.value});
    out.push_back(std::move(topic));
  }
  {
    Topic topic{"brake", "`exodus-cli approve` shows the plans of deletes that were stopped, and lets them go.", {}};
    CARAVAN_TRY(rows, store.plans({}));
    for (const auto& row : rows)
      if (row.state == "waiting") topic.waiting.push_back({row.created, row.mailbox.value});
    out.push_back(std::move(topic));
  }
  const Instant now = context.clock->now();
  {
    Topic topic{"stale", "`exodus-cli status` says what is wrong with them.", {}};
    CARAVAN_TRY(rows, store.mailboxes());
    for (const auto& row : rows)
      if (row.state == "subscribed" && row.last_success && now - *row.last_success > context.config.notify.stale_after)
        topic.waiting.push_back({*row.last_success + context.config.notify.stale_after, row.address.value});
    out.push_back(std::move(topic));
  }
  {
    Topic topic{"subscription", "`exodus-cli doctor` tries whether Exchange can call back.", {}};
    const auto silence = longest_silence(context.config);
    CARAVAN_TRY(rows, store.live().silent_subscriptions(silence));
    for (const auto& row : rows) {
      const auto since = std::chrono::duration_cast<std::chrono::seconds>(row.heard_ago - silence);
      topic.waiting.push_back({now - since, row.mailbox.value});
    }
    out.push_back(std::move(topic));
  }
  return out;
}

}  // namespace

/// A setting for each topic says up to which moment it was told.
Status Teller::tell_administrators(store::Store& store) {
  const Instant now = context_.clock->now();
  if (context_.config.notify.admins.empty() || now - told_administrators_ < kRound) return {};
  CARAVAN_TRY(all, topics(store, context_));
  for (const auto& topic : all) {
    const std::string setting = "notify.told." + topic.name;
    CARAVAN_TRY(known, store.setting(setting));
    Instant told{};
    if (!known.empty()) (void)parse_rfc3339(known, told);
    std::set<std::string> mailboxes;
    std::uint64_t count = 0;
    for (const auto& each : topic.waiting) {
      if (each.since <= told || each.since > now) continue;
      ++count;
      mailboxes.insert(each.mailbox);
    }
    if (count == 0) continue;
    notify::Telling telling;
    telling.kind = notify::Kind::admin;
    telling.topic = topic.name;
    telling.count = count;
    constexpr std::size_t kNamed = 10;
    std::vector<std::string> named(mailboxes.begin(), mailboxes.end());
    if (named.size() > kNamed) {
      named.resize(kNamed);
      named.emplace_back("...");
    }
    telling.detail = text::join(named, ", ") + "\n" + topic.remedy;
    std::vector<store::OutboxMessage> messages;
    for (const auto& address : context_.config.notify.admins) {
      CARAVAN_TRY(person, people_.administrator(store, Address(address)));
      telling.mailbox = person.reader.address;
      add_messages(people_, person, telling, "a:" + topic.name + ":" + address + ":" + known, now, now, {}, messages);
    }
    CARAVAN_CHECK(store.notify().add_messages(messages));
    CARAVAN_CHECK(store.set_setting(setting, to_rfc3339(now)));
  }
  told_administrators_ = now;
  return {};
}

}  // namespace caravan::app
