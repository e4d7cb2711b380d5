// SPDX-License-Identifier: GPL-3.0-or-later
// The words of the closed lists in import_report.hpp.
#include "import_report.hpp"

#include <array>

namespace exchange_sim {

std::string refusal_word(Refusal refusal) {
  static constexpr std::array words = {"none",
                                       "unparsable",
                                       "no_event",
                                       "no_uid",
                                       "no_dtstart",
                                       "end_before_start",
                                       "duration_too_long",
                                       "rdate",
                                       "exrule",
                                       "multiple_rrules",
                                       "rrule_unparsable",
                                       "rrule_not_expressible",
                                       "start_not_in_rule",
                                       "no_occurrence",
                                       "occurrences_overlap",
                                       "override_not_in_rule",
                                       "override_without_rule",
                                       "override_crosses_neighbour",
                                       "date_out_of_range"};
  return words.at(static_cast<std::size_t>(refusal));
}

std::string loss_word(Loss loss) {
  static constexpr std::array words = {"extra_alarms",
                                       "alarm_not_display",
                                       "alarm_after_start",
                                       "alarm_absolute",
                                       "alarm_seconds",
                                       "priority_granularity",
                                       "attendee_role_chair",
                                       "attendee_role_non_participant",
                                       "attendee_not_mailto",
                                       "partstat_delegated",
                                       "class_unknown",
                                       "status_tentative_for_meeting",
                                       "status_cancelled_for_appointment",
                                       "floating_time",
                                       "unknown_zone",
                                       "custom_zone",
                                       "zone_rules_differ",
                                       "thisandfuture",
                                       "exdate_without_instance",
                                       "count_too_big",
                                       "url_dropped",
                                       "x_property",
                                       "component_property",
                                       "attachment_uri",
                                       "html_replaces_text",
                                       "organizer_without_attendees",
                                       "duplicate_uid"};
  return words.at(static_cast<std::size_t>(loss));
}

}  // namespace exchange_sim
