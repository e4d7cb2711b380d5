// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/follow.hpp"

#include "sync/merge.hpp"
#include "sync/occurrence.hpp"

namespace caravan::notify {

model::Event followed(const model::Event& before, const model::Series& was, const model::Series& now,
                      const model::ZoneBook& zones) {
  model::Series source, onto;
  source.overrides = {before};
  onto.overrides = {sync::plain_occurrence(now, *before.recurrence_id, zones)};
  return sync::apply(sync::said_by(before, was, zones), source, std::move(onto)).overrides.front();
}

}  // namespace caravan::notify
