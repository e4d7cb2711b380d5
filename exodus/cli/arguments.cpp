// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "exodus/cli/usage.hpp"
#include "util/clock.hpp"
#include "util/text.hpp"

namespace caravan::exodus::cli {

namespace {

/// The parser together with the values that it fills.
class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  CLI::App app{"Migrates calendars from Microsoft Exchange to CalDAV.", "exodus-cli"};
  Arguments values;
  std::string calendars;
  bool quiet = false, verbose = false;

 private:
  static CLI::App* group(CLI::App& parent, const std::string& name, const std::string& summary);
  CLI::App* command(CLI::App& parent, const std::string& name, Command command, const std::string& summary);
  static void takes_list(CLI::App* sub, std::vector<std::string>& list, const std::string& without);
  void add_runs();
  void add_watching();
  void add_waiting();
  void add_keeping();
  void add_telling();
  void add_secrets();
};

/// A command that only holds others: `parked`, `conflicts`, `store`.
CLI::App* CommandLine::group(CLI::App& parent, const std::string& name, const std::string& summary) {
  CLI::App* sub = parent.add_subcommand(name, summary)->group("Commands");
  sub->require_subcommand(1);
  sub->footer("Each has a page of its own, as `exodus-cli parked list --help`.\n");
  return sub;
}

CLI::App* CommandLine::command(CLI::App& parent, const std::string& name, Command which, const std::string& summary) {
  CLI::App* sub = parent.add_subcommand(name, summary)->group("Commands");
  sub->footer(usage_footer(which));
  sub->parse_complete_callback([this, which] { values.command = which; });
  return sub;
}

/// `without` says what the command does without a LIST; empty: a LIST is required.
void CommandLine::takes_list(CLI::App* sub, std::vector<std::string>& list, const std::string& without) {
  CLI::Option* option = sub->add_option(
      "LIST", list, "mailbox list file, or addresses" + (without.empty() ? "" : " (without: " + without + ")"));
  option->option_text("...");
  if (without.empty()) option->required();
}

CommandLine::CommandLine() {
  app.fallthrough();  // --json and --config may stand before or after the command
  app.set_help_flag("-h,--help", "this page");
  app.require_subcommand(1);
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  app.get_formatter()->label("Subcommands", "Commands");
  app.get_formatter()->label("Positionals", "Arguments");
  app.footer(overview_footer());
  app.add_option("--config", values.config, "configuration file")->option_text("FILE");
  app.add_flag("--json", values.json, "one JSON document on standard output");
  CLI::Option* quiet_flag = app.add_flag("--quiet,-q", quiet, "no progress, errors only");
  quiet_flag->option_text(" ");
  app.add_flag("--verbose,-v", verbose, "log what is done, step by step")->excludes(quiet_flag)->option_text(" ");
  add_runs();
  add_watching();
  add_waiting();
  add_keeping();
  add_telling();
  add_secrets();
}

void CommandLine::add_runs() {
  CLI::App* doctor =
      command(app, "doctor", Command::doctor, "check configuration, store, both servers and every mailbox's rights");
  takes_list(doctor, values.list, "no mailbox is checked");

  CLI::App* migrate =
      command(app, "migrate", Command::migrate, "one pass from Exchange to CalDAV; later runs bring what changed");
  takes_list(migrate, values.list, "");
  migrate->add_flag("--dry-run,-n", values.dry_run, "say what would be done, write nothing");
  migrate->add_option("--since", values.since, "leave out series that end before")->option_text("DATE");
  migrate->add_option("--until", values.until, "leave out series that begin after")->option_text("DATE");
  migrate->add_option("--calendars", calendars, "the default calendar, or all")
      ->option_text("default|all")
      ->check(CLI::IsMember({"default", "all"}));
  migrate->add_option("--jobs,-j", values.jobs, "mailboxes at a time")->option_text("N")->check(CLI::Range(1, 64));
  migrate->add_option("--report", values.report, "write the result as one HTML page")->option_text("FILE");
  migrate->add_flag("--local", values.local, "work in this process, even where a daemon runs");
  const std::string notify_help = "tell each person once how many entries were written (else nobody is told)";
  migrate->add_flag("--notify", values.notify, notify_help);

  CLI::App* verify =
      command(app, "verify", Command::verify, "compare both sides event by event and list every difference");
  takes_list(verify, values.list, "");
  verify->add_option("--report", values.report, "write the result as one HTML page")->option_text("FILE");
  verify->add_option("--jobs,-j", values.jobs, "mailboxes at a time")->option_text("N")->check(CLI::Range(1, 64));

  CLI::App* rebuild = command(app, "rebuild", Command::rebuild,
                              "make the mapping anew from the two sides, writing nothing to equal events");
  takes_list(rebuild, values.list, "");
  rebuild->add_option("--jobs,-j", values.jobs, "mailboxes at a time")->option_text("N")->check(CLI::Range(1, 64));
  rebuild->add_flag("--notify", values.notify, notify_help);

  CLI::App* subscribe = command(app, "subscribe", Command::subscribe,
                                "put mailboxes under live two-way sync: a first pass now, then the daemon");
  takes_list(subscribe, values.list, "");
  subscribe->add_option("--jobs,-j", values.jobs, "mailboxes at a time")->option_text("N")->check(CLI::Range(1, 64));
  subscribe->add_option("--report", values.report, "write the result as one HTML page")->option_text("FILE");
  subscribe->add_flag("--notify", values.notify, notify_help);

  takes_list(command(app, "unsubscribe", Command::unsubscribe,
                     "take mailboxes out of live sync; both calendars stay as they are"),
             values.list, "");

  CLI::App* finish = command(app, "finish", Command::finish,
                             "end a coexistence: a last pass, our traces off both sides, out of live sync");
  takes_list(finish, values.list, "");
  finish->add_flag("--yes,-y", values.yes, "do not ask");

  CLI::App* runs = command(app, "runs", Command::runs, "list the runs, newest first");
  runs->add_option("--limit", values.limit, "at most so many")->option_text("N")->check(CLI::Range(1, 10000));

  CLI::App* rollback =
      command(app, "rollback", Command::rollback, "take back what one run wrote, where nobody has changed it since");
  rollback->add_option("RUN", values.id, "the run, as `runs` shows it")->required()->option_text(" ");
}

void CommandLine::add_watching() {
  CLI::App* status =
      command(app, "status", Command::status, "state of each mailbox: last success, waiting, parked, conflicts");
  takes_list(status, values.list, "all that the store knows");
  status->add_flag("--watch,-w", values.watch, "show it again every two seconds until Ctrl-C");

  CLI::App* explain =
      command(app, "explain", Command::explain, "the history of one event: what was seen, decided, written");
  explain->add_option("ADDRESS", values.address, "the mailbox")->required()->option_text(" ");
  explain->add_option("UID", values.uid, "the event's iCalendar UID")->required()->option_text(" ");
}

void CommandLine::add_waiting() {
  CLI::App* parked = group(app, "parked", "events that can't be read or written: list, retry, accept");
  takes_list(command(*parked, "list", Command::parked_list, "list them with their reason and remedy"), values.list,
             "all");
  CLI::App* retry = command(*parked, "retry", Command::parked_retry, "try one, or all, with the next run");
  CLI::Option* one = retry->add_option("ID", values.id, "as `parked list` shows it")->option_text(" ");
  retry->add_flag("--all", values.all, "all of them")->excludes(one);
  command(*parked, "accept", Command::parked_accept, "take one out of the exit code: it is known and may stay")
      ->add_option("ID", values.id, "as `parked list` shows it")
      ->required()
      ->option_text(" ");

  CLI::App* conflicts = group(app, "conflicts", "events that both sides changed: list, show, resolve");
  takes_list(command(*conflicts, "list", Command::conflicts_list, "list them"), values.list, "all");
  command(*conflicts, "show", Command::conflicts_show, "show one with the copy that lost")
      ->add_option("ID", values.id, "as `conflicts list` shows it")
      ->required()
      ->option_text(" ");
  command(*conflicts, "resolve", Command::conflicts_resolve, "mark one as settled")
      ->add_option("ID", values.id, "as `conflicts list` shows it")
      ->required()
      ->option_text(" ");

  command(app, "approve", Command::approve, "release a plan that the delete brake stopped")
      ->add_option("PLAN", values.id, "the plan's hash (without: list what waits)")
      ->option_text(" ");
  takes_list(command(app, "pause", Command::pause, "stop all work, or that on some mailboxes"), values.list,
             "everything");
  takes_list(command(app, "resume", Command::resume, "end a pause"), values.list, "the pause of everything");
}

void CommandLine::add_keeping() {
  CLI::App* clean =
      command(app, "clean", Command::clean, "list or remove what carries our mark on CalDAV, without the store");
  takes_list(clean, values.list, "");
  clean->add_flag("--marked", values.marked, "what Caravan wrote (required: there is no other kind)")->required();
  clean->add_flag("--remove", values.remove, "remove it instead of listing it");
  clean->add_flag("--yes,-y", values.yes, "do not ask");

  CLI::App* forget =
      command(app, "forget", Command::forget, "erase everything the store holds of a mailbox; both calendars stay");
  forget->add_option("ADDRESS", values.address, "the mailbox")->required()->option_text(" ");
  forget->add_flag("--yes,-y", values.yes, "do not ask");

  CLI::App* store = group(app, "store", "the mapping database: upgrade");
  command(*store, "upgrade", Command::store_upgrade, "bring the store to this program's version, keeping a copy");

  command(app, "completions", Command::completions, "print the completions of a shell")
      ->add_option("SHELL", values.shell, "bash, zsh or fish")
      ->required()
      ->option_text(" ")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command(app, "version", Command::version, "version of the program and of the store it writes");
}

void CommandLine::add_telling() {
  const auto lists = [this](CLI::App* sub) {
    sub->add_option("--limit", values.limit, "at most so many")->option_text("N")->check(CLI::Range(1, 10000));
    sub->add_flag("--content", values.content, "with what they say (personal: titles, places, people)");
  };
  CLI::App* notify = group(app, "notify", "messages to people: list, and those that were given up");
  CLI::App* list = command(*notify, "list", Command::notify_list, "list messages, newest first");
  list->add_option("--mailbox", values.address, "of this person only")->option_text("ADDRESS");
  list->add_option("--state", values.state, "in this state only")
      ->option_text("queued|sent|dead|dropped")
      ->check(CLI::IsMember({"queued", "sent", "dead", "dropped"}));
  lists(list);
  CLI::App* dead = group(*notify, "dead", "messages that were given up: list, retry");
  lists(command(*dead, "list", Command::notify_dead_list, "list them with the reason"));
  CLI::App* retry = command(*dead, "retry", Command::notify_dead_retry, "queue one, or all, again");
  CLI::Option* one = retry->add_option("ID", values.id, "as `notify dead list` shows it")->option_text(" ");
  retry->add_flag("--all", values.all, "all of them")->excludes(one);

  CLI::App* prefs = group(app, "prefs", "how a person wants to be told: show, set");
  const auto person = [this](CLI::App* sub) {
    sub->add_option("ADDRESS", values.address, "the mailbox, or an administrator")->required()->option_text(" ");
  };
  person(command(*prefs, "show", Command::prefs_show, "show a person's preferences and what is allowed"));
  CLI::App* set = command(*prefs, "set", Command::prefs_set, "set one, or without VALUE go back to the default");
  person(set);
  set->add_option("NAME", values.name, "as `prefs show` lists it")->required()->option_text(" ");
  set->add_option("VALUE", values.value, "as `prefs show` says what is allowed")->option_text(" ");
}

void CommandLine::add_secrets() {
  CLI::App* secrets = group(app, "secrets", "credentials sealed in the store: init, set, list, rotate, remove");
  command(*secrets, "init", Command::secrets_init,
          "make the key that seals (store.seal_key_file), where there is none");
  const auto named = [this](CLI::App* sub) {
    sub->add_option("NAME", values.name, "the secret's name")->required()->option_text(" ");
  };
  named(command(*secrets, "set", Command::secrets_set, "seal a secret: asked for, or read from standard input"));
  command(*secrets, "list", Command::secrets_list, "list the names, and whether the key opens them");
  command(*secrets, "rotate", Command::secrets_rotate, "make a new key and seal everything anew with it");
  named(command(*secrets, "remove", Command::secrets_remove, "remove a secret"));
}

/// "migrate" or "parked list": as far as the line was understood.
std::string command_of(const CLI::App& app) {
  std::string out;
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    if (!out.empty()) out += ' ';
    out += at->get_name();
  }
  return out;
}

