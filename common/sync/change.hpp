// SPDX-License-Identifier: GPL-3.0-or-later
// The vocabulary of a decision: what was observed of a series on each side, and what shall be done about it. Plain
// values.
#pragma once
#include <functional>
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
  Instant modified{};       ///< LastModifiedTime; getlastmodified or LAST-MODIFIED
  std::string modified_by;  ///< Exchange's LastModifiedName: a display name; empty: not known
  Digest digest;            ///< model::digest(series)
  model::Series series;
  bool ours = false;  ///< it carries our mark
  /// Exchange's IsOrganizer: it knows proxy addresses that are not in Policy::aliases. Says nothing where false.
  bool is_organizer = false;
};
/// `like`, holding this series: with its digest.
[[nodiscard]] Copy copy_holding(model::Series series, Copy like = {});
/// The side answered, and the series is not there.
struct Absent {
  /// Exchange: the mailbox's owner declined it there, which moved it to Deleted Items (ews-facts 8.5). Never a delete.
  bool declined = false;
};
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
/// The one side that tells people of a meeting's changes (decisions.md 4). What is changed on that side it announces by
/// itself; what is changed on the other it announces because our write lets it.
enum class Scheduling { none, exchange, caldav };
enum class MailboxKind { user, room };

struct Policy {
  Occasion occasion = Occasion::migrate;
  bool one_way = true;  ///< Exchange to CalDAV only: nothing is ever written to Exchange
  ConflictPolicy conflict = ConflictPolicy::newest;
  const model::ZoneBook* zones = nullptr;  ///< needed; not owned
  Address mailbox;                         ///< "me" in attendee lists
  std::vector<Address> aliases;
  MailboxKind mailbox_kind = MailboxKind::user;
  /// `none` also for every bulk pass (the first bidirectional one, say): people were told of those meetings long ago.
  Scheduling scheduling = Scheduling::none;
  /// Whether Exchange holds the series' recurrence as one item. Pure and thread-safe; empty: it holds all.
  std::function<bool(const model::Series&)> exchange_holds_rule;
};

/// Whom a write lets its side tell. Anything but `none` stands only where Policy::scheduling names that side.
enum class Send {
  none,       ///< EWS SendToNone and SaveOnly; CalDAV in the mode that keeps the server silent
  guests,     ///< those whom the change concerns: all at Create, Cancel and Delete, the changed ones at Update
  organizer,  ///< the answer to him
};
std::string_view to_string(Send send) noexcept;

/// Makes the series on `target` with an href or item of its own; must not exist there.
struct Create {
  Side target;
  model::Series series;
  Send send = Send::none;
};
/// Patches the copy on `target`, which must still have `expected`. `changes` names the units; their values are in
/// `series`.
struct Update {
  Side target;
  std::vector<Part> parts;
  Version expected;
  model::Delta changes;
  model::Series series;
  Send send = Send::none;
};
/// Removes the copy on `target`, which must still have `expected`. With Send::organizer by declining it, with
/// Send::guests by cancelling it; the delete brake counts it all the same.
struct Delete {
  Side target;
  std::vector<Part> parts;
  Version expected;
  Send send = Send::none;
};
/// Answers on Exchange for the mailbox's owner (AcceptItem, TentativelyAcceptItem, DeclineItem), after the other writes
/// of the decision: where one of them came before it, the version it returned takes the place of `expected`, and where
/// that was a Create its new items are the parts. A decline moves what it answers to Deleted Items.
struct Respond {
  std::vector<Part> parts;
  Version expected;
  std::string occurrence;  ///< empty: the series; else the recurrence id in Exchange's words
  std::string attendee;    ///< the address that is invited; the unit touched is {occurrence, attendee}
  model::Participation answer = model::Participation::accepted;  ///< accepted, tentative or declined
  Send send = Send::none;
};
/// Calls the owner's meeting, or one occurrence of it, off on Exchange, which tells the guests and moves it to Deleted
/// Items. Comes after an Update like Respond. CalDAV keeps its copy with STATUS:CANCELLED.
struct Cancel {
  std::vector<Part> parts;
  Version expected;
  std::string occurrence;  ///< empty: the series
  Send send = Send::guests;
};
/// CalDAV keeps its copy, and Exchange has no item for it: its owner declined it, or called his meeting off. The
/// mapping becomes `declined`: a base with CalDAV's present copy, Exchange's last one, and exchange_removed. Comes
/// last.
struct Dismiss {};
/// The two copies belong together and agree: becomes the base, with no write.
struct Link {};
/// Both are gone (or the pair no longer wants it): the mapping becomes a tombstone.
struct Forget {};
/// A person has to look; nothing is written, nothing is taken for absent.
struct Park {
  std::string why;
};
using Action = std::variant<Create, Update, Delete, Link, Forget, Park, Respond, Cancel, Dismiss>;

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
  declined_on_exchange,
  dismissed,
  taken_back,
  rule_unsupported,
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
