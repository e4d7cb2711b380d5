// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/subscriber.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "app/live/attention.hpp"
#include "app/pass/holder.hpp"
#include "log/log.hpp"

namespace caravan::app {
namespace {

constexpr const char* kPushKind = "push";
constexpr const char* kStreamKind = "streaming";
constexpr std::chrono::seconds kLease{120};
constexpr std::chrono::milliseconds kFirstPause{10'000};
constexpr std::chrono::milliseconds kLongestPause{10 * 60'000};
constexpr std::size_t kTokenBytes = 16;
/// A round may take that part of the time.
constexpr int kShare = 50;
constexpr std::chrono::milliseconds kLongestLook{30'000};

/// Not a pair, but leased like one.
const PairId& subscriber_lease() {
  static const PairId kId("subscriber");
  return kId;
}

/// Refusals that are about subscriptions as such, and not about this mailbox: nobody will get one.
bool is_forbidden(const Error& error) {
  return error.code == "ErrorExceededSubscriptionCount" || error.code == "ErrorSubscriptionDelegateAccessNotSupported";
}

bool is_bad_url(const Error& error) { return error.code == "ErrorInvalidPushSubscriptionUrl"; }

bool has_heard_row(const std::vector<store::Subscription>& rows, std::string_view kind,
                   std::chrono::milliseconds silence) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const auto& row) { return row.kind == kind && is_heard(row, silence); });
}

}  // namespace

std::string_view to_string(Way way) noexcept {
  switch (way) {
    case Way::push:
      return "push";
    case Way::streaming:
      return "streaming";
    case Way::poll:
      return "poll";
  }
  return "?";
}

SubscriberOptions subscriber_options(const config::Config& config) {
  SubscriberOptions options;
  options.callback_url = config.exchange.callback_url;
  while (options.callback_url.ends_with('/')) options.callback_url.pop_back();
  switch (config.exchange.notifications) {
    case config::Notifications::push:
      options.wanted = options.callback_url.empty() ? Way::streaming : Way::push;
      break;
    case config::Notifications::streaming:
      options.wanted = Way::streaming;
      break;
    case config::Notifications::poll:
      options.wanted = Way::poll;
      break;
  }
  options.status_frequency = std::chrono::floor<std::chrono::minutes>(config.sync.status_frequency);
  options.silence = longest_silence(config);
  options.try_again = config.sync.poll_interval;
  return options;
}

Subscriber::Subscriber(const Context& context, Sides& sides, SubscriberOptions options)
    : context_(context), sides_(sides), options_(std::move(options)), way_(options_.wanted) {}
Subscriber::~Subscriber() = default;

void Subscriber::run(const std::stop_token& stop) {
  Result<std::unique_ptr<store::Store>> store = context_.open_store();
  bool reachable = true;
  while (!stop.stop_requested()) {
    const auto began = context_.clock->monotonic();
    const Status done = [&]() -> Status {
      if (!store) return store.error();
      CARAVAN_CHECK(round(**store, stop));
      return {};
    }();
    if (!done && done.error().fault != Fault::cancelled) {
      if (std::exchange(reachable, false)) log::failure(log::Level::warning, "subscriber_waits", done.error());
      store = context_.open_store();
    } else {
      reachable = true;
    }
    const auto took = std::chrono::ceil<std::chrono::milliseconds>(context_.clock->monotonic() - began);
    if (!context_.sleeper->sleep_for(std::clamp(kShare * took, options_.look, std::max(kLongestLook, options_.look)),
                                     stop))
      break;
  }
  groups_.clear();
  if (store && lease_) (void)(*store)->release_lease(*lease_);
}

Result<Way> Subscriber::round(store::Store& store, const std::stop_token& stop) {
  CARAVAN_TRY(leads, is_leader(store));
  if (!leads) return way_;
  if (!told_) {
    const std::string why = options_.wanted == Way::streaming && options_.callback_url.empty()
                                ? "exchange.callback_url is not set"
                                : std::string();
    CARAVAN_CHECK(set_way(store, way_, why));
  }
  CARAVAN_TRY(all, listeners(store));
  CARAVAN_CHECK(drop_unwanted(store, all));
  CARAVAN_CHECK(tend_streams(store, all));
  if (way_ == Way::push) CARAVAN_CHECK(round_of_push(store, all, stop));
  if (way_ == Way::streaming) CARAVAN_CHECK(round_of_streams(store, all, stop));
  if (way_ != options_.wanted) CARAVAN_CHECK(try_better(store, all, stop));
  return way_;
}

Result<bool> Subscriber::is_leader(store::Store& store) {
  if (lease_) {
    CARAVAN_TRY(kept, store.renew_lease(*lease_, kLease));
    if (kept) return true;
    lease_.reset();
    groups_.clear();
    told_ = false;
    way_ = options_.wanted;
  }
  CARAVAN_TRY(lease, take_lease(store, subscriber_lease(), kLease));
  lease_ = std::move(lease);
  return lease_.has_value();
}

Result<Subscriber::Listeners> Subscriber::listeners(store::Store& store) {
  CARAVAN_TRY(mailboxes, store.mailboxes());
  CARAVAN_TRY(pairs, store.pairs({}));
  // All that are not retired; those grow in number. (Silent for less than nothing: the clock may have been set back.)
  CARAVAN_TRY(rows, store.live().silent_subscriptions(-std::chrono::hours(1)));
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.created_ago < b.created_ago; });
  Listeners out;
  for (const auto& row : mailboxes) {
    if (row.state != "subscribed") continue;
    Listener& listener = out[row.address];
    listener.mailbox.address = row.address;
    for (const auto& alias : row.aliases) listener.mailbox.aliases.emplace_back(alias);
  }
  for (const auto& pair : pairs) {
    const auto at = out.find(pair.mailbox);
    if (at == out.end() || pair.state != "active") continue;
    at->second.folders.push_back(pair.folder);
    at->second.pairs.push_back(pair.id);
  }
  for (auto& row : rows) {
    const auto at = out.find(row.mailbox);
    if (at != out.end()) at->second.rows.push_back(std::move(row));
  }
  std::erase_if(out, [](const auto& each) { return each.second.folders.empty(); });
  return out;
}

