// SPDX-License-Identifier: GPL-3.0-or-later
// t:Attachments -> what an event knows of its attachments; their content is fetched apart (ews-facts 8.8). Private to
// common/ews.
#pragma once
#include "ews/mapping/context.hpp"
#include "ews/wire/wire.hpp"
#include "model/series.hpp"

namespace caravan::ews::mapping {

/// Files, attached items (as message/rfc822) and links. Names lose their path and their control characters.
void read_attachments(Context& context, wire::t__CalendarItemType& item, model::Event& event);
/// A name that is safe as a file's: no path, no control characters, never empty.
std::string safe_name(std::string_view name);
/// The name and the type under which an attachment goes to Exchange, which wants both.
std::string stored_name(const model::Attachment& attachment);
std::string stored_type(const model::Attachment& attachment);

}  // namespace caravan::ews::mapping
