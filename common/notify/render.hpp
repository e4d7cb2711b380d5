// SPDX-License-Identifier: GPL-3.0-or-later
// Puts a telling into words: plain text, HTML and Markdown say the same. All content is shown as text: nothing of an
// event's is ever taken as markup, header or mention.
#pragma once
#include <string>
#include <string_view>

#include "notify/preferences.hpp"
#include "notify/telling.hpp"

namespace caravan::notify {

struct Rendered {
  std::string subject;                 ///< one line, no control characters, at most 200 code points
  std::string text;                    ///< LF line ends
  std::string html;                    ///< a fragment for the body, nothing loaded from elsewhere
  std::string markdown;                ///< for Mattermost
  std::string accept, maybe, decline;  ///< the buttons under an invitation
};

/// Pure but for the message catalogues compiled in; thread-safe.
Rendered render(const Telling& telling, const Preferences& reader, const model::ZoneBook& zones, Instant now);

/// Content as Markdown that Mattermost shows as it is: no formatting, mention, hashtag, link, table break or emoji
/// short name comes out of it.
std::string escape_markdown(std::string_view text);

}  // namespace caravan::notify
