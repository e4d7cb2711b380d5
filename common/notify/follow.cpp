// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/follow.hpp"

#include <algorithm>

#include "ical/expand.hpp"
#include "model/proposal.hpp"
#include "sync/merge.hpp"
#include "sync/occurrence.hpp"

namespace caravan::notify {
namespace {

const model::Attendee* line_of(const model::Event& event, const std::string& address) {
  for (const auto& attendee : event.attendees)
    if (attendee.address == address) return &attendee;
  return nullptr;
}
bool invites(const model::Event& event, const std::string& address) { return line_of(event, address) != nullptr; }

}  // namespace

model::Event followed(const model::Event& before, const model::Series& was, const model::Series& now,
                      const model::ZoneBook& zones, const model::Delta& kept) {
  model::Series source, onto;
  source.overrides = {before};
  onto.overrides = {sync::plain_occurrence(now, *before.recurrence_id, zones)};
  model::Delta said = sync::said_by(before, was, zones);
  said.insert(said.end(), kept.begin(), kept.end());
  // Who is off the series' list is off that of its occurrences, whatever he answered to one.
  std::erase_if(said, [&](const model::Change& unit) {
    return unit.field == model::Field::attendee && invites(*was.master, unit.key) && !invites(*now.master, unit.key);
  });
  model::Event out = sync::apply(said, source, std::move(onto)).overrides.front();
  // A proposal is no unit that said_by() would name.
  for (auto& attendee : out.attendees) {
    const auto *own = line_of(before, attendee.address), *listed = line_of(*was.master, attendee.address);
    if (own != nullptr && (listed == nullptr || proposal_of(*own) != proposal_of(*listed)))
      set_proposal(attendee, proposal_of(*own));
  }
  return out;
}

bool gives(const model::Series& series, const model::EventTime& id, const model::ZoneBook& zones) {
  if (!series.master) return false;
  const model::Series plain{series.uid, series.master, series.rules, series.extra_dates, {}, {}, series.zones};
  const Instant at = id.instant();
  const auto occurrences = ical::expand(plain, at, at + std::chrono::seconds(1), zones);
  return std::any_of(occurrences.begin(), occurrences.end(),
                     [&](const auto& each) { return each.original_start.wall == id.wall; });
}

}  // namespace caravan::notify
