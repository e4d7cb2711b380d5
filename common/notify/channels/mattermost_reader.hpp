// SPDX-License-Identifier: GPL-3.0-or-later
// Direct messages to the bot, as Mattermost's WebSocket tells of them (API v4, /websocket). What was written while
// nobody listened is not told of. NOT thread-safe.
#pragma once
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "http/websocket.hpp"
#include "notify/channels/mattermost_api.hpp"

namespace caravan::notify {

struct DirectMessage {
  std::string user_id, channel_id, post_id, text;
};

class MattermostReader {
 public:
  /// Connects and proves itself by the token. `bot_id`: whose own posts are passed over. Errors: `denied` with code
  /// "credentials" (the token), else as http::WebSocket::open().
  static Result<MattermostReader> open(const MattermostServer& server, std::string bot_id, std::stop_token stop);

  /// The next direct message of a person; nothing where none came in time. An error means: open again.
  Result<std::optional<DirectMessage>> next(std::chrono::milliseconds timeout, std::stop_token stop);

 private:
  MattermostReader(http::WebSocket socket, std::string bot_id)
      : socket_(std::move(socket)), bot_id_(std::move(bot_id)) {}

  http::WebSocket socket_;
  std::string bot_id_;
};

}  // namespace caravan::notify
