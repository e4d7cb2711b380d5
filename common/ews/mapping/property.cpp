// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/property.hpp"

#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr const char* kPropertySet = "120658b0-c7f1-4ae1-9d3c-f3d76c5b279d";  // ours; never change it

const char* name_of(OwnProperty property) noexcept {
  switch (property) {
    case OwnProperty::mark:
      return "CaravanMark";
    case OwnProperty::kept:
      return "CaravanKept";
  }
  return "CaravanMark";
}

}  // namespace

t__PathToExtendedFieldType path_of(OwnProperty property) {
  t__PathToExtendedFieldType path;
  path.PropertySetId = kPropertySet;
  path.PropertyName = name_of(property);
  path.PropertyType = "String";
  return path;
}

t__ExtendedPropertyType with_value(Arena& arena, OwnProperty property, std::string value) {
  t__ExtendedPropertyType out;
  out.ExtendedFieldURI = path_of(property);
  out.Value = arena.make<std::string>();
  *out.Value = std::move(value);
  return out;
}

const std::string* value_of(const t__CalendarItemType& item, OwnProperty property) noexcept {
  for (const auto& each : item.ExtendedProperty) {
    const auto& path = each.ExtendedFieldURI;
    if (path.PropertyName == name_of(property) && text::equal_ignoring_case(path.PropertySetId, kPropertySet))
      return each.Value;
  }
  return nullptr;
}

}  // namespace caravan::ews::mapping
