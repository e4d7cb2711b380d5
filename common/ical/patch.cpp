// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/patch.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "ical/attachment.hpp"
#include "ical/lines.hpp"
#include "ical/parse.hpp"
#include "ical/patch_event.hpp"
#include "ical/read_event.hpp"
#include "ical/render.hpp"
#include "ical/values.hpp"
#include "ical/zone_book.hpp"
#include "ical/zone_repair.hpp"
#include "util/text.hpp"

namespace caravan::ical {
namespace {

using detail::Component;
using detail::Edit;
using model::Field;

/// The stored text, with its events by occurrence ("" is the master).
struct Stored {
  std::string_view text;
  const Component* calendar = nullptr;
  std::map<std::string, const Component*> events;
  model::Series series;
};

/// The event component's occurrence as the model names it, given the master's start.
Result<std::string> occurrence_of(const detail::ReadEvent& read, const model::Series& series) {
  if (!read.event.recurrence_id) return std::string();
  const auto& id = *read.event.recurrence_id;
  return model::to_string(series.master ? detail::like_start(id, series.master->start, series.zones) : id);
}

Result<Stored> read_stored(std::string_view text, const Component& root, const Uid& uid) {
  Stored out;
  out.text = text;
  CARAVAN_TRY(parsed, parse_one(text));
  if (parsed.uid != uid) return make_error(Fault::malformed, "The stored resource holds another UID.", "UID");
  out.series = std::move(*parsed.series);
  for (const auto& calendar : root.children) {
    if (calendar.name != "VCALENDAR") continue;
    detail::ZoneContext zones(text, calendar, {});
    for (const auto& component : calendar.children) {
      if (component.name != "VEVENT") continue;
      if (out.calendar == nullptr) out.calendar = &calendar;
      Component without_content = component;  // the inline attachments were hashed once already
      std::erase_if(without_content.lines, [](const detail::Span& span) { return span.name == "ATTACH"; });
      CARAVAN_TRY(read, detail::read_event(text, without_content, zones, {}));
      CARAVAN_TRY(occurrence, occurrence_of(read, out.series));
      const bool twice = !out.events.emplace(std::move(occurrence), &component).second;
      if (twice)
        return make_error(Fault::unsupported, "The stored resource holds an occurrence twice.", "RECURRENCE-ID");
    }
  }
  if (out.calendar == nullptr) return make_error(Fault::malformed, "The stored resource holds no event.", "VEVENT");
  return out;
}

const model::Event* event_for(const model::Series& series, const std::string& occurrence) {
  if (occurrence.empty()) return series.master ? &*series.master : nullptr;
  for (const auto& event : series.overrides)
    if (event.recurrence_id && model::to_string(*event.recurrence_id) == occurrence) return &event;
  return nullptr;
}

/// TZIDs that the text names in a parameter.
void collect_zones(std::string_view text, std::set<std::string>& out) {
  const Component root = detail::scan(text);
  const auto take = [&](const auto& self, const Component& component) -> void {
    for (const auto& span : component.lines) {
      if (span.name != "DTSTART" && span.name != "DTEND" && span.name != "RECURRENCE-ID" && span.name != "EXDATE" &&
          span.name != "RDATE")
        continue;
      const auto line = detail::read_line(text, span);
      if (const auto zone = line.parameter("TZID"); !zone.empty()) out.emplace(zone);
    }
    for (const auto& child : component.children) self(self, child);
  };
  take(take, root);
}

int first_year_of(const model::Series& series) {
  int year = model::representative(series).start.wall.year;
  for (const auto& event : series.overrides) year = std::min(year, static_cast<int>(event.start.wall.year));
  return year;
}

/// The VTIMEZONEs that the new lines need: those that the stored text lacks, before all else; and in place of one that
/// begins too late for an event that was moved to an earlier year, one with more history.
void edit_zones(const Stored& stored, const model::Series& target, std::vector<Edit>& edits) {
  std::set<std::string> wanted;
  for (const auto& edit : edits) collect_zones(edit.text, wanted);
  const int year = first_year_of(target);
  const bool earlier = !wanted.empty() && year < first_year_of(stored.series);
  for (const auto& child : stored.calendar->children) {
    if (child.name != "VTIMEZONE") continue;
    const auto definition = stored.text.substr(child.begin, child.end - child.begin);
    for (const auto& span : child.lines) {
      if (span.name != "TZID") continue;
      const auto zone = detail::text_from_wire(std::string(text::trim(detail::read_line(stored.text, span).value)));
      if (wanted.erase(zone) > 0 && earlier && system_zone_book()->knows(zone) && zones_hold_from(definition) > year)
        edits.push_back({child.begin, child.end, vtimezone_text(zone, year)});
    }
  }
  std::string missing;
  for (const auto& zone : wanted) missing += vtimezone_text(zone, year, target.zones);
  const auto at = stored.calendar->children.front().begin;
  if (!missing.empty()) edits.insert(edits.begin(), {at, at, std::move(missing)});
}

/// Applies edits that do not overlap, from the front; new text takes the line ends of the old.
std::string splice(std::string_view text, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);  // insertions before what is replaced there
  });
  const auto newline = text.find('\n');
  const bool unix_ends = newline != std::string_view::npos && (newline == 0 || text[newline - 1] != '\r');
  std::string out;
  std::size_t done = 0, longer = 0;
  for (const auto& edit : edits) longer += edit.text.size();
  out.reserve(text.size() + longer + 2);  // once: the text may hold 50 MB of attachment
  for (auto& edit : edits) {
    if (edit.begin < done) edit.begin = done;
    out += text.substr(done, edit.begin - done);
    if (!edit.text.empty() && !out.empty() && out.back() != '\n') out += unix_ends ? "\n" : "\r\n";
    out += unix_ends ? text::unix_line_ends(edit.text) : edit.text;
    done = std::max(edit.end, done);
  }
  out += text.substr(done);
  return out;
}

