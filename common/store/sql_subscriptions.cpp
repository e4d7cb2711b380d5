// SPDX-License-Identifier: GPL-3.0-or-later
// Subscriptions and what their callbacks do.
#include <algorithm>
#include <map>
#include <set>

#include "store/sql_live_store.hpp"

namespace caravan::store {
namespace {

const std::string kColumns =  // NOLINT(cert-err58-cpp): a few bytes
    "token, mailbox, kind, state, exchange_id, watermark, {now_ms} - created_ms, {now_ms} - heard_ms";

Subscription read_subscription(const Row& row) {
  const auto age = [&](int column) {
    return std::chrono::milliseconds(std::max<std::int64_t>(0, row.integer(column)));
  };
  return {Digest{row.text(0)}, Address(row.text(1)), row.text(2), row.text(3),
          row.text(4),         row.text(5),          age(6),      age(7)};
}

}  // namespace

Result<std::vector<Heard>> SqlLiveStore::hear(const std::vector<Callback>& callbacks) {
  std::vector<Heard> heard;
  heard.reserve(callbacks.size());
  for (std::span<const Callback> left(callbacks); !left.empty();) {
    const std::size_t count = std::min(left.size(), kChunks[0]);
    CARAVAN_CHECK(hear_chunk(left.first(count), heard));
    left = left.subspan(count);
  }
  return heard;
}

/// The tokens are looked up before anything is locked: what a stranger makes up costs a read.
Status SqlLiveStore::hear_chunk(std::span<const Callback> callbacks, std::vector<Heard>& heard) {
  static const ListText kFind("SELECT token, mailbox, state FROM subscription WHERE token IN (", 0, ")");
  static const ListText kLock("SELECT mailbox FROM live_mailbox WHERE mailbox IN (", 0,
                              ") ORDER BY mailbox{for_update}");
  static const ListText kNote("UPDATE subscription SET heard_ms = {now_ms} WHERE token IN (", 0, ")");
  static const ListText kEnd("UPDATE subscription SET state = 'retired' WHERE token IN (", 0, ")");
  static const ListText kPairs("SELECT pair FROM wake WHERE mailbox IN (", 0, ") ORDER BY pair");
  struct Known {
    std::string mailbox;
    bool retired;
  };
  std::map<std::string, Known> known;
  Values tokens;
  for (const Callback& callback : callbacks) tokens.emplace_back(callback.token.hex);
  CARAVAN_CHECK(for_values(kFind, {}, tokens, [&](const Row& row) {
    known[row.text(0)] = {row.text(1), row.text(2) == "retired"};
  }));

  Values noted, ended;
  std::set<std::string_view> all, with_news;
  for (const Callback& callback : callbacks) {
    const auto at = known.find(callback.token.hex);
    if (at == known.end() || at->second.retired) {
      heard.push_back(at == known.end() ? Heard::unknown : Heard::retired);
      continue;
    }
    heard.push_back(Heard::noted);
    noted.emplace_back(at->first);
    all.insert(at->second.mailbox);
    if (callback.news) with_news.insert(at->second.mailbox);
    if (callback.ended) ended.emplace_back(at->first);
  }
  if (noted.empty()) return {};
  return transact(database_, Database::Purpose::write, [&]() -> Status {
    CARAVAN_CHECK(for_values(kLock, {}, Values(all.begin(), all.end())));
    CARAVAN_CHECK(for_values(kNote, {}, noted));
    CARAVAN_CHECK(for_values(kEnd, {}, ended));
    std::vector<std::string> pairs;
    CARAVAN_CHECK(for_values(kPairs, {}, Values(with_news.begin(), with_news.end()),
                             [&](const Row& row) { pairs.push_back(row.text(0)); }));
    if (pairs.empty()) return {};
    return hint_chunk(Values(pairs.begin(), pairs.end()), Side::exchange);
  });
}

Status SqlLiveStore::add_subscription(const Subscription& subscription) {
  return execute(
      "INSERT INTO subscription (token, mailbox, kind, state, exchange_id, watermark, created_ms, heard_ms) VALUES "
      "($1, "
      "$2, $3, 'pending', $4, $5, {now_ms}, {now_ms})",
      {subscription.token.hex, subscription.mailbox.value, subscription.kind, subscription.exchange_id,
       subscription.watermark});
}

Status SqlLiveStore::confirm_subscription(const Digest& token, const std::string& exchange_id,
                                          const std::string& watermark) {
  const Value parameters[] = {token.hex, exchange_id, watermark};
  CARAVAN_TRY(changed, database_.execute("UPDATE subscription SET state = 'live', exchange_id = $2, watermark = $3 "
                                         "WHERE token = $1 AND state <> 'retired'",
                                         parameters));
  if (changed == 0) return make_error(Fault::not_found, "the subscription was retired meanwhile", "not_found");
  return {};
}

Status SqlLiveStore::retire_subscription(const Digest& token) {
  return execute("UPDATE subscription SET state = 'retired' WHERE token = $1", {token.hex});
}

Status SqlLiveStore::retire_subscriptions(const Address& mailbox) {
  return execute("UPDATE subscription SET state = 'retired' WHERE mailbox = $1", {mailbox.value});
}

Result<std::vector<Subscription>> SqlLiveStore::subscriptions(const Address& mailbox) {
  static const std::string kAll = "SELECT " + kColumns + " FROM subscription ORDER BY mailbox, created_ms DESC, token";
  static const std::string kOf =
      "SELECT " + kColumns + " FROM subscription WHERE mailbox = $1 ORDER BY created_ms DESC, token";
  std::vector<Subscription> out;
  const auto visit = [&](const Row& row) { out.push_back(read_subscription(row)); };
  if (mailbox.empty()) {
    CARAVAN_CHECK(query(kAll, {}, visit));
  } else {
    CARAVAN_CHECK(query(kOf, {mailbox.value}, visit));
  }
  return out;
}

Result<std::vector<Subscription>> SqlLiveStore::silent_subscriptions(std::chrono::milliseconds than) {
  static const std::string kSql = "SELECT " + kColumns +
                                  " FROM subscription WHERE state <> 'retired' AND heard_ms <= {now_ms} - CAST($1 AS "
                                  "BIGINT) ORDER BY heard_ms, token";
  std::vector<Subscription> out;
  CARAVAN_CHECK(query(kSql, {than.count()}, [&](const Row& row) { out.push_back(read_subscription(row)); }));
  return out;
}

}  // namespace caravan::store
