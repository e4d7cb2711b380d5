// SPDX-License-Identifier: GPL-3.0-or-later
// Body and TextBody -> description and HTML (ews-facts 13.3). Private to common/ews.
#pragma once
#include "ews/mapping/context.hpp"
#include "ews/wire/wire.hpp"
#include "model/series.hpp"

namespace caravan::ews::mapping {

/// A text body becomes the description; an HTML body is kept and described by TextBody, or else by model::html_to_text.
/// The blank lines that Exchange adds at the end go; an HTML body that shows nothing is none.
void read_body(Context& context, wire::t__CalendarItemType& item, model::Event& event);

}  // namespace caravan::ews::mapping
