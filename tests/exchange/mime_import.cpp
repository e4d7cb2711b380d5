// SPDX-License-Identifier: GPL-3.0-or-later
// See mime_import.hpp.
#include "mime_import.hpp"

#include "bytes.hpp"
#include "ics_import.hpp"
#include "soap.hpp"

namespace exchange_sim {
namespace {

/// An attendee's copy knows nobody's answer; the own one is set apart (0x8218; ews-facts 8.6).
void forget_answers(EventContent& content) {
  if ((content.state & kStateReceived) == 0) return;
  content.my_response = Response::no_response;
  for (auto* list : {&content.required, &content.optional, &content.resources}) {
    for (auto& attendee : *list) {
      if (attendee.response != Response::organizer) attendee.response = Response::unknown;
    }
  }
}

}  // namespace

std::unique_ptr<CalendarItem> item_from_mime(const std::string& base64, const Mailbox& mailbox) {
  auto ics = base64_decode(base64);
  if (!ics) throw ItemError{"ErrorMimeContentInvalidBase64String", "MimeContent is not base64."};
  if (ics->empty()) throw ItemError{"ErrorMimeContentInvalid", "MimeContent is empty."};
  auto imported = import_ics(*ics, {mailbox.address, mailbox.zone});
  if (imported.size() != 1) {
    throw ItemError{"ErrorMimeContentConversionFailed", "MimeContent must hold one event or series."};
  }
  auto& series = imported.front();
  if (!series.item) throw ItemError{"ErrorMimeContentConversionFailed", refusal_word(series.report.refusal)};
  forget_answers(series.item->content);
  for (auto& [day, exception] : series.item->exceptions) forget_answers(exception.content);
  return std::move(series.item);
}

}  // namespace exchange_sim
