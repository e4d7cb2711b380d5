// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration file as values. load() checks all of it and reports everything that is wrong at once, each with
// file:line:column, the key and what is allowed. docs/configuration.md describes every key; a test compares the two.
// toml++ stays in the .cpp files. Values are plain and may be copied into threads.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/secret_source.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"

namespace caravan::config {

enum class ExchangeAuth : std::uint8_t { basic, ntlm, negotiate, oauth2 };
enum class ExchangeAccess : std::uint8_t { impersonation, delegate, mailbox };
enum class Notifications : std::uint8_t { push, streaming, poll };
enum class ExchangeDelete : std::uint8_t { recoverable, soft, hard };
enum class CaldavAuth : std::uint8_t { none, basic, negotiate, bearer };
enum class CaldavAccess : std::uint8_t { service, mailbox };
enum class BulkFill : std::uint8_t { automatic, off };
enum class Privacy : std::uint8_t { keep, busy, omit };
enum class ConflictPolicy : std::uint8_t { newest, exchange, caldav, park };
enum class Scheduling : std::uint8_t { none, exchange, caldav };
enum class Calendars : std::uint8_t { default_only, all };
enum class Attachments : std::uint8_t { inline_data, link, skip };
enum class LogLevel : std::uint8_t { trace, debug, info, warning, error };
enum class LogFormat : std::uint8_t { text, json };

struct OAuth2 {
  std::string tenant;  ///< of Entra; gives token_url where that is empty
  std::string client_id;
  Secret client_secret;
  std::string token_url;  ///< never empty with auth = "oauth2"
  std::string scope = "https://outlook.office365.com/.default";
};

struct Exchange {
  std::string url;
  ExchangeAuth auth = ExchangeAuth::ntlm;
  std::string username;
  Secret password;
  ExchangeAccess access = ExchangeAccess::impersonation;
  Notifications notifications = Notifications::push;
  std::string callback_url;
  std::string ca_file;
  OAuth2 oauth2;
  std::string keytab;                                   ///< with negotiate: instead of a ticket cache
  ExchangeDelete remove = ExchangeDelete::recoverable;  ///< exchange.delete
  bool allow_plain_http = false;
};

struct Caldav {
  std::string url;
  CaldavAuth auth = CaldavAuth::basic;
  std::string username;
  Secret password;  ///< with bearer: the token
  CaldavAccess access = CaldavAccess::service;
  std::string home;  ///< template; never empty with service
  std::string calendar = "exchange";
  BulkFill bulk_fill = BulkFill::automatic;
  std::string ca_file;
  Privacy privacy = Privacy::keep;  ///< caldav.private
  int connections = 8;
  bool allow_plain_http = false;
};

struct Store {
  std::string url = "sqlite:/var/lib/caravan/caravan.db";  ///< may hold a password: never log it, see without_password
  std::string seal_key_file;
};

struct Sync {
  std::size_t workers = 8;
  ConflictPolicy conflict = ConflictPolicy::newest;
  std::optional<Scheduling> scheduling;  ///< nullopt: not set; `subscribe` demands that it is
  int max_delete_percent = 20;
  std::size_t max_delete_count = 10;
  Calendars calendars = Calendars::default_only;
  Attachments attachments = Attachments::inline_data;
  std::size_t max_attachment_mb = 25;
  std::string spool_dir;  ///< never empty after load: $TMPDIR or /var/tmp
  std::chrono::seconds poll_interval = std::chrono::minutes(5);
  std::chrono::seconds audit_interval = std::chrono::minutes(15);
  std::chrono::seconds status_frequency = std::chrono::minutes(5);
};

struct Gobi {
  std::string listen = "127.0.0.1:8585";
};
struct Admin {
  std::string listen = "127.0.0.1:8586";
};
struct Cexsy {
  std::string hint_listen;  ///< empty: no hints are taken
  Secret hint_secret;
};
struct Log {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};
struct Retention {
  std::chrono::days audit{90}, tombstones{180}, undo{30};
};

struct Notify {
  std::chrono::seconds window{120};  ///< changes of one series within it become one message
  std::string mail_url;              ///< "smtps://host" or "smtp://host:587"; empty: no mail
  std::string mail_from, mail_username;
  Secret mail_password;
  std::string mail_ca_file;
  bool mail_allow_plain = false;  ///< smtp:// without STARTTLS to other machines than this one
  std::string chat_url;           ///< Mattermost; empty: no chat
  Secret chat_token;
  std::string chat_ca_file;
  std::string chat_listen = "127.0.0.1:8588";  ///< where presses of buttons and the slash command are taken
  std::string chat_actions_url;                ///< where Mattermost reaches chat_listen; empty: no buttons
  Secret chat_command_token;                   ///< of the slash command; empty: none is taken
  std::string webhook_url;                     ///< empty: no webhook
  Secret webhook_secret;                       ///< signs the webhook's body
  std::string webhook_ca_file;
  std::vector<std::string> admins;  ///< addresses, lower case: who is told what waits for an administrator
  std::chrono::seconds stale_after{std::chrono::hours(1)};  ///< a mailbox out of step for that long is told of
  std::map<std::string, std::string>
      defaults;  ///< preference's name -> text, as `prefs set` takes it; those that are set
  /// Whether anybody is told anything at all.
  [[nodiscard]] bool any_channel() const noexcept {
    return !mail_url.empty() || !chat_url.empty() || !webhook_url.empty();
  }
};

struct Config {
  std::string path;  ///< the file that was read
  Exchange exchange;
  Caldav caldav;
  Store store;
  Sync sync;
  Gobi gobi;
  Admin admin;
  Cexsy cexsy;
  Log log;
  Retention retention;
  Notify notify;
  std::map<std::string, std::string> sealed;  ///< key -> name of the sealed secret that it takes
  Unseal unseal;                              ///< set by the program when it can open the store (app/pass/unseal.hpp)
};

/// The file to read: `option` where not empty (--config), else $CARAVAN_CONFIG, else /etc/caravan/caravan.toml.
std::string find_config(const std::string& option);

/// Reads and checks a file. Error::what has one line for each thing that is wrong; code "configuration" (exit 2).
[[nodiscard]] Result<Config> load(const std::string& path);
/// The same from a text; `name` stands for the file in messages.
[[nodiscard]] Result<Config> parse(std::string_view text, const std::string& name);

/// Fills in the keys ..._sealed by `config.unseal`. All that can't be opened is in Error::what, a line each; code
/// "store_sealed" (exit 2).
[[nodiscard]] Status unseal(Config& config);

/// One key as the documentation lists it.
struct Key {
  std::string name;      ///< "exchange.auth"
  std::string fallback;  ///< as it would be written in the file; empty: none
  std::string allowed;   ///< "basic | ntlm", "1 to 64", ...
};
/// Every key that a file may hold, in the order of the documentation.
std::vector<Key> known_keys();

/// Where a program listens, split: "127.0.0.1:8585", "[::1]:8585".
struct Listen {
  std::string host;
  std::uint16_t port = 0;
};
[[nodiscard]] Result<Listen> parse_listen(const std::string& text);

/// The URL with "***" instead of a password, for messages.
std::string without_password(const std::string& url);

}  // namespace caravan::config
