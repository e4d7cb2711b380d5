// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON documents of the operations, as docs/interface.md publishes them, and the way back: a daemon stores a run's
// document as Run::summary, and the command line that waited for it makes the same outcome of it again.
#pragma once
#include <string>
#include <string_view>

#include "exodus/outcome.hpp"
#include "util/result.hpp"

namespace caravan::exodus {

/// How much white space: `one_line` for the store, `pretty` for standard output.
enum class Layout { one_line, pretty };

/// "done | failed | stopped | interrupted": of the run as a whole. A run that parked some events is done.
std::string_view run_state(const RunOutcome& outcome) noexcept;
std::string_view to_string(MailboxOutcome::State state) noexcept;
std::string_view to_string(DifferenceItem::Kind kind) noexcept;

/// `migrate`, `rebuild` and `verify` (by outcome.command).
std::string to_document(const RunOutcome& outcome, Layout layout = Layout::pretty);

/// Reads a document of `migrate` or `rebuild` back. Losses come back as counts only: their rows are in the store.
Result<RunOutcome> from_document(std::string_view document);

}  // namespace caravan::exodus
