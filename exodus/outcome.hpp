// SPDX-License-Identifier: GPL-3.0-or-later
// What a run did, as plain values: the one source of the JSON document, the HTML report, the summary on the terminal
// and the exit code. Knows no store, no network, no format.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::exodus {

/// Exit codes (docs/interface.md).
enum class Exit : int {
  done = 0,
  some_failed = 1,
  usage = 2,
  nothing_possible = 3,
  delete_brake = 4,
  differences = 5,
  interrupted = 130
};
/// The one that wins where several hold: 130, 2, 3, 4, 1, 5, 0.
Exit worse(Exit first, Exit second) noexcept;

/// Series (and writes) counted; requests stand in RunOutcome.
struct Counts {
  std::uint64_t series = 0, created = 0, updated = 0, deleted = 0, linked = 0, unchanged = 0, parked = 0, conflicts = 0,
                losses = 0;
  Counts& operator+=(const Counts& other) noexcept;
};

struct ParkedItem {
  std::string id, mailbox, uid, object, reason, code;
  std::string summary;  ///< empty for private events and where it could not be read
};
struct StoppedPlan {
  std::string hash, mailbox, folder;
  std::uint64_t deletes = 0, total = 0;
};
struct LossItem {
  std::string mailbox, uid, occurrence, reason, detail;
};
struct ConflictItem {
  std::string mailbox, uid, units, winner;
};
/// One difference that verify found. Values of private events are replaced by "(private)".
struct DifferenceItem {
  enum class Kind { missing_on_caldav, extra_on_caldav, field, unreadable } kind = Kind::field;
  std::string mailbox, folder, uid, occurrence, field, exchange, caldav;
};

struct PairOutcome {
  std::string folder, collection;
  Counts counts;
  std::optional<Error> error;
};
struct MailboxOutcome {
  std::string address;
  enum class State { done, failed, stopped, interrupted } state = State::done;  ///< stopped: by the delete brake
  std::optional<Error> error;
  std::vector<PairOutcome> pairs;
  [[nodiscard]] Counts counts() const;
};

/// Requests by name ("GetItem", "PUT"), without 401 legs.
using RequestCounts = std::map<std::string, std::uint64_t>;

struct RunOutcome {
  std::string command;  ///< migrate | rebuild | verify | rollback
  RunId run;
  double seconds = 0;
  std::optional<Error> error;  ///< the run as a whole could not be done
  Exit exit = Exit::done;
  std::vector<MailboxOutcome> mailboxes;
  RequestCounts exchange_requests, caldav_requests;
  std::vector<ParkedItem> parked;
  std::vector<StoppedPlan> plans;
  std::vector<LossItem> losses;  ///< bounded to the first 10,000; loss_counts has all
  std::map<std::string, std::uint64_t> loss_counts;
  std::vector<ConflictItem> conflicts;
  std::vector<DifferenceItem> differences;  ///< verify; bounded to the first 10,000
  std::uint64_t difference_count = 0, checked_series = 0, checked_occurrences = 0;
  [[nodiscard]] Counts totals() const;
  bool dry_run = false;
};

}  // namespace caravan::exodus
