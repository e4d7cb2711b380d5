// SPDX-License-Identifier: GPL-3.0-or-later
// What the closed lists of the program mean to a person who has never seen its code: the same sentences on the terminal
// and in the report. Knows no format.
#pragma once
#include <string>
#include <string_view>

#include "exodus/outcome.hpp"

namespace caravan::exodus {

struct Words {
  std::string title;    ///< a few words, capitalised
  std::string meaning;  ///< one or two sentences: what happened to the event, and whether anything is to be done
};

/// A loss reason as it stands in LossItem::reason; an unknown one is shown as it is.
Words loss_words(std::string_view reason);
Words difference_words(DifferenceItem::Kind kind);
/// "Title" or "Title of the occurrence": a field of DifferenceItem as people call it.
std::string field_words(std::string_view field);
/// What to do about a parked event.
std::string parked_remedy(const ParkedItem& item);
/// What to do about a plan that the delete brake stopped.
std::string plan_remedy(const StoppedPlan& plan);
/// "done", "done, some events parked", "stopped by the delete brake", ...: the run in a few words.
std::string verdict(const RunOutcome& outcome);
/// What to do next after the run as a whole; empty where nothing is left to do.
std::string next_step(const RunOutcome& outcome);

}  // namespace caravan::exodus
