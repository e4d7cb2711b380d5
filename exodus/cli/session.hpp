// SPDX-License-Identifier: GPL-3.0-or-later
// What a command works with and what it gives back. The operations and the terminal are passed in, so that every
// command can be tested without a server and without a terminal.
#pragma once
#include <functional>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>

#include "exodus/cli/arguments.hpp"
#include "exodus/operations.hpp"

namespace caravan::exodus::cli {

/// exodus/operations.hpp as values.
struct Operations {
  using Run = std::function<RunOutcome(const Context&, const std::vector<config::MailboxEntry>&, const RunOptions&,
                                       const ProgressSink&, std::stop_token)>;
  Run migrate, rebuild, verify, subscribe;
  std::function<RollbackOutcome(const Context&, const RunId&, std::stop_token)> rollback;
  std::function<CleanOutcome(const Context&, const std::vector<config::MailboxEntry>&, bool, std::stop_token)>
      clean_marked;
  std::function<DoctorOutcome(const Context&, const std::vector<config::MailboxEntry>&, std::stop_token)> doctor;
  std::function<UnsubscribeOutcome(const Context&, const std::vector<config::MailboxEntry>&, std::stop_token)>
      unsubscribe;
  std::function<FinishOutcome(const Context&, const std::vector<config::MailboxEntry>&, std::stop_token)> finish;
};

/// Where the program runs.
struct Surroundings {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t width = 100;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Sleeper> sleeper;
  std::stop_token stop;
  /// Asks the person; nothing where nobody can answer.
  std::function<std::optional<bool>(const std::string& question)> confirm;
  Operations operations;
  /// A secret from the terminal, without echo, after `prompt`; else all of standard input without its last line end.
  std::function<Result<Secret>(const std::string& prompt)> read_secret = {};
};

struct Session {
  Arguments arguments;
  Context context;
  Surroundings& around;
};

/// A command's result in both forms; one of them is printed.
struct Answer {
  Exit exit = Exit::done;
  std::string document;
  std::string text;            ///< standard output
  std::string complaint = {};  ///< standard error; not with --json, whose document holds it
};

/// Mailboxes of the LIST; with the place and the remedy in the error.
inline Result<std::vector<config::MailboxEntry>> mailboxes_of(const Session& session) {
  return config::read_mailboxes(session.arguments.list);
}

/// The exit code of a failure that stopped a command as a whole.
Exit exit_of(const Error& error);

// Each command. An Error is what stopped it as a whole.
Result<Answer> migrate_command(Session& session);
Result<Answer> verify_command(Session& session);
Result<Answer> rebuild_command(Session& session);
Result<Answer> subscribe_command(Session& session);
Result<Answer> unsubscribe_command(Session& session);
Result<Answer> finish_command(Session& session);
Result<Answer> doctor_command(Session& session);
Result<Answer> rollback_command(Session& session);
Result<Answer> clean_command(Session& session);
Result<Answer> status_command(Session& session);
Result<Answer> explain_command(Session& session);
Result<Answer> runs_command(Session& session);
Result<Answer> parked_list_command(Session& session);
Result<Answer> parked_retry_command(Session& session);
Result<Answer> parked_accept_command(Session& session);
Result<Answer> conflicts_list_command(Session& session);
Result<Answer> conflicts_show_command(Session& session);
Result<Answer> conflicts_resolve_command(Session& session);
Result<Answer> approve_command(Session& session);
Result<Answer> pause_command(Session& session);
Result<Answer> resume_command(Session& session);
Result<Answer> forget_command(Session& session);
Result<Answer> store_upgrade_command(Session& session);
Result<Answer> secrets_init_command(Session& session);
Result<Answer> secrets_set_command(Session& session);
Result<Answer> secrets_list_command(Session& session);
Result<Answer> secrets_rotate_command(Session& session);
Result<Answer> secrets_remove_command(Session& session);
Result<Answer> notify_list_command(Session& session);
Result<Answer> notify_dead_list_command(Session& session);
Result<Answer> notify_dead_retry_command(Session& session);
Result<Answer> prefs_show_command(Session& session);
Result<Answer> prefs_set_command(Session& session);

}  // namespace caravan::exodus::cli
