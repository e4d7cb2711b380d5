// SPDX-License-Identifier: GPL-3.0-or-later
// An HTTP server in a thread that answers as a test says: for answers that neither Exchange nor its simulator gives on
// demand (short, shuffled, half-stopped, a login page).
#pragma once
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace caravan::ews::test {

struct Scripted {
  int status = 200;
  std::string body;
  std::string headers = {};  ///< further lines, each with CRLF
};

class ScriptedServer {
 public:
  using Script = std::function<Scripted(const std::string& request_body)>;
  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/EWS/Exchange.asmx"; }

 private:
  void serve();
  void converse(int connection);
  Script script_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// The ids that a GetItem request names, in order.
std::vector<std::string> ids_in(const std::string& request_body);
/// A GetItem answer of these response messages.
std::string get_item_answer(const std::string& messages);
/// A response message with a readable single event of that id.
std::string good_message(const std::string& id);
std::string error_message(const std::string& code, const std::string& response_class = "Error");

}  // namespace caravan::ews::test
