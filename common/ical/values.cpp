// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/values.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "util/text.hpp"

namespace caravan::ical::detail {
namespace {

struct FreeValue {
  void operator()(icalvalue* value) const noexcept { icalvalue_free(value); }
};
using Value = std::unique_ptr<icalvalue, FreeValue>;
struct FreeMemory {
  void operator()(char* memory) const noexcept { icalmemory_free_buffer(memory); }
};
using Memory = std::unique_ptr<char, FreeMemory>;

model::EventTime from_icaltime(const icaltimetype& time) {
  model::EventTime out;
  out.wall.year = time.year;
  out.wall.month = static_cast<std::uint8_t>(time.month);
  out.wall.day = static_cast<std::uint8_t>(time.day);
  out.kind = time.is_date            ? model::TimeKind::date
             : icaltime_is_utc(time) ? model::TimeKind::utc
                                     : model::TimeKind::floating;
  if (!time.is_date) {
    out.wall.hour = static_cast<std::uint8_t>(time.hour);
    out.wall.minute = static_cast<std::uint8_t>(time.minute);
    out.wall.second = static_cast<std::uint8_t>(std::min(time.second, 59));
  }
  return out;
}

model::Weekday weekday_from(icalrecurrencetype_weekday day) noexcept {
  return static_cast<model::Weekday>((static_cast<int>(day) + 5) % 7);  // ICAL_SUNDAY_WEEKDAY is 1
}

template <std::size_t N>
std::vector<std::int32_t> list_from(const short (&values)[N]) {
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < N && values[i] != ICAL_RECURRENCE_ARRAY_MAX; ++i) out.push_back(values[i]);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

model::Frequency frequency_from(icalrecurrencetype_frequency frequency) noexcept {
  return static_cast<model::Frequency>(static_cast<int>(frequency) - static_cast<int>(ICAL_SECONDLY_RECURRENCE));
}

/// How libical writes each byte of a TEXT value (RFC 5545 3.3.11), asked once: it escapes byte by byte, and a value of
/// its own for each text costs more than the rest of rendering. values_test compares whole texts with libical.
const std::array<std::string, 256>& wire_forms() {
  static const auto kForms = [] {
    std::array<std::string, 256> forms;
    for (std::size_t byte = 1; byte < forms.size(); ++byte) {
      const char text[] = {static_cast<char>(byte), '\0'};
      const Value value(icalvalue_new_text(text));
      const Memory wire(value ? icalvalue_as_ical_string_r(value.get()) : nullptr);
      forms[byte] = wire ? wire.get() : text;
    }
    return forms;
  }();
  return kForms;
}

/// RFC 5545 3.3.11 knows backslashes before n, N, comma, semicolon and backslash. Of any other, libical 3.0 makes a
/// space of the byte behind it, which tears a character apart ("C:\Öl"): such a backslash stands for itself.
std::string with_known_escapes(const std::string& wire) {
  std::string out;
  for (std::size_t at = 0; at < wire.size(); ++at) {
    out += wire[at];
    if (wire[at] != '\\') continue;
    const bool known =
        at + 1 < wire.size() && std::string_view("nN,;\"\\").find(wire[at + 1]) != std::string_view::npos;
    out += known ? wire[++at] : '\\';
  }
  return out;
}

/// "FREQ=..;UNTIL=..": takes one part out and returns its value.
std::string take_part(std::string& rule, std::string_view name) {
  std::vector<std::string> kept;
  std::string value;
  for (const auto& part : text::split(rule, ';')) {
    if (part.size() > name.size() && part[name.size()] == '=' &&
        text::equal_ignoring_case(part.substr(0, name.size()), name))
      value = part.substr(name.size() + 1);
    else if (!text::trim(part).empty())
      kept.emplace_back(text::trim(part));
  }
  rule = text::join(kept, ";");
  return value;
}

}  // namespace

void prepare_libical() {
  static std::once_flag once;
  std::call_once(once, [] { icalerror_set_errors_are_fatal(0); });
}

std::string text_from_wire(const std::string& wire) {
  if (wire.find('\\') == std::string::npos) return wire;
  const Value value(icalvalue_new_from_string(ICAL_TEXT_VALUE, with_known_escapes(wire).c_str()));
  const char* plain = value ? icalvalue_get_text(value.get()) : nullptr;
  return plain != nullptr ? text::unix_line_ends(plain) : wire;
}

void append_wire(std::string& out, std::string_view plain) {
  const auto& forms = wire_forms();
  plain = plain.substr(0, plain.find('\0'));
  std::size_t done = 0;
  for (std::size_t at = 0; at < plain.size(); ++at) {
    const std::string& form = forms[static_cast<unsigned char>(plain[at])];
    if (form.size() == 1) continue;  // it stands for itself
    out.append(plain, done, at - done).append(form);
    done = at + 1;
  }
  out.append(plain, done);
}

std::string text_to_wire(std::string_view plain) {
  std::string out;
  append_wire(out, plain);
  return out;
}

std::optional<model::EventTime> time_from_wire(const std::string& wire) {
  const auto digits = text::trim(wire);
  if (digits.size() < 8 || digits.size() > 16) return std::nullopt;
  const icaltimetype time = icaltime_from_string(std::string(digits).c_str());
  if (icaltime_is_null_time(time) || time.year < 1 || time.year > 9999 || time.month < 1 || time.month > 12 ||
      time.day < 1 || time.day > 31 || time.hour < 0 || time.minute < 0 || time.second < 0)
    return std::nullopt;
  const auto out = from_icaltime(time);
  if (!model::is_valid(out.wall)) return std::nullopt;
  return out;
}

std::optional<Duration> duration_from_wire(const std::string& wire) {
  const std::string trimmed(text::trim(wire));
  if (trimmed.size() > 40 || trimmed.find('P') == std::string::npos) return std::nullopt;
  icalerrno = ICAL_NO_ERROR;
  const icaldurationtype duration = icaldurationtype_from_string(trimmed.c_str());
  if (icaldurationtype_is_bad_duration(duration) || icalerrno != ICAL_NO_ERROR) return std::nullopt;
  Duration out;
  out.days = static_cast<std::int64_t>(duration.weeks) * 7 + duration.days;
  out.seconds = static_cast<std::int64_t>(duration.hours) * 3600 + static_cast<std::int64_t>(duration.minutes) * 60 +
                duration.seconds;
  if (std::llabs(out.days) > 3660000 || std::llabs(out.seconds) > 316224000000) return std::nullopt;
  if (duration.is_neg != 0) out = {-out.days, -out.seconds};
  return out;
}

std::string duration_to_wire(std::int64_t seconds) {
  icaldurationtype duration = icaldurationtype_null_duration();
  duration.is_neg = seconds < 0 ? 1 : 0;
  const auto rest = static_cast<std::uint64_t>(seconds < 0 ? -seconds : seconds);
  duration.days = static_cast<unsigned>(rest / 86400);
  duration.hours = static_cast<unsigned>(rest / 3600 % 24);
  duration.minutes = static_cast<unsigned>(rest / 60 % 60);
  duration.seconds = static_cast<unsigned>(rest % 60);
  const Memory wire(icaldurationtype_as_ical_string_r(duration));
  return wire ? std::string(wire.get()) : std::string("PT0S");
}

std::optional<std::int32_t> offset_from_wire(const std::string& wire) {
  const std::string trimmed(text::trim(wire));
  if (trimmed.size() < 5 || (trimmed[0] != '+' && trimmed[0] != '-')) return std::nullopt;
  const Value value(icalvalue_new_from_string(ICAL_UTCOFFSET_VALUE, trimmed.c_str()));
  if (!value) return std::nullopt;
  const int offset = icalvalue_get_utcoffset(value.get());
  if (offset < -86400 || offset > 86400) return std::nullopt;
  return offset;
}

std::string offset_to_wire(std::int32_t seconds) {
  const Value value(icalvalue_new_utcoffset(seconds));
  const Memory wire(value ? icalvalue_as_ical_string_r(value.get()) : nullptr);
  return wire ? std::string(wire.get()) : std::string("+0000");
}

Result<model::Rule> rule_from_wire(const std::string& wire, std::optional<model::EventTime>* dropped_until) {
  std::string text(text::trim(wire));
  const std::string until = take_part(text, "UNTIL");
  const icalrecurrencetype recur = icalrecurrencetype_from_string(text.c_str());
  if (recur.freq == ICAL_NO_RECURRENCE)
    return make_error(Fault::malformed, "The recurrence rule can't be read.", "RRULE");
  if (recur.rscale != nullptr) {
    icalmemory_free_buffer(recur.rscale);
    return make_error(Fault::unsupported, "The recurrence rule uses a calendar other than the Gregorian.", "RSCALE");
  }
  model::Rule rule;
  rule.frequency = frequency_from(recur.freq);
  rule.interval = std::max<std::int32_t>(recur.interval, 1);
  rule.count = std::max(recur.count, 0);
  rule.week_start = recur.week_start == ICAL_NO_WEEKDAY ? model::Weekday::monday : weekday_from(recur.week_start);
  for (std::size_t i = 0; i < ICAL_BY_DAY_SIZE && recur.by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; ++i)
    rule.by_day.push_back({icalrecurrencetype_day_position(recur.by_day[i]),
                           weekday_from(icalrecurrencetype_day_day_of_week(recur.by_day[i]))});
  std::sort(rule.by_day.begin(), rule.by_day.end());
  rule.by_day.erase(std::unique(rule.by_day.begin(), rule.by_day.end()), rule.by_day.end());
  rule.by_month_day = list_from(recur.by_month_day);
  rule.by_year_day = list_from(recur.by_year_day);
  rule.by_week = list_from(recur.by_week_no);
  rule.by_month = list_from(recur.by_month);
  rule.by_set_position = list_from(recur.by_set_pos);
  rule.by_hour = list_from(recur.by_hour);
  rule.by_minute = list_from(recur.by_minute);
  rule.by_second = list_from(recur.by_second);
  if (until.empty()) return rule;
  const auto end = time_from_wire(until);
  if (!end) return make_error(Fault::malformed, "The recurrence rule has an unreadable UNTIL.", "RRULE");
  if (rule.count > 0) {
    if (dropped_until != nullptr) *dropped_until = end;
    return rule;
  }
  rule.has_until = true;
  rule.until = *end;
  return rule;
}

std::string utc_to_wire(Instant instant) { return model::wall_text(model::utc_time(instant)) + "Z"; }

}  // namespace caravan::ical::detail
