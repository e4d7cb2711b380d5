// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/config.hpp"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/checks.hpp"
#include "config/reader.hpp"
#include "util/text.hpp"

namespace caravan::config {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

void read_exchange(Reader& in, Exchange& out) {
  in.text("exchange.url", out.url, "URL");
  in.choice<ExchangeAuth>("exchange.auth", out.auth,
                          {{"basic", ExchangeAuth::basic},
                           {"ntlm", ExchangeAuth::ntlm},
                           {"negotiate", ExchangeAuth::negotiate},
                           {"oauth2", ExchangeAuth::oauth2}});
  in.text("exchange.username", out.username);
  in.secret("exchange.password", out.password);
  in.choice<ExchangeAccess>("exchange.access", out.access,
                            {{"impersonation", ExchangeAccess::impersonation},
                             {"delegate", ExchangeAccess::delegate},
                             {"mailbox", ExchangeAccess::mailbox}});
  in.choice<Notifications>(
      "exchange.notifications", out.notifications,
      {{"push", Notifications::push}, {"streaming", Notifications::streaming}, {"poll", Notifications::poll}});
  in.text("exchange.callback_url", out.callback_url, "URL");
  in.text("exchange.ca_file", out.ca_file, "path");
  in.text("exchange.keytab", out.keytab, "path");
  in.choice<ExchangeDelete>(
      "exchange.delete", out.remove,
      {{"recoverable", ExchangeDelete::recoverable}, {"soft", ExchangeDelete::soft}, {"hard", ExchangeDelete::hard}});
  in.flag("exchange.allow_plain_http", out.allow_plain_http);
  in.text("exchange.oauth2.tenant", out.oauth2.tenant);
  in.text("exchange.oauth2.client_id", out.oauth2.client_id);
  in.secret("exchange.oauth2.client_secret", out.oauth2.client_secret);
  in.text("exchange.oauth2.token_url", out.oauth2.token_url, "URL");
  in.text("exchange.oauth2.scope", out.oauth2.scope);
}

void read_caldav(Reader& in, Caldav& out) {
  in.text("caldav.url", out.url, "URL");
  in.choice<CaldavAuth>("caldav.auth", out.auth,
                        {{"basic", CaldavAuth::basic},
                         {"negotiate", CaldavAuth::negotiate},
                         {"bearer", CaldavAuth::bearer},
                         {"none", CaldavAuth::none}});
  in.text("caldav.username", out.username);
  in.secret("caldav.password", out.password);
  in.choice<CaldavAccess>("caldav.access", out.access,
                          {{"service", CaldavAccess::service}, {"mailbox", CaldavAccess::mailbox}});
  in.text("caldav.home", out.home, "path with {local} {address} {domain} {user}");
  in.text("caldav.calendar", out.calendar, "name of a collection");
  in.choice<BulkFill>("caldav.bulk_fill", out.bulk_fill, {{"auto", BulkFill::automatic}, {"off", BulkFill::off}});
  in.text("caldav.ca_file", out.ca_file, "path");
  in.choice<Privacy>("caldav.private", out.privacy,
                     {{"keep", Privacy::keep}, {"busy", Privacy::busy}, {"omit", Privacy::omit}});
  in.number("caldav.connections", out.connections, 1, 64);
  in.flag("caldav.allow_plain_http", out.allow_plain_http);
}

void read_store(Reader& in, Store& out) {
  Secret url;
  in.secret("store.url", url, out.url, Sealing::refused);  // may hold a password
  if (!url.empty()) out.url = url.reveal();
  in.text("store.seal_key_file", out.seal_key_file, "path");
}

void read_sync(Reader& in, Sync& out) {
  in.number("sync.workers", out.workers, 1, 256);
  in.choice<ConflictPolicy>("sync.conflict", out.conflict,
                            {{"newest", ConflictPolicy::newest},
                             {"exchange", ConflictPolicy::exchange},
                             {"caldav", ConflictPolicy::caldav},
                             {"park", ConflictPolicy::park}});
  in.choice<Scheduling>(
      "sync.scheduling", out.scheduling,
      {{"none", Scheduling::none}, {"exchange", Scheduling::exchange}, {"caldav", Scheduling::caldav}});
  in.number("sync.max_delete_percent", out.max_delete_percent, 0, 100);
  in.number("sync.max_delete_count", out.max_delete_count, 0, 1'000'000);
  in.choice<Calendars>("sync.calendars", out.calendars,
                       {{"default", Calendars::default_only}, {"all", Calendars::all}});
  in.choice<Attachments>(
      "sync.attachments", out.attachments,
      {{"inline", Attachments::inline_data}, {"link", Attachments::link}, {"skip", Attachments::skip}});
  in.number("sync.max_attachment_mb", out.max_attachment_mb, 0, 1024);
  in.text("sync.spool_dir", out.spool_dir, "path");
  in.duration("sync.poll_interval", out.poll_interval, seconds(1), hours(24));
  in.duration("sync.audit_interval", out.audit_interval, seconds(10), days(7));
  in.duration("sync.status_frequency", out.status_frequency, minutes(1), hours(24));
}

void read_services(Reader& in, Config& out) {
  in.text("gobi.listen", out.gobi.listen, "HOST:PORT");
  in.text("admin.listen", out.admin.listen, "HOST:PORT");
  in.text("cexsy.hint_listen", out.cexsy.hint_listen, "HOST:PORT");
  in.secret("cexsy.hint_secret", out.cexsy.hint_secret);
  in.choice<LogLevel>("log.level", out.log.level,
                      {{"trace", LogLevel::trace},
                       {"debug", LogLevel::debug},
                       {"info", LogLevel::info},
                       {"warning", LogLevel::warning},
                       {"error", LogLevel::error}});
  in.choice<LogFormat>("log.format", out.log.format, {{"text", LogFormat::text}, {"json", LogFormat::json}});
  in.duration("retention.audit", out.retention.audit, days(1), days(3650));
  in.duration("retention.tombstones", out.retention.tombstones, days(30), days(3650));
  in.duration("retention.undo", out.retention.undo, days(1), days(3650));
}

void read_notify(Reader& in, Notify& out) {
  in.duration("notify.window", out.window, seconds(0), hours(1));
  in.duration("notify.stale_after", out.stale_after, minutes(1), days(30));
  in.texts("notify.admins", out.admins, "list of addresses");
  for (const char* name : {"channels", "kinds", "lead", "daily", "weekly", "zone", "language", "quiet", "working",
                           "working_days", "chat_status"}) {
    std::string value;
    const std::string key = std::string("notify.defaults.") + name;
    in.text(key, value, "value of the preference");
    if (in.has(key)) out.defaults[name] = std::move(value);
  }
  in.text("notify.mail.url", out.mail_url, "URL");
  in.text("notify.mail.from", out.mail_from, "address");
  in.text("notify.mail.username", out.mail_username);
  in.secret("notify.mail.password", out.mail_password);
  in.text("notify.mail.ca_file", out.mail_ca_file, "path");
  in.flag("notify.mail.allow_plain", out.mail_allow_plain);
  in.text("notify.chat.url", out.chat_url, "URL");
  in.secret("notify.chat.token", out.chat_token);
  in.text("notify.chat.ca_file", out.chat_ca_file, "path");
  in.text("notify.chat.listen", out.chat_listen, "HOST:PORT");
  in.text("notify.chat.actions_url", out.chat_actions_url, "URL");
  in.secret("notify.chat.command_token", out.chat_command_token);
  in.text("notify.webhook.url", out.webhook_url, "URL");
  in.secret("notify.webhook.secret", out.webhook_secret);
  in.text("notify.webhook.ca_file", out.webhook_ca_file, "path");
}

void read_all(Reader& in, Config& out) {
  read_exchange(in, out.exchange);
  read_caldav(in, out.caldav);
  read_store(in, out.store);
  read_sync(in, out.sync);
  read_services(in, out);
  read_notify(in, out.notify);
}

}  // namespace

