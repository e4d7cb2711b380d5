// SPDX-License-Identifier: GPL-3.0-or-later
// The commands for what waits for a person, and for the store itself: parked, conflicts, approve, pause, resume,
// forget, store upgrade.
#include <algorithm>

#include "app/format.hpp"
#include "exodus/cli/documents.hpp"
#include "exodus/cli/session.hpp"
#include "exodus/cli/table.hpp"
#include "exodus/plain_words.hpp"
#include "store/store.hpp"
#include "util/text.hpp"

namespace caravan::exodus::cli {

namespace {

/// Rows of the mailboxes in LIST; of all where there is none.
template <class Row>
Result<std::vector<Row>> of_list(const Session& session,
                                 const std::function<Result<std::vector<Row>>(const Address&)>& read) {
  if (session.arguments.list.empty()) return read(Address());
  std::vector<Row> out;
  CARAVAN_TRY(mailboxes, mailboxes_of(session));
  for (const config::MailboxEntry& mailbox : mailboxes) {
    CARAVAN_TRY(rows, read(mailbox.address));
    std::move(rows.begin(), rows.end(), std::back_inserter(out));
  }
  return out;
}

Error not_known(const std::string& what, const std::string& id, const std::string& list) {
  return make_error(Fault::not_found, "there is no " + what + " " + id, "not_found",
                    "`" + list + "` shows those that there are.");
}

Result<store::Parked> find_parked(store::Store& store, const std::string& id) {
  CARAVAN_TRY(rows, store.parked(Address()));
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const store::Parked& row) { return row.id == id; });
  if (found == rows.end()) return not_known("parked event", id, "exodus-cli parked list");
  return *found;
}

Result<store::ConflictRow> find_conflict(store::Store& store, const std::string& id) {
  CARAVAN_TRY(rows, store.conflicts(Address()));
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const store::ConflictRow& row) { return row.id == id; });
  if (found == rows.end()) return not_known("conflict", id, "exodus-cli conflicts list");
  return *found;
}

/// By the whole hash or by 8 characters or more of it, where they are unique.
Result<store::StoppedPlan> find_plan(store::Store& store, const std::string& hash) {
  CARAVAN_TRY(plans, store.plans(PairId()));
  constexpr std::size_t kShortest = 8;
  std::vector<store::StoppedPlan> matches;
  for (store::StoppedPlan& plan : plans)
    if (plan.hash == hash || (hash.size() >= kShortest && plan.hash.starts_with(hash)))
      matches.push_back(std::move(plan));
  if (matches.empty()) return not_known("stopped plan", hash, "exodus-cli approve");
  if (matches.size() > 1)
    return make_error(Fault::malformed, hash + " names " + std::to_string(matches.size()) + " plans", "ambiguous",
                      "Give the whole hash; `exodus-cli approve` lists them.");
  return matches.front();
}

std::string plan_list_text(const std::vector<store::StoppedPlan>& plans) {
  if (plans.empty()) return "No plan waits.\n";
  Table table(
      {{"Plan", app::Align::left, 70}, {"Mailbox", app::Align::left, 44}, {"Deletes", app::Align::right}, {"Since"}});
  for (const store::StoppedPlan& plan : plans)
    table.row({plan.hash, plan.mailbox.value, app::number(planned_deletes(plan.deletes).size()),
               moment_words(to_rfc3339(plan.created))});
  return table.str() + "\n`exodus-cli approve PLAN` releases one for 24 hours.\n";
}

std::string deletes_text(const store::StoppedPlan& plan) {
  constexpr std::size_t kShown = 20;
  const std::vector<PlannedDelete> deletes = planned_deletes(plan.deletes);
  std::string out;
  for (std::size_t i = 0; i < deletes.size() && i < kShown; ++i)
    out += "  " + app::fit(app::printable(deletes[i].summary.empty() ? deletes[i].uid : deletes[i].summary), 90) + "\n";
  if (deletes.size() > kShown) out += "  and " + app::number(deletes.size() - kShown) + " more\n";
  return out;
}

Result<std::vector<std::string>> paused_by_name(store::Store& store) {
  std::vector<std::string> out;
  CARAVAN_TRY(mailboxes, store.mailboxes());
  for (const store::Mailbox& mailbox : mailboxes) {
    CARAVAN_TRY(paused, store.setting("paused:" + mailbox.address.value));
    if (!paused.empty()) out.push_back(mailbox.address.value);
  }
  return out;
}

