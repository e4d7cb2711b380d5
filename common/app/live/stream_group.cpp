// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/stream_group.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "log/log.hpp"

namespace caravan::app {
namespace {

constexpr std::chrono::milliseconds kFirstPause{5'000};
constexpr std::chrono::milliseconds kLongestPause{10 * 60'000};
/// A stream that was open and broke is opened again soon, and not in a hurry.
constexpr std::chrono::milliseconds kAfterACut{500};
/// Heartbeats are noted no more often than this: they come for each subscription by itself.
constexpr std::chrono::seconds kNoteLife{20};

std::vector<store::Callback> callbacks_of(const std::vector<StreamMember>& members, bool news) {
  std::vector<store::Callback> out;
  out.reserve(members.size());
  for (const auto& member : members) out.push_back({member.token, news, false});
  return out;
}

}  // namespace

StreamGroup::StreamGroup(const Context& context, Sides& sides, std::string affinity, ews::StreamOptions options)
    : context_(context),
      sides_(sides),
      affinity_(std::move(affinity)),
      options_(std::move(options)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

StreamGroup::~StreamGroup() {
  thread_.request_stop();
  {
    const std::scoped_lock lock(mutex_);
    opening_.request_stop();
  }
  thread_.join();
}

void StreamGroup::add(std::vector<StreamMember> members) {
  const std::scoped_lock lock(mutex_);
  std::move(members.begin(), members.end(), std::back_inserter(members_));
  renew_ = true;
  opening_.request_stop();
  changed_.notify_all();
}

std::vector<StreamMember> StreamGroup::remove(const std::function<bool(const StreamMember&)>& gone) {
  const std::scoped_lock lock(mutex_);
  const auto first = std::stable_partition(members_.begin(), members_.end(),
                                           [&](const StreamMember& member) { return !gone(member); });
  std::vector<StreamMember> out(std::make_move_iterator(first), std::make_move_iterator(members_.end()));
  members_.erase(first, members_.end());
  // What Exchange says of them until the stream is opened anew marks nothing: their rows are retired.
  if (members_.empty()) opening_.request_stop();
  return out;
}

std::vector<StreamMember> StreamGroup::take_dead() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(dead_, {});
}

std::size_t StreamGroup::size() const {
  const std::scoped_lock lock(mutex_);
  return members_.size();
}

bool StreamGroup::has(const Digest& token) const {
  const std::scoped_lock lock(mutex_);
  return std::any_of(members_.begin(), members_.end(), [&](const auto& member) { return member.token == token; });
}

bool StreamGroup::is_open() const {
  const std::scoped_lock lock(mutex_);
  return open_;
}

int StreamGroup::failures() const {
  const std::scoped_lock lock(mutex_);
  return failures_;
}

std::optional<Error> StreamGroup::last_error() const {
  const std::scoped_lock lock(mutex_);
  return last_error_;
}

void StreamGroup::work(const std::stop_token& stop) {
  auto store = context_.open_store();
  while (!stop.stop_requested()) {
    std::vector<StreamMember> members;
    std::stop_token opening;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !members_.empty(); });
      if (stop.stop_requested()) return;  // whoever asked has stopped the opening that is over, and not the next one
      members = members_;
      opening_ = std::stop_source();
      opening = opening_.get_token();
      renew_ = false;
    }
    if (!store) store = context_.open_store();
    if (store)
      listen(**store, members, opening);
    else
      ended({store.error(), {}}, false);
    if (!pause(stop)) return;
  }
}

void StreamGroup::listen(store::Store& store, const std::vector<StreamMember>& members, const std::stop_token& stop) {
  config::MailboxEntry payer;
  payer.address = members.front().mailbox.address;
  auto client = sides_.exchange_stream(payer);
  if (!client) return ended({client.error(), {}}, false);
  std::map<std::string, const StreamMember*> by_id;
  std::vector<std::string> ids;
  for (const auto& member : members) {
    by_id[member.subscription] = &member;
    ids.push_back(member.subscription);
  }
  bool opened = false;
  Status marked;
  auto noted = context_.clock->monotonic();
  ews::StreamHandler handler;
  handler.opened = [&] {
    opened = true;
    if (auto heard = store.live().hear(callbacks_of(members, true)); !heard) marked = heard.error();
    const std::scoped_lock lock(mutex_);
    open_ = marked.has_value();
    if (open_) failures_ = 0;
  };
  handler.notified = [&](const ews::Notification& notification) -> Status {
    CARAVAN_CHECK(marked);
    if (notification.has_news()) {
      const auto at = by_id.find(notification.subscription);
      if (at == by_id.end()) return {};
      CARAVAN_CHECK(store.live().hear({{at->second->token, true, false}}));
    } else if (context_.clock->monotonic() - noted > kNoteLife) {
      noted = context_.clock->monotonic();
      CARAVAN_CHECK(store.live().hear(callbacks_of(members, false)));
    }
    return {};
  };
  ews::StreamOptions options = options_;
  options.affinity = affinity_;
  auto end = ews::get_streaming_events(*client, members.front().mailbox, ids, options, handler, stop);
  if (!marked) end.error = marked.error();  // the stream said that it opened, and nobody knows: open it again
  ended(end, opened && marked);
}

void StreamGroup::ended(const ews::StreamEnd& end, bool was_open) {
  const std::scoped_lock lock(mutex_);
  open_ = false;
  for (const auto& id : end.dead) {
    const auto at = std::find_if(members_.begin(), members_.end(),
                                 [&](const StreamMember& member) { return member.subscription == id; });
    if (at == members_.end()) continue;
    dead_.push_back(std::move(*at));
    members_.erase(at);
  }
  last_error_ = end.error;
  if (renew_ || !end.error || was_open || !end.dead.empty()) {
    failures_ = 0;
    if (was_open && end.error && end.dead.empty() && !renew_)
      log::failure(log::Level::info, "stream_ended", *end.error);
    return;
  }
  ++failures_;
  log::failure(log::Level::info, "stream_not_opened", *end.error, {{"mailboxes", members_.size()}});
}

/// False where the end is asked for.
bool StreamGroup::pause(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (renew_ || (failures_ == 0 && !last_error_)) return !stop.stop_requested();
  const auto wait =
      failures_ == 0 ? kAfterACut : std::min(kFirstPause * (1 << std::min(failures_ - 1, 10)), kLongestPause);
  changed_.wait_for(lock, stop, wait, [this] { return renew_; });
  return !stop.stop_requested();
}

}  // namespace caravan::app
