// SPDX-License-Identifier: GPL-3.0-or-later
// The generator of generator.hpp. Texts come from a small pool, so bodies are shared in memory.
#include "generator.hpp"

#include <array>
#include <cstdio>

namespace exchange_sim {
namespace {

/// SplitMix64: the same numbers on every platform.
struct Random {
  std::uint64_t state;
  std::uint64_t next() {
    state += 0x9E3779B97F4A7C15ull;
    std::uint64_t z = state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }
};

constexpr std::array kWords = {"Budget",   "Übergabe", "Планирование", "Review", "Q3",       "встреча",
                               "Kaffee ☕", "roadmap",  "Отчёт",        "Größe",  "🎉",        "Café",
                               "release",  "команда",  "Projekt",      "naïve",  "🚀 launch", "бюджет",
                               "Kunde",    "status",   "Ärzte",        "résumé", "данные",   "plan"};

std::string words(Random& random, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ' ';
    out += kWords[random.below(kWords.size())];
  }
  return out;
}

/// Bodies of about 2 KB, half of them HTML.
std::vector<SharedText> body_pool(std::uint64_t seed) {
  std::vector<SharedText> out;
  Random random{seed ^ 0xB0D1E5};
  for (std::size_t i = 0; i < 256; ++i) {
    bool html = i % 2 == 1;
    std::string text = html ? "<html><body>" : "";
    while (text.size() < 2000) {
      auto line = words(random, 12);
      text += html ? "<p>" + line + "</p>\r\n" : line + "\r\n";
    }
    if (html) text += "</body></html>";
    out.push_back(std::make_shared<const std::string>(std::move(text)));
  }
  return out;
}

struct Maker {
  Random random;
  const GenerationPlan& plan;
  const Mailbox& mailbox;
  const std::vector<SharedText>& bodies;
  Day first_day;

  EventContent content(bool all_day) {
    EventContent out;
    Day day = first_day + static_cast<Day>(random.below(730));
    LocalTime start = day * kDaySeconds + (all_day ? 0
                                                   : static_cast<LocalTime>(8 + random.below(10)) * 3600 +
                                                         static_cast<LocalTime>(random.below(4)) * 900);
    out.start_zone = out.end_zone = mailbox.zone;
    out.start = mailbox.zone->to_instant(start);
    out.end = all_day ? mailbox.zone->to_instant(start + kDaySeconds)
                      : out.start + static_cast<Instant>(1 + random.below(4)) * 1800;
    out.all_day = all_day;
    out.subject = words(random, 2 + random.below(4));
    auto body = random.below(bodies.size());
    out.body = bodies[body];
    out.body_is_html = body % 2 == 1;
    if (random.below(2) == 0) out.location = "Raum " + std::to_string(random.below(40));
    if (random.below(4) == 0) out.categories = {kWords[random.below(kWords.size())]};
    out.busy = all_day ? BusyStatus::free : static_cast<BusyStatus>(random.below(5));
    if (random.below(10) == 0) out.sensitivity = Sensitivity::private_;
    if (random.below(10) == 0) out.importance = Importance::high;
    out.reminder_is_set = random.below(2) == 0;
    out.reminder_minutes = static_cast<int>(5 * random.below(13));
    return out;
  }

  std::string address(std::size_t number) {
    char name[32];
    std::snprintf(name, sizeof name, "user%04zu", number + 1);
    return std::string(name) + "@" + plan.domain;
  }

  void make_meeting(EventContent& content) {
    bool organizer = random.below(2) == 0;
    std::size_t people = plan.mailboxes + 8;
    content.state = organizer ? kStateMeeting : kStateMeeting | kStateReceived;
    auto other = address(random.below(people));
    content.organizer = organizer || other == mailbox.address ? Person{mailbox.display_name, mailbox.address}
                                                              : Person{words(random, 2), other};
    if (content.organizer->address == mailbox.address) content.state = kStateMeeting;
    bool mine = content.state == kStateMeeting;
    content.my_response = mine ? Response::organizer : static_cast<Response>(2 + random.below(4));
    content.request_was_sent = mine;
    for (std::size_t i = 0; i < 6; ++i) {
      Attendee attendee;
      attendee.person.address = i == 0 && !mine ? mailbox.address : address(random.below(people));
      attendee.person.name = words(random, 2);
      attendee.response = i == 0 && !mine ? content.my_response : static_cast<Response>(random.below(4) + 2);
      if (attendee.response == Response::no_response) attendee.response = Response::unknown;
      (i < 4 ? content.required : content.optional).push_back(std::move(attendee));
    }
  }

  Recurrence recurrence(const EventContent& content, bool yearly) {
    Recurrence out;
    LocalTime local = content.start_zone->to_local(content.start);
    out.start = day_of(local);
    out.first_day_of_week = 1;
    auto date = format_day(out.start);
    int day = std::stoi(date.substr(8));
    auto kind = yearly ? 3 : random.below(3);
    if (kind == 0) {
      out.kind = PatternKind::daily;
      out.interval = 1 + static_cast<int>(random.below(3));
    } else if (kind == 1) {
      out.kind = PatternKind::weekly;
      out.interval = 1 + static_cast<int>(random.below(2));
      out.days = 1u << weekday_of(out.start);
    } else if (kind == 2) {
      out.kind = PatternKind::relative_monthly;
      out.days = 1u << weekday_of(out.start);
      out.index = (day - 1) / 7 + 1;
    } else {
      out.kind = PatternKind::absolute_yearly;
      out.day_of_month = day;
      out.month = std::stoi(date.substr(5, 2));
    }
    out.range = static_cast<RangeKind>(random.below(3));
    if (out.range == RangeKind::numbered) out.count = 5 + static_cast<int>(random.below(20));
    if (out.range == RangeKind::end_date) out.end = out.start + 400;
    if (out.range == RangeKind::no_end && !yearly) {
      out.range = RangeKind::end_date;
      out.end = out.start + 1000;
    }
    return out;
  }

