// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/cli/run_text.hpp"

#include <algorithm>

#include "app/format.hpp"
#include "exodus/cli/table.hpp"
#include "exodus/document.hpp"
#include "exodus/plain_words.hpp"

namespace caravan::exodus::cli {

namespace {

constexpr std::size_t kFewMailboxes = 40;  ///< up to so many are all listed
constexpr std::size_t kFirstItems = 20;

/// The servers' own codes ("ErrorAccessDenied", "HTTP 403") help a search; ours repeat the sentence.
std::string with_code(const Error& error) {
  const bool of_a_server = !error.code.empty() && error.code.front() >= 'A' && error.code.front() <= 'Z';
  return of_a_server && error.what.find(error.code) == std::string::npos ? error.what + " (" + error.code + ")"
                                                                         : error.what;
}

std::string sentence(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

std::string name_of(const std::string& command) {
  if (command == "verify") return "Comparison";
  if (command == "rebuild") return "Rebuild";
  if (command == "subscribe") return "Subscription";
  return "Migration";
}

std::string headline(const RunOutcome& outcome) {
  const auto done = static_cast<std::uint64_t>(
      std::count_if(outcome.mailboxes.begin(), outcome.mailboxes.end(),
                    [](const MailboxOutcome& mailbox) { return mailbox.state == MailboxOutcome::State::done; }));
  std::string out = name_of(outcome.command) + ": " + verdict(outcome) + ", " + app::number(done) + " of " +
                    app::count(outcome.mailboxes.size(), "mailbox", "mailboxes") + " in " +
                    app::duration(std::chrono::duration<double>(outcome.seconds));
  if (!outcome.run.empty()) out += " (run " + outcome.run.value + ")";
  return out + "\n";
}

std::string totals_line(const RunOutcome& outcome) {
  if (outcome.command == "verify")
    return "  " + app::number(outcome.checked_series) + " series and " +
           app::count(outcome.checked_occurrences, "occurrence") + " compared, " +
           app::count(outcome.difference_count, "difference") + "\n";
  const Counts sum = outcome.totals();
  std::string out = "  " + app::number(sum.series) + " series";
  const auto add = [&](std::uint64_t value, std::string_view words) {
    if (value > 0) out.append(" · ").append(app::number(value)).append(" ").append(words);
  };
  add(sum.created, outcome.dry_run ? "would be created" : "created");
  add(sum.updated, outcome.dry_run ? "would be updated" : "updated");
  add(sum.deleted, outcome.dry_run ? "would be deleted" : "deleted");
  add(sum.linked, "linked");
  add(sum.unchanged, "unchanged");
  add(sum.parked, "parked");
  add(sum.conflicts, sum.conflicts == 1 ? "conflict" : "conflicts");
  add(sum.losses, sum.losses == 1 ? "loss" : "losses");
  return out + "\n";
}

bool remarkable(const MailboxOutcome& mailbox) {
  const Counts counts = mailbox.counts();
  return mailbox.state != MailboxOutcome::State::done || mailbox.error || counts.parked > 0 || counts.conflicts > 0;
}

std::string mailbox_table(const RunOutcome& outcome, const TextOptions& options) {
  if (outcome.mailboxes.empty() || outcome.command == "verify") return {};
  using app::Align;
  const bool all = outcome.mailboxes.size() <= kFewMailboxes || options.verbosity == Verbosity::verbose;
  Table table({{"Mailbox", Align::left, 44},
               {"Result"},
               {"Series", Align::right},
               {"Created", Align::right},
               {"Updated", Align::right},
               {"Deleted", Align::right},
               {"Linked", Align::right},
               {"Unchanged", Align::right},
               {"Parked", Align::right},
               {"Conflicts", Align::right},
               {"Losses", Align::right}});
  for (const MailboxOutcome& mailbox : outcome.mailboxes) {
    if (!all && !remarkable(mailbox)) continue;
    const Counts counts = mailbox.counts();
    std::vector<std::string> cells = {mailbox.address, std::string(to_string(mailbox.state))};
    for (const std::uint64_t value : {counts.series, counts.created, counts.updated, counts.deleted, counts.linked,
                                      counts.unchanged, counts.parked, counts.conflicts, counts.losses})
      cells.push_back(value == 0 ? "-" : app::number(value));
    table.row(cells);
  }
  if (table.empty()) return {};
  std::string out = "\n" + table.str("  ");
  if (!all) out += "  (only mailboxes with something to look at; --verbose lists all)\n";
  return out;
}

std::string failures(const RunOutcome& outcome, const TextOptions& options) {
  std::string out;
  const auto add = [&](const std::string& where, const Error& error) {
    out += wrapped(where + ": " + with_code(error), options.width, "  ");
    if (!error.remedy.empty()) out += wrapped(sentence(error.remedy), options.width, "      ");
  };
  for (const MailboxOutcome& mailbox : outcome.mailboxes) {
    if (mailbox.error) add(mailbox.address, *mailbox.error);
    for (const PairOutcome& pair : mailbox.pairs)
      if (pair.error) add(mailbox.address + ", " + pair.folder, *pair.error);
  }
  return out.empty() ? out : "\nFailed:\n" + out;
}

std::string plans(const RunOutcome& outcome, const TextOptions& options) {
  std::string out;
  for (const StoppedPlan& plan : outcome.plans) {
    out += wrapped(plan.mailbox + (plan.folder.empty() ? "" : ", " + plan.folder) + ": " + app::number(plan.deletes) +
                       " of " + app::number(plan.total) + " series would be deleted. Plan " + plan.hash,
                   options.width, "  ");
    out += wrapped(plan_remedy(plan), options.width, "      ");
  }
  return out.empty() ? out : "\nStopped by the delete brake:\n" + out;
}

std::string parked(const RunOutcome& outcome, const TextOptions& options) {
  if (outcome.parked.empty()) return {};
  std::string out = "\nParked (left alone on both sides, tried again later):\n";
  Table table(
      {{"Id"}, {"Mailbox", app::Align::left, 40}, {"Event", app::Align::left, 40}, {"Why", app::Align::left, 70}});
  const std::size_t shown =
      options.verbosity == Verbosity::verbose ? outcome.parked.size() : std::min(outcome.parked.size(), kFirstItems);
  for (std::size_t i = 0; i < shown; ++i) {
    const ParkedItem& item = outcome.parked[i];
    table.row({item.id, item.mailbox,
               !item.summary.empty() ? item.summary
               : !item.uid.empty()   ? item.uid
                                     : item.object,
               item.code.empty() ? item.reason : item.reason + " (" + item.code + ")"});
  }
  out += table.str("  ");
  if (shown < outcome.parked.size())
    out += "  and " + app::number(outcome.parked.size() - shown) + " more: exodus-cli parked list\n";
  return out;
}

std::string losses(const RunOutcome& outcome) {
  if (outcome.loss_counts.empty()) return {};
  std::string out = "\nNot carried over in full (the events are there):\n";
  Table table({{"Times", app::Align::right}, {"What", app::Align::left, 90}});
  for (const auto& [reason, times] : outcome.loss_counts) table.row({app::number(times), loss_words(reason).title});
  return out + table.str("  ");
}

std::string differences(const RunOutcome& outcome, const TextOptions& options) {
  if (outcome.differences.empty()) return {};
  std::string out = "\nDifferences:\n";
  Table table({{"Mailbox", app::Align::left, 36},
               {"Event", app::Align::left, 44},
               {"Occurrence"},
               {"What", app::Align::left, 24},
               {"On Exchange", app::Align::left, 36},
               {"On CalDAV", app::Align::left, 36}});
  const std::size_t shown = options.verbosity == Verbosity::verbose
                                ? outcome.differences.size()
                                : std::min<std::size_t>(outcome.differences.size(), 40);
  for (std::size_t i = 0; i < shown; ++i) {
    const DifferenceItem& item = outcome.differences[i];
    const bool field = item.kind == DifferenceItem::Kind::field;
    table.row({item.mailbox, item.uid, item.occurrence,
               field ? field_words(item.field) : difference_words(item.kind).title, item.exchange, item.caldav});
  }
  out += table.str("  ");
  if (shown < outcome.difference_count)
    out +=
        "  and " + app::number(outcome.difference_count - shown) + " more: --report FILE.html or --json lists them\n";
  return out;
}

}  // namespace

std::string run_text(const RunOutcome& outcome, const TextOptions& options) {
  std::string out;
  if (options.verbosity == Verbosity::quiet && outcome.exit == Exit::done) return out;
  out += headline(outcome) + totals_line(outcome) + mailbox_table(outcome, options) + plans(outcome, options) +
         failures(outcome, options) + parked(outcome, options) + differences(outcome, options) + losses(outcome);
  if (!options.report.empty()) out += "\nReport: " + options.report + "\n";
  const std::string next = next_step(outcome);
  if (!next.empty() && (!outcome.error || outcome.error->remedy.empty()))
    out += "\n" + wrapped("Next: " + next, options.width, "");
  return out;
}

std::string error_text(const Error& error, std::size_t width) {
  std::string out = wrapped("exodus-cli: " + with_code(error), width, "");
  if (!error.remedy.empty()) out += wrapped(sentence(error.remedy), width, "  ");
  return out;
}

}  // namespace caravan::exodus::cli
