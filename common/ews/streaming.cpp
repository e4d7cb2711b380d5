// SPDX-License-Identifier: GPL-3.0-or-later
// get_streaming_events: envelopes are taken as they arrive, and silence ends the stream.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "ews/connection.hpp"
#include "ews/notification_wire.hpp"
#include "ews/subscriptions.hpp"
#include "ews/wire/envelope_splitter.hpp"
#include "ews/wire/subscription_requests.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr const char* kOperation = "GetStreamingEvents";
constexpr const char* kClosed = "StreamClosed";  // inside this file: the server said that it closes

/// Stops the transfer when nothing came for too long, or when the caller stops. libcurl hears of it by a stop token.
class SilenceGuard {
 public:
  SilenceGuard(std::chrono::milliseconds silence, std::stop_token outer)
      : silence_(silence),
        heard_(std::chrono::steady_clock::now()),
        outer_(std::move(outer), [this] { stop_.request_stop(); }),
        thread_([this](const std::stop_token& ending) { watch(ending); }) {}

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  void heard() {
    const std::lock_guard lock(mutex_);
    heard_ = std::chrono::steady_clock::now();
  }
  [[nodiscard]] bool was_silent() const {
    const std::lock_guard lock(mutex_);
    return silent_;
  }

 private:
  void watch(const std::stop_token& ending) {
    std::unique_lock lock(mutex_);
    while (!ending.stop_requested()) {
      const auto due = heard_ + silence_;
      if (std::chrono::steady_clock::now() >= due) {
        silent_ = true;
        lock.unlock();
        stop_.request_stop();
        return;
      }
      changed_.wait_until(lock, ending, due, [] { return false; });
    }
  }

  const std::chrono::milliseconds silence_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::chrono::steady_clock::time_point heard_;
  bool silent_ = false;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> outer_;
  std::jthread thread_;  // last: it ends before what it uses
};

/// Takes the envelopes of one stream.
class Listener {
 public:
  Listener(Connection& connection, const Mailbox& mailbox, const StreamHandler& handler, StreamEnd& end)
      : connection_(connection), mailbox_(mailbox), handler_(handler), end_(end) {}

  Status take(std::string_view piece) {
    if (!splitter_.feed(piece))
      return make_error(Fault::malformed, where_() + ": the stream holds no envelopes.", kBadXml);
    while (auto envelope = splitter_.next()) CARAVAN_CHECK(take_envelope(std::move(*envelope)));
    return {};
  }
  [[nodiscard]] bool is_cut_short() const { return splitter_.has_rest(); }

 private:
  std::string where_() const { return Connection::where(kOperation, mailbox_); }

  Status take_envelope(std::string text) {
    CARAVAN_TRY(answer, connection_.parse(std::move(text), where_(), mailbox_));
    const auto* response = answer.body->m__GetStreamingEventsResponse;
    if (response == nullptr)
      return make_error(Fault::malformed, where_() + ": the answer is one to another operation.", kBadXml);
    for (const auto& message : response->ResponseMessages.GetStreamingEventsResponseMessage)
      CARAVAN_CHECK(take_message(message));
    return {};
  }

  Status take_message(const m__GetStreamingEventsResponseMessageType& message) {
    if (message.ErrorSubscriptionIds != nullptr) end_.dead = message.ErrorSubscriptionIds->SubscriptionId;
    if (auto error = Connection::message_error(message, where_())) return *error;
    if (!opened_) {
      opened_ = true;
      if (handler_.opened) handler_.opened();
    }
    if (message.Notifications != nullptr)
      for (const auto& each : message.Notifications->Notification)
        CARAVAN_CHECK(handler_.notified(read_notification(each)));
    if (message.ConnectionStatus != nullptr && *message.ConnectionStatus == "Closed")
      return make_error(Fault::retry_later, where_() + ": its time is over.", kClosed);
    return {};
  }

  Connection& connection_;
  const Mailbox& mailbox_;
  const StreamHandler& handler_;
  StreamEnd& end_;
  EnvelopeSplitter splitter_;
  bool opened_ = false;
};

}  // namespace

StreamEnd get_streaming_events(Client& client, const Mailbox& mailbox, std::span<const std::string> subscriptions,
                               const StreamOptions& options, const StreamHandler& handler, std::stop_token stop) {
  StreamEnd end;
  Connection& connection = client.connection();
  Listener listener(connection, mailbox, handler, end);
  SilenceGuard guard(options.silence, stop);
  const int minutes = static_cast<int>(std::clamp<std::int64_t>(options.duration.count(), 1, 30));
  Sending sending;
  sending.affinity = options.affinity;
  const Status done = connection.stream(
      kOperation, mailbox,
      [&](Arena& arena, Schema, s__BodyType& body) { wire::get_streaming_events(arena, body, subscriptions, minutes); },
      [&](std::string_view piece) {
        guard.heard();
        return listener.take(piece);
      },
      std::chrono::minutes(minutes) + options.silence, sending, guard.token());
  if (!done && done.error().code != kClosed) end.error = done.error();
  if (guard.was_silent() && !stop.stop_requested())
    end.error = make_error(Fault::retry_later, Connection::where(kOperation, mailbox) + ": the stream fell silent.",
                           "StreamSilent");
  else if (done && listener.is_cut_short())
    end.error = make_error(Fault::retry_later, Connection::where(kOperation, mailbox) + ": the stream was cut off.",
                           "StreamCut");
  return end;
}

}  // namespace caravan::ews
