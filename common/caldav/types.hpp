// SPDX-License-Identifier: GPL-3.0-or-later
// What the CalDAV client takes and gives. Hrefs are paths, percent-decoded (servers encode them differently: compare
// decoded, never as bytes); a collection's href ends with '/'.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "caldav/quirks.hpp"
#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::caldav {

/// The decoded path of an href as a server writes it (absolute URL, raw UTF-8, any escaping). An escaped slash stays
/// "%2F".
[[nodiscard]] Href decode_href(std::string_view raw);
/// The path as it goes into a request line or an XML body.
[[nodiscard]] std::string encode_href(const Href& href);
/// The href of a resource in a collection.
[[nodiscard]] Href child(const Href& collection, std::string_view name);
/// The collection that holds it; ends with '/'.
[[nodiscard]] Href parent(const Href& href);
/// decisions.md 4: the UID where it matches [A-Za-z0-9][A-Za-z0-9._-]{0,150}, else "c-" and 40 hex digits of its
/// SHA-256; plus ".ics".
[[nodiscard]] std::string resource_name(const Uid& uid);
/// The name that Radicale gives it when a whole collection is PUT (BulkFill::whole_collection_put): the UID as it is,
/// with ".ics" where it does not end so. Another where a file can't be called that; empty where it is too long for one,
/// for then Radicale 3.1.8 answers 500 and makes nothing of the whole collection.
[[nodiscard]] std::string filled_name(const Uid& uid);

/// One resource as a listing names it.
struct Resource {
  Href href;
  Etag etag;  ///< may be empty where the server withholds it
  friend bool operator==(const Resource&, const Resource&) = default;
};

/// The whole of a collection: only from this may absence be concluded.
struct Listing {
  std::vector<Resource> resources;
  SyncToken token;  ///< from which sync() goes on
};

/// A resource that is new, changed (etag) or gone (nullopt).
struct Change {
  Href href;
  std::optional<Etag> etag;
  friend bool operator==(const Change&, const Change&) = default;
};

struct Changes {
  std::vector<Change> changes;
  SyncToken token;
  /// The token was empty or lost: `changes` is the complete listing, and what it does not name is gone. On servers with
  /// LostToken::silent_full_list a lost token is not noticed: compare with list() periodically.
  bool full = false;
};

/// A resource that was read. A copy that a lost connection or a crash left defused (SilentWrites) is given as it was
/// before, ETag included; remove() and put() take that ETag for it and finish.
struct Fetched {
  Href href;
  Etag etag;
  std::string text;  ///< iCalendar as stored, valid UTF-8 not checked
};
/// The server said, for this href, that there is none (a 404 or 410 for it; a missing row is an Error instead).
struct Gone {};
using Answer = std::variant<Fetched, Gone, Error>;

/// Conditions of a write (RFC 9110 13.1).
struct IfNoneMatch {};  ///< create only
struct IfMatch {
  Etag etag;
};
struct Unconditional {};
using Condition = std::variant<IfNoneMatch, IfMatch, Unconditional>;

/// A write that the server confirmed.
struct Stored {
  Href href;                 ///< where it is (a Location counts)
  std::optional<Etag> etag;  ///< not all servers tell
};
/// The collection (or, on Cyrus, another one of the same user) already holds this UID.
struct UidConflict {
  std::optional<Href> other;  ///< where, if the server told
  std::string detail;
};
using PutOutcome = std::variant<Stored, UidConflict>;

struct PutJob {
  Href href;
  std::string text;
  Condition condition = IfNoneMatch{};
  std::string file = {};        ///< instead of `text`: a spool file, streamed
  std::uint64_t file_size = 0;  ///< bytes
};
struct RemoveJob {
  Href href;
  Etag if_match;  ///< empty: unconditional
};

/// What discovery found.
struct Discovery {
  Href principal;
  Href home;
  std::vector<std::string> addresses;  ///< calendar-user-address-set, "mailto:" removed; paths left out
};

struct CalendarInfo {
  Href href;
  std::string displayname;
  std::string color;
  std::string ctag;
  SyncToken token;
  std::vector<std::string> components;  ///< supported-calendar-component-set; empty: not told
  std::vector<std::string> reports;     ///< supported-report-set, local names
};
/// What a new collection shall have; empty fields are not sent.
struct CalendarProperties {
  std::string displayname;
  std::string color;  ///< "#RRGGBB" (Apple's calendar-color)
  std::string description;
};
enum class Ensured : std::uint8_t { created, existed };

/// What the server says about itself.
struct ServerInfo {
  Server server = Server::generic;
  std::string server_header;
  std::vector<std::string> dav;    ///< compliance classes
  std::vector<std::string> allow;  ///< methods
};

}  // namespace caravan::caldav
