// SPDX-License-Identifier: GPL-3.0-or-later
// A run's outcome as a person reads it on the terminal: what happened, what waits for him, what to do next.
#pragma once
#include <cstddef>
#include <string>

#include "exodus/cli/arguments.hpp"
#include "exodus/outcome.hpp"

namespace caravan::exodus::cli {

struct TextOptions {
  std::size_t width = 100;
  Verbosity verbosity = Verbosity::normal;
  std::string report;  ///< where the report was written; empty: nowhere
};

/// migrate, rebuild and verify.
std::string run_text(const RunOutcome& outcome, const TextOptions& options);
/// "exodus-cli: what (code)" and the remedy, for anything that failed.
std::string error_text(const Error& error, std::size_t width);

}  // namespace caravan::exodus::cli
