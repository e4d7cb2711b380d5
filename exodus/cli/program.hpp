// SPDX-License-Identifier: GPL-3.0-or-later
// exodus-cli from the words of the command line to the exit code, without main(): the terminal, the clock and the
// operations are passed in.
#pragma once
#include <string>
#include <vector>

#include "exodus/cli/session.hpp"

namespace caravan::exodus::cli {

/// `words` without the program's name. Never throws.
int run_program(const std::vector<std::string>& words, Surroundings& around);

}  // namespace caravan::exodus::cli
