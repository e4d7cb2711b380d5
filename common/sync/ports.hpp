// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine needs of the two calendars, in its own words. The adapters over `ews` and `caldav` are in
// app/adapters, the in-memory fakes in tests/support. One port serves one pair and one worker at a time; a port may be
// handed from one thread to another, but not be used by two at once.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/loss.hpp"
#include "sync/change.hpp"
#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::sync {

/// One row of the Exchange side's change list.
struct ExchangeChange {
  enum class Kind { upserted, deleted } kind = Kind::upserted;
  ItemId item;
  ChangeKey change_key;  ///< empty with `deleted`
};
struct ExchangePage {
  std::vector<ExchangeChange> changes;
  SyncState state;
  bool last = true;
};
/// A series as read from Exchange. `copy.series` has attachments without content; the digest is not yet computed.
struct ExchangeItem {
  Copy copy;
  std::vector<model::Loss> losses;
  bool is_organizer = false;
};

/// Error::code of changes_since() where the state can't be used: list from the beginning.
inline constexpr const char* kInvalidState = "invalid_sync_state";
/// Error::code where the folder (or collection) itself is gone.
inline constexpr const char* kContainerGone = "container_gone";

/// One item of a series (the series itself, or an orphan occurrence), and which state of it is meant.
struct ExchangePart {
  ItemId item;
  ChangeKey change_key;
  std::string occurrence;  ///< empty: the main part
};

/// A change of a series: an intent, not a request. The port takes as many steps as it needs (the item, its occurrences,
/// its attachments; a change of schedule that wipes the exceptions and writes them again) and answers for the whole.
///
/// Attachments of `series`: one with a source_id is on Exchange already and stays; one without is made from its
/// content; one that Exchange holds and `series` does not goes, where `changes` names its unit.
struct ExchangeWrite {
  Uid uid;
  std::string mark;                 ///< our mark, as on CalDAV
  std::vector<ExchangePart> parts;  ///< as seen; empty: create, under `uid`
  model::Series before;             ///< Exchange's copy as seen; empty with a create
  model::Delta changes;             ///< the units to write, nothing else is touched; empty with a create
  /// The whole series as it shall be. Answers of the mailbox's owner stand in it as his participation; where that is a
  /// decline of it all, Exchange moves the item to Deleted Items.
  model::Series series;
  Send send = Send::none;  ///< whom Exchange may tell
};
struct ExchangeWritten {
  bool gone = false;                   ///< declined: there is no item any more
  std::vector<ExchangePart> parts;     ///< where it stands now, in the versions that the last step returned
  std::optional<ExchangeItem> stored;  ///< as read back after the last step; nothing: the engine reads it itself
};
/// Recoverable: to Deleted Items.
struct ExchangeRemoval {
  Uid uid;
  std::vector<ExchangePart> parts;
  Send send = Send::none;  ///< organizer: by declining it; guests: by calling it off
};
/// What a series that may be on Exchange can be found by; either may be empty.
struct ExchangeSearch {
  Uid uid;
  std::string mark;
};
/// The file that holds the bytes of an attachment.
using ContentPath = std::function<Result<std::string>(const model::Attachment&)>;

class ExchangePort {
 public:
  virtual ~ExchangePort() = default;
  virtual Result<ExchangePage> changes_since(const SyncState& state) = 0;
  /// One row for each id, in their order. not_found: deleted meanwhile; malformed: park it.
  virtual std::vector<std::pair<ItemId, Result<ExchangeItem>>> read(std::span<const ItemId> items) = 0;
  /// Streams the content; returns its size.
  virtual Result<std::uint64_t> attachment(const AttachmentId& id,
                                           const std::function<Status(std::string_view)>& sink) = 0;
  /// Calls `done` once for each write. precondition_failed: a part is no longer as named, nothing was written.
  /// not_found: a part is gone. in_doubt: an answer was lost, or it ended between two steps: it may have taken effect,
  /// wholly or in part. unsupported: Exchange can't hold it (a rule, a meeting that is not ours to change); the reason
  /// is for a person. Sends mail to nobody but those that `send` names.
  virtual void write(std::span<const ExchangeWrite> writes, const ContentPath& content,
                     const std::function<void(std::size_t, Result<ExchangeWritten>)>& done) = 0;
  /// Faults as with write(); of several parts all go or it is in doubt.
  virtual void remove(std::span<const ExchangeRemoval> removals,
                      const std::function<void(std::size_t, Status)>& done) = 0;
  /// The folder's items with the UID or the mark, before a create that may be a repeat; one row for each search.
  virtual std::vector<Result<std::vector<ItemId>>> find(std::span<const ExchangeSearch> searches) = 0;
  /// Whether Deleted Items holds the series as declined by the mailbox's owner; one row for each search.
  virtual std::vector<Result<bool>> declined(std::span<const ExchangeSearch> searches) = 0;
};

