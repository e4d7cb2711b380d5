// SPDX-License-Identifier: GPL-3.0-or-later
// notifyd: tells people what changed, reminds them, and answers them in the chat.
#include "app/live/admin_port.hpp"
#include "app/live/daemon.hpp"
#include "app/notify/service.hpp"
#include "app/pass/holder.hpp"
#include "log/log.hpp"

namespace {

using namespace caravan;

Status serve(const app::Context& context, std::stop_token stop) {
  if (!context.config.notify.any_channel())
    return make_error(Fault::malformed, context.config.path + " names no way to tell anybody", "configuration",
                      "Set notify.mail.url, notify.chat.url or notify.webhook.url.");
  CARAVAN_CHECK(app::only_daemon(context));
  CARAVAN_TRY(admin, app::AdminPort::start(context, "notifyd"));
  const app::Heart heart(context, "notifyd");
  log::info("serving");
  CARAVAN_CHECK(app::serve_notifications(context, stop));
  admin->stopping();
  log::info("stopped");
  return {};
}

}  // namespace

int main(int count, char** words) {
  return caravan::app::run_daemon({"notifyd",
                                   "tells people what changed in their calendars, by mail, chat and webhook, reminds "
                                   "them, and answers them in the chat. Any number of them share one PostgreSQL; on "
                                   "SQLite `caravan` does its work.",
                                   serve},
                                  count, words);
}
