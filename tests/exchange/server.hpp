// SPDX-License-Identifier: GPL-3.0-or-later
// Puts HTTP, authentication, throttling, faults, counters and the operations together.
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <string>

#include "counters.hpp"
#include "faults.hpp"
#include "http.hpp"
#include "import_report.hpp"
#include "notifications.hpp"
#include "schema.hpp"
#include "soap.hpp"
#include "throttle.hpp"
#include "world.hpp"

namespace exchange_sim {

struct Settings {
  std::map<std::string, std::string> service_users = {};  ///< name to password
  std::set<std::string> tokens;
  std::string oauth_client;  ///< ID:SECRET, empty for none
  bool basic = true;
  bool ntlm = false;
  std::string schema_version = "Exchange2016";
  std::map<std::string, std::set<std::string>> delegates;
  double throttle_rate = 0;
  double throttle_burst = 0;
  bool throttle_http = false;
  NotificationLimits limits;
  bool accept_keeps_id = false;
  std::string schema_folder;  ///< of Microsoft's schema with all.xsd; empty: requests are not validated
};

struct Server {
  explicit Server(Settings with)
      : settings(std::move(with)),
        throttle(settings.throttle_rate, settings.throttle_burst),
        schema(settings.schema_folder),
        notifications(world, settings.schema_version, settings.limits) {}

  Settings settings;
  World world;
  Counters counters;
  Faults faults;
  Throttle throttle;
  ImportReport report;
  Schema schema;
  Notifications notifications;

  HttpResponse handle(const HttpRequest& request, ConnectionState& connection);
};

/// Who a request comes from.
struct Identity {
  std::string name;
  bool service = false;
  Mailbox* own = nullptr;
};

/// Nothing, with `refusal` filled in, when the request is not authenticated.
std::optional<Identity> authenticate(Server& server, const HttpRequest& request, ConnectionState& connection,
                                     HttpResponse& refusal);
HttpResponse answer_token_request(Server& server, const HttpRequest& request);
HttpResponse answer_ews(Server& server, const HttpRequest& request, const Identity& identity);
HttpResponse answer_control(Server& server, const HttpRequest& request);
/// Reads a file or a folder of .ics into the mailbox.
void load_path(Server& server, Mailbox& mailbox, const std::string& path);

}  // namespace exchange_sim