Status Subscriber::set_way(store::Store& store, Way way, const std::string& why) {
  if (told_ && way == way_) return {};
  if (told_ && way > way_) {
    log::warning("notifications_fell_back", {{"from", to_string(way_)}, {"to", to_string(way)}, {"why", why}});
  } else if (told_) {
    log::info("notifications_restored", {{"from", to_string(way_)}, {"to", to_string(way)}});
  } else {
    log::info("notifications_by", {{"way", to_string(way)}, {"why", why}});
  }
  told_ = true;
  way_ = way;
  trouble_.clear();
  next_try_ = context_.clock->monotonic() + options_.try_again;
  CARAVAN_CHECK(store.set_setting("live:way", std::string(to_string(way))));
  CARAVAN_CHECK(store.set_setting("live:way_why", why));
  return store.set_setting("live:way_since", to_rfc3339(context_.clock->now()));
}

Status Subscriber::round_of_push(store::Store& store, Listeners& all, const std::stop_token& stop) {
  auto last_heard = std::chrono::milliseconds::max();
  for (const auto& [address, listener] : all)
    for (const auto& row : listener.rows)
      if (row.kind == kPushKind && is_proven(row)) last_heard = std::min(last_heard, row.heard_ago);
  std::vector<const Listener*> whom;
  bool unreachable = false;
  for (const auto& [address, listener] : all) {
    const auto newest =
        std::find_if(listener.rows.begin(), listener.rows.end(), [](const auto& row) { return row.kind == kPushKind; });
    if (newest != listener.rows.end() && is_heard(*newest, options_.silence)) {
      trouble_.erase(address);
      if (listener.rows.size() > 1) CARAVAN_CHECK(replace(store, listener, newest->token));
      continue;
    }
    if (newest != listener.rows.end() && !(newest->state == "live" && is_proven(*newest))) {
      if (newest->created_ago <= options_.first_call) continue;  // it may still be called
      CARAVAN_CHECK(retire(store, listener, *newest));
      // Where others were called meanwhile, it is this mailbox's matter.
      if (last_heard > newest->created_ago) unreachable = true;
      failed(listener, make_error(Fault::retry_later, "Exchange did not call back.", "NoCallback"));
    }
    if (!is_in_trouble(listener)) whom.push_back(&listener);
  }
  if (unreachable) return set_way(store, Way::streaming, "Exchange's calls do not arrive at exchange.callback_url");
  if (whom.empty()) return {};
  CARAVAN_TRY(answers, subscribe(store, whom, Way::push, {}, stop));
  std::size_t made = 0;
  const Error *forbidden = nullptr, *bad_url = nullptr;
  for (const auto& asked : answers) {
    if (asked.answer) {
      ++made;
      continue;
    }
    if (is_forbidden(asked.answer.error())) forbidden = &asked.answer.error();
    if (is_bad_url(asked.answer.error())) bad_url = &asked.answer.error();
  }
  if (bad_url != nullptr) return set_way(store, Way::streaming, bad_url->what);
  if (forbidden != nullptr && made == 0 && last_heard > options_.silence)
    return set_way(store, Way::poll, forbidden->what);
  return {};
}

