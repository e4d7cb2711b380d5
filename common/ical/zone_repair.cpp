// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/zone_repair.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "ical/lines.hpp"
#include "ical/read_zone.hpp"
#include "ical/zone_book.hpp"
#include "ical/zone_data.hpp"
#include "model/time.hpp"

namespace caravan::ical {
namespace {

constexpr int kFirstYear = 1970, kLastYear = 2037;
constexpr std::int64_t kDay = 86400;

/// Calls `visit` with each VTIMEZONE, alone or in a VCALENDAR, that has a name of the database.
void each_zone(std::string_view text,
               const std::function<void(const detail::Component&, const model::ZoneDefinition&)>& visit) {
  const auto look = [&](const detail::Component& component) {
    if (component.name != "VTIMEZONE") return;
    const auto zone = detail::read_zone(text, component);
    if (zone && system_zone_book()->knows(zone->definition.id)) visit(component, zone->definition);
  };
  for (const auto& calendar : detail::scan(text).children) {
    look(calendar);
    for (const auto& child : calendar.children) look(child);
  }
}

int holds_from(const model::ZoneDefinition& definition) {
  const auto& book = detail::SystemZoneBook::instance();
  const auto said = book.find(definition.id, {definition}), meant = book.find(definition.id, {});
  if (!said || !meant) return kLastYear + 1;
  const std::int64_t first = model::to_seconds({kFirstYear, 1, 1, 12, 0, 0});
  for (std::int64_t noon = model::to_seconds({kLastYear, 12, 31, 12, 0, 0}); noon >= first; noon -= kDay)
    if (said->table.offset_at(noon) != meant->table.offset_at(noon)) return model::from_seconds(noon).year + 1;
  return kZonesHold;
}

}  // namespace

int zones_hold_from(std::string_view text) {
  static std::mutex mutex;
  static std::map<std::string, int, std::less<>> known;  // by the VTIMEZONE's text: a fill has thousands of equal ones
  int from = kZonesHold;
  each_zone(text, [&](const detail::Component& component, const model::ZoneDefinition& definition) {
    const auto raw = text.substr(component.begin, component.end - component.begin);
    {
      const std::scoped_lock lock(mutex);
      if (const auto found = known.find(raw); found != known.end()) {
        from = std::max(from, found->second);
        return;
      }
    }
    const int year = holds_from(definition);
    from = std::max(from, year);
    const std::scoped_lock lock(mutex);
    if (known.size() >= 256) known.clear();
    known.emplace(raw, year);
  });
  return from;
}

std::string with_zones_of_database(std::string_view text, int from_year) {
  std::string out;
  std::size_t done = 0;
  each_zone(text, [&](const detail::Component& component, const model::ZoneDefinition& definition) {
    out.append(text.substr(done, component.begin - done));
    out += vtimezone_text(definition.id, from_year);
    done = component.end;
  });
  out.append(text.substr(done));
  return out;
}

}  // namespace caravan::ical
