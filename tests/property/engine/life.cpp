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
                               "caldav_adds",
                               "item_is_poisoned",
                               "items_are_cured",
                               "item_vanishes",
                               "state_is_lost",
                               "token_is_lost",
                               "exchange_fails",
                               "caldav_fails",
                               "read_is_cut",
                               "write_has_trouble",
                               "uid_is_refused",
                               "write_is_raced",
                               "write_is_followed",
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

Life::Life(const Manners& manners, sync::ConflictPolicy policy, std::size_t batch, Company company)
    : manners_(manners), world_(manners), company_(company) {
  world_.options.policy.conflict = policy;
  world_.options.batch = batch;
  world_.add_calendar("other");
  world_.exchange().on_vanish = [this](const model::Series& series) { supersede(words_in(series)); };
  for (std::size_t calendar = 0; calendar < 2; ++calendar)
    world_.caldav(calendar).on_delete = [this, calendar](const Uid& uid) {
      if (world_.exchange(calendar).shows(uid)) wrong_deletes_.push_back(uid.value);
    };
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
  if (step.what == What::exchange_moves) {  // Exchange wipes the exceptions of a series that is moved
    for (const auto& wiped : series.overrides) supersede(words_in(wiped));
    return exchange.edit(*one, [&](model::Series& stored) {
      stored.overrides.clear();
      stored.excluded.clear();
      at_hour(8 + step.how)(stored);
    });
  }
  rename(series, Side::exchange, step);
  exchange.edit(*one, [&](model::Series& stored) { stored = series; });
}

void Life::edit_caldav(const Step& step) {
  if (company_ == Company::exchange_only || !world_.caldav().collection_exists()) return;
  FakeCaldav& caldav = world_.caldav();
  if (step.what == Step::What::caldav_adds) {
    const std::string name = "c" + std::to_string(++counter_);
    model::Series series = event(name);
    series.master->summary = word(Side::caldav);
    touched_.insert(series.uid);
    return caldav.put(series);
  }
  const auto uid = resource(step.which);
  if (!uid) return;
  if (step.what == Step::What::caldav_touches) return caldav.touch(*uid);
  touched_.insert(*uid);
  model::Series series = caldav.series(*uid);
  if (step.what == Step::What::caldav_deletes) {
    supersede(words_in(series));
    return caldav.remove(*uid);
  }
  rename(series, Side::caldav, step);
  caldav.edit(*uid, [&](model::Series& stored) { stored = series; });
}

void Life::trouble(const Step& step) {
  using What = Step::What;
  FakeExchange& exchange = world_.exchange();
  FakeCaldav& caldav = world_.caldav();
  Step race = step;
  race.what = static_cast<What>(static_cast<int>(What::caldav_titles) + step.how % 5);
  const auto one = item(step.which);
  if (step.what == What::items_are_cured) exchange.cure();
  if (step.what == What::state_is_lost) exchange.lose_every_state();
  if (step.what == What::token_is_lost) caldav.lose_every_token();
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
  if (step.what == What::write_is_followed && manners_.tells_etag)
    caldav.after_next_write([this, race] { edit_caldav(race); });
}

void Life::take(const Step& step) {
  if (step.what <= Step::What::exchange_drags_to_other_folder) return edit_exchange(step);
  if (step.what <= Step::What::caldav_adds) return edit_caldav(step);
  using What = Step::What;
  if (step.what == What::time_passes) return world_.pass_time(std::chrono::hours(1 + step.how));
  if (step.what < What::store_dies) return trouble(step);
  if (step.what == What::store_dies) world_.kill_at(Place::store, 1 + step.how + 12 * (step.which % 3));
  if (step.what == What::exchange_dies) world_.kill_at(Place::exchange, 1 + step.how % 5);
  if (step.what == What::caldav_dies) world_.kill_at(Place::caldav, 1 + step.how);
  world_.migrate();
}

bool Life::settle() {
  for (std::size_t calendar = 0; calendar < 2; ++calendar) {
    world_.caldav(calendar).forget_troubles();
    world_.exchange(calendar).forget_failures();
    world_.exchange(calendar).cure();
  }
  int quiet = 0;
  for (int i = 0; i < 12 && quiet < 2; ++i) {
    world_.pass_time(std::chrono::hours(7));
    world_.retry_parked();
    world_.approve();
    world_.writes();
    world_.migrate();
    quiet = world_.writes() == 0 ? quiet + 1 : 0;
  }
  return quiet >= 2 && !world_.report().error;
}

int Life::writes_of(int runs) {
  world_.writes();
  for (int i = 0; i < runs; ++i) world_.migrate();
  return world_.writes();
}

std::string Life::everything_on_caldav() {
  std::string out;
  for (std::size_t calendar = 0; calendar < 2; ++calendar)
    for (const Uid& uid : world_.caldav(calendar).uids()) out += words_in(world_.caldav(calendar).series(uid));
  return out;
}

std::vector<std::string> Life::lost() {
  std::string shown = everything_on_caldav();
  for (const auto& row : world_.conflicts()) shown += row.losing_copy;
  std::vector<std::string> out;
  for (const auto& [text, side] : words_)
    if (shown.find(text) == std::string::npos)
      out.push_back(text + (side == Side::exchange ? " of Exchange" : " of CalDAV"));
  return out;
}

std::vector<std::string> Life::doubled() {
  std::vector<std::string> out;
  for (std::size_t calendar = 0; calendar < 2; ++calendar)
    for (const Uid& uid : world_.caldav(calendar).uids())
      if (world_.caldav(calendar).count(uid) > 1) out.push_back(uid.value);
  return out;
}

std::vector<std::string> Life::apart() {
  std::vector<std::string> out;
  const sync::Policy policy = policy_for(world_);
  for (std::size_t calendar = 0; calendar < 2; ++calendar) {
    FakeExchange& exchange = world_.exchange(calendar);
    FakeCaldav& caldav = world_.caldav(calendar);
    for (const auto& one : exchange.ids()) {
      const Uid uid = exchange.series(one).uid;
      if (touched_.contains(uid)) continue;
      if (!caldav.has(uid))
        out.push_back(uid.value + " is missing on CalDAV");
      else if (!sync::equal_across(exchange.series(one), caldav.series(uid), policy))
        out.push_back(uid.value + " differs");
    }
    for (const Uid& uid : caldav.uids())
      if (!touched_.contains(uid) && !exchange.holds(uid)) out.push_back(uid.value + " is still on CalDAV");
  }
  return out;
}

std::string Life::describe() {
  std::string out;
  for (std::size_t calendar = 0; calendar < 2; ++calendar) {
    for (const auto& one : world_.exchange(calendar).ids())
      out += "Exchange " + one.value + " " + world_.exchange(calendar).series(one).uid.value + ": " +
             words_in(world_.exchange(calendar).series(one));
    for (const Uid& uid : world_.caldav(calendar).uids())
      out += "CalDAV " + uid.value + ": " + words_in(world_.caldav(calendar).series(uid));
    if (world_.report(calendar).error) out += "error: " + world_.report(calendar).error->what + '\n';
  }
  return out + world_.store_as_text();
}

}  // namespace caravan::world
