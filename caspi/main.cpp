// SPDX-License-Identifier: GPL-3.0-or-later
// caspi: compares both sides with what the store says, now and then, and repairs what drifted.
#include "app/live/daemon.hpp"
#include "app/live/program.hpp"

namespace {

using namespace caravan;

Status serve(const app::Context& context, std::stop_token stop) {
  app::LiveProgram program{"caspi"};
  program.audits = true;
  return app::serve_live(context, program, std::move(stop));
}

}  // namespace

int main(int count, char** words) {
  return app::run_daemon({"caspi",
                          "audits the mailboxes under live sync, finds what no notification told, and keeps them in "
                          "step. Any number of them share one PostgreSQL.",
                          serve},
                         count, words);
}