/// The units of one event that changed.
struct EventChanges {
  std::set<Field> fields;
  std::set<std::string> attendees, excluded;
  bool presence = false;
};

std::map<std::string, EventChanges> by_occurrence(const model::Delta& changes) {
  std::map<std::string, EventChanges> out;
  for (const auto& change : changes) {
    auto& event = out[change.occurrence];
    if (change.field == Field::presence)
      event.presence = true;
    else if (change.field == Field::attendee)
      event.attendees.insert(change.key);
    else if (change.field == Field::excluded)
      event.excluded.insert(change.key);
    else
      event.fields.insert(change.field);
  }
  return out;
}

/// An event came or went as a whole.
void edit_presence(const Stored& stored, const model::Series& target, const std::string& occurrence,
                   const WriteOptions& options, std::vector<Edit>& edits) {
  const auto found = stored.events.find(occurrence);
  const auto* event = event_for(target, occurrence);
  if (found != stored.events.end())
    edits.push_back({found->second->begin, found->second->end,
                     event != nullptr ? detail::event_text(*event, target, options) : std::string()});
  else if (event != nullptr)
    edits.push_back(
        {stored.calendar->inner_end, stored.calendar->inner_end, detail::event_text(*event, target, options)});
}

}  // namespace

Result<std::string> patch(std::string_view stored_text, const model::Series& target, const model::Delta& changes,
                          const WriteOptions& options) {
  detail::prepare_libical();
  const Component root = detail::scan(stored_text);
  CARAVAN_TRY(stored, read_stored(stored_text, root, target.uid));
  std::vector<Edit> edits;
  const bool plain_orphan = options.orphan == OrphanForm::plain && !target.master && target.overrides.size() == 1 &&
                            stored.events.size() == 1 && stored.series.master;
  for (const auto& [occurrence, changed] : by_occurrence(changes)) {
    const auto found = stored.events.find(plain_orphan ? std::string() : occurrence);
    const auto* event = event_for(target, occurrence);
    if (changed.presence || found == stored.events.end() || event == nullptr) {
      edit_presence(stored, target, occurrence, options, edits);
      continue;
    }
    detail::EventPatch patch(stored_text, *found->second, *event, target, options);
    const auto* current = event_for(stored.series, found->first);
    for (const Field field : changed.fields) patch.field(field, current != nullptr ? *current : *event);
    for (const auto& address : changed.attendees) patch.attendee(address);
    if (!changed.excluded.empty()) {
      detail::ZoneContext zones(stored_text, *stored.calendar, {});
      patch.exclusions(changed.excluded, stored.series, zones);
    }
    patch.bookkeeping();
    auto made = patch.take();
    edits.insert(edits.end(), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
  }
  edit_zones(stored, target, edits);
  return splice(stored_text, std::move(edits));
}

}  // namespace caravan::ical