std::string find_config(const std::string& option) {
  if (!option.empty()) return option;
  const char* variable = std::getenv("CARAVAN_CONFIG");
  return variable != nullptr && *variable != '\0' ? variable : "/etc/caravan/caravan.toml";
}

Result<Config> parse(std::string_view text, const std::string& name) {
  CARAVAN_TRY(document, parse_document(text, name));
  Reader reader(document, name);
  Config out;
  out.path = name;
  read_all(reader, out);
  out.sealed = reader.sealed();
  reader.refuse_unknown();
  check(reader, out);
  if (reader.problems().empty()) return out;
  return make_error(Fault::malformed, text::join(reader.problems(), "\n"), "configuration",
                    "docs/configuration.md describes every key");
}

Result<Config> load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return make_error(Fault::denied, "can't read the configuration file " + path, "configuration",
                      "name it with --config FILE or $CARAVAN_CONFIG; docs/configuration.md has an example");
  }
  return parse(text.str(), path);
}

/// Reading once more, from nothing: every key keeps what it has, and the sealed ones are given theirs.
Status unseal(Config& config) {
  if (config.sealed.empty()) return {};
  const Document empty;
  Reader reader(empty, config.path, [&config](const std::string& key) -> Result<Secret> {
    const auto name = config.sealed.find(key);
    if (name == config.sealed.end()) return Secret();
    return resolve({SecretReference::Kind::sealed, name->second}, config.unseal);
  });
  read_all(reader, config);
  if (reader.problems().empty()) return {};
  return make_error(Fault::denied, text::join(reader.problems(), "\n"), "store_sealed",
                    "`exodus-cli secrets list` shows what the store has, `exodus-cli secrets set NAME` sets one");
}

std::vector<Key> known_keys() {
  const Document empty;
  Reader reader(empty, "");
  Config defaults;
  read_all(reader, defaults);
  return reader.keys();
}

Result<Listen> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  Listen out;
  const auto bad = [&] {
    return make_error(Fault::malformed, "\"" + text + "\" is not HOST:PORT, for example 127.0.0.1:8585 or [::1]:8585",
                      "listen");
  };
  if (colon == std::string::npos || colon == 0) return bad();
  out.host = text.substr(0, colon);
  if (out.host.starts_with('[')) {
    if (!out.host.ends_with(']')) return bad();
    out.host = out.host.substr(1, out.host.size() - 2);
  } else if (out.host.find(':') != std::string::npos) {
    return bad();
  }
  const char* end = text.data() + text.size();
  const auto [at, failed] = std::from_chars(text.data() + colon + 1, end, out.port);
  if (failed != std::errc() || at != end || out.host.empty()) return bad();
  return out;
}

std::string without_password(const std::string& url) {
  const auto start = url.find("://");
  if (start == std::string::npos) return url;
  const auto end = url.find_first_of("/?#", start + 3);
  const auto at = url.substr(0, end).rfind('@');
  const auto colon = url.find(':', start + 3);
  std::string out = url;
  if (at != std::string::npos && colon != std::string::npos && colon < at)
    out = url.substr(0, colon + 1) + "***" + url.substr(at);
  const auto query = out.find("password=");
  if (query == std::string::npos) return out;
  const auto stop = out.find('&', query);
  return out.substr(0, query) + "password=***" + (stop == std::string::npos ? "" : out.substr(stop));
}

}  // namespace caravan::config
