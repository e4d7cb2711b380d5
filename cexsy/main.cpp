// SPDX-License-Identifier: GPL-3.0-or-later
// cexsy: finds what changed on CalDAV, by the hints of a server's hook or by asking, and brings it to Exchange.
#include "app/live/daemon.hpp"
#include "app/live/program.hpp"
#include "gobi/service.hpp"

namespace {

using namespace caravan;

Status serve(const app::Context& context, std::stop_token stop) {
  app::LiveProgram program{"cexsy"};
  program.listen = [&](app::LiveShared& shared) -> Result<std::shared_ptr<void>> {
    CARAVAN_TRY(service, gobi::Service::start(context, shared.attention, {false, true}));
    return std::shared_ptr<void>(std::move(service));
  };
  return app::serve_live(context, program, std::move(stop));
}

}  // namespace

int main(int count, char** words) {
  return app::run_daemon({"cexsy",
                          "takes the hints of CalDAV servers, asks those that give none, and keeps the mailboxes in "
                          "step. Any number of them share one PostgreSQL.",
                          serve},
                         count, words);
}
