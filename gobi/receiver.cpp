// SPDX-License-Identifier: GPL-3.0-or-later
#include "gobi/receiver.hpp"

#include <algorithm>

#include "log/log.hpp"
#include "metrics/metrics.hpp"
#include "util/text.hpp"

namespace caravan::gobi {
namespace {

constexpr std::size_t kTokenDigits = 32;  // 128 bits
constexpr std::string_view kHintPath = "/hint/";

// m:SendNotificationResult, the one answer that Exchange understands.
constexpr std::string_view kOk =
    R"(<?xml version="1.0" encoding="utf-8"?>)"
    R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>)"
    R"(<SendNotificationResult xmlns="http://schemas.microsoft.com/exchange/services/2006/messages">)"
    R"(<SubscriptionStatus>OK</SubscriptionStatus></SendNotificationResult></s:Body></s:Envelope>)";
constexpr std::string_view kUnsubscribe =
    R"(<?xml version="1.0" encoding="utf-8"?>)"
    R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>)"
    R"(<SendNotificationResult xmlns="http://schemas.microsoft.com/exchange/services/2006/messages">)"
    R"(<SubscriptionStatus>Unsubscribe</SubscriptionStatus></SendNotificationResult></s:Body></s:Envelope>)";

http::Answer soap(std::string_view body) { return {200, "text/xml; charset=utf-8", std::string(body), {}}; }
http::Answer nothing(int status) { return {status, "", "", {}}; }

http::Answer answer_for(store::Heard heard) {
  switch (heard) {
    case store::Heard::noted:
      return soap(kOk);
    case store::Heard::retired:
      return soap(kUnsubscribe);
    case store::Heard::unknown:
      return nothing(404);
  }
  return nothing(500);
}

std::string_view name_of(store::Heard heard) {
  switch (heard) {
    case store::Heard::noted:
      return "ok";
    case store::Heard::retired:
      return "unsubscribe";
    case store::Heard::unknown:
      return "unknown";
  }
  return "?";
}

bool is_token(std::string_view text) {
  return text.size() == kTokenDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void count(std::string_view answer, std::size_t callbacks) {
  metrics::global().add(metrics::kCallbacks, {{"answer", std::string(answer)}}, static_cast<double>(callbacks));
}
void count_hints(std::string_view answer, std::size_t hints) {
  metrics::global().add(metrics::kHints, {{"answer", std::string(answer)}}, static_cast<double>(hints));
}

}  // namespace

Marks marks_into(std::function<Result<std::unique_ptr<store::Store>>()> open_store) {
  const auto kept = std::make_shared<std::unique_ptr<store::Store>>();
  const auto opened = [kept, open_store = std::move(open_store)]() -> Result<store::LiveStore*> {
    if (!*kept) {
      CARAVAN_TRY(store, open_store());
      *kept = std::move(store);
    }
    return &(*kept)->live();
  };
  return {[opened](const std::vector<store::Callback>& callbacks) -> Result<std::vector<store::Heard>> {
            CARAVAN_TRY(live, opened());
            return live->hear(callbacks);
          },
          [opened](const std::string& user) -> Result<std::size_t> {
            CARAVAN_TRY(live, opened());
            return live->hint_user(user);
          }};
}

Receiver::Receiver(ReceiverOptions options, Marks marks)
    : options_(std::move(options)),
      hint_secret_(sha256(options_.hint_secret.reveal())),
      marks_(std::move(marks)),
      thread_([this] { work(); }) {}
Receiver::~Receiver() { stop(); }

std::vector<http::Route> Receiver::callback_routes() {
  return {{"POST", options_.callback_path + "/",
           [this](http::IncomingRequest request, http::Reply reply) { take_callback(request, std::move(reply)); }}};
}

std::vector<http::Route> Receiver::hint_routes() {
  if (options_.hint_secret.empty()) return {};
  return {{"POST", std::string(kHintPath),
           [this](http::IncomingRequest request, http::Reply reply) { take_hint(request, std::move(reply)); }}};
}

