// SPDX-License-Identifier: GPL-3.0-or-later
// gobi: takes Exchange's notifications, sees to the subscriptions, and brings what changed to CalDAV.
#include "app/live/daemon.hpp"
#include "app/live/program.hpp"
#include "gobi/service.hpp"

namespace {

using namespace caravan;

Status serve(const app::Context& context, std::stop_token stop) {
  app::LiveProgram program{"gobi", true};
  program.listen = [&](app::LiveShared& shared) -> Result<std::shared_ptr<void>> {
    CARAVAN_TRY(service, gobi::Service::start(context, shared.attention, {true, false}));
    return std::shared_ptr<void>(std::move(service));
  };
  return app::serve_live(context, program, std::move(stop));
}

}  // namespace

int main(int count, char** words) {
  return app::run_daemon(
      {"gobi",
       "subscribes to changes on Exchange, takes its notifications, and keeps the mailboxes in step. "
       "Any number of them share one PostgreSQL.",
       serve},
      count, words);
}
