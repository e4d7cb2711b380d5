// SPDX-License-Identifier: GPL-3.0-or-later
// The chat's other direction: presses of buttons, the slash command, direct messages to the bot.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "app/adapters/sides.hpp"
#include "app/notify/people.hpp"
#include "app/pass/context.hpp"
#include "http/server.hpp"
#include "notify/channels/mattermost_api.hpp"
#include "util/secret.hpp"

namespace caravan::app {

/// What one thread needs to answer people: a connection to the store, the two sides, the chat.
class ChatClerk {
 public:
  ChatClerk(const Context& context, const People& people, Sides& sides, notify::MattermostServer server,
            std::stop_token stop);

  /// The body of a button's request -> the body of its answer. Never an error to the chat: what went wrong is said to
  /// the one who pressed.
  [[nodiscard]] std::string press(const std::string& body, const Secret& signing_key);
  /// The same for the slash command.
  [[nodiscard]] std::string slash(const std::string& body, const Secret& token);
  /// What somebody wrote -> the answer, as Markdown.
  [[nodiscard]] Result<std::string> answer(const std::string& user_id, const std::string& text);
  [[nodiscard]] notify::MattermostApi& api() noexcept { return api_; }

 private:
  Result<store::Store*> store();
  Result<std::optional<Person>> person_of(store::Store& store, const std::string& user_id);

  const Context& context_;
  const People& people_;
  Sides& sides_;
  notify::MattermostApi api_;
  std::stop_token stop_;
  std::unique_ptr<store::Store> store_;
};

/// Serves POST /press and POST /command on notify.chat.listen; each request is worked on by a thread of its own, one
/// after the other.
class ChatDesk {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ChatDesk>> start(const Context& context, const People& people,
                                                               Sides& sides, const notify::MattermostServer& server,
                                                               Secret signing_key, std::stop_token stop);
  ~ChatDesk();

 private:
  ChatDesk() = default;
  void work(std::stop_token stop);

  struct Job {
    std::function<std::string()> work;
    http::Reply reply;
  };
  std::unique_ptr<ChatClerk> clerk_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  std::unique_ptr<http::Server> server_;
  std::jthread thread_;
};

/// Reads direct messages to the bot and answers them, while this process holds the lease of the one reader.
void read_chat(const Context& context, const People& people, Sides& sides, const notify::MattermostServer& server,
               std::stop_token stop);

}  // namespace caravan::app
