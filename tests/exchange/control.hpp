// SPDX-License-Identifier: GPL-3.0-or-later
// The control endpoint's parts: routes that read and set faults (control.cpp), edits as users
// would make them (control_edit.cpp), and subscriptions (control_notifications.cpp). Plain JSON, no authentication.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "server.hpp"

namespace exchange_sim {

using Json = nlohmann::json;

/// An answer of the control endpoint other than 200.
struct ControlError {
  int status;
  std::string message;
};

struct ControlRequest {
  std::string method;
  std::vector<std::string> path;  ///< decoded, without "control"
  std::map<std::string, std::string> query;
  const std::string& body;
  Json json() const;
};

Mailbox& control_mailbox(Server& server, const std::string& address);
Json put_item(Server& server, const std::string& address, const std::string& uid, const std::string& ics);
Json delete_item_of(Server& server, const std::string& address, const std::string& uid);
Json touch_item(Server& server, const std::string& address, const Json& body);
Json mutate(Server& server, const Json& body);
Json hide_items(Server& server, const Json& body);
Json unhide_items(Server& server, const Json& body);
Json poison_item(Server& server, const Json& body);
Json show_notifications(Server& server);
/// POST notifications/...
Json notifications_route(Server& server, const std::string& what, const Json& body);

}  // namespace exchange_sim
