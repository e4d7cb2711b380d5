// SPDX-License-Identifier: GPL-3.0-or-later
// The words in which people name commands and days, English and Russian. Internal to commands.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/time.hpp"

namespace caravan::notify {

enum class Verb : std::uint8_t { today, tomorrow, date, week, month, range, free, settings, status, help };

/// Words by blanks, lower case in both alphabets; a leading "/" and a mention of the bot go.
std::vector<std::string> words_of(std::string_view text);
std::optional<Verb> verb_from(std::string_view word);
/// "2026-11-21", "21.11.2026", "21.11" (this year, or the next where that is over for more than half a year), "friday",
/// "fri", "пятница", "пт" (the next one, today included), "today", "tomorrow".
std::optional<model::LocalTime> day_from(std::string_view word, const model::LocalTime& today);

}  // namespace caravan::notify
