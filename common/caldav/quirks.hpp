// SPDX-License-Identifier: GPL-3.0-or-later
// What real CalDAV servers do differently, as data: one row per server, each field with its evidence in quirks.cpp and
// in docs/quirks.md. The client and the engine ask the row; nobody compares a server's name. Pure: no I/O.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caravan::caldav {

enum class Server : std::uint8_t { generic, radicale, xandikos, davical, cyrus, sogo, nextcloud };

/// What the ETag in a PUT's answer says about what is stored (RFC 4791 5.3.4).
enum class EtagAfterPut : std::uint8_t {
  exact,         ///< the bytes that were sent
  same_meaning,  ///< re-serialised, the meaning stays: no read-back needed
  none,          ///< no ETag, or the meaning may have changed: read back
};
/// Whether an unchanged ETag proves unchanged content.
enum class Version : std::uint8_t { strong, weak };
enum class ListBy : std::uint8_t { sync_collection, propfind };
/// How many resources are read in bulk.
enum class ReadBy : std::uint8_t { multiget, single_gets };
enum class BulkFill : std::uint8_t { no, whole_collection_put };
/// An override whose master is not in the resource.
enum class Orphans : std::uint8_t { accepted, refused };
/// If-Match and If-None-Match on PUT and DELETE.
enum class ConditionalWrites : std::uint8_t { trusted, untrusted };
/// DTEND equal to DTSTART.
enum class ZeroLength : std::uint8_t { accepted, refused };
/// What keeps the server from sending mail for a write (see silenced()).
enum class SilentBy : std::uint8_t { nature, schedule_agent };
/// A write that mails in spite of the agent: a DELETE of a meeting, an update that changes an answer or an occurrence.
enum class SilentWrites : std::uint8_t {
  as_they_are,    ///< the agent is enough
  defused_first,  ///< the stored copy gets times in the past first; whatever follows concerns nobody any more
};
/// A meeting in an attendee's calendar whose organizer is a user of the same server.
enum class AttendeeFirst : std::uint8_t {
  accepted,
  refused,  ///< 412 as long as the organizer's calendar does not hold it; accepted without its attendees
};
/// How the server answers a sync-token that it does not know any more.
enum class LostToken : std::uint8_t {
  refused,           ///< 4xx valid-sync-token or a 5xx: the client starts over and says `full`
  silent_full_list,  ///< 207 with the whole list and no hint, deletions missing: compare complete listings periodically
};
/// Which properties MKCALENDAR itself stores; what it does not is set by a PROPPATCH afterwards.
enum class MkcalendarKeeps : std::uint8_t { all, displayname, nothing };
/// The connection after an answer.
enum class AfterAnswer : std::uint8_t {
  as_told,          ///< kept, or closed with "Connection: close"
  closed_silently,  ///< the next request on it is lost, so none is sent on it
};
enum class CollectionNames : std::uint8_t { any, ascii_only };
/// A second resource with the same UID in one collection.
enum class DuplicateUid : std::uint8_t { refused, accepted_silently };

struct Quirks {
  Server server = Server::generic;
  std::string_view name = "generic";
  EtagAfterPut etag_after_put = EtagAfterPut::none;
  Version version = Version::strong;
  ListBy list_by = ListBy::sync_collection;
  ReadBy read_by = ReadBy::multiget;
  BulkFill bulk_fill = BulkFill::no;
  Orphans orphans = Orphans::accepted;
  ConditionalWrites conditional_writes = ConditionalWrites::trusted;
  ZeroLength zero_length = ZeroLength::refused;
  SilentBy silent_by = SilentBy::schedule_agent;
  SilentWrites silent_writes = SilentWrites::defused_first;
  AttendeeFirst attendee_first = AttendeeFirst::accepted;
  LostToken lost_token = LostToken::silent_full_list;
  MkcalendarKeeps mkcalendar_keeps = MkcalendarKeeps::nothing;
  AfterAnswer after_answer = AfterAnswer::as_told;
  CollectionNames collection_names = CollectionNames::ascii_only;
  DuplicateUid duplicate_uid = DuplicateUid::accepted_silently;
  int best_connections = 4;  ///< more hardly ever helped
};

/// The row of a server; `generic` assumes the worst of every field.
[[nodiscard]] const Quirks& quirks_of(Server server) noexcept;
/// All rows, for doctor and for the documentation's test.
[[nodiscard]] const std::vector<Quirks>& all_quirks();
/// By name as in the table; generic where it is unknown.
[[nodiscard]] Server server_named(std::string_view name) noexcept;

/// What a server shows of itself.
struct Signs {
  std::string server_header;                     ///< "Server:"
  std::string dav_header;                        ///< "DAV:", all lines joined
  std::string powered_by;                        ///< "X-Powered-By:"
  std::string other_headers;                     ///< the other answered header names, lower case, space-separated
  std::string path;                              ///< path that answered, or the principal's
  std::vector<std::string> property_namespaces;  ///< of the principal's and home's properties
  std::string body;                              ///< start of an answer to GET on the base, or of an error body
};
[[nodiscard]] Server detect(const Signs& signs);

/// The text with SCHEDULE-AGENT=CLIENT (RFC 6638 7.1) on every ORGANIZER and ATTENDEE that names no agent, so that the
/// server sends nothing on a PUT or on the later DELETE (but see SilentWrites); unchanged where the server never sends.
/// Lines stay within 75 octets. The Client applies it to all that it stores. SOGo still copies the event into local
/// attendees' calendars: see UidConflict.
[[nodiscard]] std::string silenced(std::string_view calendar_text, const Quirks& quirks);

}  // namespace caravan::caldav
