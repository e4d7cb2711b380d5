// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/channels/webhook.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "http/client.hpp"
#include "notify/channels/carried.hpp"
#include "util/digest.hpp"

namespace caravan::notify {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

/// RFC 3339 with the zone beside it; a date alone for an all-day boundary; without offset for a floating time.
json time_json(const model::EventTime& time) {
  const std::string text = to_rfc3339(time.instant());
  switch (time.kind) {
    case model::TimeKind::date:
      return {{"date", text.substr(0, 10)}};
    case model::TimeKind::floating:
      return {{"local", text.substr(0, 19)}};
    case model::TimeKind::utc:
      return {{"at", text}};
    case model::TimeKind::zoned:
      return {{"at", text}, {"zone", time.zone}};
  }
  return nullptr;
}

/// Times only, of a private event; all of it, of another.
json event_json(const Shown& event) {
  json out = {{"start", time_json(event.start)}, {"end", time_json(event.end)}, {"private", event.is_private}};
  if (event.rule) out["recurrence"] = model::to_string(*event.rule);
  if (event.is_private) return out;
  out["title"] = event.summary;
  out["location"] = event.location;
  out["description"] = event.description;
  out["link"] = event.link;
  out["organizer"] = event.organizer;
  out["attendees"] = event.attendees;
  return out;
}

json answer_json(const Answer& answer) {
  json out = {{"who", answer.who}, {"answer", answer_name(answer.participation)}};
  if (answer.proposed_start) out["proposed_start"] = time_json(*answer.proposed_start);
  if (answer.proposed_end) out["proposed_end"] = time_json(*answer.proposed_end);
  return out;
}

bool shows_private(const Telling& telling) {
  return (telling.was && telling.was->is_private) || (telling.now && telling.now->is_private) ||
         std::any_of(telling.agenda.begin(), telling.agenda.end(),
                     [](const AgendaLine& line) { return line.event.is_private; });
}

/// What names people or has been put into words with content. Only where nothing in the telling is private.
void add_words_and_people(json& out, const Outgoing& message) {
  const Telling& telling = message.telling;
  out["subject"] = message.words.subject;
  out["text"] = message.words.text;
  out["attendees_added"] = telling.attendees_added;
  out["attendees_removed"] = telling.attendees_removed;
  json answers = json::array();
  for (const auto& answer : telling.answers) answers.push_back(answer_json(answer));
  out["answers"] = std::move(answers);
}

class WebhookChannel final : public Channel {
 public:
  WebhookChannel(WebhookOptions options, std::shared_ptr<Clock> clock, std::stop_token stop)
      : options_(std::move(options)),
        clock_(clock ? std::move(clock) : system_clock()),
        stop_(std::move(stop)),
        client_(client_options()) {}

  [[nodiscard]] ChannelKind kind() const noexcept override { return ChannelKind::webhook; }
  [[nodiscard]] Result<Sent> deliver(const Outgoing& message) override;

 private:
  [[nodiscard]] http::Options client_options() const {
    http::Options options;
    options.ca_file = options_.ca_file;
    options.total_timeout = options_.timeout;
    options.max_response_bytes = 1024UL * 1024;
    options.max_connections = 1;
    return options;
  }

  WebhookOptions options_;
  std::shared_ptr<Clock> clock_;
  std::stop_token stop_;
  http::Client client_;
};

Result<Sent> WebhookChannel::deliver(const Outgoing& message) {
  http::Request request;
  request.method = "POST";
  request.url = options_.url;
  request.body = webhook_document(message);
  const std::string id = carried_key(message.key);
  const std::string timestamp = std::to_string(clock_->now().time_since_epoch().count());
  request.headers = {{"Content-Type", "application/json"},
                     {"X-Caravan-Id", id},
                     {"X-Caravan-Timestamp", timestamp},
                     {"X-Caravan-Signature", webhook_signature(options_.key, timestamp, request.body)}};
  auto response = client_.perform(request, stop_);
  if (!response) {
    Error error = std::move(response).error();
    // No connection that may be trusted: what is to be sent can wait for it.
    if (error.fault == Fault::denied) error.fault = Fault::retry_later;
    return error;
  }
  if (http::status_fault(response->status)) {
    Error error = http::status_error(request, *response);
    if (error.fault == Fault::denied) {
      error.code = "credentials";
      error.remedy = "Check notify.webhook.secret and what the receiver's log says.";
    }
    return error;
  }
  return Sent{id};
}

}  // namespace

std::string webhook_document(const Outgoing& message) {
  const Telling& telling = message.telling;
  const bool is_private = shows_private(telling);
  json out = {{"version", kVersion},
              {"id", carried_key(message.key)},
              {"created", to_rfc3339(message.created)},
              {"kind", to_string(telling.kind)},
              {"mailbox", telling.mailbox.value},
              {"uid", telling.uid.value},
              {"occurrence", telling.occurrence},
              {"private", is_private},
              {"was", telling.was ? event_json(*telling.was) : json()},
              {"now", telling.now ? event_json(*telling.now) : json()}};
  json changed = json::array();
  for (const auto field : telling.changed) changed.push_back(model::to_string(field));
  out["changed"] = std::move(changed);
  if (telling.kind == Kind::daily || telling.kind == Kind::weekly) {
    json agenda = json::array();
    for (const auto& line : telling.agenda) {
      json row = event_json(line.event);
      row["uid"] = line.uid.value;
      row["answer_wanted"] = line.answer_wanted;
      agenda.push_back(std::move(row));
    }
    out["agenda"] = std::move(agenda);
    out["day"] = telling.day ? time_json(*telling.day) : json();
  }
  if (telling.kind == Kind::admin || telling.kind == Kind::summary) {
    out["topic"] = telling.topic;
    out["detail"] = telling.detail;
    out["count"] = telling.count;
  }
  if (!is_private) add_words_and_people(out, message);
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string webhook_signature(const Secret& key, const std::string& timestamp, const std::string& body) {
  return "v1=" + hmac_sha256(key.reveal(), timestamp + "." + body);
}

std::unique_ptr<Channel> webhook_channel(WebhookOptions options, std::shared_ptr<Clock> clock, std::stop_token stop) {
  return std::make_unique<WebhookChannel>(std::move(options), std::move(clock), std::move(stop));
}

}  // namespace caravan::notify