  void add_exceptions(CalendarItem& item) {
    if (auto day = nth_day(*item.recurrence, 2)) {
      auto view = view_of(item, *day);
      Exception made;
      made.content = item.content;
      made.content.subject += " (verschoben)";
      made.content.start = view.start + 1800;
      made.content.end = view.end + 1800;
      item.exceptions[*day] = std::move(made);
    }
    if (auto day = nth_day(*item.recurrence, 4)) item.deleted.insert(*day);
  }

  void add_file(EventContent& content, std::uint64_t bytes) {
    Attachment made;
    made.number = static_cast<std::uint32_t>(content.attachments.size() + 1);
    made.name = "Datei " + std::to_string(made.number) + ".bin";
    made.content_type = "application/octet-stream";
    made.lazy = LazyContent{random.next(), bytes};
    content.attachments.push_back(std::move(made));
  }

  std::unique_ptr<CalendarItem> event(std::size_t index) {
    auto item = std::make_unique<CalendarItem>();
    auto dice = random.below(100);
    bool all_day = dice == 99;
    item->content = content(all_day);
    if (dice >= 60 && dice < 85) make_meeting(item->content);
    if ((dice >= 85 && dice < 97) || all_day) {
      // 29 to 31 mean other days in Exchange than in iCalendar; and a fifth weekday has no index.
      auto day = std::stoi(format_day(day_of(item->content.start_zone->to_local(item->content.start))).substr(8));
      if (day > 28) {
        item->content.start = item->content.start_zone->to_instant(
            item->content.start_zone->to_local(item->content.start) - 7 * kDaySeconds);
        item->content.end = item->content.start_zone->to_instant(item->content.start_zone->to_local(item->content.end) -
                                                                 7 * kDaySeconds);
      }
      item->recurrence = recurrence(item->content, all_day);
      if (!all_day && random.below(4) == 0) add_exceptions(*item);
    }
    if (dice >= 97 && dice < 99) add_file(item->content, 1000 + random.below(60000));
    item->uid = std::to_string(plan.seed) + "-" + std::to_string(mailbox.index) + "-" + std::to_string(index) + "@" +
                plan.domain;
    item->global_object_id = global_object_id(item->uid, std::nullopt);
    item->created = item->modified = item->stamp = 1735689600 + static_cast<Instant>(index);
    for (auto& [day, exception] : item->exceptions) exception.modified = item->modified;
    return item;
  }
};

}  // namespace

GenerationPlan read_plan(const std::string& text, const std::string& domain, const std::string& zone) {
  GenerationPlan out;
  unsigned long long mailboxes = 0;
  unsigned long long events = 0;
  unsigned long long seed = 1;
  if (std::sscanf(text.c_str(), "%llu:%llu:%llu", &mailboxes, &events, &seed) < 2) {
    throw std::runtime_error("--generate wants N:M or N:M:SEED");
  }
  out.mailboxes = mailboxes;
  out.events = events;
  out.seed = seed;
  out.domain = domain;
  out.zone = zone;
  return out;
}

void generate(World& world, const GenerationPlan& plan) {
  auto bodies = body_pool(plan.seed);
  for (std::size_t i = 0; i < plan.mailboxes; ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "user%04zu", i + 1);
    auto& mailbox = world.add_mailbox(std::string(name) + "@" + plan.domain, plan.zone);
    Maker maker{Random{plan.seed * 1000003 + i}, plan, mailbox, bodies, day_from(2025, 7, 1)};
    std::lock_guard lock(mailbox.mutex);
    auto folder = mailbox.calendar().number;
    for (std::size_t k = 0; k < plan.events; ++k) mailbox.add_item(folder, maker.event(k));
  }
}

void add_attachments(World& world, std::size_t count, std::uint64_t bytes, std::uint64_t largest) {
  auto all = world.all();
  if (all.empty()) throw std::runtime_error("--attachments needs a mailbox");
  auto& mailbox = *all.front();
  GenerationPlan plan;
  plan.seed = 4711;
  plan.domain = mailbox.address.substr(mailbox.address.find('@') + 1);
  auto bodies = body_pool(plan.seed);
  Maker maker{Random{4711}, plan, mailbox, bodies, day_from(2026, 1, 1)};
  std::lock_guard lock(mailbox.mutex);
  for (std::size_t i = 0; i < count + (largest > 0 ? 1 : 0); ++i) {
    auto item = std::make_unique<CalendarItem>();
    item->content = maker.content(false);
    maker.add_file(item->content, i < count ? bytes : largest);
    item->uid = "attachment-" + std::to_string(i) + "@" + plan.domain;
    item->global_object_id = global_object_id(item->uid, std::nullopt);
    item->created = item->modified = item->stamp = 1735689600;
    mailbox.add_item(mailbox.calendar().number, std::move(item));
  }
}

}  // namespace exchange_sim
