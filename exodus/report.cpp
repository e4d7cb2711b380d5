// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/report.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "app/format.hpp"
#include "exodus/document.hpp"
#include "exodus/plain_words.hpp"
#include "exodus/report/html.hpp"
#include "exodus/report/style.hpp"
#include "util/digest.hpp"

namespace caravan::exodus {

namespace {

using html::code;
using html::prose;
using html::Table;
using Kind = html::Column::Kind;

html::Tone tone_of(const RunOutcome& outcome) {
  if (outcome.error) return html::Tone::bad;
  switch (outcome.exit) {
    case Exit::done:
      return html::Tone::good;
    case Exit::differences:
    case Exit::interrupted:
    case Exit::some_failed:
      return html::Tone::warn;
    case Exit::delete_brake:
    case Exit::usage:
    case Exit::nothing_possible:
      break;
  }
  return html::Tone::bad;
}

html::Tone tone_of(MailboxOutcome::State state) {
  switch (state) {
    case MailboxOutcome::State::done:
      return html::Tone::good;
    case MailboxOutcome::State::interrupted:
      return html::Tone::warn;
    case MailboxOutcome::State::failed:
    case MailboxOutcome::State::stopped:
      break;
  }
  return html::Tone::bad;
}

std::string title_of(const RunOutcome& outcome) {
  if (outcome.command == "verify") return "Comparison of the calendars";
  if (outcome.command == "rebuild") return "Rebuilding of the mapping";
  if (outcome.command == "subscribe") return "First pass of live sync";
  if (outcome.command == "rollback") return "Rollback";
  return outcome.dry_run ? "Calendar migration: dry run" : "Calendar migration";
}

std::string meta_line(const RunOutcome& outcome, const ReportOptions& options) {
  std::string out = "<p class=\"meta\">";
  if (!options.exchange.empty() && !options.caldav.empty())
    out += "from " + html::text(options.exchange) + " to " + html::text(options.caldav) + " · ";
  if (!outcome.run.empty()) out += "run " + code(outcome.run.value) + " · ";
  std::string at = to_rfc3339(options.generated);
  if (at.size() == 20) at = at.substr(0, 10) + " " + at.substr(11, 5) + " UTC";
  return out + html::text(at) + " · took " + html::text(app::duration(std::chrono::duration<double>(outcome.seconds))) +
         "</p>\n";
}

std::string tile(std::uint64_t value, std::string_view label) {
  return std::string(value == 0 ? "<li class=\"zero\">" : "<li>") + "<b>" + html::number(value) + "</b><span>" +
         std::string(label) + "</span></li>\n";
}

std::string tiles(const RunOutcome& outcome) {
  const Counts sum = outcome.totals();
  std::string out = "<ul class=\"tiles\">\n" + tile(outcome.mailboxes.size(), "mailboxes");
  if (outcome.command == "verify") {
    out += tile(outcome.checked_series, "series compared") + tile(outcome.checked_occurrences, "occurrences compared") +
           tile(outcome.difference_count, "differences");
  } else {
    out += tile(sum.series, "series") + tile(sum.created, outcome.dry_run ? "to create" : "created") +
           tile(sum.updated, outcome.dry_run ? "to update" : "updated") +
           tile(sum.deleted, outcome.dry_run ? "to delete" : "deleted") + tile(sum.linked, "linked") +
           tile(sum.unchanged, "unchanged") + tile(sum.parked, "parked") + tile(sum.conflicts, "conflicts") +
           tile(sum.losses, "with losses");
  }
  return out + "</ul>\n";
}

std::string note(std::string_view tone, const std::string& first, const std::string& second) {
  std::string out = "<div class=\"note " + std::string(tone) + "\"><p>" + first + "</p>";
  if (!second.empty()) out += "<p class=\"soft\">" + second + "</p>";
  return out + "</div>\n";
}

std::string error_note(const Error& error) {
  std::string first = prose(error.what);
  if (!error.code.empty()) first += " " + code(error.code);
  return note("bad", first, prose(error.remedy));
}

std::string heading(std::string_view words, std::uint64_t count) {
  return "<h2>" + std::string(words) + (count > 0 ? " <span class=\"soft\">" + html::number(count) + "</span>" : "") +
         "</h2>\n";
}

std::string plans_section(const RunOutcome& outcome) {
  if (outcome.plans.empty()) return {};
  std::string out = heading("Stopped by the delete brake", outcome.plans.size());
  for (const StoppedPlan& plan : outcome.plans)
    out += note("bad",
                html::text(plan.mailbox) + (plan.folder.empty() ? "" : ", " + html::text(plan.folder)) +
                    ": the plan would delete <b>" + html::number(plan.deletes) + " of " + html::number(plan.total) +
                    "</b> series. Plan " + code(plan.hash),
                prose(plan_remedy(plan)));
  return out;
}

std::vector<std::string> mailbox_cells(const std::string& name, const std::string& state, const Counts& counts) {
  return {name,
          state,
          html::number(counts.series),
          html::number(counts.created),
          html::number(counts.updated),
          html::number(counts.deleted),
          html::number(counts.linked),
          html::number(counts.unchanged),
          html::number(counts.parked),
          html::number(counts.conflicts),
          html::number(counts.losses)};
}

/// What failed, with the remedy of each: mailboxes first, then single calendars.
std::string failures_section(const RunOutcome& outcome) {
  std::string failures;
  const auto add = [&](const std::string& where, Error error) {
    error.what = where + ": " + error.what;
    failures += error_note(error);
  };
  for (const MailboxOutcome& mailbox : outcome.mailboxes) {
    if (mailbox.error) add(mailbox.address, *mailbox.error);
    for (const PairOutcome& pair : mailbox.pairs)
      if (pair.error) add(mailbox.address + ", " + pair.folder, *pair.error);
  }
  return failures.empty() ? failures : "<h2>What failed</h2>\n" + failures;
}

std::string compared_section(const RunOutcome& outcome) {
  if (outcome.mailboxes.empty()) return {};
  std::map<std::string, std::uint64_t> differences;
  for (const DifferenceItem& item : outcome.differences) ++differences[item.mailbox];
  Table table({{"Mailbox"}, {"Result"}, {"Series", Kind::number}, {"Differences", Kind::number}});
  for (const MailboxOutcome& mailbox : outcome.mailboxes)
    table.row({"<b>" + html::text(mailbox.address) + "</b>",
               html::badge(to_string(mailbox.state), tone_of(mailbox.state)), html::number(mailbox.counts().series),
               html::number(differences[mailbox.address])});
  return heading("Mailboxes", outcome.mailboxes.size()) + table.str();
}

std::string mailboxes_section(const RunOutcome& outcome) {
  if (outcome.mailboxes.empty()) return {};
  Table table({{"Mailbox and calendar"},
               {"Result"},
               {"Series", Kind::number},
               {"Created", Kind::number},
               {"Updated", Kind::number},
               {"Deleted", Kind::number},
               {"Linked", Kind::number},
               {"Unchanged", Kind::number},
               {"Parked", Kind::number},
               {"Conflicts", Kind::number},
               {"Losses", Kind::number}});
  for (const MailboxOutcome& mailbox : outcome.mailboxes) {
    table.row(mailbox_cells("<b>" + html::text(mailbox.address) + "</b>",
                            html::badge(to_string(mailbox.state), tone_of(mailbox.state)), mailbox.counts()));
    for (const PairOutcome& pair : mailbox.pairs)
      table.row(mailbox_cells(html::text(pair.folder) + " → " + code(pair.collection),
                              pair.error ? html::badge("failed", html::Tone::bad) : "", pair.counts),
                "pair");
  }
  if (outcome.mailboxes.size() > 1) table.foot(mailbox_cells("All", "", outcome.totals()));
  return heading("Mailboxes", outcome.mailboxes.size()) + table.str();
}

std::string parked_section(const RunOutcome& outcome) {
  if (outcome.parked.empty()) return {};
  std::string out = heading("Parked events", outcome.parked.size()) +
                    "<p>These could not be read or written. They were left alone on both sides, they are never taken "
                    "for deleted, and "
                    "each later run looks at them again from time to time.</p>\n";
  Table table({{"Mailbox"}, {"Event"}, {"Why"}, {"What to do"}});
  for (const ParkedItem& item : outcome.parked) {
    const std::string name =
        item.summary.empty() ? "<span class=\"soft\">title not shown</span>" : html::text(item.summary, 120);
    table.row({html::text(item.mailbox), name + "<br>" + code(item.uid.empty() ? item.object : item.uid),
               html::text(item.reason) + (item.code.empty() ? "" : "<br>" + code(item.code)),
               prose(parked_remedy(item))});
  }
  return out + table.str();
}

std::string difference_side(const std::string& value) {
  return value.empty() ? "<span class=\"soft\">(nothing)</span>" : html::text(value, 400);
}

std::string differences_section(const RunOutcome& outcome) {
  if (outcome.command != "verify") return {};
  if (outcome.difference_count == 0 && outcome.differences.empty())
    return outcome.error ? std::string()
                         : heading("Differences", 0) +
                               "<p>None: every event that was compared means the same on both sides.</p>\n";
  std::string out = heading("Differences", outcome.difference_count);
  for (const auto kind : {DifferenceItem::Kind::missing_on_caldav, DifferenceItem::Kind::extra_on_caldav,
                          DifferenceItem::Kind::field, DifferenceItem::Kind::unreadable}) {
    Table table({{"Mailbox"}, {"Event"}, {"What"}, {"On Exchange"}, {"On CalDAV"}});
    for (const DifferenceItem& item : outcome.differences) {
      if (item.kind != kind) continue;
      table.row({html::text(item.mailbox) +
                     (item.folder.empty() ? "" : "<br><span class=\"soft\">" + html::text(item.folder) + "</span>"),
                 code(item.uid) + (item.occurrence.empty() ? ""
                                                           : "<br><span class=\"soft\">occurrence of " +
                                                                 html::text(item.occurrence) + "</span>"),
                 html::text(field_words(item.field)), difference_side(item.exchange), difference_side(item.caldav)});
    }
    if (table.empty()) continue;
    const Words words = difference_words(kind);
    out +=
        "<h3>" + html::text(words.title) + "</h3>\n<p class=\"soft\">" + prose(words.meaning) + "</p>\n" + table.str();
  }
  if (outcome.difference_count > outcome.differences.size())
    out += "<p>Only the first " + html::number(outcome.differences.size()) +
           " are listed; the number above counts all.</p>\n";
  return out;
}

std::string conflicts_section(const RunOutcome& outcome) {
  if (outcome.conflicts.empty()) return {};
  std::string out = heading("Conflicts", outcome.conflicts.size()) +
                    "<p>Both sides had changed these, or both had them already and they did not say the same. One copy "
                    "won; the other one is "
                    "kept and shown by <code>exodus-cli conflicts show</code>.</p>\n";
  Table table({{"Mailbox"}, {"Event"}, {"What differed"}, {"Who won"}});
  for (const ConflictItem& conflict : outcome.conflicts)
    table.row(
        {html::text(conflict.mailbox), code(conflict.uid), html::text(conflict.units), html::text(conflict.winner)});
  return out + table.str();
}

std::string losses_section(const RunOutcome& outcome) {
  if (outcome.loss_counts.empty() && outcome.losses.empty()) return {};
  std::map<std::string, std::uint64_t> counts = outcome.loss_counts;
  if (counts.empty())
    for (const LossItem& loss : outcome.losses) ++counts[loss.reason];
  std::uint64_t all = 0;
  for (const auto& [reason, times] : counts) all += times;
  std::string out = heading("What could not be carried over in full", all) +
                    "<p>The events are there. Something of each has no place in the other calendar; nothing is dropped "
                    "without standing here.</p>\n";
  for (const auto& [reason, times] : counts) {
    const Words words = loss_words(reason);
    out += "<h3>" + html::text(words.title) + " <span class=\"soft\">" + html::number(times) +
           "</span></h3>\n<p class=\"soft\">" + prose(words.meaning) + "</p>\n";
    Table table({{"Mailbox"}, {"Event"}, {"What"}});
    std::uint64_t shown = 0;
    for (const LossItem& loss : outcome.losses) {
      if (loss.reason != reason) continue;
      table.row({html::text(loss.mailbox),
                 code(loss.uid) + (loss.occurrence.empty() ? ""
                                                           : "<br><span class=\"soft\">occurrence of " +
                                                                 html::text(loss.occurrence) + "</span>"),
                 html::text(loss.detail)});
      ++shown;
    }
    if (!table.empty()) out += table.str();
    if (shown < times && shown > 0) out += "<p>The first " + html::number(shown) + " are listed.</p>\n";
  }
  return out;
}

std::string requests_section(const RunOutcome& outcome) {
  if (outcome.exchange_requests.empty() && outcome.caldav_requests.empty()) return {};
  Table table({{"Server"}, {"Request"}, {"Times", Kind::number}});
  for (const auto& [name, times] : outcome.exchange_requests) table.row({"Exchange", code(name), html::number(times)});
  for (const auto& [name, times] : outcome.caldav_requests) table.row({"CalDAV", code(name), html::number(times)});
  return "<h2>Requests</h2>\n" + table.str();
}

Error write_failed(const std::filesystem::path& path, int problem) {
  const std::string what = "the report " + path.string() + " could not be written: " + std::strerror(problem);
  if (problem == ENOSPC || problem == EDQUOT)
    return make_error(Fault::denied, what, "disk_full", "Free some space and give the command again.");
  return make_error(Fault::denied, what, "report_not_written",
                    "Name another file with --report; its folder must exist and be writable.");
}

}  // namespace

std::string report_page(const RunOutcome& outcome, const ReportOptions& options) {
  const std::string title = title_of(outcome);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
      title + "</title>\n<style>\n" + kReportStyle + "</style>\n</head>\n<body>\n<main>\n<header><h1>" + title +
      "</h1> " + html::badge(verdict(outcome), tone_of(outcome)) + "</header>\n" + meta_line(outcome, options);
  if (outcome.error) out += error_note(*outcome.error);
  out += tiles(outcome);
  const std::string next = next_step(outcome);
  if (!next.empty() && !outcome.error) out += note("", "<b>Next:</b> " + prose(next), "");
  out += plans_section(outcome) + failures_section(outcome) + differences_section(outcome) +
         (outcome.command == "verify" ? compared_section(outcome) : mailboxes_section(outcome)) +
         parked_section(outcome) + conflicts_section(outcome) + losses_section(outcome) + requests_section(outcome);
  return out + "<footer>Written by Caravan " + html::text(options.version) +
         ". This page names people and events: hand it on with care. Texts of private events are not in "
         "it.</footer>\n</main>\n</body>\n</html>\n";
}

Status write_report(const RunOutcome& outcome, const std::filesystem::path& path, const ReportOptions& options) {
  const std::string page = report_page(outcome, options);
  const std::string temporary = path.string() + ".tmp-" + random_hex(4);
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return write_failed(path, errno);
  int problem = 0;
  for (std::size_t at = 0; at < page.size() && problem == 0;) {
    const ssize_t written = write(file, page.data() + at, page.size() - at);
    if (written >= 0)
      at += static_cast<std::size_t>(written);
    else if (errno != EINTR)
      problem = errno;
  }
  if (problem == 0 && fsync(file) != 0) problem = errno;
  if (close(file) != 0 && problem == 0) problem = errno;
  if (problem == 0 && rename(temporary.c_str(), path.c_str()) != 0) problem = errno;
  if (problem == 0) return {};
  unlink(temporary.c_str());
  return write_failed(path, problem);
}

}  // namespace caravan::exodus
