// SPDX-License-Identifier: GPL-3.0-or-later
// What a mailbox holds, in Exchange's own terms: calendar items (single or recurring master with its
// exceptions and deleted occurrences), attachments, people. Plain data; must not know SOAP or iCalendar.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "recurrence.hpp"
#include "xml_writer.hpp"
#include "zone.hpp"

namespace exchange_sim {

enum class BusyStatus { free, tentative, busy, oof, working_elsewhere, no_data };
enum class Sensitivity { normal, personal, private_, confidential };
enum class Importance { low, normal, high };
enum class Response { unknown, organizer, tentative, accept, decline, no_response };

inline constexpr std::array<std::string_view, 6> kBusyWords = {"Free", "Tentative",        "Busy",
                                                               "OOF",  "WorkingElsewhere", "NoData"};
inline constexpr std::array<std::string_view, 4> kSensitivityWords = {"Normal", "Personal", "Private", "Confidential"};
inline constexpr std::array<std::string_view, 3> kImportanceWords = {"Low", "Normal", "High"};
inline constexpr std::array<std::string_view, 6> kResponseWords = {"Unknown", "Organizer", "Tentative",
                                                                   "Accept",  "Decline",   "NoResponseReceived"};

template <typename Words, typename Enum>
std::string_view word(const Words& words, Enum value) {
  return words[static_cast<std::size_t>(value)];
}
template <typename Enum, typename Words>
std::optional<Enum> from_word(const Words& words, std::string_view text) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

struct Person {
  std::string name;
  std::string address;
  bool operator==(const Person&) const = default;
};

struct Attendee {
  Person person;
  Response response = Response::unknown;
  std::optional<Instant> last_response;
  std::optional<Instant> proposed_start, proposed_end;
  bool operator==(const Attendee&) const = default;
};

/// An extended property that a client has set.
struct ExtendedValue {
  std::string type;
  std::vector<std::string> values;
  bool operator==(const ExtendedValue&) const = default;
};

/// Long texts are shared between items, so that 100,000 generated events stay small.
using SharedText = std::shared_ptr<const std::string>;

enum class AttachmentKind { file, item, reference };

struct EventContent;

struct Attachment {
  AttachmentKind kind = AttachmentKind::file;
  std::uint32_t number = 0;
  std::string name;
  std::string content_type;
  std::string content_id;
  bool is_inline = false;
  SharedText content;                        ///< of a file; empty when lazy
  std::optional<LazyContent> lazy;           ///< of a generated file
  std::string url;                           ///< of a reference
  std::shared_ptr<const EventContent> item;  ///< of an item attachment
  std::uint64_t size() const { return lazy ? lazy->size : content ? content->size() : 0; }
};

/// Appointment state bits (MS-OXOCAL 2.2.1.10).
constexpr int kStateMeeting = 1;
constexpr int kStateReceived = 2;
constexpr int kStateCancelled = 4;

/// The properties that singles, masters and exceptions share.
struct EventContent {
  Instant start = 0;
  Instant end = 0;
  ZonePtr start_zone;
  ZonePtr end_zone;
  bool all_day = false;
  std::string subject;
  SharedText body;
  bool body_is_html = false;
  std::string location;
  std::vector<std::string> categories;
  Importance importance = Importance::normal;
  Sensitivity sensitivity = Sensitivity::normal;
  BusyStatus busy = BusyStatus::busy;
  std::optional<BusyStatus> intended;  ///< what the organizer meant, in an attendee's copy
  bool reminder_is_set = false;
  int reminder_minutes = 15;
  std::vector<Attendee> required;
  std::vector<Attendee> optional;
  std::vector<Attendee> resources;
  std::vector<Attachment> attachments;
  std::optional<Person> organizer;  ///< none: the mailbox's owner
  int state = 0;
  Response my_response = Response::organizer;
  std::optional<Instant> reply_time;
  int sequence = 0;
  bool response_requested = true;
  bool allow_new_time_proposal = true;
  bool request_was_sent = false;
  std::string join_url;
  std::string culture;
  /// Extended properties set by clients; the key names set and id or name, or the tag.
  std::map<std::string, ExtendedValue> extended;
  /// Properties that are kept and given back, and mean nothing here; by element, "EnhancedLocation/Annotation".
  std::map<std::string, std::string> kept;

  bool has_attendees() const { return !required.empty() || !optional.empty() || !resources.empty(); }
};

struct Exception {
  EventContent content;
  std::uint64_t change = 0;
  Instant modified = 0;
};

enum class Poison { none, corrupt, control_characters, bad_recurrence, malformed };

struct CalendarItem {
  std::uint64_t number = 0;
  std::uint32_t folder = 0;
  EventContent content;
  std::string uid;
  std::string global_object_id;  ///< with the date of the instance for an orphan occurrence
  std::string item_class = "IPM.Appointment";
  std::uint64_t change = 0;
  Instant created = 0;
  Instant modified = 0;
  Instant stamp = 0;
  std::optional<Recurrence> recurrence;
  std::map<Day, Exception> exceptions;  ///< by the original day in the start zone
  std::set<Day> deleted;
  std::optional<Instant> recurrence_id;  ///< of an orphan occurrence (a single item)
  Poison poison = Poison::none;
  bool hidden = false;
  std::uint32_t next_attachment = 1;
  /// By property (of an occurrence: "DAY/property"): the change that last touched it.
  std::map<std::string, std::uint64_t> field_changes;
  std::uint64_t whole_change = 0;  ///< the last change that may have touched any property

  bool is_master() const { return recurrence.has_value(); }
  /// Wall-clock seconds after midnight at which every occurrence starts.
  LocalTime time_of_day() const {
    LocalTime local = content.start_zone->to_local(content.start);
    return local - day_of(local) * kDaySeconds;
  }
  Instant original_start(Day day) const { return content.start_zone->to_instant(day * kDaySeconds + time_of_day()); }
  Instant occurrence_end(Day day) const;
};

/// The data of UID in GlobalObjectId and back (MS-OXCICAL UID; ews-facts 5.5). `instance` is the
/// day of an orphan occurrence.
std::string global_object_id(const std::string& uid, std::optional<Day> instance);
std::string clean_global_object_id(std::string blob);

/// The UID that such a blob stands for; empty for one that is malformed.
std::string uid_of_global_object_id(const std::string& blob);

/// What a client sees at one place in a calendar: a single, a master, an occurrence or an exception.
struct View {
  const CalendarItem* item = nullptr;
  const EventContent* content = nullptr;
  std::optional<Day> day;  ///< of an occurrence or exception
  bool is_exception = false;
  Instant start = 0;
  Instant end = 0;
  std::uint64_t change = 0;
  Instant modified = 0;
};
View view_of(const CalendarItem& item);
View view_of(const CalendarItem& item, Day day);
/// Every visible occurrence that overlaps [from, to); a single or orphan counts as one.
std::vector<View> views_between(const CalendarItem& item, Instant from, Instant to);

}  // namespace exchange_sim
