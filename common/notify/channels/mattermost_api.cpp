// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/channels/mattermost_api.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "util/text.hpp"

namespace caravan::notify {
namespace {

using nlohmann::json;

constexpr int kPageOfPosts = 200;                   // the most that the server gives
constexpr std::int64_t kEpochFrom = 1'000'000'000;  // what is larger counts from 1970
constexpr std::string_view kAttachmentColor = "#808080";

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

/// Invalid UTF-8 (of a title, say) is replaced and never thrown over.
std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

ChatUser user_of(const json& user) {
  return ChatUser{text_of(user, "id"), text_of(user, "username"), text::lower(text_of(user, "email")),
                  number_of(user, "delete_at") == 0};
}

Error odd_answer(const std::string& what) {
  return make_error(Fault::retry_later, what + " was answered with what is no document of Mattermost's.", "malformed",
                    "Check that notify.chat.url is the address of a Mattermost server.");
}

}  // namespace

std::optional<std::chrono::milliseconds> rate_limit_wait(const http::Headers& headers, Instant now) {
  const std::int64_t seconds_now = now.time_since_epoch().count();
  if (const auto wait = http::parse_retry_after(headers.get("Retry-After"), seconds_now)) return wait;
  const std::string_view reset = headers.get("X-Ratelimit-Reset");
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(reset.data(), reset.data() + reset.size(), value);
  if (reset.empty() || problem != std::errc{} || end != reset.data() + reset.size()) return std::nullopt;
  if (value >= kEpochFrom) value -= seconds_now;
  return std::chrono::seconds(std::clamp<std::int64_t>(value, 0, 3600));
}

struct MattermostApi::Impl {
  Impl(MattermostServer given, std::shared_ptr<Clock> given_clock, std::stop_token given_stop)
      : server(std::move(given)),
        clock(given_clock ? std::move(given_clock) : system_clock()),
        stop(std::move(given_stop)),
        client(client_options()) {
    while (server.url.ends_with('/')) server.url.pop_back();
  }

  http::Options client_options() const {
    http::Options options;
    options.auth = http::Auth::bearer;
    options.token = [token = server.token]() -> Result<Secret> { return token; };
    options.ca_file = server.ca_file;
    options.total_timeout = server.timeout;
    options.max_response_bytes = 64ULL * 1024 * 1024;
    options.max_connections = 1;
    return options;
  }

  Error refused(const http::Request& request, const http::Response& response) const {
    Error error = http::status_error(request, response);
    const json document = json::parse(response.body, nullptr, false);
    if (document.is_object() && !text_of(document, "id").empty()) error.code = text_of(document, "id");
    if (response.status == 401) {
      error.code = "credentials";
      error.remedy = "Check the bot's token (notify.chat.token) and that the bot is enabled.";
    }
    if (response.status == 429) error.retry_after = rate_limit_wait(response.headers, clock->now());
    return error;
  }

  Result<json> call(const char* method, const std::string& path, const json& body = nullptr) {
    http::Request request;
    request.method = method;
    request.url = server.url + "/api/v4" + path;
    if (!body.is_null()) {
      request.headers = {{"Content-Type", "application/json"}};
      request.body = dumped(body);
    }
    auto response = client.perform(request, stop);
    if (!response) {
      Error error = std::move(response).error();
      // No connection that may be trusted: what is to be sent can wait for it.
      if (error.fault == Fault::denied) error.fault = Fault::retry_later;
      return error;
    }
    if (http::status_fault(response->status)) return refused(request, *response);
    json document = json::parse(response->body, nullptr, false);
    if (!document.is_object()) return odd_answer(request.method + " " + request.url);
    return document;
  }

