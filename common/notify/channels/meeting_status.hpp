// SPDX-License-Identifier: GPL-3.0-or-later
// "In a meeting" beside a person's name while one runs, and what stood there before afterwards. Pure: the caller asks
// the chat for the present status, does what comes out, and remembers a text between two steps.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "notify/channels/mattermost_api.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace caravan::notify {

struct StatusWords {
  std::string emoji = "calendar", text = "In a meeting";
};

/// When the meeting that runs at `now` is over, those that follow within `gap` counted as one with it; nothing where
/// none runs. `meetings` are [start, end) in any order.
std::optional<Instant> busy_until(std::vector<std::pair<Instant, Instant>> meetings, Instant now,
                                  std::chrono::seconds gap = std::chrono::minutes(1));

struct StatusStep {
  enum class What : std::uint8_t { nothing, set, unset } what = What::nothing;
  CustomStatus status;     ///< with `set`: ours, or the earlier one
  std::string remembered;  ///< to be kept before the step is done
  std::string afterwards;  ///< to be kept once it is done; empty: forget
};

/// `remembered`: what was kept last, empty at first. `present`: what stands there now. `until`: busy_until(). A status
/// that the person set (or took away) after ours stays, till the end of the meeting and beyond it.
///
/// What is remembered holds at every moment, whether the chat was told or not: a step that failed or was cut off is
/// simply decided anew. `malformed`: `remembered` is no text of ours.
Result<StatusStep> next_status(const std::string& remembered, const std::optional<CustomStatus>& present,
                               std::optional<Instant> until, const StatusWords& words, Instant now);

}  // namespace caravan::notify
