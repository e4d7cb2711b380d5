// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/recur.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <string>

#include "ical/values.hpp"

namespace caravan::ical::detail {
namespace {

icaltimetype to_icaltime(const model::LocalTime& local, bool is_date) {
  icaltimetype time = icaltime_null_time();
  time.year = local.year;
  time.month = local.month;
  time.day = local.day;
  if (!is_date) {
    time.hour = local.hour;
    time.minute = local.minute;
    time.second = local.second;
  }
  time.is_date = is_date ? 1 : 0;
  return time;
}

template <class T>
bool allows(const std::vector<T>& list, T value, T counted_from_end) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end() ||
         std::find(list.begin(), list.end(), counted_from_end) != list.end();
}

/// True where some day of 28 years, which hold every kind of year, passes the rule's filters of date.
bool some_day_passes(const model::Rule& rule) {
  using std::chrono::days;
  using std::chrono::sys_days;
  if (rule.by_month.empty() && rule.by_month_day.empty() && rule.by_year_day.empty()) return true;
  const sys_days end{std::chrono::year(2024) / 1 / 1};
  for (sys_days day{std::chrono::year(1996) / 1 / 1}; day < end; day += days(1)) {
    const std::chrono::year_month_day date{day};
    const auto month = static_cast<std::int32_t>(static_cast<unsigned>(date.month()));
    const auto of_month = static_cast<std::int32_t>(static_cast<unsigned>(date.day()));
    const std::chrono::year_month_day_last last{date.year(), std::chrono::month_day_last(date.month())};
    const auto length = static_cast<std::int32_t>(static_cast<unsigned>(last.day()));
    const auto of_year = static_cast<std::int32_t>((day - sys_days(date.year() / 1 / 1)).count()) + 1;
    const auto year_length = date.year().is_leap() ? 366 : 365;
    if (allows(rule.by_month, month, month) && allows(rule.by_month_day, of_month, of_month - length - 1) &&
        allows(rule.by_year_day, of_year, of_year - year_length - 1))
      return true;
  }
  return false;
}

bool has_filter_of_date(const model::Rule& rule) noexcept {
  return !rule.by_day.empty() || !rule.by_month_day.empty() || !rule.by_year_day.empty() || !rule.by_week.empty() ||
         !rule.by_month.empty();
}

/// Within one call libical may search second by second for what never comes ("every second of 30 February"). Impossible
/// dates are not walked, nor are filters on rules below hours, which no calendar program makes.
bool may_search_for_ever(const model::Rule& rule, const model::LocalTime& start) {
  if (!some_day_passes(rule)) return true;
  if (rule.frequency >= model::Frequency::daily) return false;
  const bool of_time = !rule.by_hour.empty() || !rule.by_minute.empty() || !rule.by_second.empty();
  if (rule.frequency != model::Frequency::hourly)
    return has_filter_of_date(rule) || of_time || !rule.by_set_position.empty();
  if (has_filter_of_date(rule) && rule.interval > 24) return true;
  for (std::int64_t hour = start.hour, step = 0; step < 24; ++step, hour += rule.interval)
    if (allows(rule.by_hour, static_cast<std::int32_t>(hour % 24), static_cast<std::int32_t>(hour % 24))) return false;
  return true;
}

}  // namespace

struct RuleWalker::State {
  icalrecur_iterator* iterator = nullptr;
  ~State() {
    if (iterator != nullptr) icalrecur_iterator_free(iterator);
  }
};

RuleWalker::RuleWalker(const model::Rule& rule, const model::LocalTime& start, bool is_date,
                       std::optional<model::LocalTime> not_before)
    : state_(std::make_unique<State>()) {
  prepare_libical();
  if (may_search_for_ever(rule, start)) return;
  model::Rule open = rule;
  open.has_until = false;
  const icalrecurrencetype recur = icalrecurrencetype_from_string(model::to_string(open).c_str());
  if (recur.freq == ICAL_NO_RECURRENCE) return;
  state_->iterator = icalrecur_iterator_new(recur, to_icaltime(start, is_date));
  const bool sub_daily = rule.frequency < model::Frequency::daily;
  if (state_->iterator != nullptr && not_before && sub_daily && rule.count == 0 && start < *not_before)
    icalrecur_iterator_set_start(state_->iterator, to_icaltime(*not_before, is_date));
}

RuleWalker::~RuleWalker() = default;

std::optional<model::LocalTime> RuleWalker::next() {
  if (state_->iterator == nullptr) return std::nullopt;
  const icaltimetype time = icalrecur_iterator_next(state_->iterator);
  if (icaltime_is_null_time(time) || time.year > 2500) return std::nullopt;
  model::LocalTime local;
  local.year = time.year;
  local.month = static_cast<std::uint8_t>(time.month);
  local.day = static_cast<std::uint8_t>(time.day);
  if (!time.is_date) {
    local.hour = static_cast<std::uint8_t>(time.hour);
    local.minute = static_cast<std::uint8_t>(time.minute);
    local.second = static_cast<std::uint8_t>(time.second);
  }
  return local;
}

}  // namespace caravan::ical::detail
