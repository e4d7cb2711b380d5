// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/recur.hpp"

#include <libical/ical.h>

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

/// Within one call libical may search second by second for what never comes ("every second of 30 February"). Rules below
/// hours with filters are not walked; no calendar program makes them.
bool may_search_for_ever(const model::Rule& rule) noexcept {
  if (rule.frequency != model::Frequency::secondly && rule.frequency != model::Frequency::minutely) return false;
  return !rule.by_day.empty() || !rule.by_month_day.empty() || !rule.by_year_day.empty() || !rule.by_week.empty() ||
         !rule.by_month.empty() || !rule.by_set_position.empty() || !rule.by_hour.empty() || !rule.by_minute.empty() ||
         !rule.by_second.empty();
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
  if (may_search_for_ever(rule)) return;
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
