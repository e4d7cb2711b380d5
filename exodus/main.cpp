// SPDX-License-Identifier: GPL-3.0-or-later
// exodus: the daemon that works on queued jobs.
#include "app/live/daemon.hpp"
#include "exodus/operations.hpp"

int main(int count, char** words) {
  return caravan::app::run_daemon(
      {"exodus", "migrates the mailboxes that `exodus-cli migrate` queues.", caravan::exodus::serve}, count, words);
}
