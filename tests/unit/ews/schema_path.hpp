// SPDX-License-Identifier: GPL-3.0-or-later
// Where Microsoft's schema is, for the tests that need it.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

namespace caravan::ews::test {

/// $CARAVAN_EWS_SCHEMA, else ../shared/ews-schema beside the repository; empty where neither exists.
inline std::string schema_folder() {
  const char* given = std::getenv("CARAVAN_EWS_SCHEMA");
  const std::string folder = given != nullptr ? given : std::string(CARAVAN_SOURCE_DIR) + "/../shared/ews-schema";
  return std::filesystem::exists(folder + "/all.xsd") ? folder : std::string();
}
inline constexpr const char* kNoSchema =
    "Microsoft's EWS schema is not here: set CARAVAN_EWS_SCHEMA to the folder that holds all.xsd";

}  // namespace caravan::ews::test
