// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/zone_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace caravan::ical::detail {
namespace {

/// Big-endian numbers; reading past the end gives 0 and clears `good`.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::int64_t number(std::size_t width) {
    if (!has(width)) return 0;
    std::uint64_t value = (static_cast<unsigned char>(bytes_[at_]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8U | static_cast<unsigned char>(bytes_[at_++]);
    return static_cast<std::int64_t>(value);
  }
  std::string_view take(std::size_t length) {
    if (!has(length)) return {};
    at_ += length;
    return bytes_.substr(at_ - length, length);
  }
  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::string_view rest() const noexcept { return bytes_.substr(at_); }

 private:
  bool has(std::size_t length) {
    if (length > bytes_.size() - at_) good_ = false;
    return good_;
  }
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool good_ = true;
};

struct Header {
  std::size_t utc = 0, standard = 0, leap = 0, times = 0, types = 0, characters = 0;
};

std::optional<Header> read_header(Reader& in) {
  const bool magic = in.take(4) == "TZif";
  in.take(16);
  const auto count = [&] { return static_cast<std::size_t>(std::clamp<std::int64_t>(in.number(4), 0, 100000)); };
  Header header;
  header.utc = count();
  header.standard = count();
  header.leap = count();
  header.times = count();
  header.types = count();
  header.characters = count();
  if (!magic || !in.good() || header.types == 0) return std::nullopt;
  return header;
}

/// "Mm.w.d/time" of a POSIX TZ string.
struct ChangeRule {
  std::int32_t month = 0, week = 0, day = 0, time = 7200;
};
struct PosixZone {
  std::string standard_name, daylight_name;
  std::int32_t standard = 0, daylight = 0;
  std::optional<ChangeRule> to_daylight, to_standard;
};

class PosixReader {
 public:
  explicit PosixReader(std::string_view text) : text_(text) {}

  std::optional<PosixZone> run() {
    PosixZone zone;
    zone.standard_name = name();
    zone.standard = -time();
    if (at_ < text_.size()) {
      zone.daylight_name = name();
      zone.daylight = at_ < text_.size() && text_[at_] != ',' ? -time() : zone.standard + 3600;
      zone.to_daylight = rule();
      zone.to_standard = rule();
      if (!zone.to_daylight || !zone.to_standard) return std::nullopt;
    }
    if (!good_ || zone.standard_name.empty()) return std::nullopt;
    return zone;
  }

