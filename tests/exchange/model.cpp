// SPDX-License-Identifier: GPL-3.0-or-later
// Occurrences of items and the GlobalObjectId; see model.hpp.
#include "model.hpp"

#include "bytes.hpp"

namespace exchange_sim {
namespace {

constexpr std::string_view kIdPrefixHex = "040000008200E00074C5B7101A82E008";

void put_u32(std::string& out, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> 8 * i & 0xFF);
}

bool is_blob(const std::string& bytes) {
  if (bytes.size() < 40) return false;
  std::uint32_t size = 0;
  for (int i = 3; i >= 0; --i) size = size << 8 | static_cast<unsigned char>(bytes[36 + static_cast<std::size_t>(i)]);
  return size == bytes.size() - 40;
}

}  // namespace

std::string clean_global_object_id(std::string blob) {
  for (std::size_t i = 16; i < 20 && i < blob.size(); ++i) blob[i] = 0;
  return blob;
}

std::string global_object_id(const std::string& uid, std::optional<Day> instance) {
  std::string blob;
  if (starts_with_ignoring_case(uid, kIdPrefixHex)) {
    if (auto bytes = hex_decode(uid); bytes && is_blob(*bytes)) blob = clean_global_object_id(*bytes);
  }
  if (blob.empty()) {
    blob = *hex_decode(kIdPrefixHex);
    blob.append(20, '\0');
    put_u32(blob, static_cast<std::uint32_t>(12 + uid.size() + 1));
    blob += "vCal-Uid";
    put_u32(blob, 1);
    blob += uid;
    blob += '\0';
  }
  if (instance) {
    int year = 0;
    int month = 0;
    int day = 0;
    std::sscanf(format_day(*instance).c_str(), "%d-%d-%d", &year, &month, &day);
    blob[16] = static_cast<char>(year >> 8);
    blob[17] = static_cast<char>(year & 0xFF);
    blob[18] = static_cast<char>(month);
    blob[19] = static_cast<char>(day);
  }
  return blob;
}

std::string uid_of_global_object_id(const std::string& blob) {
  if (!is_blob(blob) || blob.compare(0, 16, *hex_decode(kIdPrefixHex)) != 0) return {};
  auto data = blob.substr(40);
  if (!data.starts_with("vCal-Uid") || data.size() < 12) return hex_upper(clean_global_object_id(blob));
  auto uid = data.substr(12);
  while (!uid.empty() && uid.back() == '\0') uid.pop_back();
  return uid;
}

Instant CalendarItem::occurrence_end(Day day) const {
  Instant start = original_start(day);
  if (!content.all_day) {
    LocalTime length = content.end_zone->to_local(content.end) - content.start_zone->to_local(content.start);
    if (content.start_zone->id() == content.end_zone->id() && length >= kDaySeconds) {
      return content.end_zone->to_instant(day * kDaySeconds + time_of_day() + length);
    }
    return start + (content.end - content.start);
  }
  LocalTime from = content.start_zone->to_local(content.start);
  LocalTime to = content.start_zone->to_local(content.end);
  return content.start_zone->to_instant(day * kDaySeconds + time_of_day() + (to - from));
}

View view_of(const CalendarItem& item) {
  View view;
  view.item = &item;
  view.content = &item.content;
  view.start = item.content.start;
  view.end = item.content.end;
  view.change = item.change;
  view.modified = item.modified;
  return view;
}

View view_of(const CalendarItem& item, Day day) {
  View view = view_of(item);
  view.day = day;
  if (auto found = item.exceptions.find(day); found != item.exceptions.end()) {
    view.content = &found->second.content;
    view.is_exception = true;
    view.start = view.content->start;
    view.end = view.content->end;
    view.change = found->second.change;
    view.modified = found->second.modified;
    return view;
  }
  view.start = item.original_start(day);
  view.end = item.occurrence_end(day);
  return view;
}

std::vector<View> views_between(const CalendarItem& item, Instant from, Instant to) {
  std::vector<View> out;
  auto overlaps = [&](const View& view) {
    return view.start < to && (view.end > from || (view.end == view.start && view.start >= from));
  };
  if (!item.recurrence) {
    auto view = view_of(item);
    if (overlaps(view)) out.push_back(view);
    return out;
  }
  RecurrenceWalk walk(*item.recurrence);
  while (auto day = walk.next()) {
    if (*day * kDaySeconds > to + 2 * kDaySeconds) break;
    if (item.deleted.contains(*day) || item.exceptions.contains(*day)) continue;
    if (*day * kDaySeconds + (item.content.end - item.content.start) < from - 3 * kDaySeconds) continue;
    auto view = view_of(item, *day);
    if (overlaps(view)) out.push_back(view);
  }
  for (const auto& [day, exception] : item.exceptions) {
    auto view = view_of(item, day);
    if (overlaps(view)) out.push_back(view);
  }
  return out;
}

}  // namespace exchange_sim
