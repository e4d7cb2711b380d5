// SPDX-License-Identifier: GPL-3.0-or-later
// Builds the clients of both sides from the configuration. What workers share (limiters, agreed versions, tokens, the
// detected CalDAV server, request counters) is made once here; each worker gets clients of its own.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "caldav/client.hpp"
#include "config/config.hpp"
#include "config/mailbox_list.hpp"
#include "ews/client.hpp"
#include "util/clock.hpp"

namespace caravan::app {

/// Where a mailbox's calendars live on CalDAV.
struct Home {
  Href path;
  std::vector<std::string> addresses;  ///< further addresses of the same person that the server knows
};

/// Thread-safe.
class Sides {
 public:
  Sides(config::Config config, std::shared_ptr<Clock> clock, std::shared_ptr<Sleeper> sleeper);

  Result<ews::Client> exchange(const config::MailboxEntry& entry);
  /// For a stream of notifications, which would hold its place in the limiter as long as it is open: it has its own.
  Result<ews::Client> exchange_stream(const config::MailboxEntry& entry);
  Result<caldav::Client> caldav(const config::MailboxEntry& entry, std::stop_token stop);
  /// From the template, or discovered where `caldav.home` is empty.
  Result<Home> home(const config::MailboxEntry& entry, caldav::Client& client, std::stop_token stop);
  /// The template filled in; empty where homes are discovered.
  [[nodiscard]] std::string home_from_template(const config::MailboxEntry& entry) const;
  [[nodiscard]] ews::Mailbox mailbox(const config::MailboxEntry& entry) const;

  /// Requests so far by name, without 401 legs.
  [[nodiscard]] std::map<std::string, std::uint64_t> exchange_requests() const { return exchange_counter_->all(); }
  [[nodiscard]] std::map<std::string, std::uint64_t> caldav_requests() const { return caldav_counter_->all(); }
  /// The CalDAV server as detected; nullopt before the first caldav().
  [[nodiscard]] std::optional<caldav::ServerInfo> caldav_server() const;

 private:
  Result<ews::Options> exchange_options(const config::MailboxEntry& entry);
  std::shared_ptr<http::Limiter> limiter(const std::string& server, const std::string& account, double start,
                                         double most);

  config::Config config_;
  std::shared_ptr<Clock> clock_;
  std::shared_ptr<Sleeper> sleeper_;
  std::shared_ptr<ews::Session> session_;
  std::shared_ptr<ews::oauth2::TokenCache> tokens_;
  std::shared_ptr<http::RequestCounter> exchange_counter_ = std::make_shared<http::RequestCounter>();
  std::shared_ptr<http::RequestCounter> caldav_counter_ = std::make_shared<http::RequestCounter>();
  mutable std::mutex mutex_;
  std::mutex detecting_;  // one worker asks which server it is, the others wait
  std::map<std::string, std::shared_ptr<http::Limiter>> limiters_;
  std::optional<caldav::ServerInfo> server_;
};

}  // namespace caravan::app
