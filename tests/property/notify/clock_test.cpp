// SPDX-License-Identifier: GPL-3.0-or-later
// A virtual clock over 60 days in six zones: every reminder in its minute and once, digests once a day at the person's
// hour. What is expected comes from each zone's one change of clocks, written down here, and from arithmetic.
#include <gtest/gtest.h>

#include <map>

#include "ical/zone_book.hpp"
#include "notify/agenda.hpp"

namespace caravan::notify::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Place {
  const char* zone;
  const char* begin;   ///< the first midnight, UTC
  const char* change;  ///< UTC; empty: none in the 60 days
  int before, after;   ///< minutes east of UTC
};
void PrintTo(const Place& place, std::ostream* out) { *out << place.zone; }

Instant instant(const std::string& text) {
  Instant out{};
  EXPECT_TRUE(parse_rfc3339(text, out)) << text;
  return out;
}

class Clock : public ::testing::TestWithParam<Place> {
 protected:
  static const model::ZoneBook& zones() { return *ical::system_zone_book(); }
  [[nodiscard]] Instant begin() const { return instant(GetParam().begin); }
  [[nodiscard]] Instant end() const { return begin() + hours(24 * 60); }

  /// The first instant at which the wall clock shows `wall` or, where it is put forward over it, `in_gap`.
  [[nodiscard]] Instant first(Instant wall, bool gap_end) const {
    const Place& place = GetParam();
    const Instant early = wall - minutes(place.before), late = wall - minutes(place.after);
    if (std::string(place.change).empty()) return early;
    const Instant change = instant(place.change);
    if (early < change) return early;
    if (late >= change) return late;
    return gap_end ? change : early;  // RFC 5545 3.3.5: by the offset before the gap
  }

  [[nodiscard]] Preferences preferences() const {
    Preferences out;
    out.zone = GetParam().zone;
    out.lead = minutes(10);
    return out;
  }

  /// Every day at that wall-clock minute, 40 minutes long.
  [[nodiscard]] model::Series daily(int minute) const {
    model::Series out;
    out.uid = Uid("daily-" + std::to_string(minute));
    out.master.emplace();
    const auto wall = (begin() - hours(48)).time_since_epoch().count() + minute * 60;
    out.master->start = model::at_wall(zones(), GetParam().zone, model::from_seconds(wall));
    out.master->end = model::at_wall(zones(), GetParam().zone, model::from_seconds(wall + 40 * 60));
    out.rules = {model::Rule{}};
    return out;
  }

  /// The clock goes on in steps, as a planner's would; each step asks for what comes until the next.
  [[nodiscard]] std::map<std::string, int> reminded(const model::Series& series) const {
    static const Reader reader{Address("alice@example.org"), {}, "Alice"};
    std::map<std::string, int> out;
    int step = 1;
    for (Instant at = begin(); at < end();) {
      step = (step * 1103 + 12345) % 2160 + 1;  // up to 36 hours
      const Instant until = std::min(at + minutes(step), end());
      for (const auto& moment : moments(series, reader, preferences(), zones(), at, until)) {
        EXPECT_TRUE(moment.due >= at && moment.due < until);
        EXPECT_TRUE(moment.what == DueMoment::What::ended || tell(moment, series, reader, preferences(), zones()));
        if (moment.what == DueMoment::What::reminder) ++out[to_rfc3339(moment.due)];
      }
      at = until;
    }
    return out;
  }

  [[nodiscard]] std::map<std::string, int> expected(int minute, seconds offset) const {
    std::map<std::string, int> out;
    for (int day = -2; day <= 62; ++day) {
      const Instant due = first(begin() + hours(24 * day) + minutes(minute), false) + offset;
      if (due >= begin() && due < end()) ++out[to_rfc3339(due)];
    }
    return out;
  }
};

TEST_P(Clock, RemindsInTheMinuteAndOnceByTheLead) {
  EXPECT_EQ(reminded(daily(9 * 60)), expected(9 * 60, -minutes(10)));
}

TEST_P(Clock, RemindsOnceInTheNightWhenClocksChange) {
  EXPECT_EQ(reminded(daily(150)), expected(150, -minutes(10)));
  EXPECT_EQ(reminded(daily(30)), expected(30, -minutes(10)));
}

TEST_P(Clock, RemindsOnceByEachAlarm) {
  auto series = daily(9 * 60);
  for (const int before : {90, 26 * 60}) {
    model::Alarm alarm;
    alarm.offset_seconds = -before * 60;
    series.master->alarms.push_back(alarm);
  }
  auto both = expected(9 * 60, -minutes(90));
  for (const auto& [due, count] : expected(9 * 60, -minutes(26 * 60))) both[due] += count;
  EXPECT_EQ(reminded(series), both);
}

TEST_P(Clock, RemindsOfWholeDaysByThePersonsMidnight) {
  auto series = daily(0);
  series.master->start.kind = series.master->end.kind = model::TimeKind::date;
  for (auto* time : {&series.master->start, &series.master->end}) time->zone.clear(), time->utc_offset = 0;
  series.master->end.wall = model::from_seconds(model::to_seconds(series.master->start.wall) + 86400);
  model::Alarm alarm;
  alarm.offset_seconds = -6 * 3600;
  series.master->alarms = {alarm};
  EXPECT_EQ(reminded(series), expected(0, -hours(6)));
}

TEST_P(Clock, BringsTheDigestOnceADayAtThePersonsHour) {
  for (const int minute : {0, 30, 150, 450, 1439}) {
    std::vector<std::string> brought, due;
    for (Instant at = begin() - seconds(1);;) {
      at = next_at(preferences(), minutes(minute), std::nullopt, at, zones());
      if (at >= end()) break;
      brought.push_back(to_rfc3339(at));
    }
    for (int day = -2; day <= 62; ++day) {
      const Instant at = first(begin() + hours(24 * day) + minutes(minute), true);
      if (at >= begin() && at < end()) due.push_back(to_rfc3339(at));
    }
    EXPECT_EQ(brought, due) << minute;
  }
}

INSTANTIATE_TEST_SUITE_P(
    SixZones, Clock,
    ::testing::Values(Place{"Europe/Berlin", "2026-10-01T00:00:00Z", "2026-10-25T01:00:00Z", 120, 60},
                      Place{"America/New_York", "2026-02-10T00:00:00Z", "2026-03-08T07:00:00Z", -300, -240},
                      Place{"Australia/Sydney", "2026-09-10T00:00:00Z", "2026-10-03T16:00:00Z", 600, 660},
                      Place{"Asia/Kolkata", "2026-10-01T00:00:00Z", "", 330, 330},
                      Place{"America/Sao_Paulo", "2018-10-10T00:00:00Z", "2018-11-04T03:00:00Z", -180, -120},
                      Place{"Africa/Casablanca", "2026-01-10T00:00:00Z", "2026-02-15T02:00:00Z", 60, 0}),
    [](const auto& place) {
      std::string name = place.param.zone;
      std::erase_if(name, [](char c) { return c == '/' || c == '_'; });
      return name;
    });

}  // namespace
}  // namespace caravan::notify::test
