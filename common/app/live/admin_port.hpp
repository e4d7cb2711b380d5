// SPDX-License-Identifier: GPL-3.0-or-later
// The admin port as every daemon wires it: is the store there, its numbers, its state, and in which way changes on
// Exchange are learned of.
#pragma once
#include <memory>

#include "app/admin/admin_server.hpp"
#include "app/admin/store_view.hpp"
#include "app/pass/context.hpp"

namespace caravan::app {

/// Listens on admin.listen from its construction to its end.
class AdminPort {
 public:
  /// `program`: "caravan", "gobi". Fault::denied, code "listen", where the address can't be listened on.
  [[nodiscard]] static Result<std::unique_ptr<AdminPort>> start(const Context& context, const std::string& program);
  /// /readyz says from now on that this program is not to be counted on.
  void stopping() noexcept { server_->stopping(); }

 private:
  explicit AdminPort(std::unique_ptr<StoreView> view) : view_(std::move(view)) {}
  std::unique_ptr<StoreView> view_;
  std::unique_ptr<AdminServer> server_;
};

}  // namespace caravan::app