 private:
  bool accept(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string name() {
    const bool quoted = accept('<');
    const auto begin = at_;
    while (at_ < text_.size() &&
           (quoted ? text_[at_] != '>' : (text_[at_] | 0x20) >= 'a' && (text_[at_] | 0x20) <= 'z'))
      ++at_;
    std::string out(text_.substr(begin, at_ - begin));
    if (quoted) good_ = accept('>') && good_;
    return out;
  }

  std::int32_t number() {
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) good_ = false;
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  /// [+-]hh[:mm[:ss]] in seconds.
  std::int32_t time() {
    const bool negative = accept('-');
    if (!negative) accept('+');
    std::int32_t seconds = number() * 3600;
    if (accept(':')) seconds += number() * 60;
    if (accept(':')) seconds += number();
    return negative ? -seconds : seconds;
  }

  std::optional<ChangeRule> rule() {
    if (!accept(',') || !accept('M')) return std::nullopt;  // no zone of today uses the day-of-year forms
    ChangeRule out;
    out.month = number();
    good_ = accept('.') && good_;
    out.week = number();
    good_ = accept('.') && good_;
    out.day = number();
    if (accept('/')) out.time = time();
    if (!good_ || out.month < 1 || out.month > 12 || out.week < 1 || out.week > 5 || out.day < 0 || out.day > 6)
      return std::nullopt;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool good_ = true;
};

std::int32_t days_in_month(std::int32_t year, std::int32_t month) noexcept {
  const std::chrono::year_month_day_last last{
      std::chrono::year(year), std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(month)))};
  return static_cast<std::int32_t>(static_cast<unsigned>(last.day()));
}

/// The wall clock (before the change) at which the rule strikes in `year`.
std::int64_t strike(const ChangeRule& rule, std::int32_t year) noexcept {
  const auto first = model::to_seconds({year, static_cast<std::uint8_t>(rule.month), 1, 0, 0, 0});
  const auto weekday = (static_cast<std::int32_t>(model::weekday_of(model::from_seconds(first))) + 1) % 7;  // 0: Sunday
  std::int32_t day = 1 + (rule.day - weekday + 7) % 7 + 7 * (rule.week - 1);
  while (day > days_in_month(year, rule.month)) day -= 7;
  return first + (day - 1) * 86400LL + rule.time;
}

/// The rule as RRULE. A time outside 0..24 h moves the weekday; nothing where that leaves the month.
std::optional<model::Rule> recurrence(const ChangeRule& change) {
  const std::int32_t shift = change.time >= 0 ? change.time / 86400 : -((86399 - change.time) / 86400);
  const auto weekday = static_cast<model::Weekday>(((change.day + 6 + shift) % 7 + 7) % 7);
  model::Rule rule;
  rule.frequency = model::Frequency::yearly;
  rule.by_month = {change.month};
  if (shift == 0) {
    rule.by_day = {{change.week == 5 ? -1 : change.week, weekday}};
    return rule;
  }
  const auto length = days_in_month(2001, change.month);
  const auto first = (change.week == 5 ? length - 6 : 7 * change.week - 6) + shift;
  if (first < 1 || first + 6 > length || (change.month == 2 && change.week == 5)) return std::nullopt;
  rule.by_day = {{0, weekday}};
  for (std::int32_t day = first; day < first + 7; ++day) rule.by_month_day.push_back(day);
  return rule;
}

void add_rules(ZoneFile& zone, const PosixZone& posix) {
  if (!posix.to_daylight) return;
  const auto last = zone.transitions.empty() ? INT64_MIN : zone.transitions.back().at;
  const std::int32_t first_year = zone.transitions.empty() ? 1900 : model::from_seconds(last).year;
  for (const bool daylight : {true, false}) {
    const auto& change = daylight ? *posix.to_daylight : *posix.to_standard;
    const auto from = daylight ? posix.standard : posix.daylight, to = daylight ? posix.daylight : posix.standard;
    const auto& name = daylight ? posix.daylight_name : posix.standard_name;
    std::optional<std::int64_t> first;
    for (std::int32_t year = first_year; year < 2100; ++year) {
      const auto wall = strike(change, year);
      if (wall - from <= last) continue;
      if (!first) first = wall;
      zone.transitions.push_back({wall - from, from, to, to > from, name});
    }
    const auto rule = recurrence(change);
    if (rule && first) zone.endless.push_back({to > from, model::from_seconds(*first), from, to, name, {*rule}, {}});
  }
  std::sort(zone.transitions.begin(), zone.transitions.end(),
            [](const Transition& a, const Transition& b) { return a.at < b.at; });
  if (zone.endless.size() == 1) zone.endless.clear();  // both or none: half a rule would be read as no change back
}

}  // namespace

std::optional<ZoneFile> read_zone_file(std::string_view bytes) {
  Reader in(bytes);
  const auto old = read_header(in);
  if (!old) return std::nullopt;
  in.take(old->times * 5 + old->types * 6 + old->characters + old->leap * 8 + old->standard + old->utc);
  const auto header = read_header(in);
  if (!header || header->leap != 0) return std::nullopt;
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < header->times; ++i) times.push_back(in.number(8));
  const auto kinds = in.take(header->times);
  struct Type {
    std::int32_t offset = 0;
    bool daylight = false;
    std::size_t name = 0;
  };
  std::vector<Type> types;
  for (std::size_t i = 0; i < header->types; ++i) {
    const auto offset = static_cast<std::int32_t>(in.number(4));
    const bool daylight = in.number(1) != 0;
    types.push_back({offset, daylight, static_cast<std::size_t>(in.number(1) & 0xFF)});
  }
  const auto names = in.take(header->characters);
  in.take(header->standard + header->utc);
  if (!in.good()) return std::nullopt;
  ZoneFile zone;
  zone.first_offset = types.front().offset;
  std::int32_t offset = zone.first_offset;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto kind = static_cast<unsigned char>(kinds[i]);
    if (kind >= types.size()) return std::nullopt;
    const auto& type = types[kind];
    const auto name = type.name < names.size() ? names.substr(type.name) : std::string_view();
    if (times[i] < -5000000000)
      zone.first_offset = type.offset;  // "since the Big Bang"
    else
      zone.transitions.push_back(
          {times[i], offset, type.offset, type.daylight, std::string(name.substr(0, name.find('\0')))});
    offset = type.offset;
  }
  auto footer = in.rest();
  if (footer.size() > 2 && footer.front() == '\n') {
    footer = footer.substr(1, footer.find('\n', 1) - 1);
    if (const auto posix = PosixReader(footer).run()) add_rules(zone, *posix);
  }
  return zone;
}

}  // namespace caravan::ical::detail
