// SPDX-License-Identifier: GPL-3.0-or-later
#include "gobi/service.hpp"

#include <algorithm>

#include "ews/notification.hpp"
#include "log/log.hpp"

namespace caravan::gobi {
namespace {

constexpr std::chrono::milliseconds kGrace{3'000};
/// Exchange keeps a connection for each mailbox server, and a hook opens one for each write.
constexpr std::size_t kConnections = 1024;

/// The marks of receiver.hpp; a hint that came also says that hints come.
Marks marks_of(const app::Context& context, app::Attention& attention) {
  Marks marks = marks_into(context.open_store);
  const auto store = std::make_shared<std::unique_ptr<store::Store>>();
  marks.hint_user = [mark = std::move(marks.hint_user), store, open = context.open_store,
                     &attention](const std::string& user) -> Result<std::size_t> {
    CARAVAN_TRY(marked, mark(user));
    if (!*store) {
      CARAVAN_TRY(opened, open());
      *store = std::move(opened);
    }
    CARAVAN_CHECK(attention.hint_heard(**store));
    return marked;
  };
  return marks;
}

Result<std::unique_ptr<http::Server>> listen_on(const std::string& address, const std::string& key,
                                                std::vector<http::Route> routes) {
  CARAVAN_TRY(listen, config::parse_listen(address));
  http::ServerOptions options;
  options.host = listen.host;
  options.port = listen.port;
  options.limits.connections = kConnections;
  options.report = [](const Error& error) { log::failure(log::Level::error, "receiver_failed", error); };
  auto server = http::Server::start(std::move(options), std::move(routes));
  if (!server) {
    Error error = std::move(server).error();
    error.remedy = "End what has that port, or set " + key + " to an address that is free.";
    return error;
  }
  log::info("listening", {{"key", key}, {"address", address}});
  return std::move(*server);
}

}  // namespace

std::string callback_path(const std::string& url) {
  const auto scheme = url.find("://");
  const auto begin = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  std::string path = begin == std::string::npos ? std::string() : url.substr(begin);
  while (path.ends_with('/')) path.pop_back();
  return path;
}

Said read_callback(std::string_view body) {
  const auto messages = ews::parse_callback(body);
  if (!messages) return Said::news;
  if (std::any_of(messages->begin(), messages->end(), [](const auto& each) { return each.error.has_value(); }))
    return Said::ended;
  const bool news =
      std::any_of(messages->begin(), messages->end(), [](const auto& each) { return each.notification.has_news(); });
  return news ? Said::news : Said::alive;
}

Result<std::unique_ptr<Service>> Service::start(const app::Context& context, app::Attention& attention, Takes takes) {
  const config::Config& config = context.config;
  std::unique_ptr<Service> out(new Service);
  ReceiverOptions options;
  options.callback_path = callback_path(config.exchange.callback_url);
  options.hint_secret = config.cexsy.hint_secret;
  options.service_user = config.caldav.username;
  options.read = read_callback;
  out->receiver_ = std::make_unique<Receiver>(std::move(options), marks_of(context, attention));
  takes.callbacks = takes.callbacks && !config.exchange.callback_url.empty();
  takes.hints = takes.hints && !config.cexsy.hint_listen.empty();
  std::vector<http::Route> callbacks, hints;
  if (takes.callbacks) callbacks = out->receiver_->callback_routes();
  if (takes.hints) hints = out->receiver_->hint_routes();
  if (takes.callbacks && takes.hints && config.cexsy.hint_listen == config.gobi.listen)
    std::move(hints.begin(), hints.end(), std::back_inserter(callbacks)), hints.clear();
  if (!callbacks.empty()) {
    CARAVAN_TRY(server, listen_on(config.gobi.listen, "gobi.listen", std::move(callbacks)));
    out->servers_.push_back(std::move(server));
  }
  if (!hints.empty()) {
    CARAVAN_TRY(server, listen_on(config.cexsy.hint_listen, "cexsy.hint_listen", std::move(hints)));
    out->servers_.push_back(std::move(server));
  }
  CARAVAN_TRY(store, context.open_store());
  if (takes.callbacks) CARAVAN_CHECK(store->live().look_at_all(Side::exchange));
  if (takes.hints) CARAVAN_CHECK(store->live().look_at_all(Side::caldav));
  return out;
}

Service::~Service() {
  for (auto& server : servers_) server->stop(kGrace);
  if (receiver_) receiver_->stop();
}

}  // namespace caravan::gobi
