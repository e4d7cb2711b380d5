// SPDX-License-Identifier: GPL-3.0-or-later
// What people ask the bot, and what it answers: today, tomorrow, date D, week, month, range D D, free D, settings,
// status, help; in English and Russian, whatever the reader's language is. Pure: who calls fetches what a command
// needs.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notify/agenda.hpp"
#include "notify/preferences.hpp"

namespace caravan::notify {

struct Command {
  enum class What : std::uint8_t { agenda, free, settings, status, help, unknown } what = What::unknown;
  std::optional<Instant> from, until;  ///< agenda and free: whose entries answer it; at most 62 days
  model::EventTime day;                ///< agenda, free: the first day, a date in the reader's zone
  bool cut = false;                    ///< more days were asked for than are shown
  bool sets = false;                   ///< settings NAME VALUE: set it first
  std::string setting, value;
  std::string problem;  ///< unknown: what was not understood
};
Command parse_command(std::string_view text, const Preferences& reader, const model::ZoneBook& zones, Instant now);

/// What the answer is made of, as far as the command needs it.
struct CommandFacts {
  std::vector<Entry> entries;  ///< of [Command::from, Command::until), sorted
  bool in_step = false;
  std::optional<Instant> last_success;
  std::string problem;  ///< why a setting could not be set; empty: it was
};
/// Markdown; lists are tables, at most 300 lines.
std::string answer_command(const Command& command, const CommandFacts& facts, const Preferences& reader,
                           const model::ZoneBook& zones, Instant now);

/// What is said to who pressed Accept, Maybe or Decline.
std::string answer_noted(model::Participation answer, const Preferences& reader);
/// To somebody who has no mailbox here.
std::string not_known(Language language);

}  // namespace caravan::notify
