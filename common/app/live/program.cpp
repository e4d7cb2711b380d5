// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/program.hpp"

#include <thread>
#include <vector>

#include "app/live/admin_port.hpp"
#include "app/live/auditor.hpp"
#include "app/live/subscriber.hpp"
#include "app/pass/holder.hpp"
#include "log/log.hpp"

namespace caravan::app {

Status serve_live(const Context& context, const LiveProgram& program, std::stop_token stop) {
  CARAVAN_CHECK(only_daemon(context));
  CARAVAN_TRY(admin, AdminPort::start(context, program.name));
  const Heart heart(context, program.name);
  LiveShared shared(context);
  CARAVAN_CHECK(begin_live_run(context, shared));
  std::shared_ptr<void> ears;
  if (program.listen) {
    auto listening = program.listen(shared);
    if (!listening) {
      end_live_run(context, shared);
      return std::move(listening).error();
    }
    ears = std::move(*listening);
  }
  log::info("serving", {{"workers", context.config.sync.workers}});
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < context.config.sync.workers; ++i)
      threads.emplace_back([&] { keep_in_step(context, shared, stop); });
    if (program.subscribes)
      threads.emplace_back([&] { Subscriber(context, shared.sides, subscriber_options(context.config)).run(stop); });
    if (program.audits) threads.emplace_back([&] { Auditor(context).run(stop); });
    if (program.also) {
      program.also(stop);
    } else {
      while (context.sleeper->sleep_for(std::chrono::hours(24), stop)) {
      }
    }
    admin->stopping();
    ears.reset();
  }
  end_live_run(context, shared);
  log::info("stopped");
  return {};
}

}  // namespace caravan::app