/// What an earlier configuration left.
Status Subscriber::drop_unwanted(store::Store& store, Listeners& all) {
  if (options_.wanted == Way::push) return {};
  for (auto& [address, listener] : all)
    for (auto row = listener.rows.begin(); row != listener.rows.end();) {
      if (options_.wanted == Way::streaming && row->kind == kStreamKind) {
        ++row;
        continue;
      }
      CARAVAN_CHECK(retire(store, listener, *row));
      row = listener.rows.erase(row);
    }
  return {};
}

Status Subscriber::replace(store::Store& store, const Listener& listener, const Digest& token) {
  for (const auto& row : listener.rows)
    if (row.token != token && row.kind == kPushKind) CARAVAN_CHECK(retire(store, listener, row));
  return {};
}

Status Subscriber::retire(store::Store& store, const Listener& listener, const store::Subscription& row) {
  CARAVAN_CHECK(store.live().retire_subscription(row.token));
  log::debug("subscription_retired", {{"mailbox", listener.mailbox.address}, {"kind", row.kind}});
  return {};
}

/// What the mailbox's streams look like now: those that are gone leave, those that nobody needs are ended.
Status Subscriber::tend_streams(store::Store& store, Listeners& all) {
  std::set<std::string> wanted;
  for (const auto& [address, listener] : all) {
    if (way_ == Way::push && has_heard_row(listener.rows, kPushKind, options_.silence)) continue;
    for (const auto& row : listener.rows) wanted.insert(row.token.hex);
  }
  bool gave_up = false;
  std::optional<Error> why;
  for (auto& group : groups_) {
    for (const auto& dead : group.take_dead()) CARAVAN_CHECK(store.live().retire_subscription(dead.token));
    if (group.failures() >= options_.stream_failures) {
      gave_up = true;
      why = group.last_error();
      for (const auto& member : group.remove([](const StreamMember&) { return true; })) {
        CARAVAN_CHECK(store.live().retire_subscription(member.token));
        const auto at = all.find(member.mailbox.address);
        if (at == all.end()) continue;
        if (why) failed(at->second, *why);
        CARAVAN_CHECK(store.live().hint(at->second.pairs, Side::exchange));  // it is polled from now on
      }
    }
  }
  CARAVAN_CHECK(
      drop_streams(store, all, [&](const StreamMember& member) { return !wanted.contains(member.token.hex); }));
  groups_.remove_if([](const StreamGroup& group) { return group.size() == 0; });
  const bool any_open = std::any_of(groups_.begin(), groups_.end(), [](const auto& group) { return group.is_open(); });
  if (way_ == Way::streaming && gave_up && !any_open)
    return set_way(store, Way::poll, why ? why->what : "no stream could be opened");
  // Streams of a process that is gone are nobody's: nobody listens to them.
  for (auto& [address, listener] : all)
    for (const auto& row : listener.rows)
      if (row.kind == kStreamKind &&
          std::none_of(groups_.begin(), groups_.end(), [&](const auto& group) { return group.has(row.token); }))
        CARAVAN_CHECK(retire(store, listener, row));
  return {};
}

