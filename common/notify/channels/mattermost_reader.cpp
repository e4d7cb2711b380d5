// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/channels/mattermost_reader.hpp"

#include <nlohmann/json.hpp>

namespace caravan::notify {
namespace {

using nlohmann::json;
using Moment = std::chrono::steady_clock::time_point;

std::string text_of(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A post event that is a person's direct message; what it holds is a document in a text (API v4, "posted").
std::optional<DirectMessage> direct_message(const json& event, const std::string& bot_id) {
  if (text_of(event, "event") != "posted" || !event.contains("data")) return std::nullopt;
  if (text_of(event["data"], "channel_type") != "D") return std::nullopt;
  const json post = json::parse(text_of(event["data"], "post"), nullptr, false);
  DirectMessage message{text_of(post, "user_id"), text_of(post, "channel_id"), text_of(post, "id"),
                        text_of(post, "message")};
  // A type is set on what the system says ("joined the channel"); other bots are not answered: no loops.
  const bool by_machine = post.is_object() && post.contains("props") && text_of(post["props"], "from_bot") == "true";
  if (message.user_id.empty() || message.user_id == bot_id || !text_of(post, "type").empty() || by_machine)
    return std::nullopt;
  return message;
}

std::chrono::milliseconds left(Moment until) {
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()));
}

}  // namespace

Result<MattermostReader> MattermostReader::open(const MattermostServer& server, std::string bot_id,
                                                std::stop_token stop) {
  http::WebSocketOptions options;
  options.url = server.url;
  while (options.url.ends_with('/')) options.url.pop_back();
  options.url += "/api/v4/websocket";
  options.ca_file = server.ca_file;
  CARAVAN_TRY(socket, http::WebSocket::open(options, stop));
  const json challenge = {
      {"seq", 1}, {"action", "authentication_challenge"}, {"data", {{"token", server.token.reveal()}}}};
  CARAVAN_CHECK(socket.send(challenge.dump()));
  const Moment until = std::chrono::steady_clock::now() + options.connect_timeout;
  for (;;) {
    CARAVAN_TRY(message, socket.receive(left(until), stop));
    if (!message)
      return make_error(Fault::retry_later, options.url + " did not answer the challenge.", "timeout",
                        "Check that proxies in between let WebSockets through.");
    const json answer = json::parse(*message, nullptr, false);
    if (!answer.is_object() || !answer.contains("seq_reply")) continue;  // "hello" may come before
    if (text_of(answer, "status") == "OK") return MattermostReader(std::move(socket), std::move(bot_id));
    return make_error(Fault::denied, options.url + " does not take the bot's token.", "credentials",
                      "Check the bot's token (notify.chat.token) and that the bot is enabled.");
  }
}

Result<std::optional<DirectMessage>> MattermostReader::next(std::chrono::milliseconds timeout, std::stop_token stop) {
  const Moment until = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    CARAVAN_TRY(message, socket_.receive(left(until), stop));
    if (!message) return std::optional<DirectMessage>{};
    const json event = json::parse(*message, nullptr, false);
    if (auto found = event.is_object() ? direct_message(event, bot_id_) : std::nullopt) return found;
  }
}

}  // namespace caravan::notify