void Receiver::take_callback(const http::IncomingRequest& request, http::Reply reply) {
  const auto token = std::string_view(request.path).substr(options_.callback_path.size() + 1);
  if (!is_token(token)) {
    count("unknown", 1);
    return reply.send(nothing(404));
  }
  const Said said = options_.read ? options_.read(request.body) : Said::news;
  Digest digest = sha256(token);
  const std::scoped_lock lock(mutex_);
  if (stopping_) return reply.send(nothing(503));
  std::string key = digest.hex;
  Waiting& waiting =
      hand_.callbacks.try_emplace(std::move(key), Waiting{{std::move(digest), false, false}, {}}).first->second;
  waiting.callback.news = waiting.callback.news || said != Said::alive;
  waiting.callback.ended = waiting.callback.ended || said == Said::ended;
  waiting.replies.push_back(std::move(reply));
  came_.notify_one();
}

void Receiver::take_hint(const http::IncomingRequest& request, http::Reply reply) {
  const std::string secret = text::percent_decode(std::string_view(request.path).substr(kHintPath.size()));
  if (sha256(secret) != hint_secret_) {
    count_hints("unknown", 1);
    return reply.send(nothing(404));
  }
  std::string user = http::form_value(request.query, "user");
  if (user.empty()) user = http::form_value(text::trim(request.body), "user");
  if (user.empty()) return reply.send(nothing(400));
  if (user == options_.service_user) {
    count_hints("ignored", 1);
    return reply.send(nothing(204));
  }
  const std::scoped_lock lock(mutex_);
  if (stopping_) return reply.send(nothing(503));
  hand_.hints[std::move(user)].push_back(std::move(reply));
  came_.notify_one();
}

void Receiver::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    came_.wait(lock, [this] { return stopping_ || !hand_.empty(); });
    if (hand_.empty()) return;
    if (!stopping_ && options_.gather.count() > 0) {
      lock.unlock();
      std::this_thread::sleep_for(options_.gather);
      lock.lock();
    }
    Hand hand = std::exchange(hand_, {});
    lock.unlock();
    commit(std::move(hand));
    lock.lock();
  }
}

/// What is left without an answer by an exception (no memory) answers 500 when the hand is dropped.
void Receiver::commit(Hand hand) {
  try {
    commit_callbacks(hand);
    commit_hints(hand);
  } catch (const std::exception& problem) {
    log::error("callbacks_dropped", {{"what", problem.what()}});
  }
}

void Receiver::commit_callbacks(Hand& hand) {
  if (hand.callbacks.empty()) return;
  std::vector<store::Callback> callbacks;
  std::vector<std::vector<http::Reply>*> replies;
  for (auto& [key, waiting] : hand.callbacks) {
    callbacks.push_back(waiting.callback);
    replies.push_back(&waiting.replies);
  }
  const auto heard = marks_.hear(callbacks);
  report(heard ? Status() : Status(heard.error()));
  std::map<std::string_view, std::size_t> counts;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const http::Answer answer = heard ? answer_for((*heard)[i]) : nothing(503);
    for (http::Reply& reply : *replies[i]) reply.send(answer);
    counts[heard ? name_of((*heard)[i]) : "unavailable"] += replies[i]->size();
  }
  for (const auto& [answer, number] : counts) count(answer, number);
}

void Receiver::commit_hints(Hand& hand) {
  for (auto& [user, replies] : hand.hints) {
    const auto marked = marks_.hint_user(user);
    report(marked ? Status() : Status(marked.error()));
    for (http::Reply& reply : replies) reply.send(nothing(marked ? 204 : 503));
    count_hints(marked ? "ok" : "unavailable", replies.size());
  }
}

/// Once when it begins, once when it is over: an outage is not a line for each callback.
void Receiver::report(const Status& done) {
  if (done.has_value() == reachable_) return;
  reachable_ = done.has_value();
  if (done) {
    log::info("callbacks_marked_again");
  } else {
    log::failure(log::Level::error, "callbacks_not_marked", done.error());
  }
}

void Receiver::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  came_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace caravan::gobi
