// SPDX-License-Identifier: GPL-3.0-or-later
// UID -> PidLidCleanGlobalObjectId, by which Exchange is searched (ews-facts 5.5, B.1). The way back is in series.hpp.
// Private to common/ews.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace caravan::ews::mapping {

/// The blobs that an item of this UID may have, as bytes: a UID that is itself a blob's hex, or wrapped, with and
/// without the NUL at its end.
std::vector<std::string> clean_global_object_ids(std::string_view uid);

}  // namespace caravan::ews::mapping
