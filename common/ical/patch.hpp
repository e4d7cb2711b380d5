// SPDX-License-Identifier: GPL-3.0-or-later
// Changes the named units of a stored iCalendar text and leaves every other byte as it was: what we do not model, other
// programs' order, folding and formatting survive. Used for every CalDAV update.
#pragma once
#include <string>
#include <string_view>

#include "ical/write.hpp"
#include "model/canonical.hpp"

namespace caravan::ical {

/// `stored` with the units named by `changes` as `target` has them. DTSTAMP, LAST-MODIFIED and SEQUENCE (never lowered)
/// of the touched components follow `target` and `options`; X-CARAVAN-ID stays, or is added where options.mark is set.
/// New attachments with content stand as references, as in write(); see fill_content(). With OrphanForm::plain the one
/// stored event without RECURRENCE-ID is the target's one override.
///
/// malformed: `stored` can't be read or holds another UID. unsupported: it holds an occurrence twice; write it whole.
Result<std::string> patch(std::string_view stored, const model::Series& target, const model::Delta& changes,
                          const WriteOptions& options = {});

/// The references that patch() or write() left in `text`.
std::vector<ContentSpot> content_spots(std::string_view text);
/// Writes `text` to a file with every reference replaced by folded base64, streamed.
Status fill_content(std::string_view text, const std::string& path, const ContentPath& content_path);

}  // namespace caravan::ical
