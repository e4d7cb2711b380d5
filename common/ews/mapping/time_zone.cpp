// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/time_zone.hpp"

#include <algorithm>

#include "ews/wire/wire.hpp"
#include "util/digest.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

constexpr int kLastYear = 2037;   // as far as every zone database agrees
constexpr int kFirstYear = 1970;  // definitions start here: years like 1601 make libraries crawl (ews-facts 12, 41)
constexpr auto kMargin = std::chrono::minutes(30);  // Windows writes midnight as 23:59:59.999

bool is_utc_id(std::string_view id) {
  return id == "UTC" || text::equal_ignoring_case(id, "tzone://Microsoft/Utc") || id == "Etc/UTC" || id == "Etc/GMT" ||
         id == "Coordinated Universal Time";
}

/// Ids that stand for "see the rules".
bool is_generic_id(std::string_view id) {
  return id.empty() || text::equal_ignoring_case(id, "Customized Time Zone") ||
         text::equal_ignoring_case(id, "tzone://Microsoft/Custom") || text::equal_ignoring_case(id, "Custom");
}

std::string known_name(const model::ZoneBook& book, const std::string& id) {
  if (is_generic_id(id)) return {};
  std::string name = iana_of_windows(id);
  if (!name.empty() && book.knows(name)) return name;
  return id.find('/') != std::string::npos && book.knows(id) ? id : std::string();
}

/// Whether the name's offsets are those of the rules from `from_year` to `to_year`: at the first of each month and on
/// both sides of each change that the rules know.
bool agree(const model::ZoneBook& book, const std::string& name, const ZoneRules& rules, int from_year, int to_year) {
  const auto same = [&](Instant instant) { return book.offset_at(name, instant) == rules.offset_at(instant); };
  for (int year = from_year; year <= to_year; ++year) {
    for (std::uint8_t month = 1; month <= 12; ++month) {
      model::LocalTime noon;
      noon.year = year;
      noon.month = month;
      noon.hour = 12;
      if (!same(Instant(std::chrono::seconds(model::to_seconds(noon))))) return false;
    }
    for (const Instant change : rules.changes_in(year))
      if (!same(change - kMargin) || !same(change + kMargin)) return false;
  }
  return true;
}

Zone custom_zone(const std::string& id, const std::string& text, const ZoneRules& rules, int from_year) {
  Zone zone;
  if (rules.spans.size() == 1 && rules.spans[0].changes.empty() && rules.spans[0].fixed == 0) {
    zone.kind = Zone::Kind::utc;
    return zone;
  }
  auto definition = std::make_shared<model::ZoneDefinition>();
  definition->id =
      "Custom/" + (is_generic_id(id) ? std::string("zone") : text::slug(id)) + "-" + sha256(text).hex.substr(0, 8);
  definition->observances = rules.observances(from_year < kFirstYear ? 1900 : kFirstYear);
  zone.kind = Zone::Kind::custom;
  zone.name = definition->id;
  zone.definition = std::move(definition);
  return zone;
}

Zone make_zone(const model::ZoneBook& book, const std::string& id, const std::string& text,
               const std::optional<ZoneRules>& rules, int from_year, int to_year) {
  Zone zone;
  if (is_utc_id(id)) {
    zone.kind = Zone::Kind::utc;
    return zone;
  }
  const std::string name = known_name(book, id);
  if (!name.empty() && (!rules || agree(book, name, *rules, from_year, to_year))) {
    zone.kind = Zone::Kind::named;
    zone.name = name;
    return zone;
  }
  return rules ? custom_zone(id, text, *rules, from_year) : zone;
}

}  // namespace

bool ZoneCache::find(const std::string& key, Zone& zone) const {
  const std::lock_guard lock(mutex_);
  const auto found = zones_.find(key);
  if (found == zones_.end()) return false;
  zone = found->second;
  return true;
}

void ZoneCache::put(const std::string& key, const Zone& zone) {
  const std::lock_guard lock(mutex_);
  if (zones_.size() > 5000) zones_.clear();  // a mailbox full of oddities must not fill the memory
  zones_[key] = zone;
}

Zone read_zone(const model::ZoneBook& book, ZoneCache& cache, const ewswire::t__TimeZoneDefinitionType* definition,
               const std::string* bare_id, int from_year, int to_year) {
  std::string id;
  if (definition != nullptr) id = definition->Id;
  if (is_generic_id(id) && bare_id != nullptr && !is_generic_id(*bare_id)) id = *bare_id;
  const std::string rules = definition != nullptr ? rules_text(*definition) : std::string();
  if (id.empty() && rules.empty()) return {};
  to_year = std::min(to_year, kLastYear);
  from_year = std::min(from_year, to_year);
  std::string key = id + '\n' + std::to_string(from_year) + '-' + std::to_string(to_year) + '\n' + rules;
  Zone zone;
  if (cache.find(key, zone)) return zone;
  zone = make_zone(book, id, id + '\n' + rules, rules.empty() ? std::nullopt : read_rules(*definition), from_year,
                   to_year);
  cache.put(key, zone);
  return zone;
}

}  // namespace caravan::ews::mapping
