// SPDX-License-Identifier: GPL-3.0-or-later
// A person's answer to an invitation, given outside of both calendars.
#pragma once
#include <stop_token>
#include <string>

#include "app/adapters/sides.hpp"
#include "app/pass/context.hpp"
#include "model/series.hpp"
#include "notify/differences.hpp"

namespace caravan::app {

struct Answering {
  notify::Reader reader;
  Uid uid;
  std::string occurrence;  ///< recurrence id as text; empty: the series
  model::Participation participation = model::Participation::accepted;
};

/// The series with the reader's answer in it, and what that changes. not_found: he is no attendee of it, or there is no
/// such occurrence. Pure.
[[nodiscard]] Result<model::Delta> put_answer(model::Series& series, const Answering& answer,
                                              const model::ZoneBook& zones);

/// Puts the answer into the copy on CalDAV, as the person's own program would, and marks the pair: the sync brings it
/// to Exchange, and who tells the organizer is what sync.scheduling says. An answer that stands there already is no
/// error.
[[nodiscard]] Status answer_meeting(const Context& context, Sides& sides, store::Store& store, const Answering& answer,
                                    std::stop_token stop);

}  // namespace caravan::app