Status Subscriber::drop_streams(store::Store& store, const Listeners& all,
                                const std::function<bool(const StreamMember&)>& gone) {
  for (auto& group : groups_) {
    for (const auto& member : group.remove(gone)) {
      CARAVAN_CHECK(store.live().retire_subscription(member.token));
      config::MailboxEntry entry;
      entry.address = member.mailbox.address;
      if (auto client = sides_.exchange(entry)) (void)ews::unsubscribe(*client, member.mailbox, member.subscription);
      if (const auto at = all.find(member.mailbox.address); at != all.end())
        CARAVAN_CHECK(store.live().hint(at->second.pairs, Side::exchange));
    }
  }
  return {};
}

Status Subscriber::round_of_streams(store::Store& store, Listeners& all, const std::stop_token& stop) {
  std::vector<const Listener*> whom;
  for (const auto& [address, listener] : all) {
    const bool told =
        has_heard_row(listener.rows, kPushKind, options_.silence) ||
        std::any_of(listener.rows.begin(), listener.rows.end(), [&](const auto& row) {
          return std::any_of(groups_.begin(), groups_.end(), [&](const auto& group) { return group.has(row.token); });
        });
    if (!told && !is_in_trouble(listener)) whom.push_back(&listener);
  }
  return join_streams(store, whom, stop);
}

Status Subscriber::join_streams(store::Store& store, const std::vector<const Listener*>& whom,
                                const std::stop_token& stop) {
  const auto member_of = [](const Asked& asked) {
    return StreamMember{asked.token, asked.listener->mailbox, asked.answer->id};
  };
  std::size_t at = 0, made = 0;
  std::optional<Error> forbidden;
  while (at < whom.size() && !stop.stop_requested()) {
    auto group = std::find_if(groups_.begin(), groups_.end(),
                              [](const StreamGroup& each) { return each.size() < kMostOfAStream; });
    std::vector<StreamMember> members;
    // The first of a group learns at which server the others belong (ews-facts 9.5).
    const bool fresh = group == groups_.end();
    const std::size_t count = fresh ? 1 : std::min(kMostOfAStream - group->size(), whom.size() - at);
    const std::vector<const Listener*> part(whom.begin() + static_cast<std::ptrdiff_t>(at),
                                            whom.begin() + static_cast<std::ptrdiff_t>(at + count));
    at += count;
    CARAVAN_TRY(answers, subscribe(store, part, Way::streaming, fresh ? std::string() : group->affinity(), stop));
    std::string affinity;
    for (const auto& asked : answers) {
      if (!asked.answer) {
        if (is_forbidden(asked.answer.error())) forbidden = asked.answer.error();
        continue;
      }
      affinity = asked.answer->affinity;
      members.push_back(member_of(asked));
    }
    made += members.size();
    if (members.empty()) continue;
    if (fresh) group = groups_.emplace(groups_.end(), context_, sides_, affinity);
    group->add(std::move(members));
  }
  if (way_ == Way::streaming && forbidden && made == 0 && groups_.empty())
    return set_way(store, Way::poll, forbidden->what);
  return {};
}

Status Subscriber::try_better(store::Store& store, Listeners& all, const std::stop_token& stop) {
  const auto again = [&] { next_try_ = context_.clock->monotonic() + options_.try_again; };
  if (way_ == Way::poll && !groups_.empty()) {  // a stream is being tried
    if (groups_.front().is_open()) return set_way(store, Way::streaming, {});
    if (groups_.front().failures() == 0) return {};
    again();
    return drop_streams(store, all, [](const StreamMember&) { return true; });
  }
  if (probe_) {
    const auto at = all.find(probed_);
    const store::Subscription* row = nullptr;
    if (at != all.end())
      for (const auto& each : at->second.rows)
        if (each.token == *probe_) row = &each;
    if (row != nullptr && is_heard(*row, options_.silence)) {
      probe_.reset();
      trouble_.clear();
      return set_way(store, Way::push, {});
    }
    if (row != nullptr && row->created_ago <= options_.first_call) return {};
    if (row != nullptr) CARAVAN_CHECK(retire(store, at->second, *row));
    probe_.reset();
    again();
  } else if (context_.clock->monotonic() < next_try_ || all.empty()) {
    return {};
  } else {
    again();
    auto at = all.upper_bound(probed_);  // another one each time
    if (at == all.end()) at = all.begin();
    probed_ = at->first;
    if (options_.wanted == Way::push) {
      CARAVAN_TRY(answers, subscribe(store, {&at->second}, Way::push, {}, stop));
      if (answers.size() == 1 && answers.front().answer) {
        probe_ = answers.front().token;
        return {};
      }
    }
  }
  if (way_ == Way::poll) {
    const auto at = all.find(probed_);
    if (at != all.end()) return join_streams(store, {&at->second}, stop);
  }
  return {};
}