Ended usage_error(const CommandLine& line, std::string what) {
  const std::string command = command_of(line.app);
  std::replace(what.begin(), what.end(), '\n', ' ');
  if (what == "A subcommand is required") what = "a command is missing";
  return {2, std::string(text::trim(what)), "exodus-cli " + (command.empty() ? "" : command + " ") + "--help", command};
}

bool is_secret_name(const std::string& name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string::npos;
}

/// What CLI11 can't know; empty where all is well.
std::string check(CommandLine& line) {
  Arguments& values = line.values;
  for (auto [moment, name] : {std::pair{&values.since, "--since"}, std::pair{&values.until, "--until"}}) {
    if (moment->empty()) continue;
    const auto parsed = parse_moment(*moment);
    if (!parsed)
      return std::string(name) + ": \"" + *moment +
             "\" is no date; write YYYY-MM-DD or RFC 3339, as 2026-01-31T12:00:00Z";
    *moment = *parsed;
  }
  if (!values.since.empty() && !values.until.empty() && values.since >= values.until)
    return "--since must lie before --until";
  if (values.command == Command::parked_retry && values.id.empty() && !values.all)
    return "name the parked event's ID, or --all";
  if (values.command == Command::notify_dead_retry && values.id.empty() && !values.all)
    return "name the message's number, or --all";
  const bool secret = values.command == Command::secrets_set || values.command == Command::secrets_remove;
  if (secret && (values.name.size() > 128 || !is_secret_name(values.name)))
    return "a secret's name has letters, digits and . _ @ + -";
  if (values.command == Command::status && values.watch && values.json)
    return "--watch and --json exclude each other: --json is one document";
  if (!values.address.empty() && values.address.find('@') == std::string::npos)
    return "\"" + values.address + "\" is no mailbox address";
  return {};
}

