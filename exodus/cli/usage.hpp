// SPDX-License-Identifier: GPL-3.0-or-later
// The examples and exit codes that stand under each command's --help.
#pragma once
#include <string>

#include "exodus/cli/arguments.hpp"

namespace caravan::exodus::cli {

/// Footer of the command's help page.
std::string usage_footer(Command command);
/// Footer of `exodus-cli --help`.
std::string overview_footer();

}  // namespace caravan::exodus::cli
