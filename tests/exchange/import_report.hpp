// SPDX-License-Identifier: GPL-3.0-or-later
// What became of loaded .ics files: the closed lists of reasons why Exchange cannot hold a series and
// of losses that Exchange itself causes, and the report that /control/import-report shows.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace exchange_sim {

/// Why a series is not in the mailbox.
enum class Refusal {
  none,
  unparsable,
  no_event,
  no_uid,
  no_dtstart,
  end_before_start,
  duration_too_long,
  rdate,
  exrule,
  multiple_rrules,
  rrule_unparsable,
  rrule_not_expressible,
  start_not_in_rule,
  no_occurrence,
  occurrences_overlap,
  override_not_in_rule,
  override_without_rule,
  override_crosses_neighbour,
  date_out_of_range
};

/// What Exchange cannot keep of a series that it can hold.
enum class Loss {
  extra_alarms,
  alarm_not_display,
  alarm_after_start,
  alarm_absolute,
  alarm_seconds,
  priority_granularity,
  attendee_role_chair,
  attendee_role_non_participant,
  attendee_not_mailto,
  partstat_delegated,
  class_unknown,
  status_tentative_for_meeting,
  status_cancelled_for_appointment,
  floating_time,
  unknown_zone,
  custom_zone,
  zone_rules_differ,
  thisandfuture,
  exdate_without_instance,
  count_too_big,
  url_dropped,
  x_property,
  component_property,
  attachment_uri,
  html_replaces_text,
  organizer_without_attendees,
  duplicate_uid
};

std::string refusal_word(Refusal refusal);
std::string loss_word(Loss loss);

struct SeriesReport {
  std::string mailbox;
  std::string file;
  std::string uid;
  Refusal refusal = Refusal::none;
  std::set<Loss> losses;
  std::string detail;  ///< for people: which property
};

class ImportReport {
 public:
  void add(SeriesReport report) {
    std::lock_guard lock(mutex_);
    series_.push_back(std::move(report));
  }
  std::vector<SeriesReport> series() const {
    std::lock_guard lock(mutex_);
    return series_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<SeriesReport> series_;
};

}  // namespace exchange_sim
