// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/rows.hpp"

#include <algorithm>

#include "util/digest.hpp"
#include "util/text.hpp"

namespace caravan::store {
namespace {

std::optional<Instant> optional_instant(const Row& row, int column) {
  if (row.null(column)) return std::nullopt;
  return instant(row.integer(column));
}

}  // namespace

const std::string kMailboxColumns =
    "address, caldav_user, aliases, kind, zone, state, last_success, last_error, last_error_code";
Mailbox read_mailbox(const Row& row) {
  Mailbox out;
  out.address = Address(row.text(0));
  out.caldav_user = row.text(1);
  if (const std::string aliases = row.text(2); !aliases.empty()) out.aliases = text::split(aliases, '\n');
  out.kind = row.text(3);
  out.zone = row.text(4);
  out.state = row.text(5);
  out.last_success = optional_instant(row, 6);
  out.last_error = row.text(7);
  out.last_error_code = row.text(8);
  return out;
}

const std::string kPairColumns =
    "id, mailbox, folder, folder_name, collection, state, collection_made, made_by, sync_state, sync_token, ctag, "
    "listing_complete, since, until, last_success";
Pair read_pair(const Row& row) {
  Pair out;
  out.id = PairId(row.text(0));
  out.mailbox = Address(row.text(1));
  out.folder = FolderId(row.text(2));
  out.folder_name = row.text(3);
  out.collection = Href(row.text(4));
  out.state = row.text(5);
  out.collection_made = row.integer(6) != 0;
  out.made_by = RunId(row.text(7));
  out.sync_state = SyncState(row.text(8));
  out.sync_token = SyncToken(row.text(9));
  out.ctag = row.text(10);
  out.listing_complete = row.integer(11) != 0;
  out.since = row.text(12);
  out.until = row.text(13);
  out.last_success = optional_instant(row, 14);
  return out;
}

LookupKey lookup_key(const PairId& pair, std::string_view id) {
  std::string named;
  named.reserve(pair.value.size() + 1 + id.size());
  named.append(pair.value).append(1, '\n').append(id);
  const auto digest = sha256_bytes(named);
  LookupKey out;
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

const std::string kMappingColumns =
    "m.uid, m.state, m.href, m.etag, m.exchange_digest, m.caldav_digest, m.exchange_modified, m.caldav_modified, "
    "m.exchange_removed, m.caldav_removed, m.starts, m.ends, m.updated, m.summary, c.exchange, c.caldav";
Mapping read_mapping(const Row& row, const PairId& pair) {
  Mapping out;
  out.pair = pair;
  out.uid = Uid(row.text(0));
  out.state = row.text(1);
  out.href = Href(row.text(2));
  out.etag = Etag(row.text(3));
  out.exchange_digest.hex = row.text(4);
  out.caldav_digest.hex = row.text(5);
  out.exchange_modified = instant(row.integer(6));
  out.caldav_modified = instant(row.integer(7));
  out.exchange_removed = row.integer(8) != 0;
  out.caldav_removed = row.integer(9) != 0;
  out.starts = instant(row.integer(10));
  out.ends = instant(row.integer(11));
  out.updated = instant(row.integer(12));
  out.summary = row.text(13);
  out.exchange_copy = row.text(14);
  out.caldav_copy = row.text(15);
  return out;
}

const std::string kIntentColumns =
    "id, pair, run, target, kind, uid, object, expected, desired, desired_copy, payload, epoch, created";
Intent read_intent(const Row& row) {
  Intent out;
  out.id = row.integer(0);
  out.pair = PairId(row.text(1));
  out.run = RunId(row.text(2));
  out.target = side_of(row.text(3));
  out.kind = row.text(4);
  out.uid = Uid(row.text(5));
  out.object = row.text(6);
  out.expected = row.text(7);
  out.desired.hex = row.text(8);
  out.desired_copy = row.text(9);
  out.payload = row.text(10);
  out.epoch = row.integer(11);
  out.created = instant(row.integer(12));
  return out;
}

const std::string kParkedColumns =
    "id, pair, mailbox, side, object, uid, reason, code, attempts, accepted, first_seen, next_try";
Parked read_parked(const Row& row) {
  Parked out;
  out.id = row.text(0);
  out.pair = PairId(row.text(1));
  out.mailbox = Address(row.text(2));
  out.side = side_of(row.text(3));
  out.object = row.text(4);
  out.uid = Uid(row.text(5));
  out.reason = row.text(6);
  out.code = row.text(7);
  out.attempts = row.integer(8);
  out.accepted = row.integer(9) != 0;
  out.first_seen = instant(row.integer(10));
  out.next_try = instant(row.integer(11));
  return out;
}

const std::string kConflictColumns = "id, pair, mailbox, uid, units, winner, losing_copy, state, at";
ConflictRow read_conflict(const Row& row) {
  ConflictRow out;
  out.id = row.text(0);
  out.pair = PairId(row.text(1));
  out.mailbox = Address(row.text(2));
  out.uid = Uid(row.text(3));
  out.units = row.text(4);
  out.winner = row.text(5);
  out.losing_copy = row.text(6);
  out.state = row.text(7);
  out.at = instant(row.integer(8));
  return out;
}

const std::string kAuditColumns = "at, run, pair, mailbox, uid, event, reason, detail";
Audit read_audit(const Row& row) {
  Audit out;
  out.at = instant(row.integer(0));
  out.run = RunId(row.text(1));
  out.pair = PairId(row.text(2));
  out.mailbox = Address(row.text(3));
  out.uid = Uid(row.text(4));
  out.event = row.text(5);
  out.reason = row.text(6);
  out.detail = row.text(7);
  return out;
}

const std::string kUndoColumns = "id, run, pair, mailbox, uid, href, before_text, after_etag, state, at, before_etag";
Undo read_undo(const Row& row) {
  Undo out;
  out.id = row.integer(0);
  out.run = RunId(row.text(1));
  out.pair = PairId(row.text(2));
  out.mailbox = Address(row.text(3));
  out.uid = Uid(row.text(4));
  out.href = Href(row.text(5));
  if (!row.null(6)) out.before_text = row.text(6);
  out.after_etag = Etag(row.text(7));
  out.state = row.text(8);
  out.at = instant(row.integer(9));
  out.before_etag = Etag(row.text(10));
  return out;
}

const std::string kPlanColumns = "hash, pair, mailbox, deletes, state, created, approved_until";
StoppedPlan read_plan(const Row& row) {
  StoppedPlan out;
  out.hash = row.text(0);
  out.pair = PairId(row.text(1));
  out.mailbox = Address(row.text(2));
  out.deletes = row.text(3);
  out.state = row.text(4);
  out.created = instant(row.integer(5));
  out.approved_until = optional_instant(row, 6);
  return out;
}

const std::string kRunColumns = "id, kind, state, options, summary, created, started, ended";
Run read_run(const Row& row) {
  Run out;
  out.id = RunId(row.text(0));
  out.kind = row.text(1);
  out.state = row.text(2);
  out.options = row.text(3);
  out.summary = row.text(4);
  out.created = instant(row.integer(5));
  out.started = optional_instant(row, 6);
  out.ended = optional_instant(row, 7);
  return out;
}

const std::string kJobColumns = "id, run, mailbox, kind, options, state, holder, progress, error, error_code, remedy";
Job read_job(const Row& row) {
  Job out;
  out.id = row.integer(0);
  out.run = RunId(row.text(1));
  out.mailbox = Address(row.text(2));
  out.kind = row.text(3);
  out.options = row.text(4);
  out.state = row.text(5);
  out.holder = row.text(6);
  out.progress = row.text(7);
  out.error = row.text(8);
  out.error_code = row.text(9);
  out.remedy = row.text(10);
  return out;
}

}  // namespace caravan::store
