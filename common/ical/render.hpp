// SPDX-License-Identifier: GPL-3.0-or-later
// Model fields -> content lines; used by write (all of them) and by patch (the named ones). Private to this folder.
#pragma once
#include <string>
#include <string_view>

#include "ical/lines.hpp"
#include "ical/write.hpp"
#include "model/canonical.hpp"
#include "model/series.hpp"

namespace caravan::ical::detail {

/// NAME:escaped text, folded.
void append_text(std::string& out, std::string_view name, const std::string& text);
/// NAME[;TZID=..|;VALUE=DATE]:time.
void append_time(std::string& out, std::string_view name, const model::EventTime& time);
void append_raw(std::string& out, const model::RawProperty& property);
void append_attendee(std::string& out, const model::Attendee& attendee, std::string_view schedule_agent,
                     bool keep_proposal);

/// The content lines of one unit of an event, without those of `series` (see append_recurrence). Attendees only with
/// Field::attendee, and all of them.
void append_field(std::string& out, const model::Event& event, model::Field field, const WriteOptions& options);
/// RRULE and RDATE.
void append_recurrence(std::string& out, const model::Series& series);
/// TRANSP and X-MICROSOFT-CDO-BUSYSTATUS.
void append_busy(std::string& out, const model::Event& event);
Instant stamp_of(const model::Event& event, const WriteOptions& options);

/// The event as the options let it out: private policy, acknowledged alarms. `series` is its own.
model::Event prepared(const model::Event& event, const model::Series& series, const WriteOptions& options);
/// A whole VEVENT.
std::string event_text(const model::Event& event, const model::Series& series, const WriteOptions& options);

}  // namespace caravan::ical::detail
