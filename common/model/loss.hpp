// SPDX-License-Identifier: GPL-3.0-or-later
// What could not be carried from one side to the other. A closed list, so that reports, metrics and tests can count: a
// property that goes missing without a Loss is a bug.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caravan::model {

enum class LossReason : std::uint8_t {
  characters_dropped,        ///< control characters that neither XML nor iCalendar can hold
  body_unreadable,           ///< the store could not deliver the body; the rest of the entry is complete
  attachment_item,           ///< an attached message, contact or appointment that was not converted
  attachment_unreadable,     ///< the attachment's description or content could not be read
  attachment_too_large,      ///< above sync.max_attachment_mb
  attachment_skipped,        ///< sync.attachments = "skip"
  attendee_without_address,  ///< neither an SMTP address nor one that the directory knows
  organizer_without_address,
  zone_unknown,            ///< the zone has neither a known name nor rules: UTC was taken
  occurrence_off_pattern,  ///< an exception or exclusion whose original start is no instance of the rule
  sensitivity_collapsed,   ///< "Personal", which iCalendar's CLASS does not know
  value_unknown,           ///< a value outside the known list: its default was taken
  value_unreadable,        ///< a number, date or length that can't be read: left out
  property_unsupported,    ///< a property for which the other side has no place
};
inline constexpr std::array kLossReasons = {
    LossReason::characters_dropped,       LossReason::body_unreadable,           LossReason::attachment_item,
    LossReason::attachment_unreadable,    LossReason::attachment_too_large,      LossReason::attachment_skipped,
    LossReason::attendee_without_address, LossReason::organizer_without_address, LossReason::zone_unknown,
    LossReason::occurrence_off_pattern,   LossReason::sensitivity_collapsed,     LossReason::value_unknown,
    LossReason::value_unreadable,         LossReason::property_unsupported};

/// The enumerator's name, as it stands in reports and metric labels.
std::string_view to_string(LossReason reason) noexcept;

/// One loss. `occurrence` is empty for the master, else the recurrence id as to_string(EventTime) prints it. `detail`
/// names the property or the attachment, never the text of a private event.
struct Loss {
  LossReason reason = LossReason::property_unsupported;
  std::string occurrence;
  std::string detail;
  friend auto operator<=>(const Loss&, const Loss&) = default;
};

}  // namespace caravan::model