CommandTree tree_of(const CLI::App& app) {
  CommandTree tree{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options())
    if (!option->get_lnames().empty())
      tree.options.emplace_back("--" + option->get_lnames().front(), option->get_description());
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    tree.children.push_back(tree_of(*sub));
  return tree;
}

}  // namespace

std::string to_string(Command command) {
  switch (command) {
    case Command::doctor:
      return "doctor";
    case Command::migrate:
      return "migrate";
    case Command::status:
      return "status";
    case Command::verify:
      return "verify";
    case Command::explain:
      return "explain";
    case Command::rebuild:
      return "rebuild";
    case Command::subscribe:
      return "subscribe";
    case Command::unsubscribe:
      return "unsubscribe";
    case Command::finish:
      return "finish";
    case Command::runs:
      return "runs";
    case Command::rollback:
      return "rollback";
    case Command::parked_list:
      return "parked list";
    case Command::parked_retry:
      return "parked retry";
    case Command::parked_accept:
      return "parked accept";
    case Command::conflicts_list:
      return "conflicts list";
    case Command::conflicts_show:
      return "conflicts show";
    case Command::conflicts_resolve:
      return "conflicts resolve";
    case Command::approve:
      return "approve";
    case Command::pause:
      return "pause";
    case Command::resume:
      return "resume";
    case Command::clean:
      return "clean";
    case Command::forget:
      return "forget";
    case Command::store_upgrade:
      return "store upgrade";
    case Command::secrets_init:
      return "secrets init";
    case Command::secrets_set:
      return "secrets set";
    case Command::secrets_list:
      return "secrets list";
    case Command::secrets_rotate:
      return "secrets rotate";
    case Command::secrets_remove:
      return "secrets remove";
    case Command::notify_list:
      return "notify list";
    case Command::notify_dead_list:
      return "notify dead list";
    case Command::notify_dead_retry:
      return "notify dead retry";
    case Command::prefs_show:
      return "prefs show";
    case Command::prefs_set:
      return "prefs set";
    case Command::completions:
      return "completions";
    case Command::version:
      return "version";
  }
  return {};
}

std::optional<std::string> parse_moment(const std::string& text) {
  const auto is_day = [&] {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    return std::all_of(text.begin(), text.end(), [](char each) { return each == '-' || (each >= '0' && each <= '9'); });
  };
  Instant instant{};
  if (!parse_rfc3339(is_day() ? text + "T00:00:00Z" : text, instant)) return std::nullopt;
  return to_rfc3339(instant);
}

std::variant<Arguments, Ended> parse_arguments(const std::vector<std::string>& arguments) {
  CommandLine line;
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 takes them from the back
    line.app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return Ended{0, line.app.help(), {}, command_of(line.app)};
  } catch (const CLI::ParseError& problem) {
    return usage_error(line, problem.what());
  }
  if (line.quiet) line.values.verbosity = Verbosity::quiet;
  if (line.verbose) line.values.verbosity = Verbosity::verbose;
  if (!line.calendars.empty()) line.values.all_calendars = line.calendars == "all";
  if (std::string problem = check(line); !problem.empty()) return usage_error(line, std::move(problem));
  return line.values;
}

CommandTree command_tree() {
  const CommandLine line;
  return tree_of(line.app);
}

}  // namespace caravan::exodus::cli
