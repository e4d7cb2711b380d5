// SPDX-License-Identifier: GPL-3.0-or-later
// Takes the steps of one plan. Private to common/ews; exchange_writer.hpp says what it promises.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ews/connection.hpp"
#include "ews/exchange_writer.hpp"
#include "ews/mapping/plan.hpp"
#include "ews/series_state.hpp"
#include "ews/writing.hpp"

namespace caravan::ews {

/// What all series of one call share.
struct WritingPlace {
  Connection& connection;
  const Mailbox& mailbox;
  const FolderId& folder;
  const WriterOptions& options;
  mapping::WriteContext context;
  std::stop_token stop;
};

class SeriesWriting {
 public:
  /// A creation.
  SeriesWriting(const WritingPlace& place, const model::Series& wanted, mapping::WritePlan plan, std::string mark,
                Attempt attempt);
  /// A change.
  SeriesWriting(const WritingPlace& place, const SeriesChange& change, mapping::WritePlan plan, Attempt attempt);

  /// Whether the first step is a plain CreateItem that may go together with those of others.
  [[nodiscard]] bool begins_with_item() const;
  /// That item, to be sent by the caller; created() is called with the answer before run().
  Result<wire::t__CalendarItemType*> first_item(wire::Arena& arena);
  void created(Result<Saved> saved);

  Result<Written> run();

 private:
  using Originals = std::vector<model::EventTime>;

  Status take_group(std::size_t& at);
  Status take(const mapping::CreateItem& step);
  Status take(const mapping::ImportItem& step);
  Status take(const mapping::UpdateItem& step);
  Status take(const mapping::RenewPattern& step);
  Status take(const mapping::DeleteItem& step);
  Status take(const mapping::UpdatePart& step);
  Status take(const mapping::DeletePart& step);
  Status take(const mapping::Attach& step);
  Status take(const mapping::Detach& step);
  Status take(const mapping::Respond& step);
  Status delete_occurrences(const Originals& originals);
  Status update_occurrences(std::span<const mapping::UpdateOccurrence> steps);
  Status update_occurrence(const mapping::UpdateOccurrence& step, Result<OccurrenceNow> now);
  Status create_parts(const Originals& originals);
  Status import_part(const model::EventTime& occurrence);
  Status tell_guests();

  /// What is there already of an earlier attempt, by our mark.
  Status look();
  Result<SeriesState*> state();
  Result<SeriesState*> answered();
  Status check_unchanged(const SeriesState& now);
  Result<Saved> import(const model::Series& series, mapping::Draft draft, wire::Arena& arena);
  Result<std::string> stored(const std::string& kept);
  Result<Saved*> place_of(const std::optional<model::EventTime>& occurrence, std::vector<model::Attachment>& files,
                          std::optional<Saved>& holder);
  mapping::Standing standing() const;
  Mail mail_for(const mapping::Standing& standing) const;
  Status update_main(const mapping::Fields& fields, Mail mail);
  Status settle_import(const mapping::Fields& fields);
  bool is_as_wanted(const SeriesState& now, const mapping::Fields& fields) const;
  /// `now`'s value of the field is one that we know of, so that nobody's edit is written over.
  bool is_known_value(const model::Event& now, const model::EventTime& occurrence, model::Field field) const;
  Status remove(const Saved& saved, Mail mail);
  Status finish(Written& written);

  const WritingPlace& place_;
  const model::Series* before_ = nullptr;
  const model::Series& wanted_;
  mapping::WritePlan plan_;
  std::string mark_;
  Attempt attempt_;

  std::optional<Saved> main_;
  std::map<std::string, Saved> parts_;  // by occurrence
  std::optional<SeriesState> state_;
  std::optional<Error> failed_;  // of the item that the caller sent
  bool looked_ = false;
  bool fresh_ = false;     // we have just made the main item: nothing else can be on it
  bool imported_ = false;  // its occurrences came with it
  bool renewed_ = false;   // a new pattern was written: all occurrences are as the master
  bool written_ = false;   // the first write of this call is done: keys before it mean nothing any more
  Written result_;
};

}  // namespace caravan::ews
