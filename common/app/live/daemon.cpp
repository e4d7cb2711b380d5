// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/daemon.hpp"

#include <exception>
#include <iostream>

#include "app/pass/trouble.hpp"
#include "app/pass/unseal.hpp"
#include "app/signals.hpp"
#include "log/log.hpp"

namespace caravan::app {
namespace {

constexpr int kUsage = 2;
constexpr int kNothingPossible = 3;

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

std::string help_of(const Daemon& daemon) {
  return daemon.name + ": " + daemon.summary + "\n\nUsage: " + daemon.name +
         " [--config FILE]\n\n"
         "  --config FILE  configuration; else $CARAVAN_CONFIG, else /etc/caravan/caravan.toml\n"
         "  --version      version\n"
         "  -h, --help     this page\n\n"
         "SIGTERM or SIGINT ends it after the write in hand; what is left stays queued. It logs to standard error.\n\n"
         "Exit codes:\n"
         "    0  stopped by a signal\n"
         "    2  usage, configuration, disk or store version\n"
         "    3  nothing could be done: unreachable, credentials, TLS\n";
}

int complain(const Daemon& daemon, const Error& error) {
  std::cerr << daemon.name << ": " << error.what << (error.code.empty() ? "" : " (" + error.code + ")") << "\n";
  if (!error.remedy.empty()) std::cerr << "  " << error.remedy << "\n";
  return is_server_error(error) ? kNothingPossible : kUsage;
}

int serve(const Daemon& daemon, const std::string& config_option) {
  const SignalWatcher signals(1);
  auto loaded = config::load(config::find_config(config_option));
  if (!loaded) return complain(daemon, loaded.error());
  log::configure(level_of(loaded->log.level),
                 loaded->log.format == config::LogFormat::json ? log::Format::json : log::Format::text);
  Context context;
  context.config = std::move(*loaded);
  context.clock = system_clock();
  context.sleeper = system_sleeper();
  context.open_store = [url = context.config.store.url, clock = context.clock] {
    return store::open(url, clock, store::Upgrade::refused);
  };
  if (const Status opened = unseal(context); !opened) return complain(daemon, opened.error());
  const Status served = daemon.serve(context, signals.token());
  return served || signals.stopped() ? 0 : complain(daemon, served.error());
}

}  // namespace

int run_daemon(const Daemon& daemon, int count, char** words) {
  ignore_broken_pipes();
  std::string config_option;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "-h" || word == "--help") {
      std::cout << help_of(daemon);
      return 0;
    }
    if (word == "--version") {
      std::cout << daemon.name << " " << CARAVAN_VERSION << "\n";
      return 0;
    }
    if (word == "--config" && i + 1 < count) {
      config_option = words[++i];
      continue;
    }
    std::cerr << daemon.name << ": unknown argument \"" << word << "\"; see " << daemon.name << " --help\n";
    return kUsage;
  }
  try {
    return serve(daemon, config_option);
  } catch (const std::exception& problem) {
    return complain(daemon,
                    make_error(Fault::unsupported, std::string("an error that must not happen: ") + problem.what(),
                               "internal", "Start it again; if it stays, report it with log.level = \"debug\"."));
  }
}

}  // namespace caravan::app