/// "all", or the addresses of LIST.
Result<std::vector<std::string>> named(const Session& session) {
  std::vector<std::string> out;
  if (session.arguments.list.empty()) {
    out.emplace_back("all");
    return out;
  }
  CARAVAN_TRY(mailboxes, mailboxes_of(session));
  for (const config::MailboxEntry& mailbox : mailboxes) out.push_back(mailbox.address.value);
  return out;
}

std::string who(const std::vector<std::string>& names) {
  if (names == std::vector<std::string>{"all"}) return "Everything";
  return names.size() == 1 ? names.front() : app::count(names.size(), "mailbox", "mailboxes");
}

}  // namespace

Result<Answer> parked_list_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(rows, of_list<store::Parked>(session, [&](const Address& mailbox) { return store->parked(mailbox); }));
  std::string text = rows.empty() ? "Nothing is parked.\n" : "";
  for (const store::Parked& row : rows) {
    const std::string event = row.uid.empty() ? row.object : row.uid.value;
    text += app::printable(row.id + "  " + row.mailbox.value) + (row.accepted ? "  (accepted)" : "") + "\n" +
            wrapped(std::string(row.side == Side::exchange ? "on Exchange: " : "on CalDAV: ") + event,
                    session.around.width, "    ") +
            wrapped(row.reason + (row.code.empty() ? "" : " (" + row.code + ")") + "; " +
                        app::count(static_cast<std::uint64_t>(std::max<std::int64_t>(row.attempts, 0)), "attempt") +
                        " since " + moment_words(to_rfc3339(row.first_seen)),
                    session.around.width, "    ");
    if (!row.accepted)
      text += wrapped(parked_remedy({row.id, row.mailbox.value, row.uid.value, row.object, row.reason, row.code, {}}),
                      session.around.width, "    ");
  }
  return Answer{Exit::done, parked_document(rows), text};
}

Result<Answer> parked_retry_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  const std::string& id = session.arguments.id;
  if (!id.empty()) CARAVAN_CHECK(find_parked(*store, id));
  CARAVAN_CHECK(store->retry_parked(id));
  return Answer{Exit::done, done_document("parked retry", id.empty() ? "all" : id),
                (id.empty() ? "All parked events are" : id + " is") +
                    std::string(" tried again by the next run; `exodus-cli migrate` starts one.\n")};
}

Result<Answer> parked_accept_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_CHECK(find_parked(*store, session.arguments.id));
  CARAVAN_CHECK(store->accept_parked(session.arguments.id));
  return Answer{Exit::done, done_document("parked accept", session.arguments.id),
                session.arguments.id + " is accepted: it stays as it is and no longer counts as a failure.\n"};
}

Result<Answer> conflicts_list_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(rows,
              of_list<store::ConflictRow>(session, [&](const Address& mailbox) { return store->conflicts(mailbox); }));
  Table table({{"Id"},
               {"Mailbox", app::Align::left, 40},
               {"Event", app::Align::left, 50},
               {"What differed", app::Align::left, 40},
               {"Winner"},
               {"State"}});
  for (const store::ConflictRow& row : rows)
    table.row({row.id, row.mailbox.value, row.uid.value, listed(row.units), row.winner, row.state});
  return Answer{
      Exit::done, conflicts_document(rows),
      table.empty() ? "No conflicts.\n" : table.str() + "\n`exodus-cli conflicts show ID` shows the copy that lost.\n"};
}

Result<Answer> conflicts_show_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(row, find_conflict(*store, session.arguments.id));
  std::string text = row.id + "  " + row.mailbox.value + "  " + row.uid.value +
                     "\n  what differed: " + listed(row.units) +
                     "\n  winner: " + (row.winner.empty() ? "none" : row.winner) + ", seen " +
                     moment_words(to_rfc3339(row.at)) + ", " + row.state + "\n";
  text = app::printable(text.substr(0, text.find('\n'))) + text.substr(text.find('\n'));
  text += "\nThe copy that lost:\n";
  for (const std::string& line : text::split(text::unix_line_ends(row.losing_copy), '\n'))
    text += "  " + app::printable(line) + "\n";
  return Answer{Exit::done, conflict_document(row), text};
}

Result<Answer> conflicts_resolve_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_CHECK(find_conflict(*store, session.arguments.id));
  CARAVAN_CHECK(store->resolve_conflict(session.arguments.id));
  return Answer{Exit::done, done_document("conflicts resolve", session.arguments.id),
                session.arguments.id + " is settled; both calendars stay as they are.\n"};
}

