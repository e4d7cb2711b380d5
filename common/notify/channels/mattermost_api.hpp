// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of Mattermost's REST API v4 that Caravan uses, as a bot with an access token. NOT thread-safe.
#pragma once
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "http/client.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"
#include "util/types.hpp"

namespace caravan::notify {

struct MattermostServer {
  std::string url;  ///< https://chat.example.org, with the path where it has one
  Secret token;     ///< of the bot
  std::string ca_file = {};
  std::chrono::milliseconds timeout = std::chrono::seconds(25);
};

struct ChatUser {
  std::string id, name, email;
  bool active = true;
};

/// As people see it beside a name. `expires` and `duration` go together (API v4, CustomStatus).
struct CustomStatus {
  std::string emoji, text;  ///< the emoji's short name, without colons
  std::string duration;     ///< "date_and_time", "today" ...; empty: until it is taken away
  std::optional<Instant> expires;
};

/// A post as it is made. `actions` is the JSON list of an attachment's buttons; empty: none.
struct NewPost {
  std::string channel_id, message;
  std::string key;  ///< carried in its props and as pending_post_id; empty: a post that may be doubled (an answer)
  std::string actions = {};
};

/// Errors: what no answer came to is `retry_later` or `in_doubt`; 401 is `denied` with code "credentials"; 429 is
/// `retry_later` with the time that the server named; the rest as http::status_fault() has it, the code being
/// Mattermost's own ("api.user.get_user.app_error").
class MattermostApi {
 public:
  explicit MattermostApi(MattermostServer server, std::shared_ptr<Clock> clock = nullptr, std::stop_token stop = {});
  ~MattermostApi();
  MattermostApi(const MattermostApi&) = delete;
  MattermostApi& operator=(const MattermostApi&) = delete;

  Result<ChatUser> me();  ///< the bot; asked once
  Result<ChatUser> user(const std::string& id);
  Result<ChatUser> user_by_email(const Address& address);  ///< `not_found` for those that left, too
  /// The channel for direct messages between the bot and the user; made where there is none.
  Result<std::string> direct_channel(const std::string& user_id);
  /// The new post's id.
  Result<std::string> post(const NewPost& post);
  /// Among the bot's posts of the channel not older than `since`, the one with this key in its props.
  Result<std::optional<std::string>> find_post(const std::string& channel_id, const std::string& key, Instant since);
  /// Puts `text` in the place of a post's buttons.
  Status settle_buttons(const std::string& post_id, const std::string& key, const std::string& text);

  /// What is over counts as none.
  Result<std::optional<CustomStatus>> custom_status(const std::string& user_id);
  Status set_custom_status(const std::string& user_id, const CustomStatus& status);
  Status unset_custom_status(const std::string& user_id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// When a 429 says that it is over: Retry-After, else X-Ratelimit-Reset, which is given in seconds from now or since
/// 1970, by the server's version.
std::optional<std::chrono::milliseconds> rate_limit_wait(const http::Headers& headers, Instant now);

}  // namespace caravan::notify
