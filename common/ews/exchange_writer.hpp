// SPDX-License-Identifier: GPL-3.0-or-later
// Brings whole series to Exchange: created, changed, removed, found again. One call is one intent (decisions.md 4): it
// plans the steps, looks where it must, and takes them one after the other.
//
// Every call may be repeated after a crash or a lost answer with Attempt::again: what is done already is found and left
// out, by what stands on Exchange and not by what somebody remembers. An edit that somebody made in between is never
// written over: the call fails with precondition_failed instead.
//
// Errors: `precondition_failed`: Exchange's copy is not the one that was decided on; observe and decide again.
// `in_doubt`: an answer was lost; call again. `unsupported`: Exchange can't hold it; park. `not_found`: it is gone.
// Thread rule: as the Client that it works with.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "ews/client.hpp"
#include "ews/types.hpp"
#include "model/series.hpp"

namespace caravan::ews {

struct WriterOptions {
  Expand expand;  ///< required: ical::expand
  /// Names a file with the bytes of an attachment; required where series have attachments.
  std::function<Result<std::string>(const model::Attachment&)> content = nullptr;
  /// iCalendar of a series, attachments left out; required for meetings that somebody else organizes.
  std::function<Result<std::string>(const model::Series&)> render = nullptr;
  Mail mail = Mail::none;
  std::string spool_dir = {};  ///< for requests with large attachments; empty: the system's
};

/// Where one part of a series stands (decisions.md 4). `occurrence` is empty for the main item, else the recurrence id
/// of an occurrence that is an item of its own, as to_string(EventTime) prints it.
struct SeriesPart {
  std::string occurrence;
  ItemId item;
  ChangeKey change_key;
};

/// What a call left behind.
struct Written {
  std::vector<SeriesPart> parts;
  /// The change keys are those of our own writes. False: they were read afterwards, so that somebody's edit may be
  /// below them; then only what was written may enter the base (decisions.md 2).
  bool exact = true;
  bool gone = false;  ///< declined: Exchange has moved the item to Deleted Items
  std::vector<model::Loss> losses;
};

enum class Attempt : std::uint8_t {
  first,
  again,  ///< an earlier call may have done some or all of it
};

struct Creation {
  model::Series series;
  std::string mark;  ///< ours, one for each series: by it a repeated call finds what the first one made
};

/// A change of a series that stands on Exchange.
struct SeriesChange {
  std::vector<SeriesPart> parts;  ///< with the change keys that the decision saw
  model::Series before;           ///< Exchange's copy as the decision saw it; of a series in parts, folded
  model::Series wanted;           ///< the whole of it as it shall be
  std::string mark;               ///< of items that have to be made for it
};

class ExchangeWriter {
 public:
  /// `client` outlives the writer.
  ExchangeWriter(Client& client, Mailbox mailbox, FolderId folder, WriterOptions options);
  ~ExchangeWriter();
  ExchangeWriter(const ExchangeWriter&) = delete;
  ExchangeWriter& operator=(const ExchangeWriter&) = delete;

  /// One row for each, in their order; the items of many go in few requests.
  std::vector<Result<Written>> create(std::span<const Creation> creations, Attempt attempt, std::stop_token stop = {});
  Result<Written> apply(const SeriesChange& change, Attempt attempt, std::stop_token stop = {});
  /// To Deleted Items, if the parts still have these change keys. A part that is gone counts as removed. With
  /// Mail::to_changed an invitation is declined, and the guests of a meeting of one's own are told.
  Status remove(std::span<const SeriesPart> parts, std::stop_token stop = {});

  /// Items that carry the mark; with an empty one, any mark of ours.
  Result<std::vector<Found>> find_by_mark(const std::string& mark, std::stop_token stop = {});
  Result<std::vector<Found>> find_by_uid(const Uid& uid, std::stop_token stop = {});
  /// Whether Deleted Items holds the series as declined by the mailbox's owner.
  Result<bool> is_declined(const Uid& uid, std::stop_token stop = {});
  /// Takes our two properties off the items; their change keys are compared first.
  std::vector<Result<Saved>> strip(std::span<const Saved> items, std::stop_token stop = {});

  /// A series held in parts as one series again: edited parts are overrides, missing ones exclusions. `agreed` is the
  /// series as it was agreed on, `held` its parts then, `parts` what they are read as now.
  model::Series fold(const model::Series& agreed, std::span<const SeriesPart> held,
                     std::span<const model::Series> parts) const;
  /// The steps that a call would take, for `explain`, dry runs and tests.
  Result<std::vector<std::string>> steps(const model::Series& series) const;
  Result<std::vector<std::string>> steps(const SeriesChange& change) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caravan::ews
