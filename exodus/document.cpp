// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/document.hpp"

#include <nlohmann/json.hpp>

namespace caravan::exodus {

using Json = nlohmann::ordered_json;

namespace {

Json error_document(const Error& error) {
  return {{"code", error.code}, {"what", error.what}, {"remedy", error.remedy}, {"fault", to_string(error.fault)}};
}

void add_counts(Json& to, const Counts& counts) {
  to["series"] = counts.series;
  to["created"] = counts.created;
  to["updated"] = counts.updated;
  to["deleted"] = counts.deleted;
  to["linked"] = counts.linked;
  to["unchanged"] = counts.unchanged;
  to["parked"] = counts.parked;
  to["conflicts"] = counts.conflicts;
  to["losses"] = counts.losses;
}

Json requests_document(const RequestCounts& requests) {
  std::uint64_t total = 0;
  for (const auto& [name, times] : requests) total += times;
  Json out{{"total", total}};
  for (const auto& [name, times] : requests) out[name] = times;
  return out;
}

Json mailbox_document(const MailboxOutcome& mailbox) {
  Json out{{"address", mailbox.address}, {"state", to_string(mailbox.state)}};
  if (mailbox.error) out["error"] = error_document(*mailbox.error);
  add_counts(out, mailbox.counts());
  out["pairs"] = Json::array();
  for (const PairOutcome& pair : mailbox.pairs) {
    Json row{{"folder", pair.folder}, {"collection", pair.collection}};
    if (pair.error) row["error"] = error_document(*pair.error);
    add_counts(row, pair.counts);
    out["pairs"].push_back(std::move(row));
  }
  return out;
}

Json totals_document(const RunOutcome& outcome) {
  std::uint64_t done = 0;
  for (const MailboxOutcome& mailbox : outcome.mailboxes)
    if (mailbox.state == MailboxOutcome::State::done) ++done;
  Json out{{"mailboxes", outcome.mailboxes.size()}, {"done", done}, {"failed", outcome.mailboxes.size() - done}};
  add_counts(out, outcome.totals());
  out["requests"] = {{"exchange", requests_document(outcome.exchange_requests)},
                     {"caldav", requests_document(outcome.caldav_requests)}};
  return out;
}

void add_run(Json& out, const RunOutcome& outcome) {
  out["totals"] = totals_document(outcome);
  out["mailboxes"] = Json::array();
  for (const MailboxOutcome& mailbox : outcome.mailboxes) out["mailboxes"].push_back(mailbox_document(mailbox));
  out["parked"] = Json::array();
  for (const ParkedItem& item : outcome.parked)
    out["parked"].push_back({{"id", item.id},
                             {"mailbox", item.mailbox},
                             {"uid", item.uid},
                             {"object", item.object},
                             {"reason", item.reason},
                             {"code", item.code}});
  out["plans"] = Json::array();
  for (const StoppedPlan& plan : outcome.plans)
    out["plans"].push_back({{"hash", plan.hash},
                            {"mailbox", plan.mailbox},
                            {"folder", plan.folder},
                            {"deletes", plan.deletes},
                            {"total", plan.total}});
  out["conflicts"] = Json::array();
  for (const ConflictItem& conflict : outcome.conflicts)
    out["conflicts"].push_back(
        {{"mailbox", conflict.mailbox}, {"uid", conflict.uid}, {"units", conflict.units}, {"winner", conflict.winner}});
  out["losses"] = Json::object();
  for (const auto& [reason, times] : outcome.loss_counts) out["losses"][reason] = times;
}

void add_verify(Json& out, const RunOutcome& outcome) {
  out["checked"] = {{"series", outcome.checked_series}, {"occurrences", outcome.checked_occurrences}};
  out["difference_count"] = outcome.difference_count;
  out["differences"] = Json::array();
  for (const DifferenceItem& item : outcome.differences)
    out["differences"].push_back({{"mailbox", item.mailbox},
                                  {"folder", item.folder},
                                  {"uid", item.uid},
                                  {"kind", to_string(item.kind)},
                                  {"occurrence", item.occurrence},
                                  {"field", item.field},
                                  {"exchange", item.exchange},
                                  {"caldav", item.caldav}});
  out["mailboxes"] = Json::array();
  for (const MailboxOutcome& mailbox : outcome.mailboxes) out["mailboxes"].push_back(mailbox_document(mailbox));
}

std::optional<Error> read_error(const Json& from) {
  const auto found = from.find("error");
  if (found == from.end() || !found->is_object()) return std::nullopt;
  Error error;
  error.what = found->value("what", "");
  error.code = found->value("code", "");
  error.remedy = found->value("remedy", "");
  const std::string fault = found->value("fault", "");
  for (const Fault each : {Fault::retry_later, Fault::precondition_failed, Fault::not_found, Fault::denied,
                           Fault::malformed, Fault::unsupported, Fault::in_doubt, Fault::cancelled})
    if (to_string(each) == fault) error.fault = each;
  return error;
}

Counts read_counts(const Json& from) {
  const auto field = [&](const char* name) { return from.value(name, std::uint64_t{0}); };
  Counts counts;
  counts.series = field("series");
  counts.created = field("created");
  counts.updated = field("updated");
  counts.deleted = field("deleted");
  counts.linked = field("linked");
  counts.unchanged = field("unchanged");
  counts.parked = field("parked");
  counts.conflicts = field("conflicts");
  counts.losses = field("losses");
  return counts;
}

RequestCounts read_requests(const Json& totals, const char* side) {
  RequestCounts requests;
  const auto all = totals.find("requests");
  if (all == totals.end() || !all->contains(side)) return requests;
  for (const auto& [name, times] : (*all)[side].items())
    if (name != "total") requests[name] = times.get<std::uint64_t>();
  return requests;
}

MailboxOutcome read_mailbox(const Json& from) {
  MailboxOutcome mailbox;
  mailbox.address = from.value("address", "");
  const std::string state = from.value("state", "");
  for (const auto each : {MailboxOutcome::State::done, MailboxOutcome::State::failed, MailboxOutcome::State::stopped,
                          MailboxOutcome::State::interrupted})
    if (to_string(each) == state) mailbox.state = each;
  mailbox.error = read_error(from);
  for (const Json& row : from.value("pairs", Json::array())) {
    PairOutcome pair;
    pair.folder = row.value("folder", "");
    pair.collection = row.value("collection", "");
    pair.counts = read_counts(row);
    pair.error = read_error(row);
    mailbox.pairs.push_back(std::move(pair));
  }
  return mailbox;
}

RunOutcome read_run(const Json& from) {
  RunOutcome outcome;
  outcome.command = from.value("command", "");
  outcome.exit = static_cast<Exit>(from.value("exit", 0));
  outcome.run = RunId(from.value("run", ""));
  outcome.seconds = from.value("seconds", 0.0);
  outcome.dry_run = from.value("dry_run", false);
  outcome.error = read_error(from);
  const Json totals = from.value("totals", Json::object());
  outcome.exchange_requests = read_requests(totals, "exchange");
  outcome.caldav_requests = read_requests(totals, "caldav");
  for (const Json& mailbox : from.value("mailboxes", Json::array())) outcome.mailboxes.push_back(read_mailbox(mailbox));
  for (const Json& row : from.value("parked", Json::array()))
    outcome.parked.push_back({row.value("id", ""),
                              row.value("mailbox", ""),
                              row.value("uid", ""),
                              row.value("object", ""),
                              row.value("reason", ""),
                              row.value("code", ""),
                              {}});
  for (const Json& row : from.value("plans", Json::array()))
    outcome.plans.push_back({row.value("hash", ""), row.value("mailbox", ""), row.value("folder", ""),
                             row.value("deletes", std::uint64_t{0}), row.value("total", std::uint64_t{0})});
  for (const Json& row : from.value("conflicts", Json::array()))
    outcome.conflicts.push_back(
        {row.value("mailbox", ""), row.value("uid", ""), row.value("units", ""), row.value("winner", "")});
  const Json losses = from.value("losses", Json::object());
  for (const auto& [reason, times] : losses.items()) outcome.loss_counts[reason] = times.get<std::uint64_t>();
  return outcome;
}

}  // namespace

std::string_view to_string(MailboxOutcome::State state) noexcept {
  switch (state) {
    case MailboxOutcome::State::done:
      return "done";
    case MailboxOutcome::State::failed:
      return "failed";
    case MailboxOutcome::State::stopped:
      return "stopped";
    case MailboxOutcome::State::interrupted:
      return "interrupted";
  }
  return "failed";
}

std::string_view to_string(DifferenceItem::Kind kind) noexcept {
  switch (kind) {
    case DifferenceItem::Kind::missing_on_caldav:
      return "missing_on_caldav";
    case DifferenceItem::Kind::extra_on_caldav:
      return "extra_on_caldav";
    case DifferenceItem::Kind::field:
      return "field";
    case DifferenceItem::Kind::unreadable:
      return "unreadable";
  }
  return "field";
}

std::string_view run_state(const RunOutcome& outcome) noexcept {
  switch (outcome.exit) {
    case Exit::interrupted:
      return "interrupted";
    case Exit::delete_brake:
      return "stopped";
    case Exit::usage:
    case Exit::nothing_possible:
      return "failed";
    case Exit::some_failed:
    case Exit::differences:
    case Exit::done:
      break;
  }
  if (outcome.error) return "failed";
  for (const MailboxOutcome& mailbox : outcome.mailboxes)
    if (mailbox.state == MailboxOutcome::State::failed) return "failed";
  return "done";
}

std::string to_document(const RunOutcome& outcome, Layout layout) {
  Json out{{"command", outcome.command}, {"exit", static_cast<int>(outcome.exit)}};
  if (outcome.error) out["error"] = error_document(*outcome.error);
  out["run"] = outcome.run.value;
  out["state"] = run_state(outcome);
  out["dry_run"] = outcome.dry_run;
  out["seconds"] = outcome.seconds;
  if (outcome.command == "verify")
    add_verify(out, outcome);
  else
    add_run(out, outcome);
  return out.dump(layout == Layout::pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace);
}

Result<RunOutcome> from_document(std::string_view document) {
  try {
    const Json parsed = Json::parse(document);
    if (!parsed.is_object()) return make_error(Fault::malformed, "the run's summary in the store is no JSON object");
    return read_run(parsed);
  } catch (const nlohmann::json::exception& problem) {
    return make_error(Fault::malformed, std::string("the run's summary in the store can't be read: ") + problem.what());
  }
}

}  // namespace caravan::exodus
