// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notify/service.hpp"

#include <list>
#include <thread>
#include <vector>

#include "app/notify/chat_desk.hpp"
#include "app/notify/deliverer.hpp"
#include "app/notify/rounds.hpp"
#include "app/notify/status_keeper.hpp"
#include "app/notify/teller.hpp"
#include "app/pass/holder.hpp"
#include "log/log.hpp"
#include "notify/channels/mail.hpp"
#include "notify/channels/mattermost.hpp"
#include "notify/channels/webhook.hpp"
#include "store/notify_store.hpp"
#include "util/digest.hpp"

namespace caravan::app {
namespace {

/// A conversation with a mail server or a chat is mostly waiting.
constexpr int kDeliverersPerChannel = 4;
constexpr std::chrono::milliseconds kPause{1'000};
constexpr std::chrono::seconds kLease{15};
constexpr const char* kActionsKey = "notify.actions_key";

/// The key of the buttons' contexts: made once, the same for every process on this store.
Result<Secret> actions_key(store::Store& store) {
  CARAVAN_TRY(known, store.setting(kActionsKey));
  if (known.empty()) {
    CARAVAN_CHECK(store.set_setting(kActionsKey, random_hex(32)));
    CARAVAN_TRY(made, store.setting(kActionsKey));
    known = std::move(made);
  }
  return Secret(known);
}

notify::MattermostServer chat_server(const config::Notify& config) {
  notify::MattermostServer server;
  server.url = config.chat_url;
  server.token = config.chat_token;
  server.ca_file = config.chat_ca_file;
  return server;
}

std::unique_ptr<notify::Channel> channel_of(notify::ChannelKind kind, const Context& context, const Secret& signing_key,
                                            const std::stop_token& stop) {
  const config::Notify& config = context.config.notify;
  switch (kind) {
    case notify::ChannelKind::mail: {
      notify::MailOptions options;
      options.server.url = config.mail_url;
      options.server.username = config.mail_username;
      options.server.password = config.mail_password;
      options.server.ca_file = config.mail_ca_file;
      if (config.mail_allow_plain) options.server.require_tls = false;
      options.from = config.mail_from;
      return notify::mail_channel(std::move(options), stop);
    }
    case notify::ChannelKind::chat: {
      notify::MattermostOptions options;
      options.server = chat_server(config);
      if (!config.chat_actions_url.empty()) options.actions_url = config.chat_actions_url + "/press";
      options.signing_key = signing_key;
      return notify::mattermost_channel(std::move(options), context.clock, stop);
    }
    case notify::ChannelKind::webhook: {
      notify::WebhookOptions options;
      options.url = config.webhook_url;
      options.key = config.webhook_secret;
      options.ca_file = config.webhook_ca_file;
      return notify::webhook_channel(std::move(options), context.clock, stop);
    }
  }
  return nullptr;
}

/// The Teller's rounds, as long as this process is the one that makes them.
void tell(const Context& context, const People& people, const std::stop_token& stop) {
  Teller teller(context, people);
  std::optional<store::Lease> lease;
  const auto round = [&](store::Store& store) -> Result<std::size_t> {
    if (lease) {
      CARAVAN_TRY(still, store.renew_lease(*lease, kLease));
      if (!still) lease.reset();
    }
    if (!lease) {
      CARAVAN_TRY(taken, take_lease(store, kTellersLease, kLease));
      lease = std::move(taken);
    }
    if (!lease) return std::size_t{0};
    return teller.round(store);
  };
  keep_looking(context, "teller", kPause, round, stop);
  if (!lease) return;
  if (auto store = context.open_store()) (void)(*store)->release_lease(*lease);
}

}  // namespace

Status serve_notifications(const Context& context, std::stop_token stop) {
  CARAVAN_TRY(people, People::from(context.config));
  CARAVAN_TRY(store, context.open_store());
  CARAVAN_TRY(signing_key, actions_key(*store));
  Sides sides(context.config, context.clock, context.sleeper);
  const bool chats = people.channels().contains(notify::ChannelKind::chat);
  std::unique_ptr<ChatDesk> desk;
  const notify::MattermostServer chat = chat_server(context.config.notify);
  if (chats && (!context.config.notify.chat_actions_url.empty() || !context.config.notify.chat_command_token.empty())) {
    CARAVAN_TRY(started, ChatDesk::start(context, people, sides, chat, signing_key, stop));
    desk = std::move(started);
  }
  std::map<notify::ChannelKind, Breaker> breakers;
  std::list<Deliverer> deliverers;
  StatusKeeper status(context, people,
                      chats ? std::make_unique<notify::MattermostApi>(chat, context.clock, stop) : nullptr);
  {
    std::vector<std::jthread> threads;
    for (const auto kind : people.channels()) {
      for (int i = 0; i < kDeliverersPerChannel; ++i) {
        auto& deliverer =
            deliverers.emplace_back(context, people, channel_of(kind, context, signing_key, stop), breakers[kind]);
        threads.emplace_back([&deliverer, stop] { deliverer.run(stop); });
      }
    }
    if (chats) {
      threads.emplace_back([&] { status.run(stop); });
      threads.emplace_back([&] { read_chat(context, people, sides, chat, stop); });
    }
    tell(context, people, stop);
  }
  desk.reset();
  (void)store->notify().drop_message_claims(holder_name());
  return {};
}

}  // namespace caravan::app
