// SPDX-License-Identifier: GPL-3.0-or-later
// Reading mappings: whole by uid, item or href; keys as a stream; counts.
#include <algorithm>
#include <unordered_map>

#include "store/rows.hpp"
#include "store/sql_store.hpp"

namespace caravan::store {
namespace {

constexpr std::int64_t kKeysAtOnce = 1000;
constexpr int kMappingIdColumn = 16;  // after kMappingColumns

template <class T>
std::vector<Value> texts(const std::vector<T>& ids) {
  std::vector<Value> out;
  out.reserve(ids.size());
  for (const T& id : ids) out.emplace_back(std::string_view(id.value));
  return out;
}

template <class T>
std::vector<LookupKey> lookup_keys(const PairId& pair, const std::vector<T>& ids) {
  std::vector<LookupKey> out;
  out.reserve(ids.size());
  for (const T& id : ids) out.push_back(lookup_key(pair, id.value));
  return out;
}

std::vector<Value> all_bytes(const std::vector<LookupKey>& keys) {
  std::vector<Value> out;
  out.reserve(keys.size());
  for (const LookupKey& key : keys) out.push_back(bytes(key));
  return out;
}

/// The uids that were found, each once, in the order in which they were asked for.
template <class T>
std::vector<Uid> in_order(const std::vector<T>& asked, const std::unordered_map<std::string, Uid>& found) {
  std::vector<Uid> out;
  std::unordered_map<Uid, bool> seen;
  for (const T& id : asked) {
    const auto at = found.find(id.value);
    if (at != found.end() && !std::exchange(seen[at->second], true)) out.push_back(at->second);
  }
  return out;
}

}  // namespace

/// Runs a query for kMappingColumns and the row's id; the parts are added.
Status SqlStore::load_mappings(const PairId& pair, std::vector<Mapping>& mappings,
                               const std::function<Status(const Visit&)>& run) {
  static const ListText kParts("SELECT mapping, item, change_key, occurrence FROM mapping_item WHERE mapping IN (", 0,
                               ") ORDER BY mapping, number");
  std::unordered_map<std::int64_t, std::size_t> places;
  Values ids;
  CARAVAN_CHECK(run([&](const Row& row) {
    const std::int64_t id = row.integer(kMappingIdColumn);
    places.emplace(id, mappings.size());
    ids.emplace_back(id);
    mappings.push_back(read_mapping(row, pair));
  }));
  return for_values(kParts, {}, ids, [&](const Row& row) {
    const auto at = places.find(row.integer(0));
    if (at != places.end())
      mappings[at->second].exchange_parts.push_back({ItemId(row.text(1)), ChangeKey(row.text(2)), row.text(3)});
  });
}

Result<std::vector<Mapping>> SqlStore::mappings(const PairId& pair, const std::vector<Uid>& uids) {
  static const ListText kSql(
      "SELECT " + kMappingColumns +
          ", m.id FROM mapping m LEFT JOIN base_copy c ON c.mapping = m.id WHERE m.pair = $1 AND "
          "m.uid IN (",
      1, ")");
  std::vector<Uid> wanted = uids;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::vector<Mapping> out;
  CARAVAN_CHECK(load_mappings(
      pair, out, [&](const Visit& visit) { return for_values(kSql, {pair.value}, texts(wanted), visit); }));
  return out;
}

Result<std::optional<Mapping>> SqlStore::mapping(const PairId& pair, const Uid& uid) {
  CARAVAN_TRY(found, mappings(pair, {uid}));
  if (found.empty()) return std::optional<Mapping>();
  return std::optional<Mapping>(std::move(found.front()));
}

Result<std::vector<Mapping>> SqlStore::mappings_by_items(const PairId& pair, const std::vector<ItemId>& items) {
  // CROSS JOIN: SQLite then begins with the keys, not with the pair's mappings.
  static const ListText kSql(
      "SELECT i.item, m.uid FROM mapping_item i CROSS JOIN mapping m WHERE m.id = i.mapping AND m.pair = $1 AND "
      "i.item_key IN (",
      1, ") ORDER BY i.claim DESC");
  std::unordered_map<std::string, Uid> found;  // the last one stays: the living
  const auto keys = lookup_keys(pair, items);
  CARAVAN_CHECK(
      for_values(kSql, {pair.value}, all_bytes(keys), [&](const Row& row) { found[row.text(0)] = Uid(row.text(1)); }));
  return mappings(pair, in_order(items, found));
}

Result<std::optional<Mapping>> SqlStore::mapping_by_item(const PairId& pair, const ItemId& item) {
  CARAVAN_TRY(found, mappings_by_items(pair, {item}));
  if (found.empty()) return std::optional<Mapping>();
  return std::optional<Mapping>(std::move(found.front()));
}

Result<std::vector<Mapping>> SqlStore::mappings_by_hrefs(const PairId& pair, const std::vector<Href>& hrefs) {
  static const ListText kSql("SELECT href, uid FROM mapping WHERE pair = $1 AND href_key IN (", 1,
                             ") ORDER BY CASE WHEN state = 'tombstone' THEN 0 ELSE 1 END, updated, uid");
  std::unordered_map<std::string, Uid> found;  // the last one stays: the living, else the newest tombstone
  const auto keys = lookup_keys(pair, hrefs);
  CARAVAN_CHECK(
      for_values(kSql, {pair.value}, all_bytes(keys), [&](const Row& row) { found[row.text(0)] = Uid(row.text(1)); }));
  return mappings(pair, in_order(hrefs, found));
}

/// Pages by uid, so that neither database holds a cursor or a transaction while the visitor works.
Status SqlStore::each_mapping_key(const PairId& pair, const std::function<bool(const MappingKey&)>& visit) {
  static const std::string kSql =
      "SELECT m.uid, m.state, m.href, m.etag, i.item, i.change_key, i.occurrence FROM (SELECT id, uid, state, href, "
      "etag FROM mapping WHERE pair = $1 AND uid > $2 ORDER BY uid LIMIT $3) m LEFT JOIN mapping_item i ON i.mapping = "
      "m.id ORDER BY m.uid, i.number";
  std::string after;
  for (;;) {
    std::vector<MappingKey> page;
    CARAVAN_CHECK(query(kSql, {pair.value, after, kKeysAtOnce}, [&](const Row& row) {
      std::string found = row.text(0);
      if (page.empty() || page.back().uid.value != found) {
        page.push_back({Uid(std::move(found)), row.text(1), {}, Href(row.text(2)), Etag(row.text(3))});
      }
      if (!row.null(4))
        page.back().exchange_parts.push_back({ItemId(row.text(4)), ChangeKey(row.text(5)), row.text(6)});
    }));
    for (const MappingKey& key : page) {
      if (!visit(key)) return {};
    }
    if (page.size() < static_cast<std::size_t>(kKeysAtOnce)) return {};
    after = page.back().uid.value;
  }
}

Result<std::vector<Mapping>> SqlStore::mappings_page(const PairId& pair, const Uid& after, std::size_t limit) {
  static const std::string kSql =
      "SELECT " + kMappingColumns +
      ", m.id FROM mapping m LEFT JOIN base_copy c ON c.mapping = m.id WHERE m.pair = $1 AND m.uid > $2 AND m.state = "
      "'active' ORDER BY m.uid LIMIT $3";
  std::vector<Mapping> out;
  CARAVAN_CHECK(load_mappings(pair, out, [&](const Visit& visit) {
    return query(kSql, {pair.value, after.value, static_cast<std::int64_t>(limit)}, visit);
  }));
  return out;
}

Result<Store::Counts> SqlStore::counts(const PairId& pair) {
  Counts out;
  CARAVAN_CHECK(
      query("SELECT state, COUNT(*) FROM mapping WHERE pair = $1 GROUP BY state", {pair.value}, [&](const Row& row) {
        (row.text(0) == "tombstone" ? out.tombstones : out.active) += static_cast<std::size_t>(row.integer(1));
      }));
  const std::pair<const char*, std::size_t*> others[] = {
      {"SELECT COUNT(*) FROM conflict WHERE pair = $1 AND state = 'open'", &out.conflicts},
      {"SELECT COUNT(*) FROM parked WHERE pair = $1", &out.parked},
      {"SELECT COUNT(*) FROM pending_change WHERE pair = $1", &out.pending},
      {"SELECT COUNT(*) FROM intent WHERE pair = $1", &out.open_intents},
  };
  for (const auto& [sql, count] : others) {
    CARAVAN_CHECK(query(sql, {pair.value},
                        [&, target = count](const Row& row) { *target = static_cast<std::size_t>(row.integer(0)); }));
  }
  return out;
}

Result<std::size_t> SqlStore::deleted_since(const PairId& pair, Instant since) {
  std::size_t out = 0;
  CARAVAN_CHECK(query("SELECT COUNT(DISTINCT uid) FROM audit WHERE pair = $1 AND event = 'deleted' AND at >= $2",
                      {pair.value, seconds(since)},
                      [&](const Row& row) { out = static_cast<std::size_t>(row.integer(0)); }));
  return out;
}

}  // namespace caravan::store
