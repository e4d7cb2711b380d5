// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of the mapping database as plain values. Copies are opaque texts here: the store knows no calendar format.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/clock.hpp"
#include "util/digest.hpp"
#include "util/types.hpp"

namespace caravan::store {

/// One person's or room's mailbox and CalDAV principal.
struct Mailbox {
  Address address;
  std::string caldav_user;
  std::vector<std::string> aliases;
  std::string kind = "user";  ///< user | room
  std::string zone;           ///< IANA name, empty: not known
  std::string state = "new";  ///< new | migrated | subscribed | suspended (unsubscribed) | finished | failed
  std::optional<Instant> last_success;
  std::string last_error;  ///< one sentence, empty after a success
  std::string last_error_code;
};

/// One Exchange calendar folder and one CalDAV collection: the unit of leasing, of sync state and of the delete brake.
struct Pair {
  PairId id;  ///< made by the store: random hex
  Address mailbox;
  FolderId folder;
  std::string folder_name;
  Href collection;               ///< ends with '/'
  std::string state = "active";  ///< active | suspended | folder_gone
  bool collection_made = false;  ///< Caravan made the collection (rollback may remove it when empty)
  RunId made_by;                 ///< the run that made it
  SyncState sync_state;          ///< empty: never listed; unlimited length
  SyncToken sync_token;
  std::string ctag;
  bool listing_complete = false;  ///< one complete CalDAV listing was taken into the mappings
  std::string since, until;       ///< window as RFC 3339 instants, empty: open
  std::optional<Instant> last_success;
};

/// Ties a series' two copies and its base. Unique by (pair, uid), (pair, href) and (pair, each item id).
struct Mapping {
  PairId pair;
  Uid uid;
  std::string state = "active";  ///< active | tombstone | conflict | declined
  struct ExchangePart {
    ItemId item;
    ChangeKey change_key;
    std::string occurrence;  ///< empty: the main part
  };
  std::vector<ExchangePart> exchange_parts;
  Digest exchange_digest;
  Instant exchange_modified{};
  std::string exchange_copy;  ///< base copy (iCalendar text without inline data)
  Href href;
  Etag etag;
  Digest caldav_digest;  ///< empty: what was written means the exchange copy
  Instant caldav_modified{};
  std::string caldav_copy;                                ///< empty: same as exchange_copy
  bool exchange_removed = false, caldav_removed = false;  ///< with tombstone
  std::string summary;                                    ///< for lists of deletes; empty for private events
  Instant starts{}, ends{};  ///< no occurrence lies outside (ends: year 9999 for endless ones), for windows
  Instant updated{};
};
/// What a pass needs of every mapping of a pair to tell changed from unchanged, without the copies.
struct MappingKey {
  Uid uid;
  std::string state;
  std::vector<Mapping::ExchangePart> exchange_parts;
  Href href;
  Etag etag;
};

struct PendingChange {
  std::int64_t sequence = 0;  ///< made by the store, ascending
  PairId pair;
  Side side = Side::exchange;
  enum class Kind { upserted, deleted } kind = Kind::upserted;
  std::string id;       ///< item id or href
  std::string version;  ///< change key or etag, may be empty
};

/// A write that was about to happen; while it is open the target side of that series is Unknown.
struct Intent {
  std::int64_t id = 0;  ///< made by the store
  PairId pair;
  RunId run;
  Side target = Side::caldav;
  std::string kind;  ///< create | update | delete | fill
  Uid uid;
  std::string object;        ///< href or item id
  std::string expected;      ///< version named in the condition
  Digest desired;            ///< digest of meaning of what is being written; empty for delete
  std::string desired_copy;  ///< the mapping's future exchange_copy, to roll forward
  std::string payload;       ///< JSON of the program: parts, modified, steps
  std::int64_t epoch = 0;    ///< of the lease under which it was made
  Instant created{};
};

struct Parked {
  std::string id;  ///< short random id shown to people
  PairId pair;
  Address mailbox;
  Side side = Side::exchange;
  std::string object;  ///< item id or href
  Uid uid;             ///< may be empty
  std::string reason, code;
  std::int64_t attempts = 1;
  bool accepted = false;  ///< a person took it out of the exit code
  Instant first_seen{}, next_try{};
};

struct ConflictRow {
  std::string id;
  PairId pair;
  Address mailbox;
  Uid uid;
  std::string units;           ///< JSON list of the units
  std::string winner;          ///< exchange | caldav | none
  std::string losing_copy;     ///< iCalendar text
  std::string state = "open";  ///< open | resolved
  Instant at{};
};

struct Audit {
  Instant at{};
  RunId run;
  PairId pair;
  Address mailbox;
  Uid uid;
  std::string event;   ///< created | updated | deleted | linked | parked | conflict | refused | rolled_back ...
  std::string reason;  ///< sync::to_string(Reason), or an error code
  std::string detail;  ///< JSON: changed units, versions; never text of private events
};

/// What telling people begins with (notify_store.hpp): the agreed state of a series changed. Rows of one (mailbox, uid)
/// are in the order of their ids.
struct JournalEntry {
  std::int64_t id = 0;  ///< made by the store, ascending
  Address mailbox;
  PairId pair;
  Uid uid;
  std::string before, after;  ///< copies as Mapping::exchange_copy has them; empty: it was not, or is no more, there
  std::string owner_units;    ///< JSON list: the units that the mailbox's owner changed (those that CalDAV brought)
  std::string modified_by;    ///< Exchange's LastModifiedName, where Exchange brought something
  Instant at{};
};

/// What rollback needs: the object as it was before a run's write, and its etag after it.
struct Undo {
  std::int64_t id = 0;
  RunId run;
  PairId pair;
  Address mailbox;
  Uid uid;
  Href href;
  std::optional<std::string> before_text;  ///< nothing: the run created it
  Etag before_etag;                        ///< of before_text; empty: the run created it
  Etag after_etag;                         ///< empty: the run deleted it
  std::string state = "open";              ///< open | done | kept (changed since)
  Instant at{};
};

struct Run {
  RunId id;
  std::string kind;              ///< migrate | rebuild | rollback | subscribe ...
  std::string state = "queued";  ///< queued | running | done | failed | interrupted
  std::string options;           ///< JSON
  std::string summary;           ///< JSON, at the end
  Instant created{};
  std::optional<Instant> started, ended;
};

/// One mailbox's share of a run.
struct Job {
  std::int64_t id = 0;
  RunId run;
  Address mailbox;
  std::string kind;
  std::string options;           ///< JSON
  std::string state = "queued";  ///< queued | claimed | done | failed | stopped (by the delete brake) | interrupted
  std::string holder;
  std::string progress;  ///< JSON
  std::string error, error_code, remedy;
};

/// A plan of deletes that the brake stopped.
struct StoppedPlan {
  std::string hash;
  PairId pair;
  Address mailbox;
  std::string deletes;            ///< JSON list {uid, summary, id}
  std::string state = "waiting";  ///< waiting | approved | used
  Instant created{};
  std::optional<Instant> approved_until;
};

/// Why an event is not the same on CalDAV as on Exchange (model::LossReason as text).
struct LossRow {
  PairId pair;
  Address mailbox;
  Uid uid;
  std::string reason, occurrence, detail;
};

struct Lease {
  PairId pair;
  std::string holder;
  std::int64_t epoch = 0;
};

struct Heartbeat {
  std::string holder, role;  ///< role: exodus | caravan | exodus-cli
  Instant at{};
};

}  // namespace caravan::store
