// SPDX-License-Identifier: GPL-3.0-or-later
// Completion scripts, made from the command line's own description, so that they never name an option that is gone.
#pragma once
#include <string>

namespace caravan::exodus::cli {

/// `shell` is bash, zsh or fish.
std::string completion_script(const std::string& shell);

}  // namespace caravan::exodus::cli
