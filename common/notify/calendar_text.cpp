// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/calendar_text.hpp"

#include "ical/expand.hpp"
#include "ical/write.hpp"
#include "ical/zone_book.hpp"
#include "sync/merge.hpp"
#include "sync/occurrence.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

/// Only the occurrence, as an override: who has the series puts it there. Nothing where it is not.
std::optional<model::Event> occurrence_of(const model::Series& series, const Telling& telling) {
  if (const auto* event = sync::find_override(series, telling.occurrence)) return *event;
  const auto& zones = *ical::system_zone_book();
  const Shown& shown = telling.now ? *telling.now : *telling.was;
  for (const auto& each :
       ical::expand(series, shown.start.instant(), shown.end.instant() + std::chrono::seconds(1), zones))
    if (to_string(each.original_start) == telling.occurrence)
      return sync::plain_occurrence(series, each.original_start, zones);
  return std::nullopt;
}

}  // namespace

std::string calendar_text(const model::Series& series, const Telling& telling) {
  model::Series out = series;
  if (!telling.occurrence.empty()) {
    auto event = telling.now || telling.was ? occurrence_of(out, telling) : std::nullopt;
    if (!event) return {};
    out = {series.uid, {}, {}, {}, {}, {std::move(*event)}, series.zones};
  }
  const auto bare = [](model::Event& event) {
    event.alarms.clear();
    event.attachments.clear();
  };
  if (out.master) bare(*out.master);
  for (auto& event : out.overrides) bare(event);
  const std::string header = ical::calendar_header();
  return text::replace_all(ical::write(out), header, header + "METHOD:PUBLISH\r\n");
}

}  // namespace caravan::notify
