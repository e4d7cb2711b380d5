// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/orphans.hpp"

namespace caravan::model {

Series with_own_master(Series series) {
  if (series.master || series.overrides.empty()) return series;
  Event master = series.overrides.front();
  if (series.overrides.size() == 1) {
    series.overrides.clear();
    master.recurrence_id.reset();
    series.master = std::move(master);
    return series;
  }
  // The master stands where the first occurrence was meant to be; its override moves it where it is.
  const auto length = to_seconds(master.end.wall) - to_seconds(master.start.wall);
  if (master.recurrence_id) {
    master.start = *master.recurrence_id;
    master.end = master.start;
    master.end.wall = from_seconds(to_seconds(master.start.wall) + length);
  }
  master.recurrence_id.reset();
  for (std::size_t i = 1; i < series.overrides.size(); ++i)
    if (series.overrides[i].recurrence_id) series.extra_dates.push_back(*series.overrides[i].recurrence_id);
  series.master = std::move(master);
  normalize(series);
  return series;
}

}  // namespace caravan::model
