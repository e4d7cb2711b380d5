// SPDX-License-Identifier: GPL-3.0-or-later
// Outcomes with something of everything, for the tests of what is shown.
#pragma once
#include "exodus/outcome.hpp"

namespace caravan::exodus::samples {

inline PairOutcome pair(std::string folder, std::string collection, Counts counts) {
  return {std::move(folder), std::move(collection), counts, std::nullopt};
}

/// Three mailboxes: one done, one with a parked event, a loss and a conflict, one denied.
inline RunOutcome migrate() {
  RunOutcome run;
  run.command = "migrate";
  run.run = RunId("r-0123456789ab");
  run.seconds = 754.25;
  run.exit = Exit::some_failed;
  MailboxOutcome anna{"anna@example.org", MailboxOutcome::State::done, std::nullopt, {}};
  anna.pairs.push_back(pair("Calendar", "/anna/exchange/", {1204, 1200, 0, 0, 4, 0, 0, 0, 1}));
  anna.pairs.push_back(pair("Team «Vertrieb»", "/anna/team-vertrieb/", {87, 87, 0, 0, 0, 0, 0, 0, 0}));
  MailboxOutcome boris{"boris@example.org", MailboxOutcome::State::done, std::nullopt, {}};
  boris.pairs.push_back(pair("Календарь", "/boris/exchange/", {412, 400, 8, 2, 0, 0, 1, 1, 1}));
  MailboxOutcome carla{
      "carla@example.org",
      MailboxOutcome::State::failed,
      make_error(Fault::denied, "Exchange denies access to the mailbox", "ErrorImpersonateUserDenied",
                 "Give the service account the ApplicationImpersonation role for this mailbox, then migrate again."),
      {}};
  run.mailboxes = {anna, boris, carla};
  run.exchange_requests = {{"SyncFolderItems", 6}, {"GetItem", 34}};
  run.caldav_requests = {{"PUT", 1695}, {"REPORT", 3}};
  run.parked.push_back(
      {"p-7f3a", "boris@example.org", "", "AAMkAD=", "the item can't be read", "ErrorItemCorrupt", "Budget 2027"});
  run.losses.push_back({"anna@example.org", "uid-1", "", "attachment_too_large", "film.mov (81 MB)"});
  run.losses.push_back({"boris@example.org", "uid-2", "2026-03-04T09:00:00", "sensitivity_collapsed", "CLASS"});
  run.loss_counts = {{"attachment_too_large", 1}, {"sensitivity_collapsed", 1}};
  run.conflicts.push_back({"boris@example.org", "uid-3", "schedule, location", "caldav"});
  return run;
}

/// One mailbox stopped by the delete brake.
inline RunOutcome braked() {
  RunOutcome run;
  run.command = "migrate";
  run.run = RunId("r-00000000000b");
  run.exit = Exit::delete_brake;
  MailboxOutcome anna{"anna@example.org", MailboxOutcome::State::stopped, std::nullopt, {}};
  anna.pairs.push_back(pair("Calendar", "/anna/exchange/", {400, 0, 0, 0, 0, 0, 0, 0, 0}));
  run.mailboxes = {anna};
  run.plans.push_back({"5d41402abc4b2a76", "anna@example.org", "Calendar", 400, 400});
  return run;
}

inline RunOutcome verify() {
  RunOutcome run;
  run.command = "verify";
  run.exit = Exit::differences;
  run.seconds = 12;
  run.checked_series = 1000;
  run.checked_occurrences = 5120;
  run.difference_count = 3;
  run.mailboxes.push_back({"anna@example.org", MailboxOutcome::State::done, std::nullopt, {}});
  using Kind = DifferenceItem::Kind;
  run.differences.push_back(
      {Kind::field, "anna@example.org", "Calendar", "uid-1", "2026-03-04T09:00:00", "location", "Room 4", "Room 5"});
  run.differences.push_back(
      {Kind::missing_on_caldav, "anna@example.org", "Calendar", "uid-2", "", "", "Team lunch", ""});
  run.differences.push_back(
      {Kind::field, "anna@example.org", "Calendar", "uid-3", "", "summary", "(private)", "(private)"});
  return run;
}

}  // namespace caravan::exodus::samples
