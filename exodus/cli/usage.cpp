// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/cli/usage.hpp"

#include <initializer_list>
#include <string_view>

namespace caravan::exodus::cli {

namespace {

std::string_view meaning(int exit) {
  switch (exit) {
    case 0:
      return "all done";
    case 1:
      return "some mailboxes or events failed; they are listed";
    case 2:
      return "usage, configuration, disk or store version";
    case 3:
      return "nothing could be done: unreachable, credentials, TLS";
    case 4:
      return "stopped by the delete brake; `approve` releases it";
    case 5:
      return "differences found";
    case 130:
      return "interrupted; the same command goes on where it stopped";
    default:
      return "";  // not a closed list: exit codes are numbers to the shell
  }
}

std::string footer(std::string_view examples, std::initializer_list<int> exits, std::string_view notes = {}) {
  std::string out;
  if (!notes.empty()) out.append(notes).append("\n\n");
  out.append("Examples:\n").append(examples).append("\nExit codes:\n");
  for (const int exit : exits) {
    std::string code = std::to_string(exit);
    code.insert(0, 5 - code.size(), ' ');
    out.append(code).append("  ").append(meaning(exit)).append("\n");
  }
  return out;
}

constexpr std::string_view kList =
    "LIST is a mailbox list file (text or CSV, docs/configuration.md) or one or more addresses.";
constexpr std::string_view kWindow =
    "LIST is a mailbox list file (text or CSV, docs/configuration.md) or one or more addresses.\n"
    "A date is RFC 3339 (2026-01-31T12:00:00+01:00) or YYYY-MM-DD, which means midnight UTC. A series\n"
    "counts if any of its occurrences lies in the window; it is always taken as a whole.";

}  // namespace

std::string usage_footer(Command command) {
  switch (command) {
    case Command::doctor:
      return footer(
          "  exodus-cli doctor\n  exodus-cli doctor mailboxes.csv\n", {0, 1, 2, 3},
          "Without LIST it checks configuration, store and both servers; with LIST every mailbox's rights as well.");
    case Command::migrate:
      return footer(
          "  exodus-cli migrate anna@example.org --dry-run\n  exodus-cli migrate mailboxes.csv --report report.html\n"
          "  exodus-cli migrate mailboxes.csv --since 2024-01-01 --calendars all --jobs 4\n",
          {0, 1, 2, 3, 4, 130}, kWindow);
    case Command::status:
      return footer("  exodus-cli status\n  exodus-cli status mailboxes.csv --watch\n", {0, 2, 3}, kList);
    case Command::verify:
      return footer(
          "  exodus-cli verify anna@example.org\n  exodus-cli verify mailboxes.csv --report differences.html\n",
          {0, 1, 2, 3, 5, 130}, kList);
    case Command::explain:
      return footer("  exodus-cli explain anna@example.org 040000008200E00074C5B7101A82E008\n", {0, 2, 3});
    case Command::rebuild:
      return footer("  exodus-cli rebuild mailboxes.csv\n", {0, 1, 2, 3, 130}, kList);
    case Command::subscribe:
      return footer(
          "  exodus-cli subscribe anna@example.org\n  exodus-cli subscribe mailboxes.csv --report report.html\n",
          {0, 1, 2, 3, 4, 130},
          "sync.scheduling must say who sends invitations. From then on `caravan` keeps both sides in step.");
    case Command::unsubscribe:
      return footer("  exodus-cli unsubscribe anna@example.org\n", {0, 1, 2, 3}, kList);
    case Command::finish:
      return footer("  exodus-cli finish anna@example.org --yes\n", {0, 1, 2, 3, 4, 130},
                    "It takes off what keeps the CalDAV server from sending (SCHEDULE-AGENT), too: a server that "
                    "schedules may invite the guests of coming meetings then.");
    case Command::runs:
      return footer("  exodus-cli runs\n  exodus-cli runs --limit 100 --json\n", {0, 2, 3});
    case Command::rollback:
      return footer("  exodus-cli runs\n  exodus-cli rollback r-0123456789ab\n", {0, 1, 2, 3, 130});
    case Command::parked_list:
      return footer("  exodus-cli parked list\n  exodus-cli parked list anna@example.org\n", {0, 2, 3}, kList);
    case Command::parked_retry:
      return footer("  exodus-cli parked retry p-7f3a\n  exodus-cli parked retry --all\n", {0, 2, 3});
    case Command::parked_accept:
      return footer("  exodus-cli parked accept p-7f3a\n", {0, 2, 3});
    case Command::conflicts_list:
      return footer("  exodus-cli conflicts list\n", {0, 2, 3}, kList);
    case Command::conflicts_show:
      return footer("  exodus-cli conflicts show c-12ab\n", {0, 2, 3});
    case Command::conflicts_resolve:
      return footer("  exodus-cli conflicts resolve c-12ab\n", {0, 2, 3});
    case Command::approve:
      return footer("  exodus-cli approve\n  exodus-cli approve 5d41402abc4b2a76\n", {0, 2, 3},
                    "Without PLAN it lists the plans that wait. The first 8 characters of a plan are enough where they "
                    "are unique.");
    case Command::pause:
      return footer("  exodus-cli pause\n  exodus-cli pause anna@example.org\n", {0, 2, 3},
                    "Without LIST everything pauses.");
    case Command::resume:
      return footer("  exodus-cli resume\n  exodus-cli resume anna@example.org\n", {0, 2, 3},
                    "Without LIST the pause of everything ends; mailboxes that were paused by name stay paused.");
    case Command::clean:
      return footer(
          "  exodus-cli clean --marked mailboxes.csv\n  exodus-cli clean --marked mailboxes.csv --remove --yes\n",
          {0, 1, 2, 3, 130}, kList);
    case Command::forget:
      return footer("  exodus-cli forget anna@example.org\n  exodus-cli forget anna@example.org --yes\n", {0, 2, 3});
    case Command::store_upgrade:
      return footer("  exodus-cli store upgrade\n", {0, 2, 3});
    case Command::secrets_init:
      return footer("  exodus-cli secrets init\n", {0, 2},
                    "Keep a copy of the key apart from the store's backups: without it nothing can be opened.");
    case Command::secrets_set:
      return footer(
          "  exodus-cli secrets set mail\n  pass show mail | exodus-cli secrets set mail\n", {0, 2, 3},
          "The secret is never an argument: it would be seen in the list of processes and in the shell's history.");
    case Command::secrets_list:
      return footer("  exodus-cli secrets list\n", {0, 2, 3});
    case Command::secrets_rotate:
      return footer("  exodus-cli secrets rotate\n", {0, 2, 3},
                    "Interrupted at any moment, everything still opens; the next rotation finishes it.");
    case Command::secrets_remove:
      return footer("  exodus-cli secrets remove mail\n", {0, 2, 3});
    case Command::notify_list:
      return footer(
          "  exodus-cli notify list --mailbox anna@example.org\n  exodus-cli notify list --state queued --limit 100\n",
          {0, 2, 3});
    case Command::notify_dead_list:
      return footer("  exodus-cli notify dead list\n", {0, 2, 3});
    case Command::notify_dead_retry:
      return footer("  exodus-cli notify dead retry 4711\n  exodus-cli notify dead retry --all\n", {0, 2, 3});
    case Command::prefs_show:
      return footer("  exodus-cli prefs show anna@example.org\n", {0, 2, 3});
    case Command::prefs_set:
      return footer(
          "  exodus-cli prefs set anna@example.org lead 15\n  exodus-cli prefs set anna@example.org quiet 22:00-07:00\n"
          "  exodus-cli prefs set anna@example.org lead\n",
          {0, 2, 3}, "`exodus-cli prefs show ADDRESS` lists the names and what is allowed.");
    case Command::completions:
      return footer(
          "  exodus-cli completions bash > /etc/bash_completion.d/exodus-cli\n"
          "  exodus-cli completions zsh > \"${fpath[1]}/_exodus-cli\"\n"
          "  exodus-cli completions fish > ~/.config/fish/completions/exodus-cli.fish\n",
          {0, 2});
    case Command::version:
      return footer("  exodus-cli version --json\n", {0});
  }
  return {};
}

std::string overview_footer() {
  return "A first migration:\n  exodus-cli doctor mailboxes.csv\n  exodus-cli migrate mailboxes.csv --dry-run\n"
         "  exodus-cli migrate mailboxes.csv --report report.html\n  exodus-cli verify mailboxes.csv\n"
         "\nEach command explains itself: exodus-cli migrate --help. Results go to standard output, progress and logs "
         "to\n"
         "standard error. The configuration is --config, else $CARAVAN_CONFIG, else /etc/caravan/caravan.toml.\n";
}

}  // namespace caravan::exodus::cli
