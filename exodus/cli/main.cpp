// SPDX-License-Identifier: GPL-3.0-or-later
// exodus-cli: wires the terminal, the signals and the operations to the program.
#include <unistd.h>

#include <iostream>
#include <iterator>

#include "app/signals.hpp"
#include "app/terminal.hpp"
#include "exodus/cli/program.hpp"

namespace {

using namespace caravan;

std::optional<bool> ask(const std::string& question) {
  if (!app::is_terminal(STDIN_FILENO)) return std::nullopt;
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  return answer == "y" || answer == "Y" || answer == "yes";
}

Result<Secret> read_secret(const std::string& prompt) {
  if (app::is_terminal(STDIN_FILENO)) {
    char* typed = ::getpass(prompt.c_str());  // without echo; of the terminal itself
    if (typed == nullptr) return make_error(Fault::denied, "the terminal can't be read", "not_confirmed");
    Secret secret(typed);
    for (char* at = typed; *at != '\0'; ++at) *static_cast<volatile char*>(at) = '\0';
    return secret;
  }
  std::string all{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  if (all.ends_with('\n')) all.pop_back();
  if (all.ends_with('\r')) all.pop_back();
  return Secret(std::move(all));
}

}  // namespace

int main(int count, char** words) {
  constexpr int kInterrupted = 130;
  app::ignore_broken_pipes();
  const bool err_is_terminal = app::is_terminal(STDERR_FILENO);
  const app::SignalWatcher signals(kInterrupted, [=] {
    constexpr std::string_view kNote = "\nStopping after what is in hand; once more to stop at once.\n";
    if (err_is_terminal && write(STDERR_FILENO, kNote.data(), kNote.size()) < 0) return;
  });
  exodus::cli::Surroundings around{
      .out = std::cout,
      .err = std::cerr,
      .out_is_terminal = app::is_terminal(STDOUT_FILENO),
      .err_is_terminal = err_is_terminal,
      .width = app::terminal_width(STDOUT_FILENO),
      .clock = system_clock(),
      .sleeper = system_sleeper(),
      .stop = signals.token(),
      .confirm = ask,
      .operations = {exodus::migrate, exodus::rebuild, exodus::verify, exodus::subscribe, exodus::rollback,
                     exodus::clean_marked, exodus::doctor, exodus::unsubscribe, exodus::finish},
      .read_secret = read_secret,
  };
  return exodus::cli::run_program({words + 1, words + count}, around);
}
