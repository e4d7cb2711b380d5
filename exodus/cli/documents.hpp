// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON documents of the commands that look into the store, and the reading of the store's JSON columns. Keys are
// published in docs/interface.md. nlohmann-json stays in documents.cpp.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exodus/operations.hpp"
#include "store/notify_store.hpp"
#include "store/records.hpp"

namespace caravan::exodus::cli {

struct StatusRow {
  std::string address, state, last_success, error, error_code;
  std::optional<std::int64_t> lag_seconds;  ///< nothing: never done
  std::uint64_t pending = 0, parked = 0, conflicts = 0, series = 0;
  std::string subscription;                   ///< live sync: push | streaming; empty: none is live
  std::optional<std::int64_t> heard_seconds;  ///< since Exchange was last heard of by it
};
/// One row of a stopped plan's list.
struct PlannedDelete {
  std::string uid, summary;
};
struct ExplainedMapping {
  store::Pair pair;
  store::Mapping mapping;
};

struct SealedRow {
  std::string name;
  bool opens = false;
};
struct PreferenceRow {
  std::string name, value;
  bool own = false;  ///< set for this person
  std::string allowed;
};

std::string error_document(const std::string& command, Exit exit, const Error& error);
std::string status_document(Exit exit, const std::vector<StatusRow>& rows, bool everything_paused);
std::string explain_document(const Address& mailbox, const Uid& uid, const std::vector<ExplainedMapping>& mappings,
                             const std::vector<store::Audit>& history,
                             const std::vector<store::OutboxMessage>& messages);
std::string doctor_document(const DoctorOutcome& outcome, const std::optional<Error>& error);
std::string runs_document(const std::vector<store::Run>& runs);
std::string rollback_document(const RollbackOutcome& outcome);
std::string unsubscribe_document(const UnsubscribeOutcome& outcome);
std::string finish_document(const FinishOutcome& outcome);
std::string clean_document(const CleanOutcome& outcome);
std::string parked_document(const std::vector<store::Parked>& rows);
std::string conflicts_document(const std::vector<store::ConflictRow>& rows);
std::string conflict_document(const store::ConflictRow& row);
std::string plans_document(const std::vector<store::StoppedPlan>& plans);
std::string approve_document(const store::StoppedPlan& plan, Instant until);
/// `{"command", "exit", "<list>": [...]}` for pause and resume.
std::string names_document(const std::string& command, const std::string& list, const std::vector<std::string>& names,
                           const std::string& second_list = {}, const std::vector<std::string>& second_names = {});
/// `{"command", "exit", "id"}` for what was done to one parked item or conflict.
std::string done_document(const std::string& command, const std::string& id);
std::string seal_key_document(const std::string& path, bool made);
std::string secrets_document(const std::vector<SealedRow>& rows);
std::string rotated_document(std::size_t count);
std::string messages_document(const std::string& command, const std::vector<store::OutboxMessage>& rows, bool content);
std::string retried_document(std::size_t count);
std::string preferences_document(const std::string& command, const Address& mailbox,
                                 const std::vector<PreferenceRow>& rows);
std::string forget_document(const Address& mailbox, bool known);
std::string upgrade_document(int from, int to);
std::string version_document(const std::string& version, int schema);

/// A JSON list of texts as "a, b"; a text that is none is given as it is.
std::string listed(const std::string& json);
/// Whether a person's preferences, as the store has them, set this one.
bool sets_preference(const std::string& json, const std::string& name);
std::vector<PlannedDelete> planned_deletes(const std::string& json);
/// A JSON object as "key value, key value" for people; anything else as it is.
std::string detail_words(const std::string& json);
/// "2 mailboxes, 10 created": a run's summary in a few words.
std::string summary_words(const std::string& json);

}  // namespace caravan::exodus::cli