  MattermostServer server;
  std::shared_ptr<Clock> clock;
  std::stop_token stop;
  http::Client client;
  std::optional<ChatUser> bot;
};

MattermostApi::MattermostApi(MattermostServer server, std::shared_ptr<Clock> clock, std::stop_token stop)
    : impl_(std::make_unique<Impl>(std::move(server), std::move(clock), std::move(stop))) {}
MattermostApi::~MattermostApi() = default;

Result<ChatUser> MattermostApi::me() {
  if (!impl_->bot) {
    CARAVAN_TRY(found, impl_->call("GET", "/users/me"));
    impl_->bot = user_of(found);
  }
  return *impl_->bot;
}

Result<ChatUser> MattermostApi::user(const std::string& id) {
  CARAVAN_TRY(found, impl_->call("GET", "/users/" + text::percent_encode(id, text::Slash::escape)));
  return user_of(found);
}

Result<ChatUser> MattermostApi::user_by_email(const Address& address) {
  auto found = impl_->call("GET", "/users/email/" + text::percent_encode(address.value, text::Slash::escape));
  if (!found) return std::move(found).error();
  ChatUser user = user_of(*found);
  if (user.id.empty() || !user.active)
    return make_error(Fault::not_found, "Mattermost has no active user with the address " + address.value + ".",
                      "no-user", "Give the account this mail address, or take chat out of the person's channels.");
  return user;
}

Result<std::string> MattermostApi::direct_channel(const std::string& user_id) {
  CARAVAN_TRY(bot, me());
  CARAVAN_TRY(channel, impl_->call("POST", "/channels/direct", json::array({bot.id, user_id})));
  if (text_of(channel, "id").empty()) return odd_answer("The request for a direct channel");
  return text_of(channel, "id");
}

Result<std::string> MattermostApi::post(const NewPost& post) {
  json body = {{"channel_id", post.channel_id}, {"message", post.message}};
  if (!post.key.empty()) {
    CARAVAN_TRY(bot, me());
    body["pending_post_id"] = bot.id + ":" + post.key;
    body["props"]["caravan_key"] = post.key;
  }
  if (!post.actions.empty())
    body["props"]["attachments"] =
        json::array({{{"fallback", ""}, {"color", kAttachmentColor}, {"actions", json::parse(post.actions)}}});
  CARAVAN_TRY(made, impl_->call("POST", "/posts", body));
  if (text_of(made, "id").empty())
    return make_error(Fault::in_doubt, "Mattermost took a post and did not name it.", "malformed");
  return text_of(made, "id");
}

Result<std::optional<std::string>> MattermostApi::find_post(const std::string& channel_id, const std::string& key,
                                                            Instant since) {
  CARAVAN_TRY(bot, me());
  const std::int64_t since_ms = since.time_since_epoch().count() * 1000;
  for (int page = 0;; ++page) {
    CARAVAN_TRY(list, impl_->call("GET", "/channels/" + text::percent_encode(channel_id, text::Slash::escape) +
                                             "/posts?page=" + std::to_string(page) +
                                             "&per_page=" + std::to_string(kPageOfPosts)));
    const json order = list.value("order", json::array()), posts = list.value("posts", json::object());
    if (!order.is_array() || !posts.is_object()) return odd_answer("The list of a channel's posts");
    for (const auto& id : order) {  // newest first
      const auto found = id.is_string() ? posts.find(id.get<std::string>()) : posts.end();
      if (found == posts.end() || !found->is_object()) continue;
      if (number_of(*found, "create_at") < since_ms) return std::optional<std::string>{};
      const json props = found->value("props", json::object());
      if (props.is_object() && text_of(props, "caravan_key") == key && text_of(*found, "user_id") == bot.id)
        return std::optional<std::string>(text_of(*found, "id"));
    }
    if (order.size() < kPageOfPosts) return std::optional<std::string>{};
  }
}

Status MattermostApi::settle_buttons(const std::string& post_id, const std::string& key, const std::string& text) {
  const json attachment = {{"fallback", text}, {"color", kAttachmentColor}, {"text", text}};
  const json body = {{"props", {{"caravan_key", key}, {"attachments", json::array({attachment})}}}};
  CARAVAN_TRY(done,
              impl_->call("PUT", "/posts/" + text::percent_encode(post_id, text::Slash::escape) + "/patch", body));
  static_cast<void>(done);
  return {};
}

Result<std::optional<CustomStatus>> MattermostApi::custom_status(const std::string& user_id) {
  CARAVAN_TRY(user, impl_->call("GET", "/users/" + text::percent_encode(user_id, text::Slash::escape)));
  const json props = user.value("props", json::object());
  if (!props.is_object()) return std::optional<CustomStatus>{};
  const json kept = json::parse(text_of(props, "customStatus"), nullptr, false);  // a document inside a text
  if (!kept.is_object()) return std::optional<CustomStatus>{};
  CustomStatus status{text_of(kept, "emoji"), text_of(kept, "text"), text_of(kept, "duration"), std::nullopt};
  // The zero time ("0001-01-01T00:00:00Z") stands for none.
  Instant expires{};
  if (parse_rfc3339(text_of(kept, "expires_at"), expires) && expires.time_since_epoch().count() > 0)
    status.expires = expires;
  const bool over = status.expires && *status.expires <= impl_->clock->now();
  if (over || (status.emoji.empty() && status.text.empty())) return std::optional<CustomStatus>{};
  return std::optional<CustomStatus>(std::move(status));
}

Status MattermostApi::set_custom_status(const std::string& user_id, const CustomStatus& status) {
  json body = {{"emoji", status.emoji}, {"text", status.text}, {"duration", ""}};
  if (status.expires) {  // neither goes without the other
    body["duration"] = status.duration.empty() ? "date_and_time" : status.duration;
    body["expires_at"] = to_rfc3339(*status.expires);
  }
  CARAVAN_TRY(
      done,
      impl_->call("PUT", "/users/" + text::percent_encode(user_id, text::Slash::escape) + "/status/custom", body));
  static_cast<void>(done);
  return {};
}

Status MattermostApi::unset_custom_status(const std::string& user_id) {
  CARAVAN_TRY(done,
              impl_->call("DELETE", "/users/" + text::percent_encode(user_id, text::Slash::escape) + "/status/custom"));
  static_cast<void>(done);
  return {};
}

}  // namespace caravan::notify
