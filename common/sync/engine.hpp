// SPDX-License-Identifier: GPL-3.0-or-later
// Carries decisions out for one calendar pair: observe, decide, admit, write, know what was stored, commit. Any step
// may be the last (kill -9): what was not committed is looked at again, never repeated blindly. Runs on the calling
// thread, plus one thread that reads the next Exchange batch while the present one is written.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "ical/write.hpp"
#include "store/store.hpp"
#include "sync/guard.hpp"
#include "sync/ports.hpp"

namespace caravan::sync {

enum class AttachmentPolicy {
  keep_inline,
  link,  ///< what is a link on Exchange stays one; contents stay on Exchange, each a line of the report
  skip,
};
enum class PrivateEvents { keep, busy, omit };
/// Which change lists a pass asks for. One that a trusted notification says is quiet costs no request then; what is not
/// known completely is listed all the same.
enum class Observe { both_sides, exchange_only, caldav_only };
/// Whether the sides are believed. An audit compares with the store what CalDAV has now, listed whole, and what
/// Exchange's list names: two requests where all is well. A whole one has Exchange listed from the beginning as well.
enum class Audit { none, usual, whole };

/// A series that Exchange holds as single items, as they say it is now: `agreed` with the edited ones as overrides, and
/// those of `held` that are not among `parts` excluded.
using Fold = std::function<model::Series(const model::Series& agreed, std::span<const ExchangePart> held,
                                         std::span<const model::Series> parts)>;

struct PassOptions {
  Policy policy;
  Fold fold;  ///< empty: what Exchange holds as single items are orphan occurrences
  Limits limits;
  RunId run;
  std::optional<store::Lease> lease;
  Observe observe = Observe::both_sides;
  Audit audit = Audit::none;  ///< others than `none` with Observe::both_sides only
  bool dry_run = false;
  /// Whether each change of the agreed state is journaled, for people to be told. Not in bulk: they know those events.
  bool journal = false;
  bool bulk_fill = true;
  std::optional<Instant> since, until;  ///< a series counts if any occurrence lies inside
  AttachmentPolicy attachments = AttachmentPolicy::keep_inline;
  PrivateEvents private_events = PrivateEvents::keep;
  std::uint64_t max_attachment_bytes = 25ULL << 20U;
  std::string spool_dir;   ///< exists, private to us
  std::size_t batch = 64;  ///< series per commit
  std::uint64_t fill_limit_bytes = 80ULL << 20U;
};

/// What one pass over a pair did; numbers are series. `created`, `updated` and `deleted` are of CalDAV.
struct PassReport {
  std::uint64_t series = 0, created = 0, updated = 0, deleted = 0, linked = 0, unchanged = 0, failed = 0;
  std::uint64_t exchange_created = 0, exchange_updated = 0, exchange_deleted = 0;
  std::vector<store::Parked> parked;
  std::vector<store::ConflictRow> conflicts;
  std::vector<store::LossRow> losses;
  std::map<std::string, std::uint64_t> loss_counts;
  std::optional<store::StoppedPlan> stopped;  ///< the delete brake held
  std::size_t planned_total = 0;
  /// What an audit found to be otherwise than the store said, by what it was (engine_audit.cpp). Twins: in any pass.
  std::map<std::pair<Side, std::string>, std::uint64_t> drift;
  std::optional<Error> error;  ///< the pass ended early
};

/// Called after each commit: series done so far, series known so far, writes, failures.
using PassProgress =
    std::function<void(std::uint64_t done, std::uint64_t known, std::uint64_t written, std::uint64_t failed)>;

/// One pass over a pair, one way or both (Policy::one_way). Call upserts() for every pair of a mailbox, then deletes()
/// for each: a move between two folders, or two collections, is a delete here and a create there (decisions.md 3).
class PairPass {
 public:
  PairPass(store::Store& store, ExchangePort& exchange, CaldavPort& caldav, const Clock& clock, store::Pair pair,
           PassOptions options, PassProgress progress, std::stop_token stop);
  ~PairPass();
  PairPass(const PairPass&) = delete;
  PairPass& operator=(const PairPass&) = delete;

  /// Observes both sides and brings what is new or changed.
  void upserts();
  /// Decides the deletes. `elsewhere` tells whether another pair of the mailbox holds this UID now.
  void deletes(const std::function<bool(const Uid&)>& elsewhere);
  /// Only ends the writes that an interrupted pass left open, before a pair is left to itself. Observes nothing; what
  /// can't be told yet is an error.
  void end_open_writes();
  /// Whether this pair holds the UID now (after upserts()).
  [[nodiscard]] bool holds(const Uid& uid) const;
  [[nodiscard]] const PassReport& report() const noexcept;
  [[nodiscard]] const store::Pair& pair() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The parts of a base copy kept as text in the store.
Result<model::Series> series_of_copy(const std::string& text);
std::string copy_of_series(const model::Series& series, const std::string& mark);
/// Gives the attachments of a series just read the hashes and sizes that the base copy knows; false where the two lists
/// of attachments are not the same, and then nothing is changed.
bool take_known_contents(model::Series& series, const std::string& base_copy);
/// The value of our mark on CalDAV for a series of this mailbox.
std::string mark_for(const Address& mailbox, const Uid& uid);
/// Whether any occurrence of the series lies in [since, until).
bool in_window(const model::Series& series, const std::optional<Instant>& since, const std::optional<Instant>& until,
               const model::ZoneBook& zones);

}  // namespace caravan::sync
