// SPDX-License-Identifier: GPL-3.0-or-later
// The command line as values. CLI11 stays inside arguments.cpp; what comes out is checked as far as the line alone can
// be.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace caravan::exodus::cli {

enum class Command : std::uint8_t {
  doctor,
  migrate,
  status,
  verify,
  explain,
  rebuild,
  subscribe,
  unsubscribe,
  finish,
  runs,
  rollback,
  parked_list,
  parked_retry,
  parked_accept,
  conflicts_list,
  conflicts_show,
  conflicts_resolve,
  approve,
  pause,
  resume,
  clean,
  forget,
  store_upgrade,
  secrets_init,
  secrets_set,
  secrets_list,
  secrets_rotate,
  secrets_remove,
  notify_list,
  notify_dead_list,
  notify_dead_retry,
  prefs_show,
  prefs_set,
  completions,
  version,
};
/// As it is typed, and as the JSON documents name it: "parked list".
std::string to_string(Command command);

enum class Verbosity : std::uint8_t { quiet, normal, verbose };

struct Arguments {
  Command command = Command::version;
  std::string config;  ///< empty: $CARAVAN_CONFIG, else /etc/caravan/caravan.toml
  bool json = false;
  Verbosity verbosity = Verbosity::normal;
  std::vector<std::string> list;  ///< files and addresses, as typed
  bool dry_run = false;
  bool notify = false;
  bool local = false;
  bool watch = false;
  bool marked = false;
  bool remove = false;
  bool yes = false;
  bool all = false;
  std::string since, until;           ///< RFC 3339 in UTC, or empty
  std::optional<bool> all_calendars;  ///< nothing: sync.calendars of the configuration
  std::size_t jobs = 0;               ///< 0: sync.workers of the configuration
  std::size_t limit = 20;             ///< rows of `runs` and of messages
  std::string report;
  std::string address, uid;  ///< explain, forget, prefs, notify list
  std::string id;            ///< run, parked item, conflict or plan
  std::string name, value;   ///< a secret's name; a preference and what it is set to
  std::string state;         ///< of messages; empty: any
  bool content = false;      ///< messages with what they say
  std::string shell;
};

/// What ends the program before any command: help, or a usage error.
struct Ended {
  int exit = 0;
  std::string text;     ///< whole help page, or one line about what is wrong
  std::string see;      ///< with an error: where help stands, "exodus-cli migrate --help"
  std::string command;  ///< as far as it was understood
};

/// `arguments` without the program's name.
std::variant<Arguments, Ended> parse_arguments(const std::vector<std::string>& arguments);

/// RFC 3339, or YYYY-MM-DD meaning midnight UTC; canonical RFC 3339 in UTC. Nothing where it is neither.
std::optional<std::string> parse_moment(const std::string& text);

/// The commands with their options, for completions.
struct CommandTree {
  std::string name, summary;
  std::vector<std::pair<std::string, std::string>> options;  ///< "--json" -> what it does
  std::vector<CommandTree> children;
};
CommandTree command_tree();

}  // namespace caravan::exodus::cli
