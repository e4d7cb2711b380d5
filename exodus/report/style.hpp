// SPDX-License-Identifier: GPL-3.0-or-later
// The report's style sheet, built in from style.css.
#pragma once
namespace caravan::exodus {
extern const char* const kReportStyle;
}
