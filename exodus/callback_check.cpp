// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/callback_check.hpp"

#include <algorithm>
#include <atomic>
#include <functional>

#include "app/pass/holder.hpp"
#include "ews/subscriptions.hpp"
#include "http/server.hpp"
#include "store/live_store.hpp"
#include "util/digest.hpp"

namespace caravan::exodus {
namespace {

constexpr std::chrono::milliseconds kLook{50};

/// Somebody who hears the call, and how it is asked whether it came.
struct Ear {
  std::string url;
  std::function<Result<bool>()> heard;
  std::function<void()> end;
};

std::string url_of(const config::Config& config, const std::string& secret) {
  std::string url = config.exchange.callback_url;
  while (url.ends_with('/')) url.pop_back();
  return url + "/" + secret;
}

/// The receiver that runs notes in the store that it was called. The row is of a kind of its own: nobody takes it for
/// the mailbox's subscription.
Result<Ear> running_receiver(const app::Context& context, const Address& mailbox) {
  CARAVAN_TRY(opened, context.open_store());
  const std::shared_ptr<store::Store> store = std::move(opened);
  const std::string secret = random_hex(16);
  store::Subscription row;
  row.token = sha256(secret);
  row.mailbox = mailbox;
  row.kind = "doctor";
  CARAVAN_CHECK(store->live().add_subscription(row));
  Ear ear;
  ear.url = url_of(context.config, secret);
  ear.heard = [store, mailbox, token = row.token]() -> Result<bool> {
    CARAVAN_TRY(rows, store->live().subscriptions(mailbox));
    return std::any_of(rows.begin(), rows.end(),
                       [&](const auto& each) { return each.token == token && each.heard_ago < each.created_ago; });
  };
  ear.end = [store, token = row.token] { (void)store->live().retire_subscription(token); };
  return ear;
}

/// Nobody runs: a server of our own, which answers its one call with "Unsubscribe".
Result<Ear> own_receiver(const app::Context& context) {
  CARAVAN_TRY(listen, config::parse_listen(context.config.gobi.listen));
  const std::string secret = random_hex(16);
  const auto came = std::make_shared<std::atomic<bool>>(false);
  http::ServerOptions options;
  options.host = listen.host;
  options.port = listen.port;
  // Whatever path a proxy makes of it: the secret is what counts.
  const auto take = [came, secret](http::IncomingRequest request, http::Reply reply) {
    if (!request.path.ends_with("/" + secret)) return reply.send({404, "", "", {}});
    *came = true;
    reply.send({200, "text/xml; charset=utf-8", ews::callback_answer(ews::CallbackAnswer::unsubscribe), {}});
  };
  auto started = http::Server::start(std::move(options), {{"POST", "/", take}});
  if (!started) {
    Error error = std::move(started).error();
    error.remedy = "Start the receiver (`caravan` or `gobi`), or set gobi.listen to an address that is free.";
    return error;
  }
  const std::shared_ptr<http::Server> server = std::move(*started);
  Ear ear;
  ear.url = url_of(context.config, secret);
  ear.heard = [came]() -> Result<bool> { return came->load(); };
  ear.end = [server] { server->stop(std::chrono::seconds(1)); };
  return ear;
}

Result<bool> receiver_runs(const app::Context& context) {
  CARAVAN_TRY(store, context.open_store());
  CARAVAN_TRY(beats, store->heartbeats(app::kHeartbeatStale));
  return std::any_of(beats.begin(), beats.end(), [](const auto& beat) {
    return (beat.role == "gobi" || beat.role == "caravan") && !app::is_dead_process(beat.holder);
  });
}

Error no_callback(const app::Context& context, std::chrono::milliseconds patience) {
  return make_error(
      Fault::denied,
      "Exchange subscribed, and its first call did not arrive at " + context.config.exchange.callback_url + " within " +
          std::to_string(patience.count() / 1000) + " s.",
      "no_callback",
      "Exchange itself must reach that URL: look at the name's resolution there, the firewall, the proxy that passes "
      "it on "
      "to gobi.listen (" +
          context.config.gobi.listen +
          ") and, with https, whether Exchange trusts the certificate. Until then live sync uses streams or polling.");
}

}  // namespace

Result<std::chrono::milliseconds> prove_callback(const app::Context& context, app::Sides& sides,
                                                 const config::MailboxEntry& entry, const std::stop_token& stop,
                                                 std::chrono::milliseconds patience) {
  CARAVAN_TRY(client, sides.exchange(entry));
  const ews::Mailbox mailbox = sides.mailbox(entry);
  CARAVAN_TRY(calendars, client.calendar_folders(mailbox, ews::FolderScope::default_only, stop));
  if (calendars.empty())
    return make_error(Fault::not_found, "The mailbox " + entry.address.value + " has no calendar.", "no_calendar");
  CARAVAN_TRY(runs, receiver_runs(context));
  CARAVAN_TRY(ear, runs ? running_receiver(context, entry.address) : own_receiver(context));
  const auto began = context.clock->monotonic();
  const auto prove = [&]() -> Result<std::chrono::milliseconds> {
    const std::vector<FolderId> folders{calendars.front().id};
    CARAVAN_CHECK(ews::subscribe_push(client, mailbox, folders, {ear.url, std::chrono::minutes(1), {}}, stop));
    while (true) {
      CARAVAN_TRY(heard, ear.heard());
      const auto took = context.clock->monotonic() - began;
      if (heard) return std::chrono::duration_cast<std::chrono::milliseconds>(took);
      if (took > patience) return no_callback(context, patience);
      if (!context.sleeper->sleep_for(kLook, stop)) return make_error(Fault::cancelled, "Stopped.");
    }
  };
  auto proven = prove();
  ear.end();
  return proven;
}

}  // namespace caravan::exodus
