// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/cli/program.hpp"

#include <algorithm>
#include <exception>

#include "app/pass/unseal.hpp"
#include "config/config.hpp"
#include "exodus/cli/completions.hpp"
#include "exodus/cli/documents.hpp"
#include "exodus/cli/run_text.hpp"
#include "log/log.hpp"
#include "store/store.hpp"

namespace caravan::exodus::cli {

Exit exit_of(const Error& error) {
  switch (error.fault) {
    case Fault::cancelled:
      return error.code == "not_confirmed" ? Exit::usage : Exit::interrupted;
    case Fault::retry_later:
    case Fault::in_doubt:
      return error.code == "store_io" ? Exit::usage : Exit::nothing_possible;
    case Fault::denied:
      // Files and folders of this machine are a matter of set-up; what a server refuses is not.
      return error.code == "configuration" || error.code == "second_daemon" || error.code == "home_collision" ||
                     error.code == "disk_full" || error.code == "not_confirmed" || error.code == "report_not_written" ||
                     error.code.starts_with("store_")
                 ? Exit::usage
                 : Exit::nothing_possible;
    case Fault::precondition_failed:
    case Fault::not_found:
    case Fault::malformed:
    case Fault::unsupported:
      break;
  }
  return Exit::usage;
}

namespace {

log::Level level_of(const Arguments& arguments, config::LogLevel configured) {
  if (arguments.verbosity == Verbosity::verbose) return log::Level::debug;
  if (arguments.verbosity == Verbosity::quiet) return log::Level::error;
  switch (configured) {
    case config::LogLevel::trace:
      return log::Level::trace;
    case config::LogLevel::debug:
      return log::Level::debug;
    case config::LogLevel::info:  // what a daemon says all day is not for a person who sees a progress bar
    case config::LogLevel::warning:
      return log::Level::warning;
    case config::LogLevel::error:
      return log::Level::error;
  }
  return log::Level::warning;
}

Result<Answer> command(Session& session) {
  switch (session.arguments.command) {
    case Command::doctor:
      return doctor_command(session);
    case Command::migrate:
      return migrate_command(session);
    case Command::status:
      return status_command(session);
    case Command::verify:
      return verify_command(session);
    case Command::explain:
      return explain_command(session);
    case Command::rebuild:
      return rebuild_command(session);
    case Command::subscribe:
      return subscribe_command(session);
    case Command::unsubscribe:
      return unsubscribe_command(session);
    case Command::finish:
      return finish_command(session);
    case Command::runs:
      return runs_command(session);
    case Command::rollback:
      return rollback_command(session);
    case Command::parked_list:
      return parked_list_command(session);
    case Command::parked_retry:
      return parked_retry_command(session);
    case Command::parked_accept:
      return parked_accept_command(session);
    case Command::conflicts_list:
      return conflicts_list_command(session);
    case Command::conflicts_show:
      return conflicts_show_command(session);
    case Command::conflicts_resolve:
      return conflicts_resolve_command(session);
    case Command::approve:
      return approve_command(session);
    case Command::pause:
      return pause_command(session);
    case Command::resume:
      return resume_command(session);
    case Command::clean:
      return clean_command(session);
    case Command::forget:
      return forget_command(session);
    case Command::store_upgrade:
      return store_upgrade_command(session);
    case Command::secrets_init:
      return secrets_init_command(session);
    case Command::secrets_set:
      return secrets_set_command(session);
    case Command::secrets_list:
      return secrets_list_command(session);
    case Command::secrets_rotate:
      return secrets_rotate_command(session);
    case Command::secrets_remove:
      return secrets_remove_command(session);
    case Command::notify_list:
      return notify_list_command(session);
    case Command::notify_dead_list:
      return notify_dead_list_command(session);
    case Command::notify_dead_retry:
      return notify_dead_retry_command(session);
    case Command::prefs_show:
      return prefs_show_command(session);
    case Command::prefs_set:
      return prefs_set_command(session);
    case Command::completions:
    case Command::version:
      break;  // answered before a configuration is read
  }
  return make_error(Fault::unsupported, "this command takes no configuration");
}

int print(const Answer& answer, const Arguments& arguments, Surroundings& around) {
  if (arguments.json)
    around.out << answer.document << "\n";
  else
    around.out << answer.text;
  around.out.flush();
  if (!arguments.json) around.err << answer.complaint << std::flush;
  if (around.out.good()) return static_cast<int>(answer.exit);
  around.err << "exodus-cli: the answer could not be written to standard output; the work itself ended with exit code "
             << static_cast<int>(answer.exit) << "\n";
  return static_cast<int>(worse(answer.exit, Exit::usage));
}

/// A configuration that can't be read is doctor's first finding; any other command stops at it.
Answer failed(const Error& error, const Arguments& arguments, const Surroundings& around) {
  const Exit exit = exit_of(error);
  Answer answer{exit, error_document(to_string(arguments.command), exit, error), "", error_text(error, around.width)};
  if (arguments.command != Command::doctor) return answer;
  const DoctorOutcome outcome{{{error.code == "configuration" ? "configuration" : "start", "", Check::Grade::failure,
                                error.what, error.remedy}},
                              exit};
  answer.document = doctor_document(outcome, error);
  return answer;
}

Answer without_configuration(const Arguments& arguments) {
  if (arguments.command == Command::completions) {
    const std::string script = completion_script(arguments.shell);
    return {Exit::done, names_document("completions", "script", {script}), script};
  }
  const int schema = store::current_schema_version();
  return {Exit::done, version_document(CARAVAN_VERSION, schema),
          std::string("exodus-cli ") + CARAVAN_VERSION + " (store schema " + std::to_string(schema) +
              ")\nGPL-3.0-or-later; there is no warranty.\n"};
}

/// The others need no credentials, and some are how a sealed one is mended.
bool asks_servers(Command command) {
  constexpr Command kAsking[] = {Command::doctor,  Command::migrate,   Command::verify,
                                 Command::rebuild, Command::subscribe, Command::unsubscribe,
                                 Command::finish,  Command::rollback,  Command::clean};
  return std::find(std::begin(kAsking), std::end(kAsking), command) != std::end(kAsking);
}

Result<Answer> with_configuration(const Arguments& arguments, Surroundings& around) {
  CARAVAN_TRY(loaded, config::load(config::find_config(arguments.config)));
  log::configure(level_of(arguments, loaded.log.level),
                 loaded.log.format == config::LogFormat::json ? log::Format::json : log::Format::text);
  Session session{arguments, {}, around};
  session.context.config = std::move(loaded);
  session.context.clock = around.clock;
  session.context.sleeper = around.sleeper;
  session.context.open_store = [url = session.context.config.store.url, clock = around.clock] {
    return store::open(url, clock, store::Upgrade::refused);
  };
  if (asks_servers(arguments.command)) CARAVAN_CHECK(app::unseal(session.context));
  return command(session);
}

int usage(const Ended& ended, bool json, Surroundings& around) {
  if (ended.exit == 0) {
    around.out << ended.text << std::flush;
    return 0;
  }
  const Error error = make_error(Fault::malformed, ended.text, "usage", "see " + ended.see);
  if (json)
    around.out << error_document(ended.command, Exit::usage, error) << "\n" << std::flush;
  else
    around.err << "exodus-cli: " << ended.text << "; see " << ended.see << "\n" << std::flush;
  return ended.exit;
}

}  // namespace

int run_program(const std::vector<std::string>& words, Surroundings& around) {
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  auto parsed = parse_arguments(words);
  if (const auto* ended = std::get_if<Ended>(&parsed)) return usage(*ended, json, around);
  const Arguments& arguments = std::get<Arguments>(parsed);
  try {
    if (arguments.command == Command::completions || arguments.command == Command::version)
      return print(without_configuration(arguments), arguments, around);
    const Result<Answer> answer = with_configuration(arguments, around);
    return print(answer ? *answer : failed(answer.error(), arguments, around), arguments, around);
  } catch (const std::exception& problem) {
    const Error error = make_error(
        Fault::unsupported, std::string("an error that must not happen: ") + problem.what(), "internal",
        "Nothing half-done is lost: give the command again. If it stays, report it with the output of --verbose.");
    return print(failed(error, arguments, around), arguments, around);
  }
}

}  // namespace caravan::exodus::cli
