// SPDX-License-Identifier: GPL-3.0-or-later
// Rows to records: the column lists that queries name, and the functions that read them, side by side.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "store/database.hpp"
#include "store/records.hpp"

namespace caravan::store {

inline std::int64_t seconds(Instant instant) { return instant.time_since_epoch().count(); }
inline Value seconds(const std::optional<Instant>& instant) {
  return instant ? Value(seconds(*instant)) : Value(std::monostate{});
}
inline Instant instant(std::int64_t seconds_since_1970) { return Instant{std::chrono::seconds{seconds_since_1970}}; }
inline Value flag(bool value) { return static_cast<std::int64_t>(value); }
inline std::string_view side_name(Side side) { return side == Side::exchange ? "exchange" : "caldav"; }
inline Side side_of(const std::string& name) { return name == "exchange" ? Side::exchange : Side::caldav; }

extern const std::string kMailboxColumns;
Mailbox read_mailbox(const Row& row);
extern const std::string kPairColumns;
Pair read_pair(const Row& row);
/// The key by which an item id or an href of a pair is looked up (0001_initial.sql). Two ids may have one key: whoever
/// looks up compares the id.
using LookupKey = std::array<char, 16>;
LookupKey lookup_key(const PairId& pair, std::string_view id);
inline Value bytes(const LookupKey& key) { return Bytes{{key.data(), key.size()}}; }

extern const std::string kMappingColumns;  ///< of mapping m and base_copy c; without `pair`, which the query names
Mapping read_mapping(const Row& row, const PairId& pair);
extern const std::string kIntentColumns;
Intent read_intent(const Row& row);
extern const std::string kParkedColumns;
Parked read_parked(const Row& row);
extern const std::string kConflictColumns;
ConflictRow read_conflict(const Row& row);
extern const std::string kAuditColumns;
Audit read_audit(const Row& row);
extern const std::string kUndoColumns;
Undo read_undo(const Row& row);
extern const std::string kPlanColumns;
StoppedPlan read_plan(const Row& row);
extern const std::string kRunColumns;
Run read_run(const Row& row);
extern const std::string kJobColumns;
Job read_job(const Row& row);

}  // namespace caravan::store
