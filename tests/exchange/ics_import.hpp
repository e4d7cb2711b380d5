// SPDX-License-Identifier: GPL-3.0-or-later
// Turns iCalendar text into Exchange's items, as Exchange would hold them, and says for every series
// what could not be kept. Uses libical under one lock. Bad input is reported, never fatal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "import_report.hpp"
#include "model.hpp"

namespace exchange_sim {

struct ImportedSeries {
  std::unique_ptr<CalendarItem> item;  ///< nothing when refused
  SeriesReport report;
};

/// Whose calendar it is: decides between organizer's and attendee's copy, and the zone of all-day events.
struct Owner {
  std::string address;
  ZonePtr zone;
};

std::vector<ImportedSeries> import_ics(const std::string& text, const Owner& owner);

}  // namespace exchange_sim
