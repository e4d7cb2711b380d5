// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/patch_event.hpp"

#include <algorithm>

#include "ical/attachment.hpp"
#include "ical/read_event.hpp"
#include "ical/render.hpp"
#include "ical/values.hpp"
#include "util/text.hpp"

namespace caravan::ical::detail {
namespace {

using model::Field;

std::string rendered(const model::Event& event, Field field, const WriteOptions& options) {
  std::string out;
  append_field(out, event, field, options);
  return out;
}

/// The stored line's SCHEDULE-AGENT stays where the options set none: it is no part of the model.
std::string agent_of(std::string_view text, const Span& span, const WriteOptions& options) {
  if (!options.schedule_agent.empty()) return options.schedule_agent;
  return std::string(read_line(text, span).parameter("SCHEDULE-AGENT"));
}

}  // namespace

EventPatch::EventPatch(std::string_view text, const Component& component, const model::Event& target,
                       const model::Series& series, const WriteOptions& options)
    : text_(text),
      component_(component),
      target_(prepared(target, series, options)),
      series_(series),
      options_(options) {}

std::size_t EventPatch::end_of_properties() const noexcept {
  if (!component_.lines.empty())
    return component_.lines.back().end > component_.inner_end ? component_.inner_end : component_.lines.back().end;
  return component_.inner_end;
}

bool EventPatch::has(std::string_view name) const noexcept {
  return std::any_of(component_.lines.begin(), component_.lines.end(),
                     [&](const Span& span) { return span.name == name; });
}

template <class Predicate>
void EventPatch::replace(const Predicate& drop, std::string text) {
  bool placed = text.empty();
  for (const auto& span : component_.lines) {
    if (!drop(span)) continue;
    edits_.push_back({span.begin, span.end, placed ? std::string() : std::move(text)});
    placed = true;
  }
  if (!placed) edits_.push_back({end_of_properties(), end_of_properties(), std::move(text)});
}

void EventPatch::replace_named(const std::vector<std::string_view>& names, std::string text) {
  replace([&](const Span& span) { return std::find(names.begin(), names.end(), span.name) != names.end(); },
          std::move(text));
}

void EventPatch::field(Field field, const model::Event& current) {
  if (!done_.insert(field).second) return;
  std::string text = rendered(target_, field, options_);
  switch (field) {
    case Field::schedule: {
      if (target_.recurrence_id) return replace_named({"DTSTART", "DTEND", "DURATION"}, std::move(text));
      append_recurrence(text, series_);
      return replace_named({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE"}, std::move(text));
    }
    case Field::summary:
      return replace_named({"SUMMARY"}, std::move(text));
    case Field::location:
      return replace_named({"LOCATION"}, std::move(text));
    case Field::busy:
      return replace_named({"TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS"}, std::move(text));
    case Field::status:
      replace_named({"STATUS"}, std::move(text));
      // Without BUSYSTATUS the new status would change what the busy time is read as.
      if (!has("X-MICROSOFT-CDO-BUSYSTATUS") && current.busy == target_.busy) this->field(Field::busy, current);
      return;
    case Field::sensitivity:
      return replace_named({"CLASS"}, std::move(text));
    case Field::priority:
      return replace_named({"PRIORITY", "X-MICROSOFT-CDO-IMPORTANCE"}, std::move(text));
    case Field::categories:
      return replace_named({"CATEGORIES"}, std::move(text));
    case Field::link: {
      bool first = true;  // further conferences are not ours
      return replace(
          [&](const Span& span) {
            return span.name == "URL" || (span.name == "CONFERENCE" && std::exchange(first, false));
          },
          std::move(text));
    }
    case Field::organizer: {
      WriteOptions options = options_;
      for (const auto& span : component_.lines)
        if (span.name == "ORGANIZER") options.schedule_agent = agent_of(text_, span, options_);
      return replace_named({"ORGANIZER"}, rendered(target_, field, options));
    }
    case Field::body:
      return replace(
          [&](const Span& span) {
            if (span.name != "DESCRIPTION" && span.name != "X-ALT-DESC" && span.name != "STYLED-DESCRIPTION")
              return false;
            std::size_t value_begin = 0;
            return is_modelled(read_head(text_, span, value_begin));
          },
          std::move(text));
    case Field::alarms:
      return alarms();
    case Field::extra:
      return extras();
    case Field::attachments:
      return attachments();
    case Field::attendee:
    case Field::excluded:
    case Field::presence:
      return;  // have keys, see the functions of their own
  }
}

void EventPatch::attendee(const std::string& address) {
  const auto wanted = std::find_if(target_.attendees.begin(), target_.attendees.end(),
                                   [&](const model::Attendee& other) { return other.address == address; });
  std::string agent = options_.schedule_agent;
  std::vector<std::size_t> same;
  for (const auto& span : component_.lines) {
    if (span.name != "ATTENDEE" || read_attendee(read_line(text_, span)).address != address) continue;
    same.push_back(span.begin);
    agent = agent_of(text_, span, options_);
  }
  std::string text;
  if (wanted != target_.attendees.end()) append_attendee(text, *wanted, agent, options_.keep_proposals);
  replace([&](const Span& span) { return std::find(same.begin(), same.end(), span.begin) != same.end(); },
          std::move(text));
}

void EventPatch::exclusions(const std::set<std::string>& keys, const model::Series& current, ZoneContext& zones) {
  std::set<std::string> gone = keys;
  std::string added;
  for (const auto& time : series_.excluded) {
    if (!keys.contains(model::to_string(time))) continue;
    gone.erase(model::to_string(time));
    if (std::find(current.excluded.begin(), current.excluded.end(), time) == current.excluded.end())
      append_time(added, "EXDATE", time);
  }
  ReadEvent scratch;
  const auto& start = model::representative(current).start;
  for (const auto& span : component_.lines) {
    if (span.name != "EXDATE") continue;
    const auto line = read_line(text_, span);
    std::vector<std::string> kept;
    bool changed = false;
    for (const auto& part : text::split(line.value, ',')) {
      const auto time = read_time(line, part, zones, scratch);
      const bool drop = time && gone.contains(model::to_string(like_start(*time, start, current.zones)));
      changed = changed || drop;
      if (!drop) kept.push_back(part);
    }
    if (!changed) continue;
    std::string text;
    if (!kept.empty()) append_raw(text, {line.name, line.parameters, text::join(kept, ",")});
    edits_.push_back({span.begin, span.end, std::move(text)});
  }
  if (!added.empty()) edits_.push_back({end_of_properties(), end_of_properties(), std::move(added)});
}

void EventPatch::extras() {
  auto wanted = target_.extra;
  std::set<std::size_t> gone;
  std::size_t conferences = 0;
  for (const auto& span : component_.lines) {
    if (span.name.empty() || span.name == "ATTACH" || span.name == "X-LIC-ERROR") continue;
    const auto line = read_line(text_, span);
    const bool further = line.name == "CONFERENCE" && conferences++ > 0;
    if (is_modelled(line) && !further) continue;
    const auto same = std::find(wanted.begin(), wanted.end(), raw_property(line));
    if (same != wanted.end())
      wanted.erase(same);
    else
      gone.insert(span.begin);
  }
  std::string text;
  for (const auto& property : wanted) append_raw(text, property);
  replace([&](const Span& span) { return gone.contains(span.begin); }, std::move(text));
}

void EventPatch::attachments() {
  // Both lists in the order of the lines: those that can't be read stay as they are.
  const auto meaning = [](const model::Attachment& attachment) {
    model::Event one;
    one.attachments.push_back(attachment);
    return model::canonical(one, Field::attachments);
  };
  std::vector<std::string> wanted;
  for (const auto& attachment : target_.attachments) wanted.push_back(meaning(attachment));
  std::vector<bool> present(wanted.size(), false);
  std::set<std::size_t> gone;
  for (const auto& span : component_.lines) {
    if (span.name != "ATTACH") continue;
    const auto stored = read_attachment(text_, span, {});
    if (!stored) continue;
    bool keep = false;
    for (std::size_t i = 0; i < wanted.size() && !keep; ++i)
      if (!present[i] && wanted[i] == meaning(*stored)) present[i] = keep = true;
    if (!keep) gone.insert(span.begin);
  }
  std::string text;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!present[i]) text += attachment_line(target_.attachments[i]);
  replace([&](const Span& span) { return gone.contains(span.begin); }, std::move(text));
}

void EventPatch::alarms() {
  std::string text = rendered(target_, Field::alarms, options_);
  for (const auto& child : component_.children) {
    if (child.name != "VALARM") continue;
    edits_.push_back({child.begin, child.end, std::exchange(text, {})});
  }
  if (!text.empty()) edits_.push_back({component_.inner_end, component_.inner_end, std::move(text)});
}

void EventPatch::bookkeeping() {
  std::int32_t stored_sequence = 0;
  for (const auto& span : component_.lines)
    if (span.name == "SEQUENCE") {
      const auto value = read_line(text_, span).value;
      stored_sequence = value.size() < 10 ? std::atoi(value.c_str()) : stored_sequence;
    }
  if (target_.sequence > stored_sequence)
    replace_named({"SEQUENCE"}, "SEQUENCE:" + std::to_string(target_.sequence) + "\r\n");
  if (options_.stamp || target_.stamp)
    replace_named({"DTSTAMP"}, "DTSTAMP:" + utc_to_wire(stamp_of(target_, options_)) + "\r\n");
  if (options_.stamp || target_.last_modified)
    replace_named({"LAST-MODIFIED"},
                  "LAST-MODIFIED:" + utc_to_wire(target_.last_modified.value_or(stamp_of(target_, options_))) + "\r\n");
  if (options_.mark.empty() || has(kMarkProperty)) return;
  std::string text;
  append_text(text, kMarkProperty, options_.mark);
  edits_.push_back({end_of_properties(), end_of_properties(), std::move(text)});
}

}  // namespace caravan::ical::detail
