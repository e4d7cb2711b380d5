// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/world/fate.hpp"

namespace caravan::world {

void Fate::kill_at(Place place, int n) { remaining_.at(static_cast<std::size_t>(place)) = n; }

void Fate::pass_through(Place place) {
  must_live();
  auto& remaining = remaining_.at(static_cast<std::size_t>(place));
  if (remaining == 0 || --remaining > 0) return;
  dead_ = true;
  throw Killed();
}

void Fate::must_live() const {
  if (dead_) throw Killed();
}

void Fate::revive() {
  dead_ = false;
  for (auto& remaining : remaining_) remaining = 0;
}

}  // namespace caravan::world
