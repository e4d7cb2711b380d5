// SPDX-License-Identifier: GPL-3.0-or-later
// A mailbox on Exchange, its calendar on CalDAV, and Caravan's engine between them over a real SQLite store. Change
// either side, migrate(), look at both sides:
//
//   World world;
//   const ItemId standup = world.exchange().add("Standup");
//   world.migrate();
//   EXPECT_TRUE(world.caldav().has(uid_of("Standup")));
#pragma once
#include <memory>
#include <vector>

#include "support/world/fake_caldav.hpp"
#include "support/world/fake_exchange.hpp"
#include "support/world/store_proxy.hpp"
#include "support/world/test_clock.hpp"
#include "sync/engine.hpp"

namespace caravan::world {

class World {
 public:
  World();
  explicit World(const Manners& manners);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] FakeExchange& exchange(std::size_t calendar = 0) { return calendars_.at(calendar)->exchange; }
  [[nodiscard]] FakeCaldav& caldav(std::size_t calendar = 0) { return calendars_.at(calendar)->caldav; }
  /// Another folder of the mailbox with a collection of its own; its number.
  std::size_t add_calendar(const std::string& name);

  /// What the next passes are told; run, lease, policy and spool are the world's own.
  sync::PassOptions options;

  /// One run over all calendars of the mailbox, under leases of its own. The report is that of the first calendar.
  const sync::PassReport& migrate();
  const sync::PassReport& rebuild();
  /// A two-way run.
  const sync::PassReport& sync();
  /// A two-way run that believes nothing.
  const sync::PassReport& audit(sync::Audit audit = sync::Audit::usual);
  const sync::PassReport& dry_run();
  const sync::PassReport& dry_run_both_ways();
  /// A run by somebody whose lease was taken over meanwhile.
  const sync::PassReport& migrate_with_a_stale_lease();
  [[nodiscard]] const sync::PassReport& report(std::size_t calendar = 0) const { return reports_.at(calendar); }

  /// The next run dies at the n-th passage of the place; was_killed() tells whether it came that far.
  void kill_at(Place place, int n) { fate_.kill_at(place, n); }
  [[nodiscard]] bool was_killed() const noexcept { return killed_; }

  void pass_time(std::chrono::seconds duration) { clock_->advance(duration); }
  /// For the store, too, whose clock all worlds of a program share: it only runs ahead.
  void pass_time_everywhere(std::chrono::seconds duration);
  [[nodiscard]] static const std::shared_ptr<TestClock>& store_clock();
  void set_window(const std::string& since, const std::string& until);
  /// As `exodus-cli approve`: releases every plan that waits.
  void approve();
  /// As `exodus-cli parked retry`.
  void retry_parked();
  /// The mapping database is lost; both calendars stay.
  void lose_the_store();
  /// One row of it is lost.
  void lose_mapping(const Uid& uid);

  /// Writes that reached either calendar since the last call of this.
  int writes();
  [[nodiscard]] store::Store& store();
  [[nodiscard]] store::Pair pair(std::size_t calendar = 0);
  [[nodiscard]] store::Store::Counts counts(std::size_t calendar = 0);
  [[nodiscard]] std::vector<store::ConflictRow> conflicts();
  [[nodiscard]] std::vector<store::Parked> parked();
  /// What the last run left for rollback, newest first.
  [[nodiscard]] std::vector<store::Undo> undo();
  /// Everything that the store says of this mailbox, as one text.
  [[nodiscard]] std::string store_as_text();
  [[nodiscard]] const std::shared_ptr<TestClock>& clock() const noexcept { return clock_; }
  [[nodiscard]] const Address& mailbox() const noexcept { return mailbox_; }
  [[nodiscard]] std::string spool_dir() const;

 private:
  struct Calendar {
    Calendar(const Clock& clock, Fate& fate, const std::string& name, Href collection, PairId id,
             const Manners& manners);
    [[nodiscard]] std::string owner() const;
    FakeExchange exchange;
    FakeCaldav caldav;
    PairId id;
    std::string name;
    Href collection;
  };
  const sync::PassReport& run(sync::PassOptions pass_options, std::vector<std::optional<store::Lease>> leases);
  std::vector<std::optional<store::Lease>> take_leases();
  sync::PassOptions options_for(sync::Occasion occasion) const;
  void register_mailbox();

  std::shared_ptr<TestClock> clock_;
  Fate fate_;
  StoreProxy store_;
  Address mailbox_;
  std::vector<std::unique_ptr<Calendar>> calendars_;
  std::vector<sync::PassReport> reports_;
  std::string since_, until_;
  int runs_ = 0, writes_seen_ = 0;
  bool killed_ = false;
};

}  // namespace caravan::world
