// SPDX-License-Identifier: GPL-3.0-or-later
#include "property/engine/life.hpp"

#include <algorithm>
#include <array>

#include "ical/zone_book.hpp"
#include "sync/equal_across.hpp"

namespace caravan::world {
namespace {

constexpr std::array kNames = {"exchange_adds",
                               "exchange_titles",
                               "exchange_places",
                               "exchange_writes_body",
                               "exchange_titles_occurrence",
                               "exchange_excludes",
                               "exchange_moves",
                               "exchange_deletes",
                               "exchange_touches",
                               "exchange_restores",
                               "exchange_drags_to_other_folder",
                               "caldav_titles",
                               "caldav_places",
                               "caldav_writes_body",
                               "caldav_titles_occurrence",
                               "caldav_deletes",
                               "caldav_touches",
                               "caldav_excludes",
                               "caldav_moves",
                               "caldav_renames_resource",
                               "caldav_drags_to_other_collection",
                               "caldav_adds",
                               "item_is_poisoned",
                               "items_are_cured",
                               "item_vanishes",
                               "state_is_lost",
                               "token_is_lost",
                               "exchange_change_is_untold",
                               "caldav_change_is_untold",
                               "row_is_lost",
                               "item_is_doubled",
                               "resource_is_doubled",
                               "exchange_fails",
                               "caldav_fails",
                               "read_is_cut",
                               "write_has_trouble",
                               "uid_is_refused",
                               "write_is_raced",
                               "write_is_followed",
                               "exchange_write_has_trouble",
                               "exchange_refuses",
                               "exchange_write_is_raced",
                               "exchange_write_is_cut_in_two",
                               "exchange_write_is_followed",
                               "store_dies",
                               "exchange_dies",
                               "caldav_dies",
                               "time_passes",
                               "run"};
static_assert(kNames.size() == static_cast<std::size_t>(Step::What::run) + 1);

/// What of a series one can read words from.
std::string words_in(const model::Event& event) {
  return event.summary + '\n' + event.location + '\n' + event.description + '\n';
}
std::string words_in(const model::Series& series) {
  std::string out = series.master ? words_in(*series.master) : std::string();
  for (const auto& event : series.overrides) out += words_in(event);
  return out;
}

constexpr int kAudits = 5;  ///< Step::which

Error busy() { return make_error(Fault::retry_later, "The server is busy."); }

sync::Policy policy_for(const World& world) {
  static const auto zones = ical::system_zone_book();
  sync::Policy policy = world.options.policy;
  policy.zones = zones.get();
  policy.mailbox = world.mailbox();
  return policy;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << kNames.at(static_cast<std::size_t>(step.what)) << ' ' << step.which << ' ' << step.how;
}

Life::Life(const Manners& manners, sync::ConflictPolicy policy, std::size_t batch, Company company,
           const ExchangeManners& exchange_manners)
    : manners_(manners), world_(manners), company_(company) {
  world_.options.policy.conflict = policy;
  world_.options.batch = batch;
  world_.add_calendar("other");
  world_.exchange().on_vanish = [this](const model::Series& series) { supersede(words_in(series)); };
  for (std::size_t calendar = 0; calendar < 2; ++calendar) {
    world_.exchange(calendar).manners = exchange_manners;
    // One of two that were the same series may go.
    world_.caldav(calendar).on_delete = [this, calendar](const Uid& uid) {
      if (world_.exchange(calendar).shows(uid) && !world_.caldav(calendar).has(uid))
        wrong_deletes_.push_back(uid.value);
    };
    world_.exchange(calendar).on_delete = [this, calendar](const model::Series& series) {
      if (world_.caldav(calendar).has(series.uid) && !world_.exchange(calendar).shows(series.uid))
        wrong_deletes_.push_back(series.uid.value + " on Exchange");
    };
  }
}

std::string Life::word(Side side) {
  std::string text = "w" + std::to_string(++counter_) + ".";
  words_[text] = side;
  return text;
}

void Life::supersede(const std::string& text) {
  std::erase_if(words_, [&](const auto& entry) { return text.find(entry.first) != std::string::npos; });
}

std::optional<ItemId> Life::item(int which) {
  const auto ids = world_.exchange().ids();
  if (ids.empty()) return std::nullopt;
  return ids[static_cast<std::size_t>(which) % ids.size()];
}

std::optional<Uid> Life::resource(int which) {
  const auto uids = world_.caldav().uids();
  if (uids.empty()) return std::nullopt;
  return uids[static_cast<std::size_t>(which) % uids.size()];
}

/// The edits that exist on both sides alike.
void Life::rename(model::Series& series, Side side, const Step& step) {
  const auto write = [&](std::string& text) {
    supersede(text);
    text = word(side);
  };
  using What = Step::What;
  if (step.what == What::exchange_titles || step.what == What::caldav_titles) return write(series.master->summary);
  if (step.what == What::exchange_places || step.what == What::caldav_places) return write(series.master->location);
  if (step.what == What::exchange_writes_body || step.what == What::caldav_writes_body)
    return write(series.master->description);
  const int week = 1 + step.how % 3;
  const auto is_week = [&](const model::EventTime& time) {
    return (to_seconds(time.wall) - to_seconds(series.master->start.wall)) / (7 * 86400) == week;
  };
  if (!series.recurring() || std::any_of(series.excluded.begin(), series.excluded.end(), is_week)) return;
  if (const auto* there = find_occurrence(series, week)) supersede(there->summary);
  title_of_occurrence(week, word(side))(series);
}

/// Exchange wipes the exceptions of a series that is moved, and so do most clients of CalDAV.
void Life::move(model::Series& series, const Step& step) {
  for (const auto& wiped : series.overrides) supersede(words_in(wiped));
  series.overrides.clear();
  series.excluded.clear();
  at_hour(8 + step.how)(series);
}

void Life::edit_exchange(const Step& step) {
  FakeExchange& exchange = world_.exchange();
  if (step.what == Step::What::exchange_adds) {
    const std::string name = "e" + std::to_string(++counter_);
    model::Series series = step.how % 2 == 0 ? event(name) : weekly(name);
    series.master->summary = word(Side::exchange);
    exchange.add(std::move(series));
    return;
  }
  const auto one = item(step.which);
  if (!one) return;
  model::Series series = exchange.series(*one);
  using What = Step::What;
  if (step.what == What::exchange_deletes) {
    supersede(words_in(series));
    return exchange.remove(*one);
  }
  if (step.what == What::exchange_touches) return exchange.touch(*one);
  if (step.what == What::exchange_restores) return static_cast<void>(exchange.remove_and_restore(*one));
  if (step.what == What::exchange_drags_to_other_folder)
    return static_cast<void>(exchange.move_to(*one, world_.exchange(1)));
  if (step.what == What::exchange_excludes) {
    const int week = 1 + static_cast<int>(series.excluded.size());
    if (!series.recurring() || week > 3) return;
    if (const auto* there = find_occurrence(series, week)) supersede(there->summary);
    return exchange.edit(*one, without_occurrence(week));
  }
  if (step.what == What::exchange_moves) {
    move(series, step);
    return exchange.edit(*one, [&](model::Series& stored) { stored = series; });
  }
  rename(series, Side::exchange, step);
  exchange.edit(*one, [&](model::Series& stored) { stored = series; });
}

void Life::edit_caldav(const Step& step) {
  if (company_ == Company::exchange_only || !world_.caldav().collection_exists()) return;
  FakeCaldav& caldav = world_.caldav();
  if (step.what == Step::What::caldav_adds) {
    const std::string name = "c" + std::to_string(++counter_);
    model::Series series = step.how % 3 == 0 ? weekly(name) : event(name);
    series.master->summary = word(Side::caldav);
    touched_.insert(series.uid);
    return caldav.put(series);
  }
  const auto uid = resource(step.which);
  if (!uid) return;
  if (step.what == Step::What::caldav_touches) return caldav.touch(*uid);
  const bool drags = step.what == Step::What::caldav_drags_to_other_collection;
  if (drags && !world_.caldav(1).collection_exists()) return;
  touched_.insert(*uid);
  model::Series series = caldav.series(*uid);
  if (step.what == Step::What::caldav_deletes) {
    supersede(words_in(series));
    return caldav.remove(*uid);
  }
  if (drags || step.what == Step::What::caldav_renames_resource) {
    caldav.remove(*uid);
    // The other collection may hold the series already: then this replaces it.
    if (drags && world_.caldav(1).has(*uid)) supersede(words_in(world_.caldav(1).series(*uid)));
    // A new name is a new resource: where the series stands twice, put() would write over the other.
    return drags ? world_.caldav(1).put(series) : caldav.put_beside(series);
  }
  if (step.what == Step::What::caldav_excludes) {
    const int week = 1 + static_cast<int>(series.excluded.size());
    if (!series.recurring() || week > 3) return;
    if (const auto* there = find_occurrence(series, week)) supersede(there->summary);
    return caldav.edit(*uid, without_occurrence(week));
  }
  if (step.what == Step::What::caldav_moves)
    move(series, step);
  else
    rename(series, Side::caldav, step);
  caldav.edit(*uid, [&](model::Series& stored) { stored = series; });
}

void Life::trouble(const Step& step) {
  using What = Step::What;
  FakeExchange& exchange = world_.exchange();
  FakeCaldav& caldav = world_.caldav();
  Step race = step;
  race.what = static_cast<What>(static_cast<int>(What::caldav_titles) + step.how % 5);
  Step exchange_race = step;
  exchange_race.what = static_cast<What>(static_cast<int>(What::exchange_titles) + step.how % 7);
  const auto one = item(step.which);
  if (step.what == What::items_are_cured) exchange.cure();
  if (step.what == What::state_is_lost) exchange.lose_every_state();
  if (step.what == What::token_is_lost) caldav.lose_every_token();
  if (company_ == Company::two_way) tell_nobody(step, race, exchange_race);
  if (step.what == What::exchange_fails) exchange.fail_next(busy(), step.how % 4);
  if (step.what == What::caldav_fails) caldav.fail_next(busy(), step.how % 4);
  if (step.what == What::read_is_cut) caldav.cut_next_read(1 + static_cast<std::size_t>(step.how % 3));
  if (step.what == What::write_has_trouble) caldav.trouble_next_write(static_cast<Trouble>(step.how % 4));
  if (step.what == What::uid_is_refused && one) caldav.refuse(exchange.series(*one).uid);
  if (step.what == What::item_is_poisoned && one) {
    exchange.poison(*one);
    exchange.touch(*one);
  }
  if (step.what == What::item_vanishes && one) {
    exchange.touch(*one);
    exchange.vanish_before_it_is_read(*one);
  }
  // Where conditions mean nothing, an edit between our look and our write is lost on any server; where no etag comes
  // back, nobody can tell what came after our write.
  if (step.what == What::write_is_raced && !manners_.conditions_ignored)
    caldav.before_next_write([this, race] { edit_caldav(race); });
  // The same where the next write of the batch goes to the resource that was edited.
  const bool looks_again = !manners_.conditions_ignored || world_.options.batch == 1;
  if (step.what == What::write_is_followed && manners_.tells_etag && looks_again)
    caldav.after_next_write([this, race] { edit_caldav(race); });
  const auto then = [this, exchange_race] { edit_exchange(exchange_race); };
  if (step.what == What::exchange_write_has_trouble) exchange.trouble_next_write(static_cast<Trouble>(step.how % 5));
  if (step.what == What::exchange_write_is_raced) exchange.before_next_write(then);
  if (step.what == What::exchange_write_is_cut_in_two) exchange.midway_in_next_write(then);
  if (step.what == What::exchange_write_is_followed) exchange.after_next_write(then);
  if (step.what == What::exchange_refuses)
    if (const auto uid = resource(step.which)) exchange.refuse(*uid);
}

/// What no list tells, and what we might have made ourselves: only an audit learns of it.
void Life::tell_nobody(const Step& step, const Step& caldav_deed, const Step& exchange_deed) {
  using What = Step::What;
  FakeExchange& exchange = world_.exchange();
  FakeCaldav& caldav = world_.caldav();
  const auto one = item(step.which);
  const auto uid = resource(step.which);
  const bool untold = (step.what == What::exchange_change_is_untold && one) ||
                      (uid && (step.what == What::caldav_change_is_untold || step.what == What::row_is_lost));
  untold_ = untold_ || untold;
  if (step.what == What::exchange_change_is_untold) exchange.untold([&] { edit_exchange(exchange_deed); });
  if (step.what == What::caldav_change_is_untold) caldav.untold([&] { edit_caldav(caldav_deed); });
  if (step.what == What::row_is_lost && uid) {
    world_.lose_mapping(*uid);
    restored_ = true;
  }
  if (step.what == What::item_is_doubled && one) exchange.double_item(*one);
  if (step.what == What::resource_is_doubled && uid && !manners_.one_uid_once) caldav.double_resource(*uid);
}

/// Who lost something of the store and goes on audits first, until that worked.
void Life::audit_what_was_restored() {
  world_.options.observe = sync::Observe::both_sides;
  world_.audit(sync::Audit::whole);
  restored_ = world_.report(0).error || world_.report(1).error;
}

void Life::run(const Step& step) {
  if (company_ != Company::two_way)
    world_.migrate();
  else if (restored_)
    audit_what_was_restored();
  else if (step.which == kAudits)
    world_.audit(step.how % 2 == 0 ? sync::Audit::usual : sync::Audit::whole);
  else
    world_.sync();
}

void Life::take(const Step& step) {
  if (step.what <= Step::What::exchange_drags_to_other_folder) return edit_exchange(step);
  if (step.what <= Step::What::caldav_adds) return edit_caldav(step);
  using What = Step::What;
  if (step.what == What::time_passes) return world_.pass_time(std::chrono::hours(1 + step.how));
  if (step.what < What::store_dies) return trouble(step);
  if (restored_) return run(step);
  if (step.what == What::store_dies) world_.kill_at(Place::store, 1 + step.how + 12 * (step.which % 3));
  if (step.what == What::exchange_dies) world_.kill_at(Place::exchange, 1 + step.how % 5);
  if (step.what == What::caldav_dies) world_.kill_at(Place::caldav, 1 + step.how);
  if (company_ == Company::two_way && step.which == 0)  // one side is said to be quiet, rightly or wrongly
    world_.options.observe = step.how % 2 == 0 ? sync::Observe::exchange_only : sync::Observe::caldav_only;
  run(step);
  world_.options.observe = sync::Observe::both_sides;
}

bool Life::settle() {
  for (std::size_t calendar = 0; calendar < 2; ++calendar) {
    world_.caldav(calendar).forget_troubles();
    world_.exchange(calendar).forget_troubles();
    world_.exchange(calendar).cure();
  }
  int quiet = 0;
  for (int i = 0; i < 12 && quiet < 2; ++i) {
    world_.pass_time(std::chrono::hours(7));
    world_.retry_parked();
    world_.approve();
    world_.writes();
    if (untold_)
      world_.audit(sync::Audit::whole);
    else
      run();
    // A plan that waits is silent, too, and is approved before the next run.
    bool unfinished = world_.writes() > 0;
    for (std::size_t calendar = 0; calendar < 2; ++calendar)
      unfinished = unfinished || world_.report(calendar).stopped || world_.report(calendar).error;
    quiet = unfinished ? 0 : quiet + 1;
  }
  return quiet >= 2;
}

int Life::writes_of(int runs) {
  world_.writes();
  for (int i = 0; i < runs; ++i) run();
  return world_.writes();
}

std::vector<std::string> Life::found_by_an_audit() {
  world_.audit(sync::Audit::whole);
  std::vector<std::string> out;
  for (std::size_t calendar = 0; calendar < 2; ++calendar)
    for (const auto& [what, count] : world_.report(calendar).drift)
      out.push_back(std::to_string(count) + " " + what.second +
                    (what.first == Side::exchange ? " on Exchange" : " on CalDAV"));
  return out;
}

std::string Life::everything_on(Side side) {
  std::string out;
  for (std::size_t calendar = 0; calendar < 2; ++calendar) {
    if (side == Side::caldav)
      for (const Href& href : world_.caldav(calendar).hrefs()) out += words_in(world_.caldav(calendar).series_at(href));
    else
      for (const auto& one : world_.exchange(calendar).ids()) out += words_in(world_.exchange(calendar).series(one));
  }
  return out;
}

std::string Life::text_of_object(std::size_t calendar, const store::Parked& row) {
  if (row.side == Side::caldav) return words_in(world_.caldav(calendar).series_at(Href(row.object)));
  const ItemId item(row.object);
  return world_.exchange(calendar).has(item) ? words_in(world_.exchange(calendar).series(item)) : std::string();
}

bool Life::is_parked_twin(const Uid& uid) {
  const auto rows = world_.parked();
  return std::any_of(rows.begin(), rows.end(),
                     [&](const auto& row) { return row.code == "duplicate_uid" && row.uid == uid; });
}

std::vector<std::string> Life::lost() {
  std::string losers;
  for (const auto& row : world_.conflicts()) losers += row.losing_copy;
  for (const auto& row : world_.parked())  // what somebody doubled himself is told, and stays where it is
    if (row.code == "duplicate_uid")
      for (std::size_t calendar = 0; calendar < 2; ++calendar) losers += text_of_object(calendar, row);
  const std::string on_caldav = everything_on(Side::caldav), on_exchange = everything_on(Side::exchange);
  const auto shows = [](const std::string& shown, const std::string& text) {
    return shown.find(text) != std::string::npos;
  };
  std::vector<std::string> out;
  for (const auto& [text, side] : words_) {
    const bool there = shows(on_caldav, text) && (company_ != Company::two_way || shows(on_exchange, text));
    if (!there && !shows(losers, text)) out.push_back(text + (side == Side::exchange ? " of Exchange" : " of CalDAV"));
  }
  return out;
}

std::vector<std::string> Life::doubled() {
  std::vector<std::string> out;
  for (std::size_t calendar = 0; calendar < 2; ++calendar) {
    for (const Uid& uid : world_.caldav(calendar).uids())
      if (world_.caldav(calendar).count(uid) > 1 && !is_parked_twin(uid)) out.push_back(uid.value);
    for (const auto& one : world_.exchange(calendar).ids()) {
      const Uid& uid = world_.exchange(calendar).series(one).uid;
      if (world_.exchange(calendar).count(uid) > 1 && !is_parked_twin(uid)) out.push_back(uid.value + " on Exchange");
    }
  }
  return out;
}

std::vector<std::string> Life::apart() {
  std::vector<std::string> out;
  const sync::Policy policy = policy_for(world_);
  const auto left_alone = [&](const Uid& uid) {
    return company_ == Company::two_way ? is_parked_twin(uid) : touched_.contains(uid);
  };
  for (std::size_t calendar = 0; calendar < 2; ++calendar) {
    FakeExchange& exchange = world_.exchange(calendar);
    FakeCaldav& caldav = world_.caldav(calendar);
    for (const auto& one : exchange.ids()) {
      const Uid uid = exchange.series(one).uid;
      if (left_alone(uid)) continue;
      if (!caldav.has(uid))
        out.push_back(uid.value + " is missing on CalDAV");
      else if (!sync::equal_across(exchange.series(one), caldav.series(uid), policy))
        out.push_back(uid.value + " differs");
    }
    for (const Uid& uid : caldav.uids())
      if (!left_alone(uid) && !exchange.holds(uid)) out.push_back(uid.value + " is only on CalDAV");
  }
  return out;
}

std::string Life::describe() {
  const Manners& m = manners_;
  std::string out = "manners";
  const auto say = [&](bool holds, const char* what) {
    if (holds) out += std::string(" ") + what;
  };
  say(m.exists, "exists");
  say(m.tells_etag, "tells_etag");
  say(m.read_back, "read_back");
  say(m.rewrites, "rewrites");
  say(m.one_uid_once, "one_uid_once");
  say(m.names_the_other, "names_the_other");
  say(m.weak_versions, "weak_versions");
  say(m.conditions_ignored, "conditions_ignored");
  say(m.forgets_short_lives, "forgets_short_lives");
  say(world_.exchange().manners.rewrites, "exchange_rewrites");
  say(world_.exchange().manners.reads_back, "exchange_reads_back");
  out += ", policy " + std::to_string(static_cast<int>(world_.options.policy.conflict)) + ", batch " +
         std::to_string(world_.options.batch) + '\n';
  for (std::size_t calendar = 0; calendar < 2; ++calendar) {
    for (const auto& one : world_.exchange(calendar).ids())
      out += "Exchange " + one.value + " " + world_.exchange(calendar).series(one).uid.value + ": " +
             words_in(world_.exchange(calendar).series(one));
    for (const Href& href : world_.caldav(calendar).hrefs())
      out += "CalDAV " + href.value + ": " + words_in(world_.caldav(calendar).series_at(href));
    if (world_.report(calendar).error) out += "error: " + world_.report(calendar).error->what + '\n';
  }
  return out + world_.store_as_text();
}

}  // namespace caravan::world
