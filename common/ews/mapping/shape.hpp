// SPDX-License-Identifier: GPL-3.0-or-later
// How Exchange can hold a series' recurrence (decisions.md 4): as a pattern, as the closest pattern that contains it
// with the surplus days excluded, or else as single items for a span of time. Pure. Private to common/ews.
#pragma once
#include <string>
#include <vector>

#include "ews/mapping/pattern.hpp"
#include "ews/mapping/write_context.hpp"
#include "util/result.hpp"

namespace caravan::ews::mapping {

/// The most occurrences that are deleted to make a pattern fit (decisions.md 4).
inline constexpr std::size_t kMostSurplus = 50;

struct Shape {
  enum class Kind : std::uint8_t {
    single,   ///< one item without recurrence
    pattern,  ///< one item with recurrence
    parts,    ///< one single item for each occurrence
  };
  Kind kind = Kind::single;
  Pattern pattern;
  std::vector<model::EventTime> surplus;   ///< the pattern's, not the series'
  std::vector<model::EventTime> excluded;  ///< the series' exclusions that are the pattern's days: to be deleted
  std::vector<model::EventTime> off;       ///< exclusions of what is no occurrence anyway
  std::string why;                         ///< with parts: what Exchange lacks, for reports
  bool as_it_stands = false;               ///< Exchange holds it already, in a form that we would not have chosen
};

/// `unsupported` for a meeting that only single items could hold: it is parked (decisions.md 4).
Result<Shape> shape_of(const WriteContext& context, const model::Series& series);

/// One occurrence as an event of its own: the override, or the master moved there; nothing where it is excluded.
/// `occurrence` is an original start.
model::Event event_at(const WriteContext& context, const model::Series& series, const model::EventTime& occurrence);

}  // namespace caravan::ews::mapping
