// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/cli/documents.hpp"

#include <nlohmann/json.hpp>

#include "app/format.hpp"
#include "util/text.hpp"

namespace caravan::exodus::cli {

using Json = nlohmann::ordered_json;

namespace {

std::string printed(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

Json head(const std::string& command, Exit exit = Exit::done) {
  return {{"command", command}, {"exit", static_cast<int>(exit)}};
}

Json error_object(const Error& error) {
  return {{"code", error.code}, {"what", error.what}, {"remedy", error.remedy}, {"fault", to_string(error.fault)}};
}

Json moment(const std::optional<Instant>& instant) { return instant ? Json(to_rfc3339(*instant)) : Json(nullptr); }

/// A JSON column as JSON; as a text where it is none.
Json column(const std::string& text) {
  if (text.empty()) return nullptr;
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(text) : json;
}

std::string plain(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    std::string out;
    for (const Json& each : value) out += (out.empty() ? "" : ", ") + plain(each);
    return out;
  }
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json conflict_object(const store::ConflictRow& row) {
  return {
      {"id", row.id},         {"mailbox", row.mailbox.value}, {"uid", row.uid.value},    {"units", column(row.units)},
      {"winner", row.winner}, {"state", row.state},           {"at", to_rfc3339(row.at)}};
}

Json mapping_object(const ExplainedMapping& explained) {
  const store::Mapping& mapping = explained.mapping;
  Json items = Json::array();
  for (const auto& part : mapping.exchange_parts)
    items.push_back(
        {{"item", part.item.value}, {"change_key", part.change_key.value}, {"occurrence", part.occurrence}});
  return {{"folder", explained.pair.folder_name},
          {"collection", explained.pair.collection.value},
          {"state", mapping.state},
          {"items", items},
          {"exchange_digest", mapping.exchange_digest.hex},
          {"exchange_modified", to_rfc3339(mapping.exchange_modified)},
          {"href", mapping.href.value},
          {"etag", mapping.etag.value},
          {"caldav_digest", mapping.caldav_digest.empty() ? mapping.exchange_digest.hex : mapping.caldav_digest.hex},
          {"updated", to_rfc3339(mapping.updated)}};
}

/// Without what it says.
Json message_object(const store::OutboxMessage& row) {
  return {{"id", row.id},
          {"state", row.state},
          {"channel", row.channel},
          {"mailbox", row.mailbox.value},
          {"kind", row.kind},
          {"thread", row.thread},
          {"key", row.key},
          {"created", to_rfc3339(row.created)},
          {"due", to_rfc3339(row.due)},
          {"expires", moment(row.expires)},
          {"attempts", row.attempts},
          {"error", row.error},
          {"receipt", row.receipt}};
}

std::string_view grade(Check::Grade value) {
  switch (value) {
    case Check::Grade::ok:
      return "ok";
    case Check::Grade::warning:
      return "warning";
    case Check::Grade::failure:
      return "failure";
  }
  return "failure";
}

}  // namespace

std::string error_document(const std::string& command, Exit exit, const Error& error) {
  Json out = head(command, exit);
  out["error"] = error_object(error);
  return printed(out);
}

std::string status_document(Exit exit, const std::vector<StatusRow>& rows, bool everything_paused) {
  Json out = head("status", exit);
  out["paused"] = everything_paused;
  out["mailboxes"] = Json::array();
  for (const StatusRow& row : rows)
    out["mailboxes"].push_back({{"address", row.address},
                                {"state", row.state},
                                {"last_success", row.last_success.empty() ? Json(nullptr) : Json(row.last_success)},
                                {"lag_seconds", row.lag_seconds ? Json(*row.lag_seconds) : Json(nullptr)},
                                {"pending", row.pending},
                                {"parked", row.parked},
                                {"conflicts", row.conflicts},
                                {"series", row.series},
                                {"subscription", row.subscription.empty() ? Json(nullptr) : Json(row.subscription)},
                                {"heard_seconds", row.heard_seconds ? Json(*row.heard_seconds) : Json(nullptr)},
                                {"error", row.error},
                                {"error_code", row.error_code}});
  return printed(out);
}

std::string explain_document(const Address& mailbox, const Uid& uid, const std::vector<ExplainedMapping>& mappings,
                             const std::vector<store::Audit>& history,
                             const std::vector<store::OutboxMessage>& messages) {
  Json out = head("explain");
  out["mailbox"] = mailbox.value;
  out["uid"] = uid.value;
  out["mapping"] = mappings.empty() ? Json(nullptr) : mapping_object(mappings.front());
  out["history"] = Json::array();
  for (const store::Audit& row : history)
    out["history"].push_back({{"at", to_rfc3339(row.at)},
                              {"run", row.run.value},
                              {"event", row.event},
                              {"reason", row.reason},
                              {"detail", column(row.detail)}});
  out["messages"] = Json::array();
  for (const store::OutboxMessage& row : messages) out["messages"].push_back(message_object(row));
  return printed(out);
}

std::string doctor_document(const DoctorOutcome& outcome, const std::optional<Error>& error) {
  Json out = head("doctor", outcome.exit);
  if (error) out["error"] = error_object(*error);
  out["checks"] = Json::array();
  for (const Check& check : outcome.checks)
    out["checks"].push_back({{"name", check.name},
                             {"mailbox", check.mailbox},
                             {"result", grade(check.grade)},
                             {"what", check.what},
                             {"remedy", check.remedy}});
  return printed(out);
}

std::string runs_document(const std::vector<store::Run>& runs) {
  Json out = head("runs");
  out["runs"] = Json::array();
  for (const store::Run& run : runs)
    out["runs"].push_back({{"id", run.id.value},
                           {"kind", run.kind},
                           {"state", run.state},
                           {"created", to_rfc3339(run.created)},
                           {"started", moment(run.started)},
                           {"ended", moment(run.ended)},
                           {"summary", column(run.summary)}});
  return printed(out);
}

std::string rollback_document(const RollbackOutcome& outcome) {
  Json out = head("rollback", outcome.exit);
  if (outcome.error) out["error"] = error_object(*outcome.error);
  out["run"] = outcome.run.value;
  out["restored"] = outcome.restored;
  out["removed"] = outcome.removed;
  out["kept"] = Json::array();
  for (const auto& kept : outcome.kept)
    out["kept"].push_back({{"mailbox", kept.mailbox}, {"uid", kept.uid}, {"href", kept.href}, {"why", kept.why}});
  out["collections_removed"] = outcome.collections_removed;
  return printed(out);
}

namespace {

Json failed_mailboxes(const std::vector<LeftBehind>& failed) {
  Json out = Json::array();
  for (const auto& each : failed) out.push_back({{"mailbox", each.mailbox}, {"error", error_object(each.error)}});
  return out;
}

}  // namespace

std::string unsubscribe_document(const UnsubscribeOutcome& outcome) {
  Json out = head("unsubscribe", outcome.exit);
  if (outcome.error) out["error"] = error_object(*outcome.error);
  out["ended"] = outcome.ended;
  out["not_subscribed"] = outcome.not_subscribed;
  out["failed"] = failed_mailboxes(outcome.failed);
  return printed(out);
}

std::string finish_document(const FinishOutcome& outcome) {
  Json out = head("finish", outcome.exit);
  if (outcome.error) out["error"] = error_object(*outcome.error);
  out["finished"] = Json::array();
  for (const auto& done : outcome.finished)
    out["finished"].push_back({{"mailbox", done.mailbox},
                               {"caldav_stripped", done.caldav_stripped},
                               {"exchange_stripped", done.exchange_stripped},
                               {"parked", done.parked}});
  out["not_subscribed"] = outcome.not_subscribed;
  out["failed"] = failed_mailboxes(outcome.failed);
  return printed(out);
}

std::string clean_document(const CleanOutcome& outcome) {
  Json out = head("clean", outcome.exit);
  if (outcome.error) out["error"] = error_object(*outcome.error);
  out["marked"] = Json::array();
  for (const auto& marked : outcome.marked)
    out["marked"].push_back({{"mailbox", marked.mailbox}, {"href", marked.href}, {"uid", marked.uid}});
  out["removed"] = outcome.removed;
  return printed(out);
}

std::string parked_document(const std::vector<store::Parked>& rows) {
  Json out = head("parked list");
  out["parked"] = Json::array();
  for (const store::Parked& row : rows)
    out["parked"].push_back({{"id", row.id},
                             {"mailbox", row.mailbox.value},
                             {"uid", row.uid.value},
                             {"object", row.object},
                             {"reason", row.reason},
                             {"code", row.code},
                             {"attempts", row.attempts},
                             {"accepted", row.accepted}});
  return printed(out);
}

std::string conflicts_document(const std::vector<store::ConflictRow>& rows) {
  Json out = head("conflicts list");
  out["conflicts"] = Json::array();
  for (const store::ConflictRow& row : rows) out["conflicts"].push_back(conflict_object(row));
  return printed(out);
}

std::string conflict_document(const store::ConflictRow& row) {
  Json out = head("conflicts show");
  out["conflict"] = conflict_object(row);
  out["conflict"]["losing_copy"] = row.losing_copy;
  return printed(out);
}

std::string plans_document(const std::vector<store::StoppedPlan>& plans) {
  Json out = head("approve");
  out["plans"] = Json::array();
  for (const store::StoppedPlan& plan : plans) {
    Json deletes = column(plan.deletes);
    out["plans"].push_back({{"plan", plan.hash},
                            {"mailbox", plan.mailbox.value},
                            {"deletes", deletes.is_array() ? deletes.size() : 0},
                            {"state", plan.state},
                            {"created", to_rfc3339(plan.created)}});
  }
  return printed(out);
}

std::string approve_document(const store::StoppedPlan& plan, Instant until) {
  Json out = head("approve");
  out["plan"] = plan.hash;
  out["mailbox"] = plan.mailbox.value;
  out["deletes"] = planned_deletes(plan.deletes).size();
  out["approved_until"] = to_rfc3339(until);
  return printed(out);
}

std::string names_document(const std::string& command, const std::string& list, const std::vector<std::string>& names,
                           const std::string& second_list, const std::vector<std::string>& second_names) {
  Json out = head(command);
  out[list] = names;
  if (!second_list.empty()) out[second_list] = second_names;
  return printed(out);
}

std::string done_document(const std::string& command, const std::string& id) {
  Json out = head(command);
  out["id"] = id;
  return printed(out);
}

std::string seal_key_document(const std::string& path, bool made) {
  Json out = head("secrets init");
  out["key_file"] = path;
  out["made"] = made;
  return printed(out);
}

std::string secrets_document(const std::vector<SealedRow>& rows) {
  Json out = head("secrets list");
  out["secrets"] = Json::array();
  for (const SealedRow& row : rows) out["secrets"].push_back({{"name", row.name}, {"opens", row.opens}});
  return printed(out);
}

std::string rotated_document(std::size_t count) {
  Json out = head("secrets rotate");
  out["sealed"] = count;
  return printed(out);
}

std::string messages_document(const std::string& command, const std::vector<store::OutboxMessage>& rows, bool content) {
  Json out = head(command);
  out["messages"] = Json::array();
  for (const store::OutboxMessage& row : rows) {
    Json message = message_object(row);
    if (content) message["content"] = column(row.payload);
    out["messages"].push_back(std::move(message));
  }
  return printed(out);
}

std::string retried_document(std::size_t count) {
  Json out = head("notify dead retry");
  out["queued"] = count;
  return printed(out);
}

std::string preferences_document(const std::string& command, const Address& mailbox,
                                 const std::vector<PreferenceRow>& rows) {
  Json out = head(command);
  out["mailbox"] = mailbox.value;
  out["preferences"] = Json::array();
  for (const PreferenceRow& row : rows)
    out["preferences"].push_back(
        {{"name", row.name}, {"value", row.value}, {"own", row.own}, {"allowed", row.allowed}});
  return printed(out);
}

std::string forget_document(const Address& mailbox, bool known) {
  Json out = head("forget");
  out["mailbox"] = mailbox.value;
  out["known"] = known;
  return printed(out);
}

std::string upgrade_document(int from, int to) {
  Json out = head("store upgrade");
  out["from"] = from > 0 ? Json(from) : Json(nullptr);
  out["to"] = to;
  return printed(out);
}

std::string version_document(const std::string& version, int schema) {
  Json out = head("version");
  out["version"] = version;
  out["schema"] = schema;
  return printed(out);
}

bool sets_preference(const std::string& json, const std::string& name) {
  const Json preferences = column(json);
  return preferences.is_object() && preferences.contains(name);
}

std::string listed(const std::string& json) {
  const Json list = column(json);
  return list.is_array() ? plain(list) : json;
}

std::vector<PlannedDelete> planned_deletes(const std::string& json) {
  std::vector<PlannedDelete> out;
  const Json list = column(json);
  if (!list.is_array()) return out;
  const auto words = [](const Json& row, const char* key) {
    const auto found = row.is_object() ? row.find(key) : row.end();
    return row.is_object() && found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  for (const Json& row : list) out.push_back({words(row, "uid"), words(row, "summary")});
  return out;
}

std::string detail_words(const std::string& json) {
  const Json detail = column(json);
  if (!detail.is_object()) return detail.is_null() ? std::string() : plain(detail);
  std::string out;
  for (const auto& [key, value] : detail.items()) {
    const std::string words = plain(value);
    if (!words.empty()) out += (out.empty() ? "" : ", ") + text::replace_all(key, "_", " ") + " " + words;
  }
  return out;
}

std::string summary_words(const std::string& json) {
  const Json summary = column(json);
  if (!summary.is_object()) return summary.is_string() ? summary.get<std::string>() : std::string();
  const Json totals = summary.value("totals", Json(summary));
  std::string out;
  for (const char* key : {"mailboxes", "created", "updated", "deleted", "linked", "parked", "restored", "removed"}) {
    const auto found = totals.find(key);
    if (found == totals.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() == 0) continue;
    const auto value = found->get<std::uint64_t>();
    out += (out.empty() ? "" : ", ") + (std::string_view(key) == "mailboxes" ? app::count(value, "mailbox", "mailboxes")
                                                                             : app::number(value) + " " + key);
  }
  return out;
}

}  // namespace caravan::exodus::cli
