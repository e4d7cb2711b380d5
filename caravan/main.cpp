// SPDX-License-Identifier: GPL-3.0-or-later
// caravan: all in one process, the default on one machine. Keeps the subscribed mailboxes in step, hears of changes on
// both sides, and works on queued jobs.
#include "app/live/daemon.hpp"
#include "app/live/program.hpp"
#include "app/notify/service.hpp"
#include "exodus/operations.hpp"
#include "gobi/service.hpp"
#include "log/log.hpp"

namespace {

using namespace caravan;

Status serve(const app::Context& context, std::stop_token stop) {
  app::LiveProgram program{"caravan", true, true};
  program.listen = [&](app::LiveShared& shared) -> Result<std::shared_ptr<void>> {
    CARAVAN_TRY(service, gobi::Service::start(context, shared.attention, {}));
    return std::shared_ptr<void>(std::move(service));
  };
  program.also = [&](std::stop_token ending) {
    std::jthread telling;
    if (context.config.notify.any_channel()) {
      telling = std::jthread([&context, ending] {
        if (Status told = app::serve_notifications(context, ending); !told)
          log::failure(log::Level::error, "notify_failed", told.error());
      });
    }
    exodus::serve_queue(context, std::move(ending));
  };
  return app::serve_live(context, program, std::move(stop));
}

}  // namespace

int main(int count, char** words) {
  return app::run_daemon({"caravan",
                          "keeps subscribed mailboxes in step with their CalDAV calendars, and works on what "
                          "`exodus-cli migrate` queues.",
                          serve},
                         count, words);
}
