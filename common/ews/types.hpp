// SPDX-License-Identifier: GPL-3.0-or-later
// What the EWS client takes and gives, in the project's own words. Knows nothing of SOAP; the XML behind each type is
// named where it is not obvious.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/loss.hpp"
#include "model/series.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::ews {

/// Whose data a request touches. `aliases` are further addresses of the same person: all of them are "me" in a list of
/// attendees (decisions.md 1).
struct Mailbox {
  Address address;  ///< the primary SMTP address
  std::vector<Address> aliases;
  std::string zone = {};  ///< IANA; whose midnights the all-day events have that we write. Empty: UTC's
};

/// Original starts of a series' occurrences in [from, until), those of overrides included and exclusions left out, at
/// most `limit`, in order. The arithmetic of RRULE is libical's, which stands in common/ical: ical::expand().
using Expand =
    std::function<std::vector<model::EventTime>(const model::Series&, Instant from, Instant until, std::size_t limit)>;

/// What does not fit into our property on an item is held elsewhere, under its SHA-256 (decisions.md 1): in the store.
struct KeptElsewhere {
  std::function<Result<std::string>(const Digest&)> find;
  std::function<Status(const Digest&, const std::string&)> save;
};

/// ServerVersionInfo of the answers.
struct ServerVersion {
  int major = 0, minor = 0, build = 0, revision = 0;
  std::string schema;  ///< the RequestServerVersion that was agreed on: "Exchange2013_SP1"
  [[nodiscard]] bool known() const noexcept { return major != 0; }
};
/// "15.2.1544.11 (Exchange 2019)".
std::string to_string(const ServerVersion& version);

enum class FolderScope : std::uint8_t { default_only, all };

struct CalendarFolder {
  FolderId id;
  std::string name;
  bool is_default = false;
  std::int64_t total_count = 0;  ///< items, i.e. single events and series
};

enum class ChangeKind : std::uint8_t { created, updated, deleted };

/// One row of SyncFolderItems. A change of an exception shows as `updated` of its master.
struct ItemChange {
  ChangeKind kind = ChangeKind::created;
  ItemId item_id;
  ChangeKey change_key;  ///< empty with `deleted`
};

/// The most that SyncFolderItems gives at once (m:MaxChangesReturned).
inline constexpr int kMaxChanges = 512;
/// Error::code when the state can't be used: forget it, list the folder from the beginning and match by id and UID.
inline constexpr const char* kInvalidSyncState = "ErrorInvalidSyncStateData";

/// One page. Store `state` together with `changes`, never before them.
struct ChangePage {
  std::vector<ItemChange> changes;
  SyncState state;
  bool includes_last = true;  ///< false: ask again at once with `state`
  std::size_t ignored = 0;    ///< changes of items that are no calendar items, and read flags
};

/// A series as Exchange holds it.
struct Fetched {
  model::Series series;
  ItemId item;
  ChangeKey change_key;
  Instant modified{};       ///< LastModifiedTime
  std::string modified_by;  ///< LastModifiedName: a display name
  bool is_meeting = false;
  bool is_organizer = false;
  std::vector<model::Loss> losses;
  FolderId parent;
  std::string mark;  ///< ours, where we wrote the item
};

/// What a write left behind. `change_key` is that of this very write: whoever changed the item since has given it
/// another one.
struct Saved {
  ItemId item;
  ChangeKey change_key;
};

/// Whether Exchange tells the guests of what it saves (SendMeetingInvitations and its kin). It does so for meetings of
/// the mailbox's own only; a plain appointment is always saved silently.
enum class Mail : std::uint8_t { none, to_changed };

/// An item that was found.
struct Found {
  ItemId item;
  ChangeKey change_key;
  Uid uid;  ///< as the item has it: of a part, a stand-in
  std::string mark;
  bool declined = false;  ///< the mailbox's owner declined the invitation
  Instant modified{};     ///< LastModifiedTime
};

/// One row of a CalendarView: what Exchange itself expands a series to.
struct Occurrence {
  enum class Kind : std::uint8_t { single, occurrence, exception, unknown };
  Uid uid;
  Instant start{}, end{};
  std::string summary;
  Kind kind = Kind::single;
  bool all_day = false;
  ItemId item;
};

/// One answer of ResolveNames.
struct ResolvedName {
  std::string name;
  std::string address;               ///< lower-case SMTP; empty if the directory gave none
  std::string mailbox_type;          ///< "Mailbox", "PublicDL", "Contact", ...
  std::vector<std::string> aliases;  ///< the contact's further SMTP addresses, lower case
};

/// What was read besides the content.
struct AttachmentInfo {
  std::string name, content_type, content_id;
  std::uint64_t size = 0;   ///< bytes handed to the sink
  bool is_message = false;  ///< an attached item, handed over as message/rfc822
};

/// For `doctor`.
struct Probe {
  ServerVersion version;
  FolderId calendar;  ///< of the default calendar
  std::string calendar_name;
  std::int64_t total_count = 0;
  bool can_read = false, can_create = false, can_modify = false, can_delete = false;
  bool can_view_private = false;
  std::vector<std::string> warnings;  ///< sentences for the administrator
};

}  // namespace caravan::ews
