// SPDX-License-Identifier: GPL-3.0-or-later
// What a calendar entry is: a series (one UID) with its master, its overrides and its exclusions, whatever store it
// came from. Plain values; no text format, no protocol, no I/O.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/time.hpp"
#include "util/digest.hpp"
#include "util/types.hpp"

namespace caravan::model {

enum class BusyStatus : std::uint8_t { free, tentative, busy, out_of_office, working_elsewhere };
enum class Sensitivity : std::uint8_t { normal, personal, private_, confidential };
enum class EventStatus : std::uint8_t { none, confirmed, tentative, cancelled };
enum class Role : std::uint8_t { required, optional, non_participant, chair };
enum class AttendeeKind : std::uint8_t { individual, group, resource, room, unknown };
enum class Participation : std::uint8_t { needs_action, accepted, declined, tentative, delegated };
enum class AlarmAction : std::uint8_t { display, audio, email, other };

/// A property we do not model, kept as it came: name upper case, parameters in order, value as on the wire.
struct RawProperty {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string value;
  friend auto operator<=>(const RawProperty&, const RawProperty&) = default;
};

/// VALARM (RFC 5545 3.6.6). The trigger is absolute where `at` is set, else relative.
struct Alarm {
  AlarmAction action = AlarmAction::display;
  std::int64_t offset_seconds = 0;  ///< negative: before
  bool related_to_end = false;
  std::optional<Instant> at;
  std::string description;
  std::optional<Instant> acknowledged;  ///< RFC 9074 6.1
  std::vector<RawProperty> extra;
  friend auto operator<=>(const Alarm&, const Alarm&) = default;
};

struct Attendee {
  std::string address;  ///< lower-case SMTP address without "mailto:"; another URI stays whole
  std::string name;     ///< CN
  Role role = Role::required;
  AttendeeKind kind = AttendeeKind::individual;
  Participation participation = Participation::needs_action;
  bool rsvp = false;
  std::vector<std::pair<std::string, std::string>> extra;  ///< other parameters
  friend auto operator<=>(const Attendee&, const Attendee&) = default;
};

struct Organizer {
  std::string address, name;
  std::vector<std::pair<std::string, std::string>> extra;
  friend auto operator<=>(const Organizer&, const Organizer&) = default;
};

/// ATTACH. Content never stands here: its hash does; the bytes are in a spool file of that name while they are needed.
struct Attachment {
  std::string name, content_type, content_id;
  std::string uri;         ///< a link; then there is no content
  bool is_inline = false;  ///< shown inside the HTML body by its content id
  std::uint64_t size = 0;  ///< bytes
  Digest content;          ///< of the bytes; empty while not fetched
  std::string source_id;   ///< EWS AttachmentId; no part of the meaning
  friend auto operator<=>(const Attachment&, const Attachment&) = default;
};

/// One VEVENT: the master of a series, a single event, or an override of one occurrence.
struct Event {
  std::optional<EventTime> recurrence_id;  ///< set on an override: the occurrence's original start in the master's zone
  EventTime start, end;                    ///< end is exclusive; a date kind on both means all-day
  bool has_end = true;                     ///< false: neither DTEND nor DURATION was given
  std::string summary;
  std::string description;  ///< plain text, LF line ends
  std::string html;         ///< empty: none (X-ALT-DESC;FMTTYPE=text/html)
  std::string location;
  BusyStatus busy = BusyStatus::busy;
  EventStatus status = EventStatus::none;
  Sensitivity sensitivity = Sensitivity::normal;
  std::int32_t priority = 0;            ///< PRIORITY 0..9; 1..4 high, 0 and 5 normal, 6..9 low
  std::vector<std::string> categories;  ///< sorted, without repeats
  std::string url, conference;          ///< URL; CONFERENCE (RFC 7986 5.11): the address at which to join
  std::vector<Alarm> alarms;
  std::optional<Organizer> organizer;
  std::vector<Attendee> attendees;  ///< sorted by address, without repeats
  std::vector<Attachment> attachments;
  std::int32_t sequence = 0;
  std::optional<Instant> created, last_modified, stamp;  ///< CREATED, LAST-MODIFIED, DTSTAMP; no part of the meaning
  std::vector<RawProperty> extra;
  [[nodiscard]] bool all_day() const noexcept { return start.kind == TimeKind::date; }
  friend auto operator<=>(const Event&, const Event&) = default;
};

/// All that carries one UID in one calendar: the unit of sync.
struct Series {
  Uid uid;
  std::optional<Event> master;         ///< absent for an invitation to single occurrences only
  std::vector<Rule> rules;             ///< RRULE: none, or one (more are legal and rare)
  std::vector<EventTime> extra_dates;  ///< RDATE, sorted
  std::vector<EventTime> excluded;     ///< EXDATE, sorted
  std::vector<Event> overrides;        ///< sorted by recurrence_id
  std::vector<ZoneDefinition> zones;   ///< of the zones used that IANA does not know
  [[nodiscard]] bool recurring() const noexcept { return !rules.empty() || !extra_dates.empty(); }
  friend auto operator<=>(const Series&, const Series&) = default;
};

/// The master, or the first override of a series without one. A series is never without both.
const Event& representative(const Series& series) noexcept;
/// Sorts what has no order and drops repeats; the codecs call it last.
void normalize(Series& series);

std::string_view to_string(BusyStatus value) noexcept;  ///< X-MICROSOFT-CDO-BUSYSTATUS: "FREE", "OOF", ...
std::string_view to_string(EventStatus value) noexcept;
std::string_view to_string(Sensitivity value) noexcept;  ///< CLASS
std::string_view to_string(Role value) noexcept;
std::string_view to_string(AttendeeKind value) noexcept;
std::string_view to_string(Participation value) noexcept;
enum class Importance : std::uint8_t { low, normal, high };
Importance importance_of(std::int32_t priority) noexcept;

}  // namespace caravan::model
