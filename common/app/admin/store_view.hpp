// SPDX-License-Identifier: GPL-3.0-or-later
// What the admin port shows of the mapping database: whether it can be reached, the gauges that are counted there, and
// the document of /api/status. Holds one connection, opened when it is first needed; used by one thread at a time.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "metrics/metrics.hpp"
#include "store/store.hpp"
#include "util/clock.hpp"

namespace caravan::app {

/// Who shows it.
struct ProgramFacts {
  std::string name;     ///< "gobi", "caravan"
  std::string version;  ///< of Caravan
  std::string holder;   ///< its name on leases and claims
  Instant started{};
};

class StoreView {
 public:
  StoreView(ProgramFacts facts, std::shared_ptr<Clock> clock,
            std::function<Result<std::unique_ptr<store::Store>>()> open_store);

  /// For /readyz.
  [[nodiscard]] Status reach();
  /// For /metrics: sets the gauges. A store that is away leaves them as they were; caravan_store_reachable says so.
  void refresh(metrics::Registry& registry);
  /// For /api/status; docs/interface.md describes it.
  [[nodiscard]] Result<std::string> document();

 private:
  [[nodiscard]] Result<store::Store*> store();
  [[nodiscard]] Status refresh_from(metrics::Registry& registry, store::Store& store);

  ProgramFacts facts_;
  std::shared_ptr<Clock> clock_;
  std::function<Result<std::unique_ptr<store::Store>>()> open_store_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace caravan::app
