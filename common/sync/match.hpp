// SPDX-License-Identifier: GPL-3.0-or-later
// Finds which copies of the two sides are the same series when nothing is mapped yet: by UID, then by clean global
// object id, then by (start, duration, title, organizer) for unique candidates that are no meetings. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sync/change.hpp"

namespace caravan::sync {

/// What matching needs of a copy; cheap to hold for a whole calendar.
struct Candidate {
  std::size_t index = 0;  ///< the caller's
  Uid uid;
  Instant start{};
  std::int64_t duration_seconds = 0;
  std::string summary;    ///< folded for comparison by the matcher
  std::string organizer;  ///< address, empty for appointments
  bool meeting = false;
  bool recurring = false;
};
Candidate candidate_of(const model::Series& series, std::size_t index);

struct Match {
  std::size_t exchange = 0, caldav = 0;  ///< Candidate::index
  enum class By { uid, global_object_id, content } by = By::uid;
};
struct Matching {
  std::vector<Match> matches;
  std::vector<std::size_t> exchange_only, caldav_only;
  std::vector<Match> unsure;  ///< several candidates fit: reported, never linked
};
Matching match(const std::vector<Candidate>& exchange, const std::vector<Candidate>& caldav);

/// The UID text that stands for the same GlobalObjectId: upper-case hex for Exchange's own, the wrapped UID for
/// "vCal-Uid" blobs (ews-facts: MS-ASEMAIL examples), else the UID as it is.
std::string canonical_uid(std::string_view uid);
/// The same for the bytes of PidLidGlobalObjectId or PidLidCleanGlobalObjectId; empty where they are no such blob.
std::string uid_of_global_object_id(std::string_view blob);

}  // namespace caravan::sync
