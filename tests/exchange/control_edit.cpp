// SPDX-License-Identifier: GPL-3.0-or-later
// Edits through the control endpoint, as a user in Outlook would make them: put, delete, touch, mutate;
// and damage: poison, hide.
#include <algorithm>

#include "control.hpp"
#include "ics_import.hpp"
#include "item_checks.hpp"

namespace exchange_sim {
namespace {

CalendarItem& item_of(Mailbox& mailbox, const std::string& uid) {
  auto* item = mailbox.item_by_uid(uid);
  if (item == nullptr) throw ControlError{404, "no such item: " + uid};
  return *item;
}

Json describe(const Mailbox& mailbox, const CalendarItem& item) {
  return {{"uid", item.uid},
          {"item_id", item_id_of(mailbox, view_of(item))},
          {"change_key", encode_change_key(mailbox.index, item.change)}};
}

void shift(EventContent& content, Instant seconds) {
  content.start += seconds;
  content.end += seconds;
}

/// Moves start and end by an hour, for a series with all its exceptions.
void move_time(CalendarItem& item) {
  shift(item.content, 3600);
  for (auto& [day, exception] : item.exceptions) shift(exception.content, 3600);
}

struct Choice {
  std::uint64_t state;
  std::size_t below(std::size_t limit) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<std::size_t>((state >> 33) % limit);
  }
};

/// The second occurrence, or the first that is left.
std::optional<Day> occurrence_to_change(const CalendarItem& item) {
  RecurrenceWalk walk(*item.recurrence);
  std::optional<Day> fallback;
  for (int i = 0; i < 60; ++i) {
    auto day = walk.next();
    if (!day) break;
    if (item.deleted.contains(*day)) continue;
    fallback = day;
    if (i >= 1) return day;
  }
  return fallback;
}

bool stays_on_its_day(const CalendarItem& item) {
  if (item.content.all_day) return false;
  for (const auto& [day, exception] : item.exceptions) {
    if (exception.content.all_day) return false;
  }
  LocalTime local = item.content.start_zone->to_local(item.content.start);
  return local - day_of(local) * kDaySeconds < 22 * 3600;
}

std::vector<CalendarItem*> shuffled_items(Mailbox& mailbox, std::uint64_t seed) {
  std::vector<CalendarItem*> out;
  std::map<std::string, int> seen;
  for (auto number : mailbox.calendar().items) ++seen[mailbox.item(number)->uid];
  for (auto number : mailbox.calendar().items) {
    auto* item = mailbox.item(number);
    if (item->poison == Poison::none && seen[item->uid] == 1) out.push_back(item);
  }
  Choice choice{seed * 2654435761u + 12345};
  for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[choice.below(i)]);
  return out;
}

template <typename Wanted>
std::vector<CalendarItem*> take(std::vector<CalendarItem*>& from, std::size_t count, Wanted wanted) {
  std::vector<CalendarItem*> out;
  for (auto& item : from) {
    if (out.size() == count) break;
    if (item == nullptr || !wanted(*item)) continue;
    out.push_back(item);
    item = nullptr;
  }
  if (out.size() < count) throw ControlError{409, "the mailbox has too few fitting series"};
  return out;
}

Json uids_of(const std::vector<CalendarItem*>& items) {
  Json out = Json::array();
  for (const auto* item : items) out.push_back(item->uid);
  return out;
}

void change_title_of_one(CalendarItem& item) {
  auto day = occurrence_to_change(item);
  make_exception(item, *day).content.subject += " (changed once)";
}

}  // namespace

Json put_item(Server& server, const std::string& address, const std::string& uid, const std::string& ics) {
  auto& mailbox = control_mailbox(server, address);
  auto imported = import_ics(ics, {mailbox.address, mailbox.zone});
  auto fitting =
      std::find_if(imported.begin(), imported.end(), [&](const auto& series) { return series.report.uid == uid; });
  if (fitting == imported.end()) throw ControlError{400, "the body has no event with this UID"};
  Json losses = Json::array();
  for (auto loss : fitting->report.losses) losses.push_back(loss_word(loss));
  if (!fitting->item) throw ControlError{422, refusal_word(fitting->report.refusal) + " " + fitting->report.detail};
  std::lock_guard lock(mailbox.mutex);
  Json out;
  if (auto* present = mailbox.item_by_uid(uid)) {
    auto& made = *fitting->item;
    made.number = present->number;
    made.folder = present->folder;
    made.created = present->created;
    made.global_object_id = present->global_object_id;
    made.hidden = present->hidden;
    *present = std::move(made);
    mailbox.touch(*present);
    out = describe(mailbox, *present);
    out["created"] = false;
  } else {
    auto& stored = mailbox.add_item(mailbox.calendar().number, std::move(fitting->item));
    out = describe(mailbox, stored);
    out["created"] = true;
  }
  out["losses"] = losses;
  return out;
}

