// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/world/world.hpp"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "ical/zone_book.hpp"

namespace caravan::world {
namespace {

/// In memory where the machine has such a place: a store that waits for no disk lets a sweep of thousands of passes
/// run.
std::string scratch_root() {
  return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path().string();
}

class Scratch {
 public:
  Scratch() {
    std::string path = scratch_root() + "/caravan-world-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no scratch folder below " + scratch_root());
    path_ = path;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

const std::string& scratch() {
  static const Scratch folder;
  return folder.path();
}

/// One database for all worlds of a test program: to open one for each would cost more than the tests.
store::Store& shared_store() {
  static const std::unique_ptr<store::Store> opened = [] {
    auto result = store::open("sqlite:" + scratch() + "/caravan.db", World::store_clock());
    if (!result) throw std::runtime_error("the store could not be opened: " + result.error().what);
    return std::move(*result);
  }();
  return *opened;
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error("the world's own call of the store failed: " + result.error().what);
  return std::move(*result);
}
void must(const Status& status) {
  if (!status) throw std::runtime_error("the world's own call of the store failed: " + status.error().what);
}

std::optional<Instant> instant_of(const std::string& text) {
  Instant instant;
  return parse_rfc3339(text, instant) ? std::optional(instant) : std::nullopt;
}

}  // namespace

World::Calendar::Calendar(const Clock& clock, Fate& fate, const std::string& calendar_name, Href path, PairId pair,
                          const Manners& manners)
    : exchange(clock, fate, pair.value),
      caldav(fate, path),
      id(std::move(pair)),
      name(calendar_name),
      collection(std::move(path)) {
  caldav.manners = manners;
  exchange.owner = owner();
}

/// Whose mailbox it is: the collection lies in it.
std::string World::Calendar::owner() const {
  const auto slash = collection.value.find('/', 1);
  return collection.value.substr(1, slash - 1);
}

World::World() : World(Manners{}) {}

const std::shared_ptr<TestClock>& World::store_clock() {
  static const auto clock = std::make_shared<TestClock>();
  return clock;
}

void World::pass_time_everywhere(std::chrono::seconds duration) {
  clock_->advance(duration);
  store_clock()->advance(duration);
}

World::World(const Manners& manners) : clock_(std::make_shared<TestClock>()), store_(shared_store(), fate_) {
  static int number = 0;
  mailbox_ = Address("alice" + std::to_string(++number) + "@example.org");
  options.batch = 16;
  calendars_.push_back(std::make_unique<Calendar>(*clock_, fate_, "Calendar", Href("/" + mailbox_.value + "/calendar/"),
                                                  PairId("pair" + std::to_string(number)), manners));
  register_mailbox();
}

World::~World() { (void)shared_store().forget_mailbox(mailbox_); }

std::size_t World::add_calendar(const std::string& name) {
  calendars_.push_back(std::make_unique<Calendar>(*clock_, fate_, name, Href("/" + mailbox_.value + "/" + name + "/"),
                                                  PairId(calendars_.front()->id.value + "-" + name),
                                                  calendars_.front()->caldav.manners));
  register_mailbox();
  return calendars_.size() - 1;
}

void World::register_mailbox() {
  store::Batch batch;
  store::Mailbox mailbox;
  mailbox.address = mailbox_;
  batch.mailboxes.push_back(mailbox);
  for (const auto& calendar : calendars_) {
    if (must(shared_store().pair(calendar->id))) continue;
    store::Pair row;
    row.id = calendar->id;
    row.mailbox = mailbox_;
    row.folder = FolderId("folder-" + calendar->id.value);
    row.folder_name = calendar->name;
    row.collection = calendar->collection;
    batch.pairs.push_back(std::move(row));
  }
  must(shared_store().commit(batch));
}

std::string World::spool_dir() const { return scratch() + "/spool-" + calendars_.front()->id.value; }

sync::PassOptions World::options_for(sync::Occasion occasion) const {
  static const auto zones = ical::system_zone_book();
  sync::PassOptions out = options;
  out.policy.occasion = occasion;
  out.policy.one_way = occasion != sync::Occasion::subscribe;
  out.policy.zones = zones.get();
  out.policy.mailbox = mailbox_;
  out.run = RunId("run-" + calendars_.front()->id.value + "-" + std::to_string(runs_));
  out.spool_dir = spool_dir();
  out.since = instant_of(since_);
  out.until = instant_of(until_);
  return out;
}

std::vector<std::optional<store::Lease>> World::take_leases() {
  std::vector<std::optional<store::Lease>> out;
  for (const auto& calendar : calendars_) {
    // Whoever held it is dead: a new process waits until the lease has run out.
    if (const auto held = must(shared_store().lease_of(calendar->id))) must(shared_store().release_lease(*held));
    out.push_back(
        must(shared_store().acquire_lease(calendar->id, "run " + std::to_string(runs_), std::chrono::seconds(60))));
  }
  return out;
}

const sync::PassReport& World::run(sync::PassOptions pass_options, std::vector<std::optional<store::Lease>> leases) {
  ++runs_;
  killed_ = false;
  reports_.assign(calendars_.size(), {});
  std::vector<std::unique_ptr<sync::PairPass>> passes;
  for (std::size_t i = 0; i < calendars_.size(); ++i) {
    Calendar& calendar = *calendars_[i];
    store::Pair row = pair(i);
    if (row.since != since_ || row.until != until_) {  // another window lists again, as exodus does it
      row.since = since_;
      row.until = until_;
      row.sync_state = {};
    }
    pass_options.lease = leases.empty() ? std::nullopt : leases[i];
    passes.push_back(std::make_unique<sync::PairPass>(store_, calendar.exchange, calendar.caldav, *clock_,
                                                      std::move(row), pass_options, sync::PassProgress(),
                                                      std::stop_token()));
  }
  try {
    for (const auto& pass : passes) pass->upserts();
    for (const auto& pass : passes)
      pass->deletes([&](const Uid& uid) {
        return std::any_of(passes.begin(), passes.end(),
                           [&](const auto& other) { return other != pass && other->holds(uid); });
      });
  } catch (const Killed&) {
  }
  for (std::size_t i = 0; i < passes.size(); ++i) reports_[i] = passes[i]->report();
  passes.clear();
  killed_ = fate_.dead();
  fate_.revive();
  if (killed_) pass_time(std::chrono::minutes(2));
  return reports_.front();
}

const sync::PassReport& World::migrate() { return run(options_for(sync::Occasion::migrate), take_leases()); }
const sync::PassReport& World::sync() { return run(options_for(sync::Occasion::subscribe), take_leases()); }
const sync::PassReport& World::audit(sync::Audit audit) {
  sync::PassOptions auditing = options_for(sync::Occasion::subscribe);
  auditing.audit = audit;
  return run(std::move(auditing), take_leases());
}
const sync::PassReport& World::rebuild() { return run(options_for(sync::Occasion::rebuild), take_leases()); }

const sync::PassReport& World::dry_run() {
  sync::PassOptions dry = options_for(sync::Occasion::migrate);
  dry.dry_run = true;
  return run(std::move(dry), {});
}

const sync::PassReport& World::dry_run_both_ways() {
  sync::PassOptions dry = options_for(sync::Occasion::subscribe);
  dry.dry_run = true;
  return run(std::move(dry), {});
}

const sync::PassReport& World::migrate_with_a_stale_lease() {
  auto stale = take_leases();
  (void)take_leases();
  return run(options_for(sync::Occasion::migrate), std::move(stale));
}

void World::set_window(const std::string& since, const std::string& until) {
  since_ = since;
  until_ = until;
}

void World::approve() {
  for (const auto& calendar : calendars_)
    for (const auto& plan : must(shared_store().plans(calendar->id)))
      if (plan.state == "waiting")
        must(shared_store().set_plan_state(plan.hash, "approved", clock_->now() + std::chrono::hours(24)));
}

void World::retry_parked() {
  for (const auto& row : parked()) must(shared_store().retry_parked(row.id));
  pass_time(std::chrono::seconds(1));
}

void World::lose_the_store() {
  must(shared_store().forget_mailbox(mailbox_));
  register_mailbox();
}

void World::lose_mapping(const Uid& uid) {
  store::Batch batch;
  batch.forget_mappings.emplace_back(calendars_.front()->id, uid);
  must(shared_store().commit(batch));
}

int World::writes() {
  int all = 0;
  for (const auto& calendar : calendars_) all += calendar->caldav.writes() + calendar->exchange.writes();
  return all - std::exchange(writes_seen_, all);
}

store::Store& World::store() { return shared_store(); }
store::Pair World::pair(std::size_t calendar) { return must(shared_store().pair(calendars_.at(calendar)->id)).value(); }
store::Store::Counts World::counts(std::size_t calendar) {
  return must(shared_store().counts(calendars_.at(calendar)->id));
}
std::vector<store::ConflictRow> World::conflicts() { return must(shared_store().conflicts(mailbox_)); }
std::vector<store::Parked> World::parked() { return must(shared_store().parked(mailbox_)); }

std::vector<store::Undo> World::undo() {
  const RunId last("run-" + calendars_.front()->id.value + "-" + std::to_string(runs_ - 1));
  return must(shared_store().undo_of(last, 0, 1000));
}

std::string World::store_as_text() {
  std::string out;
  for (const auto& row : must(shared_store().pairs(mailbox_)))
    out += row.id.value + ' ' + row.sync_state.value + ' ' + row.sync_token.value + ' ' +
           (row.listing_complete ? "listed " : "") + (row.last_success ? to_rfc3339(*row.last_success) : "never") +
           '\n';
  for (const auto& calendar : calendars_) {
    must(shared_store().each_mapping_key(calendar->id, [&](const store::MappingKey& key) {
      out += key.uid.value + ' ' + key.state + ' ' + key.href.value + ' ' + key.etag.value + '\n';
      return true;
    }));
    const auto rows = counts(static_cast<std::size_t>(&calendar - calendars_.data()));
    out += std::to_string(rows.pending) + " pending, " + std::to_string(rows.open_intents) + " open intents\n";
    for (const auto& plan : must(shared_store().plans(calendar->id))) out += plan.hash + ' ' + plan.state + '\n';
  }
  for (const auto& row : parked()) out += "parked " + row.object + ' ' + row.code + '\n';
  for (const auto& row : conflicts()) out += "conflict " + row.uid.value + ' ' + row.units + ' ' + row.winner + '\n';
  for (const auto& row : must(shared_store().audit(mailbox_, Uid(), 10000)))
    out += row.uid.value + ' ' + row.event + '\n';
  return out;
}

}  // namespace caravan::world
