// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/checks.hpp"

#include <cstdlib>

#include "config/mailbox_list.hpp"
#include "util/text.hpp"

namespace caravan::config {
namespace {

void check_url(Reader& reader, const std::string& key, const std::string& value, bool required) {
  if (value.empty()) {
    if (required) reader.problem(key, key + " is required");
    return;
  }
  Url url;
  if (!parse_url(value, url)) {
    reader.problem(key, key + " is not a URL of the form https://host/path");
  } else if (url.has_user) {
    reader.problem(key, key + " must not hold a user or a password; use username and password_file");
  }
}

void check_plain_http(Reader& reader, const std::string& table, const std::string& value, bool sends_secret,
                      bool allowed) {
  Url url;
  if (!sends_secret || allowed || !parse_url(value, url) || url.scheme != "http" || is_loopback(url.host)) return;
  reader.problem(table + ".url", table + ".url would send the password readable over http://; use https://, or set " +
                                     table + ".allow_plain_http = true");
}

void check_exchange(Reader& reader, Config& config) {
  Exchange& exchange = config.exchange;
  check_url(reader, "exchange.url", exchange.url, true);
  check_url(reader, "exchange.callback_url", exchange.callback_url, false);
  check_plain_http(reader, "exchange", exchange.url, exchange.auth == ExchangeAuth::basic, exchange.allow_plain_http);
  const bool own = exchange.access == ExchangeAccess::mailbox;
  const bool password = exchange.auth == ExchangeAuth::basic || exchange.auth == ExchangeAuth::ntlm;
  if (password && !own) {
    if (exchange.username.empty())
      reader.problem("exchange.username", "exchange.username is required with this exchange.auth");
    if (exchange.password.empty() && !reader.has_secret("exchange.password")) {
      reader.problem("exchange.password",
                     "exchange.password, password_file or password_env is required with this exchange.auth");
    }
  }
  if (exchange.auth != ExchangeAuth::oauth2) return;
  OAuth2& oauth2 = exchange.oauth2;
  if (oauth2.client_id.empty())
    reader.problem("exchange.oauth2.client_id", "exchange.oauth2.client_id is required with auth = \"oauth2\"");
  if (oauth2.client_secret.empty() && !reader.has_secret("exchange.oauth2.client_secret")) {
    reader.problem("exchange.oauth2.client_secret",
                   "exchange.oauth2.client_secret_file is required with auth = \"oauth2\"");
  }
  if (oauth2.token_url.empty() && oauth2.tenant.empty()) {
    reader.problem("exchange.oauth2.tenant", "exchange.oauth2.tenant or token_url is required with auth = \"oauth2\"");
  } else if (oauth2.token_url.empty()) {
    oauth2.token_url = "https://login.microsoftonline.com/" + text::percent_encode(oauth2.tenant, text::Slash::escape) +
                       "/oauth2/v2.0/token";
  }
  check_url(reader, "exchange.oauth2.token_url", oauth2.token_url, false);
}

void check_home(Reader& reader, const Caldav& caldav) {
  if (caldav.home.empty()) {
    if (caldav.access == CaldavAccess::service) {
      reader.problem("caldav.home",
                     "caldav.home is required with caldav.access = \"service\", for example \"/{local}/\"; "
                     "discovery with the service account would find its own home");
    }
    return;
  }
  if (!caldav.home.starts_with('/')) reader.problem("caldav.home", "caldav.home is a path and starts with '/'");
  bool personal = false;
  for (auto open = caldav.home.find('{'); open != std::string::npos; open = caldav.home.find('{', open + 1)) {
    const auto close = caldav.home.find('}', open);
    const std::string word = close == std::string::npos ? "" : caldav.home.substr(open + 1, close - open - 1);
    const bool known = word == "local" || word == "address" || word == "domain" || word == "user";
    personal = personal || (known && word != "domain");
    if (!known)
      reader.problem("caldav.home", "caldav.home holds {" + word + "}; allowed: {local} {address} {domain} {user}");
  }
  if (!personal)
    reader.problem("caldav.home",
                   "caldav.home leads all mailboxes to one place; use {local}, {address} or {user} in it");
}

void check_caldav(Reader& reader, Config& config) {
  const Caldav& caldav = config.caldav;
  check_url(reader, "caldav.url", caldav.url, true);
  const bool secret = caldav.auth == CaldavAuth::basic || caldav.auth == CaldavAuth::bearer;
  check_plain_http(reader, "caldav", caldav.url, secret, caldav.allow_plain_http);
  if (caldav.access == CaldavAccess::service && secret) {
    if (caldav.auth == CaldavAuth::basic && caldav.username.empty()) {
      reader.problem("caldav.username", "caldav.username is required with caldav.access = \"service\"");
    }
    if (caldav.password.empty() && !reader.has_secret("caldav.password")) {
      reader.problem("caldav.password",
                     "caldav.password, password_file or password_env is required with caldav.access = \"service\"");
    }
  }
  check_home(reader, caldav);
  if (caldav.calendar.empty() || caldav.calendar.find('/') != std::string::npos || caldav.calendar.starts_with('.')) {
    reader.problem("caldav.calendar",
                   "caldav.calendar is the name of one collection, without '/' and not starting with '.'");
  }
}

void check_listen(Reader& reader, const std::string& key, const std::string& value) {
  if (value.empty()) return;
  if (const auto listen = parse_listen(value); !listen) reader.problem(key, key + ": " + listen.error().what);
}

void check_rest(Reader& reader, Config& config) {
  const std::string& store = config.store.url;
  if (!(store.starts_with("sqlite:") && store.size() > 7) && !store.starts_with("postgresql://") &&
      !store.starts_with("postgres://")) {
    reader.problem("store.url", "store.url is sqlite:PATH or postgresql://...");
  }
  if (config.sync.spool_dir.empty()) {
    const char* temporary = std::getenv("TMPDIR");
    config.sync.spool_dir = temporary != nullptr && *temporary != '\0' ? temporary : "/var/tmp";
  }
  check_listen(reader, "gobi.listen", config.gobi.listen);
  check_listen(reader, "admin.listen", config.admin.listen);
  check_listen(reader, "cexsy.hint_listen", config.cexsy.hint_listen);
}

void check_address(Reader& reader, const std::string& key, const std::string& value) {
  if (!is_address(value)) reader.problem(key, key + ": \"" + value + "\" is not an SMTP address");
}

void check_notify(Reader& reader, Notify& notify) {
  for (std::string& admin : notify.admins) {
    check_address(reader, "notify.admins", admin);
    admin = text::lower(admin);
  }
  check_url(reader, "notify.chat.url", notify.chat_url, false);
  check_url(reader, "notify.chat.actions_url", notify.chat_actions_url, false);
  check_listen(reader, "notify.chat.listen", notify.chat_listen);
  check_url(reader, "notify.webhook.url", notify.webhook_url, false);
  const std::string& mail = notify.mail_url;
  if (!mail.empty() && !mail.starts_with("smtp://") && !mail.starts_with("smtps://"))
    reader.problem("notify.mail.url", "notify.mail.url is smtp://host:587 or smtps://host");
  if (!mail.empty() && notify.mail_from.empty())
    reader.problem("notify.mail.from", "notify.mail.from is required with notify.mail.url");
  if (!notify.mail_from.empty()) check_address(reader, "notify.mail.from", notify.mail_from);
  if (!notify.chat_url.empty() && notify.chat_token.empty() && !reader.has_secret("notify.chat.token"))
    reader.problem("notify.chat.token", "notify.chat.token_file is required with notify.chat.url");
}

}  // namespace

bool parse_url(const std::string& text, Url& out) {
  const auto colon = text.find("://");
  if (colon == std::string::npos || text.find_first_of(" \t\r\n") != std::string::npos) return false;
  out.scheme = text::lower(text.substr(0, colon));
  if (out.scheme != "http" && out.scheme != "https") return false;
  std::string authority = text.substr(colon + 3, text.find_first_of("/?#", colon + 3) - colon - 3);
  if (const auto at = authority.rfind('@'); at != std::string::npos) {
    out.has_user = true;
    authority.erase(0, at + 1);
  }
  const auto end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
  out.host = text::lower(authority.starts_with('[') ? authority.substr(1, end == std::string::npos ? end : end - 1)
                                                    : authority.substr(0, end));
  return !out.host.empty();
}

bool is_loopback(const std::string& host) noexcept {
  if (host == "localhost" || host == "::1") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

void check(Reader& reader, Config& config) {
  check_exchange(reader, config);
  check_caldav(reader, config);
  check_rest(reader, config);
  check_notify(reader, config.notify);
}

}  // namespace caravan::config
