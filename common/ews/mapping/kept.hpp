// SPDX-License-Identifier: GPL-3.0-or-later
// What Exchange has no field for, kept in our second extended property of the item and given back on reading
// (decisions.md 3, docs/mapping.md). Each piece that stands beside a field of Exchange's remembers what that field said
// when it was kept: where it says something else now, somebody edited it there, and the piece is stale.
// Pure; knows neither SOAP nor the text it is stored as (kept_text.hpp). Private to common/ews.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/canonical.hpp"
#include "model/series.hpp"

namespace caravan::ews::mapping {

/// A zone under the name that CalDAV gives it, where Exchange knows it by another.
struct KeptZone {
  std::string name;                                                ///< empty: nothing kept
  std::optional<model::ZoneDefinition> definition = std::nullopt;  ///< where IANA does not know it
};

/// A recurrence that Exchange holds under another form, or as a pattern with more days and exclusions.
struct KeptRules {
  std::string was;  ///< the rule as it was read back, as to_string(Rule) prints it; empty: a single event
  std::vector<model::Rule> rules;
  std::vector<model::EventTime> dates;    ///< RDATE
  std::vector<model::EventTime> surplus;  ///< days of Exchange's pattern that the rules don't have: not excluded
  std::vector<model::EventTime> off;      ///< exclusions of what is no occurrence anyway
};

struct KeptAlarms {
  std::optional<std::int64_t> was;  ///< minutes of Exchange's own reminder; none: not set
  std::vector<model::Alarm> alarms;
};

struct KeptAttendee {
  model::Attendee attendee;
  std::optional<model::Attendee> was;  ///< as read back; none: Exchange does not list him
};

struct KeptOrganizer {
  std::optional<model::Organizer> organizer;  ///< none: the event has none
  std::string was;                            ///< the address as read back
};

/// A file under the name and type it had, where Exchange was given others.
struct KeptFile {
  std::string stored_as;
  std::uint64_t size = 0;
  model::Attachment attachment;
};

/// An item that is one occurrence of a series (decisions.md 4): whose, and which.
struct KeptPart {
  Uid uid;
  model::EventTime occurrence;
};

struct Kept {
  std::string uid;                          ///< the series' UID where the item's is a stand-in for it
  std::optional<KeptPart> part;             ///< the item is one occurrence only
  KeptZone start_zone, end_zone;            ///< of the item's own times
  std::string floating;                     ///< the zone whose clock shows the floating times; empty: they don't float
  bool no_end = false;                      ///< neither DTEND nor DURATION
  std::optional<KeptRules> rules;           ///< of a master only
  std::map<model::Field, std::string> was;  ///< fields that `values` holds, and the short digest of each as read back
  model::Event values;
  std::string body_end;  ///< white space at the description's end, which Exchange adds and takes as it likes
  std::optional<KeptAlarms> alarms;
  std::vector<model::RawProperty> extra;
  std::string url, conference;
  std::optional<KeptOrganizer> organizer;
  std::vector<KeptAttendee> attendees;
  std::vector<std::string> uninvited;  ///< whom reading lists though the event does not: me, invited through a group
  std::vector<model::Attachment> links;
  std::vector<KeptFile> files;

  [[nodiscard]] bool empty() const;
};

/// What of `wanted` is not in `read_back`, which is what Exchange will show of it. Times and recurrence are not looked
/// at.
Kept keep(const model::Event& wanted, const model::Event& read_back);
/// Puts what was kept back into an event as Exchange shows it; stale pieces are left out.
void restore(const Kept& kept, model::Event& event);

/// The one reminder that Exchange can hold: of the display and audio alarms that fire at or before the start, the
/// earliest. Null where there is none.
const model::Alarm* shown_alarm(const model::Event& event) noexcept;
/// Whole minutes before the start at which it fires; negative: after it.
std::int64_t minutes_before(const model::Event& event, const model::Alarm& alarm) noexcept;

}  // namespace caravan::ews::mapping
