// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/loss.hpp"

namespace caravan::model {

std::string_view to_string(LossReason reason) noexcept {
  switch (reason) {
    case LossReason::characters_dropped:
      return "characters_dropped";
    case LossReason::body_unreadable:
      return "body_unreadable";
    case LossReason::attachment_item:
      return "attachment_item";
    case LossReason::attachment_unreadable:
      return "attachment_unreadable";
    case LossReason::attachment_too_large:
      return "attachment_too_large";
    case LossReason::attachment_skipped:
      return "attachment_skipped";
    case LossReason::attendee_without_address:
      return "attendee_without_address";
    case LossReason::organizer_without_address:
      return "organizer_without_address";
    case LossReason::zone_unknown:
      return "zone_unknown";
    case LossReason::occurrence_off_pattern:
      return "occurrence_off_pattern";
    case LossReason::sensitivity_collapsed:
      return "sensitivity_collapsed";
    case LossReason::value_unknown:
      return "value_unknown";
    case LossReason::value_unreadable:
      return "value_unreadable";
    case LossReason::property_unsupported:
      return "property_unsupported";
  }
  return "property_unsupported";
}

}  // namespace caravan::model
