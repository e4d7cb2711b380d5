// SPDX-License-Identifier: GPL-3.0-or-later
// The book behind zone_book.hpp: definitions and tables of the database's zones. Private to this folder.
#pragma once
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ical/zone_table.hpp"
#include "model/time.hpp"

namespace caravan::ical::detail {

struct ZoneData {
  model::ZoneDefinition definition;  ///< of the database: only the rules without end
  ZoneTable table;
};
using ZoneDataPtr = std::shared_ptr<const ZoneData>;

class SystemZoneBook final : public model::ZoneBook {
 public:
  static SystemZoneBook& instance();
  [[nodiscard]] bool knows(std::string_view zone) const override;
  [[nodiscard]] std::int32_t offset_at_wall(std::string_view zone, const model::LocalTime& wall,
                                            const std::vector<model::ZoneDefinition>& custom) const override;
  [[nodiscard]] std::int32_t offset_at(std::string_view zone, Instant instant,
                                       const std::vector<model::ZoneDefinition>& custom) const override;
  [[nodiscard]] std::string fingerprint(std::string_view zone,
                                        const std::vector<model::ZoneDefinition>& custom) const override;
  /// The zone's data: of `custom` where it holds the id, else of the database; null where neither knows it.
  [[nodiscard]] ZoneDataPtr find(std::string_view zone, const std::vector<model::ZoneDefinition>& custom) const;

 private:
  [[nodiscard]] ZoneDataPtr of_database(std::string_view zone) const;
  [[nodiscard]] ZoneDataPtr of_custom(const model::ZoneDefinition& definition) const;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  using Map = std::unordered_map<std::string, ZoneDataPtr, Hash, std::equal_to<>>;
  mutable std::shared_mutex mutex_;
  mutable Map zones_, custom_;  ///< a null entry: known to be unknown
};

/// The observances as text: equal for equal rules, whatever the id.
std::string content_key(const model::ZoneDefinition& definition);
/// A database zone with the same offsets from 2000 to 2037, the `preferred` names first. Empty if there is none.
std::string zone_like(const model::ZoneDefinition& definition, const std::vector<std::string>& preferred);

}  // namespace caravan::ical::detail
