// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that work on both servers: migrate, verify, rebuild, doctor, rollback, clean.
#include <unistd.h>

#include <filesystem>

#include "app/format.hpp"
#include "exodus/cli/documents.hpp"
#include "exodus/cli/progress.hpp"
#include "exodus/cli/queue.hpp"
#include "exodus/cli/run_text.hpp"
#include "exodus/cli/session.hpp"
#include "exodus/cli/table.hpp"
#include "exodus/document.hpp"
#include "exodus/report.hpp"
#include "log/log.hpp"

namespace caravan::exodus::cli {

namespace {

/// A progress view that log lines go around, for as long as an operation runs.
class Watched {
 public:
  explicit Watched(const Session& session)
      : view_(session.around.err, style(session), session.around.width, session.context.clock) {
    log::set_sink([this](std::string_view line) { view_.log_line(line); });
  }
  ~Watched() { log::set_sink({}); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ProgressView& view() { return view_; }
  ProgressSink sink() {
    return [this](const Progress& progress) { view_.update(progress); };
  }

 private:
  static ProgressView::Style style(const Session& session) {
    if (session.arguments.verbosity == Verbosity::quiet) return ProgressView::Style::none;
    return session.around.err_is_terminal ? ProgressView::Style::bar : ProgressView::Style::lines;
  }
  ProgressView view_;
};

RunOptions options_of(const Session& session) {
  RunOptions options;
  options.dry_run = session.arguments.dry_run;
  options.notify = session.arguments.notify;
  options.since = session.arguments.since;
  options.until = session.arguments.until;
  options.all_calendars =
      session.arguments.all_calendars.value_or(session.context.config.sync.calendars == config::Calendars::all);
  options.jobs = session.arguments.jobs;
  return options;
}

/// Told before hours of work rather than after.
Status report_can_be_written(const std::string& path) {
  if (path.empty()) return {};
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    return make_error(Fault::denied, "the report can't be written: there is no folder " + folder.string(),
                      "report_not_written", "Make the folder, or name another file with --report.");
  if (access(folder.c_str(), W_OK) != 0 || std::filesystem::is_directory(path, ignored))
    return make_error(Fault::denied, "the report can't be written to " + path, "report_not_written",
                      "Name another file with --report.");
  return {};
}

std::string host_of(const std::string& url) {
  const auto start = url.find("://");
  const std::string rest = start == std::string::npos ? url : url.substr(start + 3);
  const std::string authority = rest.substr(0, rest.find('/'));
  return authority.substr(authority.rfind('@') + 1);
}

Answer finish_run(const Session& session, RunOutcome outcome) {
  std::string report;
  if (!session.arguments.report.empty()) {
    const ReportOptions options{session.context.clock->now(), host_of(session.context.config.exchange.url),
                                host_of(session.context.config.caldav.url), CARAVAN_VERSION};
    if (const Status written = write_report(outcome, session.arguments.report, options)) {
      report = session.arguments.report;
    } else {
      outcome.exit = worse(outcome.exit, Exit::usage);
      if (!outcome.error) outcome.error = written.error();
    }
  }
  Answer answer;
  answer.exit = outcome.exit;
  answer.document = to_document(outcome);
  if (!outcome.error || !outcome.mailboxes.empty())
    answer.text = run_text(outcome, {session.around.width, session.arguments.verbosity, report});
  if (outcome.error) answer.complaint = error_text(*outcome.error, session.around.width);
  return answer;
}

Result<Answer> operate(Session& session, const Operations::Run& operation) {
  CARAVAN_CHECK(report_can_be_written(session.arguments.report));
  CARAVAN_TRY(mailboxes, mailboxes_of(session));
  Watched watched(session);
  RunOutcome outcome = operation(session.context, mailboxes, options_of(session), watched.sink(), session.around.stop);
  watched.view().finish();
  return finish_run(session, std::move(outcome));
}

std::string failures_text(const std::vector<LeftBehind>& failed, std::size_t width) {
  std::string out;
  for (const auto& each : failed) {
    out += app::printable(each.mailbox + ": FAILED: " + each.error.what) + "\n";
    if (!each.error.remedy.empty()) out += wrapped(each.error.remedy, width, "  ");
  }
  return out;
}

std::string_view sign(Check::Grade grade) {
  switch (grade) {
    case Check::Grade::ok:
      return "ok      ";
    case Check::Grade::warning:
      return "warning ";
    case Check::Grade::failure:
      return "FAILURE ";
  }
  return "";
}

std::string doctor_text(const DoctorOutcome& outcome, std::size_t width) {
  std::string out;
  std::size_t warnings = 0, failures = 0;
  for (const Check& check : outcome.checks) {
    if (check.grade == Check::Grade::warning) ++warnings;
    if (check.grade == Check::Grade::failure) ++failures;
    const std::string line = std::string(sign(check.grade)) + check.name +
                             (check.mailbox.empty() ? "" : " " + check.mailbox) +
                             (check.what.empty() ? "" : ": " + check.what);
    out += app::printable(line) + "\n";
    if (check.grade != Check::Grade::ok && !check.remedy.empty()) out += wrapped(check.remedy, width, "          ");
  }
  if (failures == 0 && warnings == 0) return out + "\nAll is well.\n";
  return out + "\n" + app::count(failures, "failure") + ", " + app::count(warnings, "warning") + ".\n";
}

}  // namespace

Result<Answer> migrate_command(Session& session) {
  if (!session.arguments.dry_run && !session.arguments.local) {
    CARAVAN_CHECK(report_can_be_written(session.arguments.report));
    CARAVAN_TRY(store, session.context.open_store());
    CARAVAN_TRY(alive, daemon_lives(*store));
    if (alive) {
      CARAVAN_TRY(mailboxes, mailboxes_of(session));
      Watched watched(session);
      CARAVAN_TRY(outcome, migrate_by_daemon(session, *store, mailboxes, options_of(session), watched.view()));
      watched.view().finish();
      return finish_run(session, std::move(outcome));
    }
  }
  return operate(session, session.around.operations.migrate);
}

Result<Answer> verify_command(Session& session) { return operate(session, session.around.operations.verify); }

Result<Answer> rebuild_command(Session& session) { return operate(session, session.around.operations.rebuild); }

Result<Answer> subscribe_command(Session& session) { return operate(session, session.around.operations.subscribe); }

Result<Answer> unsubscribe_command(Session& session) {
  CARAVAN_TRY(mailboxes, mailboxes_of(session));
  const UnsubscribeOutcome outcome =
      session.around.operations.unsubscribe(session.context, mailboxes, session.around.stop);
  std::string text;
  for (const auto& address : outcome.ended) text += address + ": out of live sync; both calendars stay as they are\n";
  for (const auto& address : outcome.not_subscribed) text += address + ": was not under live sync\n";
  text += failures_text(outcome.failed, session.around.width);
  return Answer{outcome.exit, unsubscribe_document(outcome), text,
                outcome.error ? error_text(*outcome.error, session.around.width) : std::string()};
}

Result<Answer> finish_command(Session& session) {
  CARAVAN_TRY(mailboxes, mailboxes_of(session));
  if (!session.arguments.yes) {
    const auto agreed =
        session.around.confirm("End the coexistence of " + app::count(mailboxes.size(), "mailbox", "mailboxes") +
                               " and take Caravan's traces off both sides?");
    if (!agreed.value_or(false))
      return make_error(Fault::denied, agreed ? "nothing was done" : "nobody can be asked here, so nothing was done",
                        "not_confirmed", "Add --yes to go on without asking.");
  }
  const FinishOutcome outcome = session.around.operations.finish(session.context, mailboxes, session.around.stop);
  std::string text;
  for (const auto& done : outcome.finished) {
    text += done.mailbox + ": finished; traces taken off " + app::count(done.caldav_stripped, "event") +
            " on CalDAV and " + app::count(done.exchange_stripped, "event") + " on Exchange\n";
    if (done.parked > 0)
      text += wrapped(app::count(done.parked, "event") + " never arrived on the other side; `exodus-cli parked list`",
                      session.around.width, "  ");
  }
  for (const auto& address : outcome.not_subscribed) text += address + ": was not under live sync\n";
  text += failures_text(outcome.failed, session.around.width);
  return Answer{outcome.exit, finish_document(outcome), text,
                outcome.error ? error_text(*outcome.error, session.around.width) : std::string()};
}

Result<Answer> doctor_command(Session& session) {
  std::vector<config::MailboxEntry> mailboxes;
  if (!session.arguments.list.empty()) {
    CARAVAN_TRY(named, mailboxes_of(session));
    mailboxes = std::move(named);
  }
  DoctorOutcome outcome = session.around.operations.doctor(session.context, mailboxes, session.around.stop);
  outcome.checks.insert(outcome.checks.begin(), Check{"configuration", "", Check::Grade::ok,
                                                      session.context.config.path + " is well-formed", ""});
  return Answer{outcome.exit, doctor_document(outcome, std::nullopt), doctor_text(outcome, session.around.width)};
}

Result<Answer> rollback_command(Session& session) {
  const RollbackOutcome outcome =
      session.around.operations.rollback(session.context, RunId(session.arguments.id), session.around.stop);
  std::string text;
  if (!outcome.error || outcome.restored + outcome.removed + outcome.kept.size() > 0) {
    text = "Rollback of " + session.arguments.id + ": " + app::count(outcome.restored, "event") + " restored, " +
           app::number(outcome.removed) + " removed, " + app::count(outcome.collections_removed, "empty calendar") +
           " removed\n";
  }
  if (!outcome.kept.empty()) {
    Table table({{"Mailbox", app::Align::left, 40},
                 {"Event", app::Align::left, 50},
                 {"Why it was kept", app::Align::left, 70}});
    for (const auto& kept : outcome.kept) table.row({kept.mailbox, kept.uid.empty() ? kept.href : kept.uid, kept.why});
    text += "\nKept, because somebody changed it since:\n" + table.str("  ");
  }
  return Answer{outcome.exit, rollback_document(outcome), text,
                outcome.error ? error_text(*outcome.error, session.around.width) : std::string()};
}

Result<Answer> clean_command(Session& session) {
  CARAVAN_TRY(mailboxes, mailboxes_of(session));
  const auto& clean = session.around.operations.clean_marked;
  bool remove = session.arguments.remove;
  if (remove && !session.arguments.yes) {
    const auto agreed = session.around.confirm("Remove every event that Caravan wrote from the CalDAV calendars of " +
                                               app::count(mailboxes.size(), "mailbox", "mailboxes") + "?");
    if (!agreed)
      return make_error(Fault::denied, "nobody can be asked here, so nothing was removed", "not_confirmed",
                        "Add --yes to remove without asking.");
    remove = *agreed;
  }
  const CleanOutcome outcome = clean(session.context, mailboxes, remove, session.around.stop);
  Table table({{"Mailbox", app::Align::left, 40}, {"Resource", app::Align::left, 70}, {"UID", app::Align::left, 50}});
  for (const auto& marked : outcome.marked) table.row({marked.mailbox, marked.href, marked.uid});
  std::string text = table.empty() ? "" : table.str() + "\n";
  text += app::count(outcome.marked.size(), "event") + " with our mark, " + app::number(outcome.removed) + " removed\n";
  if (!remove && !outcome.marked.empty()) text += "Nothing was removed; --remove does it.\n";
  return Answer{outcome.exit, clean_document(outcome), text,
                outcome.error ? error_text(*outcome.error, session.around.width) : std::string()};
}

}  // namespace caravan::exodus::cli
