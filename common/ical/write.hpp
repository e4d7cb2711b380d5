// SPDX-License-Identifier: GPL-3.0-or-later
// Model -> iCalendar text. Deterministic: the same series and options give the same bytes. Values are escaped and lines
// folded by libical; VTIMEZONE texts come from the cache of the zone book.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/series.hpp"
#include "util/result.hpp"

namespace caravan::ical {

inline constexpr std::string_view kProductId = "-//Caravan//Caravan 0.1//EN";
inline constexpr std::string_view kMarkProperty = "X-CARAVAN-ID";

enum class PrivatePolicy {
  keep,
  busy,  ///< of a private or confidential event only its times leave: "Private appointment", nothing else
};
enum class OrphanForm {
  recurrence_id,  ///< an override without its master keeps RECURRENCE-ID
  plain,          ///< a single one goes without (Radicale refuses it otherwise, caldav-servers.md 0.10)
};
enum class ZeroLengthEnd {
  keep,
  omit,  ///< no DTEND where it equals DTSTART (Cyrus refuses it)
};

struct WriteOptions {
  std::string mark;              ///< value of X-CARAVAN-ID; empty: none
  std::optional<Instant> stamp;  ///< DTSTAMP; else the event's own, else LAST-MODIFIED, else 1970
  std::string schedule_agent;    ///< "", "NONE" or "CLIENT" (RFC 6638 7.1), on ORGANIZER and every ATTENDEE
  ZeroLengthEnd zero_length_end = ZeroLengthEnd::keep;
  PrivatePolicy private_policy = PrivatePolicy::keep;
  OrphanForm orphan = OrphanForm::recurrence_id;
  bool keep_proposals = false;  ///< other times that guests propose (model/proposal.hpp): in Caravan's own copies only
  /// Alarms that were due before this get ACKNOWLEDGED (RFC 9074 6.1): no old reminder pops up after an import.
  std::optional<Instant> acknowledge_alarms_before;
  /// VTIMEZONE history begins here; 0: the year of the series' earliest time.
  int zones_from_year = 0;
};

/// Where the content of an attachment belongs: `text[offset, offset+length)` is a reference, to be replaced by base64.
struct ContentSpot {
  std::size_t offset = 0, length = 0;  ///< a whole content line, with its line end
  model::Attachment attachment;
};

/// The parts of a VCALENDAR, for those who put many series into one.
struct Components {
  std::map<std::string, std::string> zones;  ///< TZID -> VTIMEZONE text
  std::string events;                        ///< VEVENT components
  std::vector<ContentSpot> content;          ///< offsets into `events`
};
Components components(const model::Series& series, const WriteOptions& options);
/// "BEGIN:VCALENDAR", VERSION, PRODID.
std::string calendar_header();
/// "END:VCALENDAR".
std::string calendar_footer();

/// A whole VCALENDAR with the one series. Attachments with content stand as references (see fill_content in patch.hpp).
std::string write(const model::Series& series, const WriteOptions& options = {});
/// The same text from parts that are at hand.
std::string calendar_text(const Components& parts);

/// Names the file that holds the bytes of an attachment, or says why there is none (which fails the whole write).
using ContentPath = std::function<Result<std::string>(const model::Attachment&)>;

}  // namespace caravan::ical