Result<std::vector<Subscriber::Asked>> Subscriber::subscribe(store::Store& store,
                                                             const std::vector<const Listener*>& whom, Way way,
                                                             const std::string& affinity, const std::stop_token& stop) {
  std::vector<std::optional<Asked>> answers(whom.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&](store::Store& mine) {
    for (std::size_t i = next++; i < whom.size() && !stop.stop_requested(); i = next++) {
      config::MailboxEntry entry;
      entry.address = whom[i]->mailbox.address;
      auto client = sides_.exchange(entry);
      if (client)
        answers[i] = ask(mine, *client, *whom[i], way, affinity, stop);
      else
        answers[i] = Asked{whom[i], {}, client.error()};
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < std::min(options_.threads, whom.size()); ++i)
      helpers.emplace_back([&] {
        if (auto own = context_.open_store()) work(**own);
      });
    work(store);
  }
  std::vector<Asked> out;
  for (auto& each : answers) {
    if (!each) continue;
    Asked& asked = *each;
    if (!asked.answer) {
      if (asked.answer.error().fault == Fault::cancelled) continue;
      failed(*asked.listener, asked.answer.error());
    }
    // What happened before the subscription is told by nobody; and who got none is polled.
    CARAVAN_CHECK(store.live().hint(asked.listener->pairs, Side::exchange));
    out.push_back(std::move(asked));
  }
  return out;
}

Subscriber::Asked Subscriber::ask(store::Store& store, ews::Client& client, const Listener& listener, Way way,
                                  const std::string& affinity, const std::stop_token& stop) {
  const std::string secret = random_hex(kTokenBytes);
  store::Subscription row;
  row.token = sha256(secret);
  row.mailbox = listener.mailbox.address;
  row.kind = way == Way::push ? kPushKind : kStreamKind;
  Asked asked{&listener, row.token, Error{}};
  if (auto added = store.live().add_subscription(row); !added) {
    asked.answer = added.error();
    return asked;
  }
  asked.answer = way == Way::push
                     ? ews::subscribe_push(client, listener.mailbox, listener.folders,
                                           {options_.callback_url + "/" + secret, options_.status_frequency, {}}, stop)
                     : ews::subscribe_streaming(client, listener.mailbox, listener.folders, affinity, stop);
  if (asked.answer) {
    if (auto kept = store.live().confirm_subscription(row.token, asked.answer->id, asked.answer->watermark); !kept)
      asked.answer = kept.error();
  }
  // In doubt, too: what Exchange may have made is answered "Unsubscribe" when it calls.
  if (!asked.answer) (void)store.live().retire_subscription(row.token);
  return asked;
}

void Subscriber::failed(const Listener& listener, const Error& error) {
  Trouble& trouble = trouble_[listener.mailbox.address];
  if (trouble.pause.count() == 0)
    log::failure(log::Level::warning, "not_subscribed", error, {{"mailbox", listener.mailbox.address}});
  trouble.pause = trouble.pause.count() == 0 ? kFirstPause : std::min(2 * trouble.pause, kLongestPause);
  trouble.until = context_.clock->monotonic() + trouble.pause;
}

bool Subscriber::is_in_trouble(const Listener& listener) const {
  const auto at = trouble_.find(listener.mailbox.address);
  return at != trouble_.end() && context_.clock->monotonic() < at->second.until;
}

}  // namespace caravan::app
