// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that only look into the store: status, explain, runs.
#include <algorithm>
#include <map>
#include <set>

#include "app/format.hpp"
#include "exodus/cli/documents.hpp"
#include "exodus/cli/run_text.hpp"
#include "exodus/cli/session.hpp"
#include "exodus/cli/table.hpp"
#include "exodus/job.hpp"
#include "exodus/plain_words.hpp"
#include "store/live_store.hpp"
#include "store/notify_store.hpp"
#include "util/text.hpp"

namespace caravan::exodus::cli {

namespace {

std::string ago(std::int64_t seconds) {
  return seconds < 1 ? "now" : app::duration(std::chrono::seconds(std::max<std::int64_t>(seconds, 10))) + " ago";
}

/// Mailboxes that a run works on at this moment, with what it has done so far.
Result<std::map<std::string, Progress>> at_work(store::Store& store) {
  std::map<std::string, Progress> out;
  constexpr std::size_t kRecent = 10;
  CARAVAN_TRY(runs, store.runs(kRecent));
  for (const store::Run& run : runs) {
    if (run.state != "running" && run.state != "queued") continue;
    CARAVAN_TRY(jobs, store.jobs(run.id));
    for (const store::Job& job : jobs)
      if (job.state == "claimed") out[job.mailbox.value] = progress_from_json(job.progress);
  }
  return out;
}

Result<StatusRow> row_of(store::Store& store, const store::Mailbox& mailbox, Instant now) {
  StatusRow row;
  row.address = mailbox.address.value;
  row.state = mailbox.state;
  row.error = mailbox.last_error;
  row.error_code = mailbox.last_error_code;
  if (mailbox.last_success) {
    row.last_success = to_rfc3339(*mailbox.last_success);
    row.lag_seconds = (now - *mailbox.last_success).count();
  }
  CARAVAN_TRY(subscriptions, store.live().subscriptions(mailbox.address));
  for (const store::Subscription& each : subscriptions) {
    if (each.state != "live" || !row.subscription.empty()) continue;  // the newest counts
    row.subscription = each.kind;
    row.heard_seconds = std::chrono::duration_cast<std::chrono::seconds>(each.heard_ago).count();
  }
  CARAVAN_TRY(pairs, store.pairs(mailbox.address));
  for (const store::Pair& pair : pairs) {
    CARAVAN_TRY(counts, store.counts(pair.id));
    row.series += counts.active;
    row.pending += counts.pending;
    row.parked += counts.parked;
    row.conflicts += counts.conflicts;
  }
  CARAVAN_TRY(paused, store.setting("paused:" + row.address));
  if (!paused.empty()) row.state = "paused";
  return row;
}

struct Overview {
  std::vector<StatusRow> rows;
  std::map<std::string, Progress> working;
  bool paused = false;
  std::string way, why;  ///< how live sync learns of changes on Exchange, and why not in the configured way
};

Result<Overview> overview(store::Store& store, const std::vector<std::string>& wanted, Instant now) {
  Overview out;
  CARAVAN_TRY(all, store.setting("paused:all"));
  out.paused = !all.empty();
  CARAVAN_TRY(way, store.setting("live:way"));
  CARAVAN_TRY(why, store.setting("live:way_why"));
  out.way = std::move(way);
  out.why = std::move(why);
  CARAVAN_TRY(working, at_work(store));
  out.working = std::move(working);
  std::set<std::string> missing(wanted.begin(), wanted.end());
  CARAVAN_TRY(mailboxes, store.mailboxes());
  for (const store::Mailbox& mailbox : mailboxes) {
    if (!wanted.empty() && missing.erase(mailbox.address.value) == 0) continue;
    CARAVAN_TRY(row, row_of(store, mailbox, now));
    if (out.paused) row.state = "paused";
    if (out.working.contains(row.address)) row.state = "working";
    out.rows.push_back(std::move(row));
  }
  for (const std::string& address : missing) {
    StatusRow row;
    row.address = address;
    row.state = "unknown";
    out.rows.push_back(std::move(row));
  }
  return out;
}

std::string status_text(const Overview& overview, std::size_t width) {
  using app::Align;
  std::string out = overview.paused ? "Everything is paused; `exodus-cli resume` goes on.\n\n" : "";
  if (overview.rows.empty())
    return out +
           "The store knows no mailbox yet. Begin with `exodus-cli doctor LIST`, then `exodus-cli migrate LIST`.\n";
  Table table({{"Mailbox", Align::left, 44},
               {"State"},
               {"Last success"},
               {"Series", Align::right},
               {"Waiting", Align::right},
               {"Parked", Align::right},
               {"Conflicts", Align::right},
               {"Trouble", Align::left, 60}});
  for (const StatusRow& row : overview.rows) {
    std::string state = row.state;
    if (const auto found = overview.working.find(row.address);
        found != overview.working.end() && found->second.total > 0)
      state += " " + app::number(found->second.done) + "/" + app::number(found->second.total);
    const auto count = [](std::uint64_t value) { return value == 0 ? std::string("-") : app::number(value); };
    table.row({row.address, state, row.lag_seconds ? ago(*row.lag_seconds) : "never", count(row.series),
               count(row.pending), count(row.parked), count(row.conflicts), row.error});
  }
  out += table.str();
  const auto sum = [&](auto field) {
    std::uint64_t total = 0;
    for (const StatusRow& row : overview.rows) total += row.*field;
    return total;
  };
  if (sum(&StatusRow::parked) > 0)
    out += wrapped("\nParked events: `exodus-cli parked list` shows why and what to do.", width, "");
  const bool live = std::any_of(overview.rows.begin(), overview.rows.end(),
                                [](const StatusRow& row) { return row.state == "subscribed"; });
  if (live && !overview.why.empty())
    out += wrapped("\nChanges on Exchange are learned of by " +
                       std::string(overview.way == "streaming" ? "streams" : "polling") + ": " + overview.why + ".",
                   width, "");
  if (sum(&StatusRow::conflicts) > 0) out += wrapped("Conflicts: `exodus-cli conflicts list`.", width, "");
  return out;
}

Result<Answer> status_once(Session& session, store::Store& store, const std::vector<std::string>& wanted) {
  CARAVAN_TRY(found, overview(store, wanted, session.context.clock->now()));
  return Answer{Exit::done, status_document(Exit::done, found.rows, found.paused),
                status_text(found, session.around.width)};
}

std::string explain_text(const Address& mailbox, const Uid& uid, const std::vector<ExplainedMapping>& mappings,
                         const std::vector<store::Audit>& history, const std::vector<store::LossRow>& losses,
                         const std::vector<store::Parked>& parked, std::size_t width) {
  std::string out = app::printable(uid.value) + " in " + app::printable(mailbox.value) + "\n";
  for (const auto& [pair, mapping] : mappings) {
    out += "\n  " + app::printable(pair.folder_name + " -> " + pair.collection.value) + ": " + mapping.state + "\n";
    for (const auto& part : mapping.exchange_parts)
      out += "    Exchange  item " + app::fit(part.item.value, 60) + ", change key " +
             app::fit(part.change_key.value, 40) +
             (part.occurrence.empty() ? "" : ", occurrence of " + part.occurrence) + "\n";
    if (!mapping.href.empty())
      out +=
          "    CalDAV    " + app::printable(mapping.href.value) + ", etag " + app::printable(mapping.etag.value) + "\n";
    out += "    last agreed " + moment_words(to_rfc3339(mapping.updated)) + "\n";
  }
  if (mappings.empty()) out += "\n  No mapping: the two calendars do not hold it together, at present.\n";
  for (const store::Parked& item : parked)
    out += wrapped(
        "Parked as " + item.id + ": " + item.reason + (item.code.empty() ? "" : " (" + item.code + ")") + ". " +
            parked_remedy({item.id, item.mailbox.value, item.uid.value, item.object, item.reason, item.code, {}}),
        width, "  ");
  for (const store::LossRow& loss : losses)
    out += wrapped("Not carried over in full: " + loss_words(loss.reason).title +
                       (loss.detail.empty() ? "" : ": " + loss.detail) +
                       (loss.occurrence.empty() ? "" : " (occurrence of " + loss.occurrence + ")"),
                   width, "  ");
  if (history.empty()) return out + "\nNo history is kept of it (retention.audit).\n";
  Table table({{"When"}, {"What"}, {"Why", app::Align::left, 40}, {"Run"}, {"Detail", app::Align::left, 90}});
  for (const store::Audit& row : history)
    table.row({moment_words(to_rfc3339(row.at)), row.event, row.reason, row.run.value, detail_words(row.detail)});
  return out + "\n" + table.str();
}

/// The messages that were made of it.
std::string told_text(const std::vector<store::OutboxMessage>& messages) {
  if (messages.empty()) return {};
  Table table({{"When"}, {"Message"}, {"Channel"}, {"State"}, {"Trouble", app::Align::left, 90}});
  for (const store::OutboxMessage& row : messages)
    table.row({moment_words(to_rfc3339(row.created)), row.kind, row.channel, row.state, row.error});
  return "\n" + table.str();
}

}  // namespace

Result<Answer> status_command(Session& session) {
  std::vector<std::string> wanted;
  if (!session.arguments.list.empty()) {
    CARAVAN_TRY(named, mailboxes_of(session));
    for (const config::MailboxEntry& mailbox : named) wanted.push_back(mailbox.address.value);
  }
  CARAVAN_TRY(store, session.context.open_store());
  if (!session.arguments.watch) return status_once(session, *store, wanted);
  constexpr std::chrono::seconds kEvery{2};
  do {
    CARAVAN_TRY(answer, status_once(session, *store, wanted));
    if (session.around.out_is_terminal) session.around.out << "\033[H\033[2J";
    session.around.out << moment_words(to_rfc3339(session.context.clock->now())) << "  (Ctrl-C ends)\n\n"
                       << answer.text << std::flush;
  } while (session.context.sleeper->sleep_for(kEvery, session.around.stop) && session.around.out.good());
  return Answer{};
}

Result<Answer> explain_command(Session& session) {
  const Address mailbox(text::lower(session.arguments.address));
  const Uid uid(session.arguments.uid);
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(pairs, store->pairs(mailbox));
  std::vector<ExplainedMapping> mappings;
  for (store::Pair& pair : pairs) {
    CARAVAN_TRY(mapping, store->mapping(pair.id, uid));
    if (mapping) mappings.push_back({std::move(pair), std::move(*mapping)});
  }
  constexpr std::size_t kMostRows = 1000;
  CARAVAN_TRY(history, store->audit(mailbox, uid, kMostRows));
  CARAVAN_TRY(losses, store->losses(mailbox));
  std::erase_if(losses, [&](const store::LossRow& loss) { return loss.uid != uid; });
  CARAVAN_TRY(parked, store->parked(mailbox));
  std::erase_if(parked, [&](const store::Parked& item) { return item.uid != uid && item.object != uid.value; });
  CARAVAN_TRY(messages, store->notify().messages_of(mailbox, uid, kMostRows));
  if (mappings.empty() && history.empty() && parked.empty() && messages.empty())
    return make_error(
        Fault::not_found, "nothing is known of " + uid.value + " in " + mailbox.value, "not_found",
        "Check address and UID: `exodus-cli status` lists the mailboxes; the UID is the one in the event's .ics text.");
  return Answer{
      Exit::done, explain_document(mailbox, uid, mappings, history, messages),
      explain_text(mailbox, uid, mappings, history, losses, parked, session.around.width) + told_text(messages)};
}

Result<Answer> runs_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(runs, store->runs(session.arguments.limit));
  Table table(
      {{"Run"}, {"Kind"}, {"State"}, {"Started"}, {"Took", app::Align::right}, {"Summary", app::Align::left, 70}});
  for (const store::Run& run : runs) {
    const Instant begun = run.started.value_or(run.created);
    table.row({run.id.value, run.kind, run.state, moment_words(to_rfc3339(begun)),
               run.ended ? app::duration(*run.ended - begun) : "-", summary_words(run.summary)});
  }
  return Answer{Exit::done, runs_document(runs), table.empty() ? "No runs yet.\n" : table.str()};
}

}  // namespace caravan::exodus::cli