Result<Answer> approve_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  if (session.arguments.id.empty()) {
    CARAVAN_TRY(plans, store->plans(PairId()));
    std::erase_if(plans, [](const store::StoppedPlan& plan) { return plan.state != "waiting"; });
    return Answer{Exit::done, plans_document(plans), plan_list_text(plans)};
  }
  CARAVAN_TRY(plan, find_plan(*store, session.arguments.id));
  if (plan.state == "used")
    return make_error(Fault::precondition_failed, "the plan " + plan.hash + " was carried out already", "plan_used",
                      "Migrate again: a new plan is made from what is there now.");
  const Instant until = session.context.clock->now() + std::chrono::hours(24);
  CARAVAN_CHECK(store->set_plan_state(plan.hash, "approved", until));
  return Answer{
      Exit::done, approve_document(plan, until),
      "Approved until " + moment_words(to_rfc3339(until)) + ": " +
          app::count(planned_deletes(plan.deletes).size(), "delete") + " on CalDAV for " + plan.mailbox.value + "\n" +
          deletes_text(plan) + "\n`exodus-cli migrate " + plan.mailbox.value +
          "` carries it out. If anything changes until then, the plan no longer holds and the brake stops again.\n"};
}

Result<Answer> pause_command(Session& session) {
  CARAVAN_TRY(names, named(session));
  CARAVAN_TRY(store, session.context.open_store());
  for (const std::string& name : names)
    CARAVAN_CHECK(store->set_setting("paused:" + name, to_rfc3339(session.context.clock->now())));
  return Answer{Exit::done, names_document("pause", "paused", names),
                who(names) + (names.size() > 1 ? " are" : " is") +
                    " paused: what is in hand is finished, nothing new begins. `exodus-cli resume` goes on.\n"};
}

Result<Answer> resume_command(Session& session) {
  CARAVAN_TRY(names, named(session));
  CARAVAN_TRY(store, session.context.open_store());
  for (const std::string& name : names) CARAVAN_CHECK(store->set_setting("paused:" + name, ""));
  CARAVAN_TRY(still, paused_by_name(*store));
  std::string text = who(names) + (names.size() > 1 ? " go" : " goes") + " on.\n";
  if (!still.empty()) text += "Still paused by name: " + text::join(still, ", ") + "\n";
  CARAVAN_TRY(all, store->setting("paused:all"));
  if (!all.empty()) text += "But everything is paused: `exodus-cli resume` without a LIST ends that.\n";
  return Answer{Exit::done, names_document("resume", "resumed", names, "still_paused", still), text};
}

Result<Answer> forget_command(Session& session) {
  const Address mailbox(text::lower(session.arguments.address));
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(known, store->mailbox(mailbox));
  if (known && !session.arguments.yes) {
    const auto agreed = session.around.confirm("Erase everything the store holds of " + mailbox.value +
                                               "? Both calendars stay as they are.");
    if (!agreed)
      return make_error(Fault::denied, "nobody can be asked here, so nothing was erased", "not_confirmed",
                        "Add --yes to erase without asking.");
    if (!*agreed) return make_error(Fault::cancelled, "nothing was erased", "not_confirmed");
  }
  if (known) CARAVAN_CHECK(store->forget_mailbox(mailbox));
  return Answer{
      Exit::done, forget_document(mailbox, known.has_value()),
      known ? mailbox.value + " is forgotten. Should it be migrated again, equal events are linked and not doubled.\n"
            : "The store holds nothing of " + mailbox.value + ".\n"};
}

Result<Answer> store_upgrade_command(Session& session) {
  const std::string& url = session.context.config.store.url;
  auto opened = store::open(url, session.context.clock, store::Upgrade::refused);
  const int wanted = store::current_schema_version();
  if (opened)
    return Answer{Exit::done, upgrade_document(wanted, wanted),
                  "The store has schema version " + std::to_string(wanted) + " already.\n"};
  if (opened.error().code != "store_older") return std::move(opened).error();
  CARAVAN_TRY(upgraded, store::open(url, session.context.clock, store::Upgrade::allowed));
  CARAVAN_TRY(version, upgraded->schema_version());
  return Answer{
      Exit::done, upgrade_document(0, version),
      "The store now has schema version " + std::to_string(version) + "." +
          (url.starts_with("sqlite:") ? " A copy of the old one stands beside it (" + url.substr(7) + ".bak-N).\n"
                                      : "\n")};
}

}  // namespace caravan::exodus::cli
