// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/quirks.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace caravan::caldav {
namespace {

// Seen with Radicale 3.1.8, Xandikos 0.2.8, DAViCal 1.1.12, Cyrus 3.6.1 and SOGo 5.8.0 on loopback (docs/quirks.md).
// Nextcloud (sabre/dav) was not run here: its row keeps to what sabre/dav documents and is cautious elsewhere.
const std::vector<Quirks> kTable{
    // Assumes the worst of every field.
    Quirks{},
    Quirks{
        .server = Server::radicale,
        .name = "radicale",
        .etag_after_put = EtagAfterPut::same_meaning,  // properties and parameters reordered, DTSTAMP added if absent
        .version = Version::strong,                    // hash of the content
        .list_by = ListBy::sync_collection,            // PROPFIND Depth:1 of 10,000 took 34 s, sync-collection 2.5 s
        .read_by = ReadBy::multiget,                   // 100 of 10,000 in 0.05 s
        .bulk_fill = BulkFill::whole_collection_put,   // 10,000 in 85 s instead of about an hour
        .orphans = Orphans::refused,                   // 400
        .conditional_writes = ConditionalWrites::trusted,
        .zero_length = ZeroLength::accepted,
        .silent_by = SilentBy::nature,  // no scheduling at all
        .silent_writes = SilentWrites::as_they_are,
        .lost_token = LostToken::refused,  // 403 valid-sync-token
        .mkcalendar_keeps = MkcalendarKeeps::all,
        .collection_names = CollectionNames::any,
        .duplicate_uid = DuplicateUid::refused,  // 409 no-uid-conflict
        .best_connections = 2,                   // 38 PUT/s with one, 34 with four: one lock for the whole store
    },
    Quirks{
        .server = Server::xandikos,
        .name = "xandikos",
        .etag_after_put = EtagAfterPut::same_meaning,  // reordered, TZID quoted
        .version = Version::strong,                    // git blob
        .list_by = ListBy::sync_collection,
        .read_by = ReadBy::single_gets,  // multiget of 100 out of 10,000 took 18 s
        .bulk_fill = BulkFill::no,
        .orphans = Orphans::accepted,
        .conditional_writes = ConditionalWrites::trusted,
        .zero_length = ZeroLength::accepted,
        .silent_by = SilentBy::nature,  // the header claims scheduling, there is none
        .silent_writes = SilentWrites::as_they_are,
        .lost_token = LostToken::refused,              // by HTTP 500
        .mkcalendar_keeps = MkcalendarKeeps::nothing,  // colour and description are dropped
        .collection_names = CollectionNames::any,
        .duplicate_uid = DuplicateUid::refused,  // HTTP 207 with an inner 412
        .best_connections = 4,
    },
    Quirks{
        .server = Server::davical,
        .name = "davical",
        .etag_after_put = EtagAfterPut::exact,  // byte-identical, and no ETag where it added SCHEDULE-STATUS
        .version = Version::strong,             // md5
        .list_by = ListBy::sync_collection,     // PROPFIND of 10,000 took 11 s, sync 0.7 s
        .read_by = ReadBy::multiget,            // leaves out rows of missing resources
        .bulk_fill = BulkFill::no,              // 405
        .orphans = Orphans::accepted,
        .conditional_writes = ConditionalWrites::trusted,
        .zero_length = ZeroLength::accepted,
        .silent_by = SilentBy::schedule_agent,  // honoured
        .silent_writes = SilentWrites::as_they_are,
        .lost_token = LostToken::silent_full_list,  // 207, no rows for what was deleted meanwhile
        .mkcalendar_keeps = MkcalendarKeeps::all,
        .collection_names = CollectionNames::any,
        .duplicate_uid = DuplicateUid::accepted_silently,  // 201
        .best_connections = 4,
    },
    Quirks{
        .server = Server::cyrus,
        .name = "cyrus",
        .etag_after_put = EtagAfterPut::same_meaning,  // CATEGORIES split, refolded; none for scheduling objects
        .version = Version::strong,                    // sha1
        .list_by = ListBy::sync_collection,            // pages by a 507 row
        .read_by = ReadBy::multiget,
        .bulk_fill = BulkFill::no,
        .orphans = Orphans::accepted,
        .conditional_writes = ConditionalWrites::trusted,
        .zero_length = ZeroLength::refused,          // 403 "DTEND must occur after DTSTART"
        .silent_by = SilentBy::schedule_agent,       // does nothing at all then
        .silent_writes = SilentWrites::as_they_are,  // logged no delivery
        .lost_token = LostToken::refused,            // 403 valid-sync-token
        .mkcalendar_keeps = MkcalendarKeeps::all,
        .collection_names = CollectionNames::ascii_only,  // 403
        .duplicate_uid = DuplicateUid::refused,           // 403, also across the user's collections
        .best_connections = 4,
    },
    Quirks{
        .server = Server::sogo,
        .name = "sogo",
        .etag_after_put = EtagAfterPut::none,  // ORGANIZER CN, ATTENDEE, PARTSTAT and SEQUENCE are changed
        .version = Version::weak,              // a counter: delete and recreate repeats it
        .list_by = ListBy::sync_collection,    // getctag has a resolution of one second
        .read_by = ReadBy::multiget,
        .bulk_fill = BulkFill::no,
        .orphans = Orphans::accepted,
        .conditional_writes = ConditionalWrites::untrusted,  // If-None-Match:* overwrites, DELETE ignores If-Match
        .zero_length = ZeroLength::accepted,
        .silent_by = SilentBy::schedule_agent,         // no mail; the copy in a local attendee's calendar is still made
        .silent_writes = SilentWrites::defused_first,  // an attendee's answer and DELETE are mailed all the same
        .attendee_first = AttendeeFirst::refused,      // 412
        .lost_token = LostToken::silent_full_list,     // 207 with the full list and the deleted
        .mkcalendar_keeps = MkcalendarKeeps::displayname,
        .after_answer = AfterAnswer::closed_silently,  // sogod without a proxy in front
        .collection_names = CollectionNames::any,
        .duplicate_uid = DuplicateUid::refused,  // 409, text only
        .best_connections = 2,                   // 130 PUT/s with two, 119 with four
    },
    Quirks{
        .server = Server::nextcloud,
        .name = "nextcloud",
        .etag_after_put = EtagAfterPut::exact,  // sabre/dav: ETag only where the stored bytes are those sent
        .version = Version::strong,             // md5
        .list_by = ListBy::sync_collection,
        .read_by = ReadBy::multiget,
        .bulk_fill = BulkFill::no,
        .orphans = Orphans::accepted,
        .conditional_writes = ConditionalWrites::trusted,
        .zero_length = ZeroLength::accepted,
        .silent_by = SilentBy::schedule_agent,       // sabre/dav's scheduling plugin follows RFC 6638
        .silent_writes = SilentWrites::as_they_are,  // sabre/dav: the agent covers its DELETE
        .lost_token = LostToken::refused,            // 403 valid-sync-token
        .mkcalendar_keeps = MkcalendarKeeps::all,
        .collection_names = CollectionNames::ascii_only,
        .duplicate_uid = DuplicateUid::refused,  // 400 or 409 by version
        .best_connections = 4,
    },
};

bool holds(std::string_view text, std::string_view part) { return text::lower(text).find(part) != std::string::npos; }

}  // namespace

