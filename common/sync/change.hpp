// SPDX-License-Identifier: GPL-3.0-or-later
// The vocabulary of a decision: what was observed of a series on each side, and what shall be done about it. Plain
// values.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/canonical.hpp"
#include "model/series.hpp"
#include "util/clock.hpp"
#include "util/types.hpp"

namespace caravan::sync {

/// What a side calls one state of an object: `change_key` on Exchange, `etag` on CalDAV. A hint only: the digest
/// decides.
struct Version {
  std::string value;
  friend auto operator<=>(const Version&, const Version&) = default;
};

/// Where a copy stands on its side. On Exchange an item id; on CalDAV an href.
struct Part {
  std::string id;          ///< ItemId, or href
  std::string occurrence;  ///< empty for the main part, else the recurrence id of an orphan occurrence
  friend auto operator<=>(const Part&, const Part&) = default;
};

/// A series as one side holds it. One part, or several (orphan occurrences of one UID).
struct Copy {
  std::vector<Part> parts;
  Version version;
  Instant modified{};  ///< LastModifiedTime; getlastmodified or LAST-MODIFIED
  Digest digest;       ///< model::digest(series)
  model::Series series;
  bool ours = false;  ///< it carries our mark
};
struct Absent {};  ///< the side answered, and the series is not there
/// The side did not answer for it, or it can't be read: never Absent. `unreadable` is poison (parked); else it is
/// looked at again in the next pass.
struct Unknown {
  std::string why;
  bool unreadable = false;
};
using Observed = std::variant<Absent, Copy, Unknown>;

/// Both copies as they were when the sides last agreed. `removed` marks a tombstone: the series was gone from that
/// side.
struct Base {
  Copy exchange, caldav;
  bool exchange_removed = false, caldav_removed = false;
};

struct Item {
  std::optional<Base> base;
  Observed exchange, caldav;
};

/// Which program asks, as far as the decision depends on it (decisions: first meeting).
enum class Occasion { migrate, subscribe, rebuild };
enum class ConflictPolicy { newest, exchange, caldav, park };

struct Policy {
  Occasion occasion = Occasion::migrate;
  bool one_way = true;  ///< Exchange to CalDAV only: nothing is ever written to Exchange
  ConflictPolicy conflict = ConflictPolicy::newest;
  const model::ZoneBook* zones = nullptr;  ///< needed; not owned
  Address mailbox;                         ///< "me" in attendee lists
  std::vector<Address> aliases;
};

/// Makes the series on `target` with an href or item of its own; must not exist there.
struct Create {
  Side target;
  model::Series series;
};
/// Patches the copy on `target`, which must still have `expected`. `changes` names the units; their values are in
/// `series`.
struct Update {
  Side target;
  std::vector<Part> parts;
  Version expected;
  model::Delta changes;
  model::Series series;
};
/// Removes the copy on `target`, which must still have `expected`.
struct Delete {
  Side target;
  std::vector<Part> parts;
  Version expected;
};
/// The two copies belong together and agree: becomes the base, with no write.
struct Link {};
/// Both are gone (or the pair no longer wants it): the mapping becomes a tombstone.
struct Forget {};
/// A person has to look; nothing is written, nothing is taken for absent.
struct Park {
  std::string why;
};
using Action = std::variant<Create, Update, Delete, Link, Forget, Park>;

/// Why, as a closed list; shown by `explain` (docs/architecture.md has the table).
enum class Reason {
  nothing_changed,
  not_known,
  unreadable,
  first_seen_on_exchange,
  first_seen_on_caldav,
  met_equal,
  met_different_ours,
  met_different,
  exchange_changed,
  caldav_changed,
  both_changed_apart,
  both_changed_same,
  both_changed_conflict,
  exchange_deleted,
  caldav_deleted,
  both_deleted,
  edit_beats_delete,
  one_way_keeps_caldav,
  two_masters,
};
std::string_view to_string(Reason reason) noexcept;

/// The units both sides changed to different values, and which side's values were taken.
struct Conflict {
  model::Delta units;
  Side winner = Side::exchange;
  bool parked = false;   ///< policy `park`: neither was taken
  model::Series losing;  ///< kept, and shown by `exodus-cli conflicts show`
};

struct Decision {
  std::vector<Action> actions;
  Reason reason = Reason::nothing_changed;
  std::optional<Conflict> conflict;
  /// With `one_way`: what CalDAV changed and Exchange will not learn. It stays CalDAV's delta, so that a later edit on
  /// Exchange meets it as a conflict: base_copy() (rebase.hpp) puts `kept_values`, which is
  /// Exchange's view, into those units of the new base copy.
  model::Delta kept;
  model::Series kept_values;
};

}  // namespace caravan::sync
