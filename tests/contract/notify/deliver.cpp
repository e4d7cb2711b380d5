// SPDX-License-Identifier: GPL-3.0-or-later
// Drives the channels from a test: `notify-deliver MODE OPTIONS`, OPTIONS a JSON document. Each line on stdin is one
// thing to do, each line on stdout what became of it: {"ok": ...} or {"fault", "code", "what", "remedy",
// "retry_after_ms"}.
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "notify/channels/mail.hpp"
#include "notify/channels/mattermost.hpp"
#include "notify/channels/mattermost_action.hpp"
#include "notify/channels/mattermost_reader.hpp"
#include "notify/channels/meeting_status.hpp"
#include "notify/channels/webhook.hpp"

namespace {

using namespace caravan;
using namespace caravan::notify;
using nlohmann::json;

Instant at(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

json failure(const Error& error) {
  json out = {{"fault", to_string(error.fault)}, {"code", error.code}, {"what", error.what}, {"remedy", error.remedy}};
  if (error.retry_after) out["retry_after_ms"] = error.retry_after->count();
  return out;
}

template <class T, class Show>
json outcome(const Result<T>& result, Show show) {
  return result ? json{{"ok", show(*result)}} : failure(result.error());
}
json outcome(const Status& result) { return result ? json{{"ok", true}} : failure(result.error()); }

Shown shown_from(const json& in) {
  Shown event;
  event.summary = in.value("summary", "");
  event.location = in.value("location", "");
  event.description = in.value("description", "");
  event.link = in.value("link", "");
  event.organizer = in.value("organizer", "");
  event.attendees = in.value("attendees", std::vector<std::string>{});
  event.is_private = in.value("private", false);
  event.start = model::utc_time(at(in.value("start", std::int64_t{0})));
  event.end = model::utc_time(at(in.value("end", std::int64_t{0})));
  return event;
}

Outgoing message_from(const json& in) {
  Outgoing message;
  message.key = in.at("key").get<std::string>();
  message.thread = in.value("thread", "");
  message.repeat = in.value("repeat", false);
  message.created = at(in.value("created", std::int64_t{0}));
  message.calendar = in.value("calendar", "");
  const json words = in.value("words", json::object());
  message.words.subject = words.value("subject", "");
  message.words.text = words.value("text", "");
  message.words.html = words.value("html", "");
  message.words.markdown = words.value("markdown", "");
  message.words.accept = words.value("accept", "Accept");
  message.words.maybe = words.value("maybe", "Maybe");
  message.words.decline = words.value("decline", "Decline");
  const json telling = in.value("telling", json::object());
  message.telling.kind = kind_from(telling.value("kind", "changed")).value();
  message.telling.mailbox = Address(telling.value("mailbox", ""));
  message.telling.uid = Uid(telling.value("uid", ""));
  message.telling.occurrence = telling.value("occurrence", "");
  message.telling.answer_wanted = telling.value("answer_wanted", false);
  message.telling.attendees_added = telling.value("attendees_added", std::vector<std::string>{});
  for (const auto& who : telling.value("answers", std::vector<std::string>{}))
    message.telling.answers.push_back({who, model::Participation::accepted, {}, {}});
  if (telling.contains("was")) message.telling.was = shown_from(telling["was"]);
  if (telling.contains("now")) message.telling.now = shown_from(telling["now"]);
  if (telling.contains("agenda"))
    for (const auto& line : telling["agenda"])
      message.telling.agenda.push_back({Uid(line.value("uid", "")), shown_from(line), false});
  return message;
}

MailOptions mail_options(const json& in) {
  MailOptions options;
  options.server.url = in.at("url").get<std::string>();
  options.server.username = in.value("username", "");
  options.server.password = Secret(in.value("password", ""));
  options.server.ca_file = in.value("ca_file", "");
  if (in.contains("require_tls")) options.server.require_tls = in["require_tls"].get<bool>();
  options.server.total_timeout = std::chrono::milliseconds(in.value("timeout_ms", 20000));
  options.from = in.value("from", "caravan@example.org");
  options.from_name = in.value("from_name", "");
  options.envelope_from = in.value("envelope_from", "");
  return options;
}

WebhookOptions webhook_options(const json& in) {
  WebhookOptions options;
  options.url = in.at("url").get<std::string>();
  options.key = Secret(in.at("key").get<std::string>());
  options.timeout = std::chrono::milliseconds(in.value("timeout_ms", 20000));
  return options;
}

MattermostServer chat_server(const json& in) {
  MattermostServer server;
  server.url = in.at("url").get<std::string>();
  server.token = Secret(in.at("token").get<std::string>());
  server.ca_file = in.value("ca_file", "");
  server.timeout = std::chrono::milliseconds(in.value("timeout_ms", 20000));
  return server;
}

MattermostOptions chat_options(const json& in) {
  MattermostOptions options;
  options.server = chat_server(in);
  options.actions_url = in.value("actions_url", "");
  options.signing_key = Secret(in.value("signing_key", ""));
  return options;
}

json custom_status_json(const CustomStatus& status) {
  return {{"emoji", status.emoji},
          {"text", status.text},
          {"duration", status.duration},
          {"expires", status.expires ? json(status.expires->time_since_epoch().count()) : json()}};
}

/// One step of the status of {"email", "now", "until" or null, "remembered"}: asks, decides, does.
json status_step(MattermostApi& api, const json& in) {
  const auto user = api.user_by_email(Address(in.at("email").get<std::string>()));
  if (!user) return failure(user.error());
  const auto present = api.custom_status(user->id);
  if (!present) return failure(present.error());
  std::optional<Instant> until;
  if (in.contains("until") && !in["until"].is_null()) until = at(in["until"].get<std::int64_t>());
  const auto step = next_status(in.value("remembered", ""), *present, until, {}, at(in.at("now").get<std::int64_t>()));
  if (!step) return failure(step.error());
  Status done;
  if (step->what == StatusStep::What::set) done = api.set_custom_status(user->id, step->status);
  if (step->what == StatusStep::What::unset) done = api.unset_custom_status(user->id);
  if (!done) return failure(done.error());
  return {{"ok", {{"remembered", step->afterwards}, {"present", *present ? custom_status_json(**present) : json()}}}};
}

json pressed_json(const Press& press) {
  return {{"key", press.action.key},
          {"mailbox", press.action.mailbox.value},
          {"uid", press.action.uid.value},
          {"occurrence", press.action.occurrence},
          {"answer", static_cast<int>(press.action.answer)},
          {"post_id", press.post_id},
          {"channel_id", press.channel_id}};
}

void channel_loop(Channel& channel) {
  for (std::string line; std::getline(std::cin, line);)
    std::cout << outcome(channel.deliver(message_from(json::parse(line))), [](const Sent& sent) {
      return sent.receipt;
    }) << std::endl;
}

void api_loop(MattermostApi& api) {
  for (std::string line; std::getline(std::cin, line);) {
    const json in = json::parse(line);
    const std::string what = in.at("do").get<std::string>();
    json out;
    if (what == "status") out = status_step(api, in);
    if (what == "settle")
      out = outcome(api.settle_buttons(in.at("post"), in.at("key"), in.at("text").get<std::string>()));
    if (what == "user")
      out = outcome(api.user(in.at("id")), [](const ChatUser& user) { return json{user.id, user.name, user.email}; });
    std::cout << out << std::endl;
  }
}

/// Prints "ready", then each direct message; a line on stdin is answered by what came within so many milliseconds.
int listen(const json& options) {
  MattermostServer server = chat_server(options);
  MattermostApi api(server);
  const auto bot = api.me();
  if (!bot) return std::cout << failure(bot.error()) << std::endl, 0;
  if (options.contains("socket_token")) server.token = Secret(options["socket_token"].get<std::string>());
  auto reader = MattermostReader::open(server, bot->id, {});
  if (!reader) return std::cout << failure(reader.error()) << std::endl, 0;
  std::cout << json{{"ok", "ready"}} << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const auto message = reader->next(std::chrono::milliseconds(std::stoi(line)), {});
    std::cout << outcome(message, [](const std::optional<DirectMessage>& found) {
      return found ? json{{"user", found->user_id},
                          {"channel", found->channel_id},
                          {"post", found->post_id},
                          {"text", found->text}}
                   : json();
    }) << std::endl;
  }
  return 0;
}

/// Only the connection itself.
void open_websocket(const json& in) {
  http::WebSocketOptions options;
  options.url = in.at("url").get<std::string>();
  options.ca_file = in.value("ca_file", "");
  std::cout << outcome(http::WebSocket::open(options, {}), [](const http::WebSocket&) { return "open"; }) << std::endl;
}

/// Lines {"body", "now"}: presses, or slash commands where OPTIONS has a slash token.
void request_loop(const json& options) {
  for (std::string line; std::getline(std::cin, line);) {
    const json in = json::parse(line);
    const std::string body = in.at("body").get<std::string>();
    if (options.contains("slash_token"))
      std::cout << outcome(read_slash_command(body, Secret(options["slash_token"].get<std::string>())),
                           [](const SlashCommand& command) {
                             return json{command.user_id, command.channel_id, command.text};
                           })
                << std::endl;
    else
      std::cout << outcome(verify_action(body, Secret(options.at("signing_key").get<std::string>()),
                                         at(in.at("now").get<std::int64_t>())),
                           pressed_json)
                << std::endl;
  }
}

int run(const std::string& mode, const json& options) {
  if (mode == "mail") channel_loop(*mail_channel(mail_options(options)));
  if (mode == "webhook") channel_loop(*webhook_channel(webhook_options(options)));
  if (mode == "chat") channel_loop(*mattermost_channel(chat_options(options)));
  if (mode == "requests") request_loop(options);
  if (mode == "websocket") open_websocket(options);
  if (mode == "listen") return listen(options);
  if (mode == "api") {
    MattermostApi api(chat_server(options));
    api_loop(api);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    return run(argv[1], json::parse(argv[2]));
  } catch (const std::exception& problem) {
    std::cerr << "notify-deliver: " << problem.what() << '\n';
    return 1;
  }
}
