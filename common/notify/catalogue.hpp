// SPDX-License-Identifier: GPL-3.0-or-later
// The message catalogue: every sentence that a person is shown, in each language, as ICU message patterns with named
// arguments. A new language is a new column.
#pragma once
#include <string_view>
#include <vector>

#include "notify/preferences.hpp"

namespace caravan::notify {

/// The pattern; `key` must be one of the catalogue's (a test goes through all of them).
std::string_view pattern(std::string_view key, Language language);
std::vector<std::string_view> catalogue_keys();

}  // namespace caravan::notify
