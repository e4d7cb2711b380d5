// SPDX-License-Identifier: GPL-3.0-or-later
// The report of a run as one HTML page that an administrator can hand to a manager: no script, no external link,
// nothing fetched; reads in light and dark and on paper. Text from calendars is hostile until escaped.
#pragma once
#include <filesystem>
#include <string>

#include "exodus/outcome.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace caravan::exodus {

struct ReportOptions {
  Instant generated{};
  std::string exchange;  ///< the two servers as people know them ("mail.example.org"); empty: not shown
  std::string caldav;
  std::string version;  ///< of Caravan
};

/// The page.
std::string report_page(const RunOutcome& outcome, const ReportOptions& options);

/// Writes the page through a temporary file in the same folder (readable by its owner only: it names people and
/// titles), so that nobody ever reads half a report. A full disk is Fault::denied, code "disk_full".
Status write_report(const RunOutcome& outcome, const std::filesystem::path& path, const ReportOptions& options);

}  // namespace caravan::exodus