Json delete_item_of(Server& server, const std::string& address, const std::string& uid) {
  auto& mailbox = control_mailbox(server, address);
  std::lock_guard lock(mailbox.mutex);
  auto& item = item_of(mailbox, uid);
  auto out = describe(mailbox, item);
  mailbox.move(item, mailbox.distinguished("deleteditems")->number);
  return out;
}

Json touch_item(Server& server, const std::string& address, const Json& body) {
  auto& mailbox = control_mailbox(server, address);
  std::lock_guard lock(mailbox.mutex);
  auto& item = item_of(mailbox, body.value("uid", ""));
  mailbox.touch(item, {});
  return describe(mailbox, item);
}

Json mutate(Server& server, const Json& body) {
  auto& mailbox = control_mailbox(server, body.value("mailbox", ""));
  std::lock_guard lock(mailbox.mutex);
  auto items = shuffled_items(mailbox, body.value("seed", std::uint64_t{1}));
  auto exceptions = take(items, body.value("change_exception", std::size_t{0}),
                         [](const CalendarItem& item) { return item.is_master() && occurrence_to_change(item); });
  auto moved = take(items, body.value("move_time", std::size_t{0}), stays_on_its_day);
  auto changed = take(items, body.value("change", std::size_t{0}), [](const CalendarItem&) { return true; });
  auto gone = take(items, body.value("delete", std::size_t{0}), [](const CalendarItem&) { return true; });
  Json out = {{"change", uids_of(changed)},
              {"change_exception", uids_of(exceptions)},
              {"delete", uids_of(gone)},
              {"move_time", uids_of(moved)}};
  for (auto* item : changed) item->content.subject += " (changed)";
  for (auto* item : exceptions) change_title_of_one(*item);
  for (auto* item : moved) move_time(*item);
  for (auto* group : {&changed, &exceptions, &moved}) {
    for (auto* item : *group) mailbox.touch(*item);
  }
  for (auto* item : gone) mailbox.move(*item, mailbox.distinguished("deleteditems")->number);
  return out;
}

Json hide_items(Server& server, const Json& body) {
  auto& mailbox = control_mailbox(server, body.value("mailbox", ""));
  std::lock_guard lock(mailbox.mutex);
  auto& folder = mailbox.calendar();
  std::vector<std::uint64_t> numbers(folder.items.begin(), folder.items.end());
  auto count =
      static_cast<std::size_t>(static_cast<double>(numbers.size()) * std::clamp(body.value("fraction", 1.0), 0.0, 1.0));
  for (std::size_t i = 0; i < count; ++i) mailbox.hide(*mailbox.item(numbers[i]));
  if (body.value("invalidate_state", false)) ++folder.epoch;
  return {{"hidden", count}};
}

Json unhide_items(Server& server, const Json& body) {
  auto& mailbox = control_mailbox(server, body.value("mailbox", ""));
  std::lock_guard lock(mailbox.mutex);
  std::vector<std::uint64_t> hidden;
  for (const auto& [number, item] : mailbox.items) {
    if (item->hidden) hidden.push_back(number);
  }
  std::sort(hidden.begin(), hidden.end());
  for (auto number : hidden) mailbox.unhide(*mailbox.items.at(number));
  return {{"unhidden", hidden.size()}};
}

Json poison_item(Server& server, const Json& body) {
  static const std::map<std::string, Poison> kinds = {{"none", Poison::none},
                                                      {"corrupt", Poison::corrupt},
                                                      {"control_characters", Poison::control_characters},
                                                      {"bad_recurrence", Poison::bad_recurrence},
                                                      {"malformed", Poison::malformed}};
  auto& mailbox = control_mailbox(server, body.value("mailbox", ""));
  std::lock_guard lock(mailbox.mutex);
  auto kind = kinds.find(body.value("kind", "corrupt"));
  if (kind == kinds.end()) throw ControlError{400, "unknown kind of poison"};
  CalendarItem* item = nullptr;
  if (body.contains("uid")) {
    item = &item_of(mailbox, body.value("uid", ""));
  } else {
    auto index = body.value("index", std::size_t{0});
    const auto& numbers = mailbox.calendar().items;
    if (index >= numbers.size()) throw ControlError{404, "no such index"};
    item = mailbox.item(*std::next(numbers.begin(), static_cast<std::ptrdiff_t>(index)));
  }
  item->poison = kind->second;
  mailbox.touch(*item);
  return describe(mailbox, *item);
}

}  // namespace exchange_sim