struct CaldavResource {
  Href href;
  Etag etag;
};
struct CaldavListing {
  std::vector<CaldavResource> resources;
  SyncToken token;
};
struct CaldavChanges {
  std::vector<CaldavResource> changed;
  std::vector<Href> gone;
  SyncToken token;
  bool full = false;  ///< `changed` is the complete listing
};
struct CaldavText {
  Href href;
  Etag etag;
  std::string text;
};
struct Gone {};
using CaldavAnswer = std::variant<CaldavText, Gone, Error>;

/// A PUT. `expected` empty: must not exist. The body is `text`, or the file where `file` is set.
struct CaldavWrite {
  Href href;
  Etag expected;
  std::string text;
  std::string file;
  std::uint64_t file_size = 0;
};
/// What a PUT came to: the etag (where the server told), or the news that the UID is taken (and by which href, if
/// told).
struct CaldavStored {
  std::optional<Etag> etag;
};
struct UidTaken {
  std::optional<Href> other;
};
using CaldavWritten = std::variant<CaldavStored, UidTaken>;
struct CaldavRemoval {
  Href href;
  Etag expected;
};

/// What the engine must know of the server; from the quirks table.
struct CaldavTraits {
  bool weak_versions = false;        ///< an equal etag does not prove equal content: look before update and delete
  bool conditions_ignored = false;   ///< If-Match can't be trusted: look first
  bool read_back = false;            ///< the meaning may have changed on write, or no etag comes back
  bool orphans_refused = false;      ///< an override without master must go without RECURRENCE-ID
  bool zero_length_refused = false;  ///< DTEND = DTSTART is refused
  bool bulk_fill = false;            ///< fill() works and pays
  std::string bulk_fill_note;
};

class CaldavPort {
 public:
  virtual ~CaldavPort() = default;
  [[nodiscard]] virtual const CaldavTraits& traits() const = 0;
  /// The resource's href for a series of this UID.
  [[nodiscard]] virtual Href href_for(const Uid& uid) const = 0;
  /// Where the server is expected to put it by itself in a fill(); empty: such a one would make the whole fill fail.
  [[nodiscard]] virtual Href filled_href_for(const Uid& uid) const = 0;
  /// The text as this server has to get it so that it sends no mail.
  [[nodiscard]] virtual std::string silenced(std::string text) const = 0;
  virtual Result<CaldavListing> list() = 0;
  virtual Result<CaldavChanges> changes_since(const SyncToken& token) = 0;
  virtual void read(std::span<const Href> hrefs, const std::function<void(std::size_t, CaldavAnswer)>& done) = 0;
  virtual void write(std::span<const CaldavWrite> writes,
                     const std::function<void(std::size_t, Result<CaldavWritten>)>& done) = 0;
  virtual void remove(std::span<const CaldavRemoval> removals,
                      const std::function<void(std::size_t, Status)>& done) = 0;
  /// Whether the collection exists.
  virtual Result<bool> exists() = 0;
  /// Makes the collection; true where it was made now, false where it was there.
  virtual Result<bool> make() = 0;
  /// Makes the collection with everything in the file, in one request; precondition_failed where it exists.
  virtual Status fill(const std::string& file, std::uint64_t size) = 0;
  /// Name and colour of a collection that fill() made.
  virtual Status set_properties() = 0;
};

}  // namespace caravan::sync
