// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/adapters/sides.hpp"

#include <cstdlib>

#include "ical/zone_book.hpp"
#include "util/text.hpp"

namespace caravan::app {
namespace {

http::Auth auth_of(config::ExchangeAuth auth) noexcept {
  switch (auth) {
    case config::ExchangeAuth::basic:
      return http::Auth::basic;
    case config::ExchangeAuth::ntlm:
      return http::Auth::ntlm;
    case config::ExchangeAuth::negotiate:
      return http::Auth::negotiate;
    case config::ExchangeAuth::oauth2:
      return http::Auth::bearer;
  }
  return http::Auth::none;
}

http::Auth auth_of(config::CaldavAuth auth) noexcept {
  switch (auth) {
    case config::CaldavAuth::none:
      return http::Auth::none;
    case config::CaldavAuth::basic:
      return http::Auth::basic;
    case config::CaldavAuth::negotiate:
      return http::Auth::negotiate;
    case config::CaldavAuth::bearer:
      return http::Auth::bearer;
  }
  return http::Auth::none;
}

ews::Access access_of(config::ExchangeAccess access) noexcept {
  switch (access) {
    case config::ExchangeAccess::impersonation:
      return ews::Access::impersonation;
    case config::ExchangeAccess::delegate:
      return ews::Access::delegate;
    case config::ExchangeAccess::mailbox:
      return ews::Access::mailbox;
  }
  return ews::Access::impersonation;
}

std::string local_part(const Address& address) { return address.value.substr(0, address.value.find('@')); }
std::string domain_part(const Address& address) {
  const auto at = address.value.find('@');
  return at == std::string::npos ? std::string() : address.value.substr(at + 1);
}

}  // namespace

Sides::Sides(config::Config config, std::shared_ptr<Clock> clock, std::shared_ptr<Sleeper> sleeper)
    : config_(std::move(config)),
      clock_(std::move(clock)),
      sleeper_(std::move(sleeper)),
      session_(ews::make_session()) {
  const config::Exchange& exchange = config_.exchange;
  if (exchange.auth == config::ExchangeAuth::oauth2) {
    ews::oauth2::Options options;
    options.token_url = exchange.oauth2.token_url;
    options.client_id = exchange.oauth2.client_id;
    options.client_secret = exchange.oauth2.client_secret;
    options.scope = exchange.oauth2.scope;
    options.ca_file = exchange.ca_file;
    options.clock = clock_;
    options.sleeper = sleeper_;
    tokens_ = std::make_shared<ews::oauth2::TokenCache>(std::move(options));
  }
  // GSSAPI's own way to be told which keytab holds the service account's key.
  if (!exchange.keytab.empty()) ::setenv("KRB5_CLIENT_KTNAME", exchange.keytab.c_str(), 1);
}

std::shared_ptr<http::Limiter> Sides::limiter(const std::string& server, const std::string& account, double start,
                                              double most) {
  const std::scoped_lock lock(mutex_);
  auto& entry = limiters_[server + '\n' + account];
  if (!entry) {
    http::LimiterOptions options;
    options.name = server + (account.empty() ? "" : " as " + account);
    options.start = start;
    options.most = most;
    entry = std::make_shared<http::Limiter>(options, clock_, sleeper_);
  }
  return entry;
}

Result<ews::Client> Sides::exchange(const config::MailboxEntry& entry) {
  CARAVAN_TRY(options, exchange_options(entry));
  // Microsoft: no more than ten open requests for an application on a server (ews-facts 10.1).
  options.http.limiter = limiter(options.url, options.http.username, 4, 10);
  return ews::Client(std::move(options));
}

Result<ews::Client> Sides::exchange_stream(const config::MailboxEntry& entry) {
  CARAVAN_TRY(options, exchange_options(entry));
  http::LimiterOptions own;
  own.name = options.url + " as " + options.http.username;
  options.http.limiter = std::make_shared<http::Limiter>(own, clock_, sleeper_);
  return ews::Client(std::move(options));
}

Result<ews::Options> Sides::exchange_options(const config::MailboxEntry& entry) {
  const config::Exchange& settings = config_.exchange;
  ews::Options options;
  options.url = settings.url;
  options.access = access_of(settings.access);
  options.http.auth = auth_of(settings.auth);
  options.http.username = settings.username;
  options.http.password = settings.password;
  if (settings.access == config::ExchangeAccess::mailbox) {
    options.http.username = entry.exchange_user.empty() ? entry.address.value : entry.exchange_user;
    if (!entry.exchange_secret.empty()) {
      CARAVAN_TRY(secret, config::resolve(entry.exchange_secret, config_.unseal));
      options.http.password = std::move(secret);
    }
  }
  options.http.ca_file = settings.ca_file;
  options.http.allow_plain_http_auth = settings.allow_plain_http;
  options.http.clock = clock_;
  options.http.sleeper = sleeper_;
  options.oauth2 = tokens_;
  options.zones = ical::system_zone_book();
  options.session = session_;
  options.operations = exchange_counter_;
  options.batch = 32;
  return options;
}

Result<caldav::Client> Sides::caldav(const config::MailboxEntry& entry, std::stop_token stop) {
  const config::Caldav& settings = config_.caldav;
  caldav::ClientOptions options;
  options.base_url = settings.url;
  options.http.auth = auth_of(settings.auth);
  options.http.username = settings.username;
  options.http.password = settings.password;
  if (settings.access == config::CaldavAccess::mailbox) {
    if (!entry.caldav_user.empty())
      options.http.username = entry.caldav_user;
    else if (options.http.username.empty())
      options.http.username = entry.address.value;
    if (!entry.caldav_secret.empty()) {
      CARAVAN_TRY(secret, config::resolve(entry.caldav_secret, config_.unseal));
      options.http.password = std::move(secret);
    }
  }
  if (settings.auth == config::CaldavAuth::bearer)
    options.http.token = [password = options.http.password]() -> Result<Secret> { return password; };
  options.http.ca_file = settings.ca_file;
  options.http.allow_plain_http_auth = settings.allow_plain_http;
  options.http.clock = clock_;
  options.http.sleeper = sleeper_;
  options.http.counter = caldav_counter_;
  options.http.retry.attempts = 4;
  options.http.max_connections = settings.connections;
  options.http.limiter = limiter(settings.url, options.http.username, 4, settings.connections);
  const std::scoped_lock detecting(detecting_);
  if (const auto known_server = caldav_server()) options.server = known_server->server;
  const bool known = options.server.has_value();
  caldav::Client client(std::move(options));
  if (!known) {
    CARAVAN_TRY(info, client.options(stop));
    const std::scoped_lock lock(mutex_);
    server_ = std::move(info);
    client.set_server(server_->server);
  }
  return client;
}

std::optional<caldav::ServerInfo> Sides::caldav_server() const {
  const std::scoped_lock lock(mutex_);
  return server_;
}

std::string Sides::home_from_template(const config::MailboxEntry& entry) const {
  if (config_.caldav.home.empty()) return {};
  std::string path = config_.caldav.home;
  path = text::replace_all(path, "{local}", local_part(entry.address));
  path = text::replace_all(path, "{address}", entry.address.value);
  path = text::replace_all(path, "{domain}", domain_part(entry.address));
  path = text::replace_all(path, "{user}", entry.caldav_user.empty() ? local_part(entry.address) : entry.caldav_user);
  if (!path.starts_with('/')) path.insert(path.begin(), '/');
  if (!path.ends_with('/')) path += '/';
  return path;
}

Result<Home> Sides::home(const config::MailboxEntry& entry, caldav::Client& client, std::stop_token stop) {
  Home home;
  const std::string path = home_from_template(entry);
  if (!path.empty()) {
    home.path = Href(path);
    return home;
  }
  CARAVAN_TRY(found, client.discover(std::move(stop)));
  home.path = std::move(found.home);
  home.addresses = std::move(found.addresses);
  return home;
}

ews::Mailbox Sides::mailbox(const config::MailboxEntry& entry) const {
  ews::Mailbox mailbox;
  mailbox.address = entry.address;
  for (const auto& alias : entry.aliases) mailbox.aliases.emplace_back(alias);
  mailbox.zone = entry.zone;
  return mailbox;
}

}  // namespace caravan::app
