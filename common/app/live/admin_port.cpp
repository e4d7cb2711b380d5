// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/admin_port.hpp"

#include "app/pass/holder.hpp"

namespace caravan::app {

Result<std::unique_ptr<AdminPort>> AdminPort::start(const Context& context, const std::string& program) {
  CARAVAN_TRY(listen, config::parse_listen(context.config.admin.listen));
  ProgramFacts facts{program, CARAVAN_VERSION, holder_name(), context.clock->now()};
  std::unique_ptr<AdminPort> out(
      new AdminPort(std::make_unique<StoreView>(std::move(facts), context.clock, context.open_store)));
  StoreView& view = *out->view_;
  AdminOptions options;
  options.host = listen.host;
  options.port = listen.port;
  options.checks.push_back({"store", [&view] { return view.reach(); }});
  options.refresh = [&view](metrics::Registry& registry) { view.refresh(registry); };
  options.status = [&view] { return view.document(); };
  auto server = AdminServer::start(std::move(options));
  if (!server) {
    Error error = std::move(server).error();
    error.remedy =
        "End what has that port, or set admin.listen to an address that is free in " + context.config.path + ".";
    return error;
  }
  out->server_ = std::move(*server);
  return out;
}

}  // namespace caravan::app