const std::vector<Quirks>& all_quirks() { return kTable; }

const Quirks& quirks_of(Server server) noexcept {
  const auto row =
      std::find_if(kTable.begin(), kTable.end(), [&](const Quirks& quirks) { return quirks.server == server; });
  return row == kTable.end() ? kTable.front() : *row;
}

Server server_named(std::string_view name) noexcept {
  const auto row = std::find_if(kTable.begin(), kTable.end(),
                                [&](const Quirks& quirks) { return text::equal_ignoring_case(quirks.name, name); });
  return row == kTable.end() ? Server::generic : row->server;
}

Server detect(const Signs& signs) {
  const auto has_namespace = [&](std::string_view part) {
    return std::any_of(signs.property_namespaces.begin(), signs.property_namespaces.end(),
                       [&](const std::string& name) { return holds(name, part); });
  };
  if (holds(signs.server_header, "xandikos") || holds(signs.body, "xandikos")) return Server::xandikos;
  if (holds(signs.server_header, "cyrus") || has_namespace("cyrusimap.org")) return Server::cyrus;
  if (holds(signs.server_header, "sogo") || holds(signs.path, "/sogo/") || has_namespace("inverse-inc"))
    return Server::sogo;
  if (holds(signs.server_header, "davical") || holds(signs.other_headers, "x-davical") ||
      holds(signs.path, "/caldav.php") || holds(signs.dav_header, "http://www.xythos.com") || has_namespace("davical"))
    return Server::davical;
  if (has_namespace("nextcloud") || has_namespace("owncloud") || holds(signs.path, "/remote.php/"))
    return Server::nextcloud;
  // Radicale's own header, or the compliance classes that only it shows ("1, 2, 3, calendar-access, addressbook,
  // extended-mkcol"), or its page.
  if (holds(signs.server_header, "radicale") || holds(signs.body, "radicale") || has_namespace("radicale.org"))
    return Server::radicale;
  if (text::lower(text::replace_all(signs.dav_header, " ", "")) == "1,2,3,calendar-access,addressbook,extended-mkcol")
    return Server::radicale;
  return Server::generic;
}

}  // namespace caravan::caldav
