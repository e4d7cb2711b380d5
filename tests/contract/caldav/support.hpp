// SPDX-License-Identifier: GPL-3.0-or-later
// What the CalDAV contract tests share: clients for a running server, fresh calendars, event texts.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "caldav/client.hpp"
#include "contract/caldav/server_process.hpp"

namespace caravan::tests {

inline caldav::ClientOptions options_for(const CaldavServer& server) {
  caldav::ClientOptions options;
  options.base_url = server.url;
  if (!server.username.empty()) {
    options.http.auth = http::Auth::basic;
    options.http.username = server.username;
    options.http.password = Secret(server.password);
  }
  return options;
}

/// Like the engine's: the server is settled before anything else.
inline caldav::Client connect_to(const CaldavServer& server) {
  caldav::Client client(options_for(server));
  const auto info = client.options();
  EXPECT_TRUE(info) << (info ? "" : info.error().what);
  return client;
}

inline std::string event(const std::string& uid, const std::string& summary = "Lunch") {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Caravan//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
         "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T090000Z\r\nDTEND:20260301T100000Z\r\nSUMMARY:" + summary +
         "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

inline std::string many_events(int count) {
  std::string text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Caravan//EN\r\n";
  for (int i = 0; i < count; ++i)
    text += "BEGIN:VEVENT\r\nUID:bulk-" + std::to_string(i) +
            "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T090000Z\r\nDTEND:20260301T100000Z\r\nSUMMARY:Bulk\r\nEND:"
            "VEVENT\r\n";
  return text + "END:VCALENDAR\r\n";
}

/// A path in the server's home that no other test of this program uses.
inline Href fresh_path(const CaldavServer& server) {
  static std::atomic<int> number{0};
  return Href(server.home + "test-" + std::to_string(++number) + "/");
}

/// A new calendar; the home is made where it is missing.
inline Href fresh_calendar(caldav::Client& client, const CaldavServer& server) {
  const Href path = fresh_path(server);
  EXPECT_TRUE(client.ensure_home(Href(server.home)));
  const auto made = client.ensure_calendar(path, {.displayname = "Test", .color = "", .description = ""});
  EXPECT_TRUE(made) << (made ? "" : made.error().what);
  return path;
}

/// Stores a new event and gives back where it is.
inline caldav::Stored store(caldav::Client& client, const Href& calendar, const std::string& uid,
                            const std::string& summary = "Lunch") {
  const auto outcome =
      client.put(caldav::child(calendar, caldav::resource_name(Uid(uid))), event(uid, summary), caldav::IfNoneMatch{});
  EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().what);
  if (!outcome || !std::holds_alternative<caldav::Stored>(*outcome)) {
    ADD_FAILURE() << "not stored: " << uid;
    return {};
  }
  return std::get<caldav::Stored>(*outcome);
}

/// One server of a kind for all tests of the program, started at first use.
inline const CaldavServer* shared_server(const std::string& name) {
  static std::map<std::string, std::unique_ptr<CaldavServer>> running;
  auto& server = running[name];
  if (!server) server = start_caldav_server(name);
  return server.get();
}

/// Each test runs on every implementation.
class CaldavContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string missing = missing_package(GetParam());
    if (!missing.empty()) GTEST_SKIP() << missing;
    server_ = shared_server(GetParam());
    ASSERT_NE(server_, nullptr) << GetParam() << " did not start";
    client_ = std::make_unique<caldav::Client>(connect_to(*server_));
  }
  [[nodiscard]] caldav::Client& client() { return *client_; }
  [[nodiscard]] const CaldavServer& server() const { return *server_; }
  [[nodiscard]] Href calendar() { return fresh_calendar(*client_, *server_); }

 private:
  const CaldavServer* server_ = nullptr;
  std::unique_ptr<caldav::Client> client_;
};

}  // namespace caravan::tests
