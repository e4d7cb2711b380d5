// SPDX-License-Identifier: GPL-3.0-or-later
// exodus: the daemon that works on queued jobs. Wiring only: configuration, log, signals, serve().
#include <exception>
#include <iostream>
#include <string>

#include "app/signals.hpp"
#include "config/config.hpp"
#include "exodus/cli/session.hpp"
#include "exodus/operations.hpp"
#include "log/log.hpp"
#include "store/store.hpp"

namespace {

using namespace caravan;

constexpr const char* kHelp =
    "exodus: migrates the mailboxes that `exodus-cli migrate` queues.\n\n"
    "Usage: exodus [--config FILE]\n\n"
    "  --config FILE  configuration; else $CARAVAN_CONFIG, else /etc/caravan/caravan.toml\n"
    "  --version      version\n"
    "  -h, --help     this page\n\n"
    "SIGTERM or SIGINT ends it after the write in hand; what is left stays queued. It logs to standard error.\n\n"
    "Exit codes:\n"
    "    0  stopped by a signal\n"
    "    2  usage, configuration, disk or store version\n"
    "    3  nothing could be done: unreachable, credentials, TLS\n";

log::Level level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::trace:
      return log::Level::trace;
    case config::LogLevel::debug:
      return log::Level::debug;
    case config::LogLevel::info:
      return log::Level::info;
    case config::LogLevel::warning:
      return log::Level::warning;
    case config::LogLevel::error:
      return log::Level::error;
  }
  return log::Level::info;
}

int complain(const Error& error) {
  std::cerr << "exodus: " << error.what << (error.code.empty() ? "" : " (" + error.code + ")") << "\n";
  if (!error.remedy.empty()) std::cerr << "  " << error.remedy << "\n";
  return static_cast<int>(exodus::cli::exit_of(error));
}

int serve(const std::string& config_option) {
  const app::SignalWatcher signals(1);
  auto loaded = config::load(config::find_config(config_option));
  if (!loaded) return complain(loaded.error());
  log::configure(level_of(loaded->log.level),
                 loaded->log.format == config::LogFormat::json ? log::Format::json : log::Format::text);
  exodus::Context context;
  context.config = std::move(*loaded);
  context.clock = system_clock();
  context.sleeper = system_sleeper();
  context.open_store = [url = context.config.store.url, clock = context.clock] {
    return store::open(url, clock, store::Upgrade::refused);
  };
  const Status served = exodus::serve(context, signals.token());
  if (served || signals.stopped()) return 0;
  return complain(served.error());
}

}  // namespace

int main(int count, char** words) {
  app::ignore_broken_pipes();
  std::string config_option;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "-h" || word == "--help") {
      std::cout << kHelp;
      return 0;
    }
    if (word == "--version") {
      std::cout << "exodus " << CARAVAN_VERSION << "\n";
      return 0;
    }
    if (word == "--config" && i + 1 < count) {
      config_option = words[++i];
      continue;
    }
    std::cerr << "exodus: unknown argument \"" << word << "\"; see exodus --help\n";
    return 2;
  }
  try {
    return serve(config_option);
  } catch (const std::exception& problem) {
    return complain(make_error(Fault::unsupported, std::string("an error that must not happen: ") + problem.what(),
                               "internal", "Start it again; if it stays, report it with log.level = \"debug\"."));
  }
}
