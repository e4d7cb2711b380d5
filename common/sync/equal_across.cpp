// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/equal_across.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "model/html_text.hpp"
#include "sync/frame.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"
#include "sync/rule_form.hpp"
#include "util/text.hpp"

namespace caravan::sync {
namespace {

using model::Attendee;
using model::Change;
using model::Event;
using model::EventTime;
using model::Field;
using model::Series;
using model::TimeKind;

/// What is compared, and the same as a person reads it.
struct Value {
  std::string form, shown;
};
using Values = std::pair<Value, Value>;  ///< exchange, caldav

struct Context {
  const Series& exchange;
  const Series& caldav;
  const Policy& policy;
};

Value plain(const std::string& text) { return {text, text}; }
Values plain(std::string exchange, std::string caldav) {
  return {plain(std::move(exchange)), plain(std::move(caldav))};
}

/// Line ends, trailing white space and no-break spaces are no text.
std::string text_form(std::string_view text) {
  std::string out;
  const std::string spaced = text::replace_all(text::unix_line_ends(text), "\xC2\xA0", " ");
  for (const auto& line : text::split(spaced, '\n')) {
    std::string_view kept = line;
    while (!kept.empty() && (kept.back() == ' ' || kept.back() == '\t')) kept.remove_suffix(1);
    out += kept;
    out += '\n';
  }
  return std::string(text::trim(out));
}

/// A title or place is one line on Exchange.
std::string line_form(std::string_view text) { return text::replace_all(text_form(text), "\n", " "); }

std::string body_form(const Event& event) {
  return text_form(event.description.empty() ? model::html_to_text(event.html) : event.description);
}

/// DTEND, or what its absence means (RFC 5545 3.6.1): a day for a date, no time at all otherwise.
EventTime effective_end(const Event& event) {
  if (event.has_end) return event.end;
  EventTime end = event.start;
  if (event.all_day()) end.wall = model::from_seconds(to_seconds(end.wall) + 86400);
  return end;
}

std::string moment(const EventTime& time, bool by_wall) {
  if (time.kind == TimeKind::date) return wall_text(time);
  if (by_wall) return "wall " + wall_text(time);
  return to_rfc3339(time.instant());
}

std::string span_form(const Event& event, bool by_wall) {
  return moment(event.start, by_wall) + '/' + moment(effective_end(event), by_wall);
}

bool is_clock(const EventTime& time) noexcept { return time.kind == TimeKind::utc || time.kind == TimeKind::zoned; }

/// Whether two zones read alike for as long as the series can matter: by fingerprint, else by their offsets week by
/// week for five years from the start (zones of one Windows name differ in their past).
bool zones_agree(const Context& context, const EventTime& exchange, const EventTime& caldav) {
  if (exchange.kind == caldav.kind && exchange.zone == caldav.zone && context.exchange.zones == context.caldav.zones)
    return true;
  const model::ZoneBook& zones = *context.policy.zones;
  const auto zone_of = [](const EventTime& time) { return time.kind == TimeKind::zoned ? time.zone : "Etc/UTC"; };
  const std::string first = zone_of(exchange), second = zone_of(caldav);
  const std::string print = zones.fingerprint(first, context.exchange.zones);
  const std::string other = zones.fingerprint(second, context.caldav.zones);
  if (print.empty() || other.empty()) return first == second;
  if (print == other) return true;
  const Instant start = exchange.instant();
  for (int week = 0; week < 5 * 53; ++week) {
    const Instant at = start + std::chrono::days(7 * week);
    if (zones.offset_at(first, at, context.exchange.zones) != zones.offset_at(second, at, context.caldav.zones))
      return false;
  }
  return true;
}

std::string pattern_form(const Series& series, const Context& context, bool by_wall) {
  std::vector<std::string> lines;
  for (const auto& rule : series.rules)
    lines.push_back("RRULE:" + equivalent_form(rule, series.master->start, *context.policy.zones, series.zones));
  for (const auto& date : series.extra_dates) lines.push_back("RDATE:" + moment(date, by_wall));
  std::sort(lines.begin(), lines.end());
  return text::join(lines, "\n");
}

std::string shown_schedule(const Event& event, const std::string& pattern) {
  std::string out = to_string(event.start) + " to " + to_string(effective_end(event));
  if (!pattern.empty()) out += '\n' + pattern;
  return out;
}

Values schedule_values(const Event& exchange, const Event& caldav, const Context& context, bool master) {
  const bool by_wall = exchange.start.kind == TimeKind::floating || caldav.start.kind == TimeKind::floating;
  const auto value = [&](const Event& event, const Series& series) {
    const std::string pattern = master ? pattern_form(series, context, by_wall) : std::string();
    return Value{span_form(event, by_wall) + '\n' + pattern, shown_schedule(event, pattern)};
  };
  Values out{value(exchange, context.exchange), value(caldav, context.caldav)};
  const bool clocks = is_clock(exchange.start) && is_clock(caldav.start);
  if (master && clocks && context.exchange.recurring() && !zones_agree(context, exchange.start, caldav.start)) {
    out.first.form += "\nzone " + exchange.start.zone;
    out.second.form += "\nother zone " + caldav.start.zone;
  }
  return out;
}

/// STATUS:TENTATIVE on one's own event is how plain clients say "tentative" (ews-facts 13.4).
std::string busy_form(const Event& event) {
  if (event.busy == model::BusyStatus::busy && event.status == model::EventStatus::tentative)
    return std::string(to_string(model::BusyStatus::tentative));
  return std::string(to_string(event.busy));
}

std::string categories_form(const Event& event) {
  std::set<std::string> names;
  for (const auto& category : event.categories)
    if (const auto name = text::trim(category); !name.empty()) names.insert(std::string(name));
  return text::join({names.begin(), names.end()}, ", ");
}

std::string link_form(const Event& event) {
  std::set<std::string> links;
  for (const auto* link : {&event.url, &event.conference})
    if (!link->empty()) links.insert(*link);
  return text::join({links.begin(), links.end()}, " ");
}

std::string alarm_form(const Event& event) {
  const model::Alarm* alarm = projected_alarm(event);
  return alarm == nullptr ? "none" : std::to_string(minutes_before(event, *alarm)) + " minutes before";
}

/// Exchange shows no organizer on a plain appointment, whose organizer is its owner.
std::string organizer_form(const Event& event, const Context& context) {
  if (!event.organizer) return {};
  if (event.attendees.empty() && is_me(context.policy, event.organizer->address)) return {};
  if (is_me(context.policy, event.organizer->address)) return context.policy.mailbox.value;
  return text::lower(event.organizer->address);
}

std::string priority_form(const Event& event) {
  switch (model::importance_of(event.priority)) {
    case model::Importance::low:
      return "low";
    case model::Importance::normal:
      return "normal";
    case model::Importance::high:
      return "high";
  }
  return "normal";
}

/// By content where both sides know it, else by name and size; a size of 0 is not known either.
Values attachment_values(const Event& exchange, const Event& caldav) {
  const auto all = [&](auto test) {
    return std::all_of(exchange.attachments.begin(), exchange.attachments.end(), test) &&
           std::all_of(caldav.attachments.begin(), caldav.attachments.end(), test);
  };
  const bool by_content = all([](const auto& a) { return !a.uri.empty() || !a.content.empty(); });
  const bool by_size = all([](const auto& a) { return !a.uri.empty() || a.size > 0; });
  const auto value = [&](const Event& event) {
    std::vector<std::string> forms, names;
    for (const auto& attachment : event.attachments) {
      std::string form = attachment.uri;
      if (form.empty()) form = by_content ? attachment.content.hex : attachment.name;
      if (attachment.uri.empty() && !by_content && by_size) form += ' ' + std::to_string(attachment.size);
      forms.push_back(form);
      names.push_back(attachment.name.empty() ? attachment.uri : attachment.name);
    }
    std::sort(forms.begin(), forms.end());
    std::sort(names.begin(), names.end());
    return Value{text::join(forms, "\n"), text::join(names, ", ")};
  };
  return {value(exchange), value(caldav)};
}

/// What Exchange holds of the properties nobody models must stand on CalDAV too; what it does not hold is not compared.
/// Its own X-MICROSOFT- properties count only where CalDAV has them as well.
Values extra_values(const Event& exchange, const Event& caldav) {
  std::map<std::string, std::set<std::string>> on_exchange, on_caldav;
  for (const auto& property : exchange.extra) on_exchange[property.name].insert(property.value);
  for (const auto& property : caldav.extra) on_caldav[property.name].insert(property.value);
  std::string first, second;
  for (const auto& [name, values] : on_exchange) {
    const auto other = on_caldav.find(name);
    if (other == on_caldav.end() && name.starts_with("X-MICROSOFT-")) continue;
    first += name + ':' + text::join({values.begin(), values.end()}, ",") + '\n';
    if (other != on_caldav.end())
      second += name + ':' + text::join({other->second.begin(), other->second.end()}, ",") + '\n';
  }
  return plain(std::move(first), std::move(second));
}

Values field_values(Field field, const Event& exchange, const Event& caldav, const Context& context, bool master) {
  const auto both = [&](auto form) { return plain(form(exchange), form(caldav)); };
  switch (field) {
    case Field::schedule:
      return schedule_values(exchange, caldav, context, master);
    case Field::summary:
      return plain(line_form(exchange.summary), line_form(caldav.summary));
    case Field::body:
      return both(body_form);
    case Field::location:
      return plain(line_form(exchange.location), line_form(caldav.location));
    case Field::busy:
      return both(busy_form);
    case Field::status:  // tentative is compared as busy; confirmed is what no status means
      return both([](const Event& event) {
        return std::string(event.status == model::EventStatus::cancelled ? "CANCELLED" : "");
      });
    case Field::sensitivity:
      return both([](const Event& event) { return std::string(to_string(event.sensitivity)); });
    case Field::priority:
      return both(priority_form);
    case Field::categories:
      return both(categories_form);
    case Field::link:
      return both(link_form);
    case Field::alarms:
      return both(alarm_form);
    case Field::organizer:
      return plain(organizer_form(exchange, context), organizer_form(caldav, context));
    case Field::attachments:
      return attachment_values(exchange, caldav);
    case Field::extra:
      return extra_values(exchange, caldav);
    case Field::attendee:
    case Field::excluded:
    case Field::presence:
      return {};
  }
  return {};
}

/// Role, kind and answer as Exchange knows them. The organizer's own answer means nothing.
std::string attendee_form(const Attendee& attendee) {
  const auto answer = attendee.participation == model::Participation::delegated ? model::Participation::needs_action
                                                                                : attendee.participation;
  const char* part = is_resource(attendee.kind) ? "resource" : is_optional(attendee.role) ? "optional" : "required";
  return std::string(part) + ' ' + std::string(to_string(answer));
}

std::map<std::string, std::string> attendees_of(const Event& event, const Context& context) {
  std::map<std::string, std::string> out;
  for (const auto& attendee : event.attendees) {
    const bool me = is_me(context.policy, attendee.address);
    const bool organizes = event.organizer && (text::equal_ignoring_case(event.organizer->address, attendee.address) ||
                                               (me && is_me(context.policy, event.organizer->address)));
    if (!organizes) out.emplace(text::lower(attendee.address), attendee_form(attendee));
  }
  return out;
}

/// What the master has a property of the same name for: stores number and stamp them as they like.
bool adds_properties(const Event& event, const Event& master) {
  return std::any_of(event.extra.begin(), event.extra.end(), [&](const auto& property) {
    return std::none_of(master.extra.begin(), master.extra.end(),
                        [&](const auto& each) { return each.name == property.name; });
  });
}

bool redundant(const Event& event, const Series& own, const Context& context) {
  if (!own.master || !event.recurrence_id || event.start.instant() != event.recurrence_id->instant()) return false;
  const Event& master = *own.master;
  const auto length = [](const Event& e) { return effective_end(e).instant() - e.start.instant(); };
  if (length(event) != length(master) || adds_properties(event, master)) return false;
  for (const Field field : model::kEventFields) {
    if (field == Field::schedule || field == Field::extra) continue;
    const auto [first, second] = field_values(field, event, master, context, false);
    if (first.form != second.form) return false;
  }
  return attendees_of(event, context) == attendees_of(master, context);
}

class Comparison {
 public:
  explicit Comparison(const Context& context) : context_(context) {}

  std::vector<Difference> run() {
    const auto &exchange = context_.exchange, &caldav = context_.caldav;
    if (exchange.master.has_value() != caldav.master.has_value())
      add({{}, Field::presence, {}}, exchange.master ? "series" : "occurrences only",
          caldav.master ? "series" : "occurrences only");
    if (exchange.master && caldav.master) events({}, *exchange.master, *caldav.master);
    exclusions();
    overrides();
    std::sort(out_.begin(), out_.end(), [](const auto& a, const auto& b) { return a.unit < b.unit; });
    return std::move(out_);
  }

 private:
  void add(Change unit, std::string exchange, std::string caldav) {
    out_.push_back({std::move(unit), std::move(exchange), std::move(caldav)});
  }

  void events(const std::string& occurrence, const Event& exchange, const Event& caldav) {
    for (const Field field : model::kEventFields) {
      auto [first, second] = field_values(field, exchange, caldav, context_, occurrence.empty());
      if (first.form != second.form) add({occurrence, field, {}}, std::move(first.shown), std::move(second.shown));
    }
    const auto first = attendees_of(exchange, context_), second = attendees_of(caldav, context_);
    for (const auto& [address, form] : first) {
      const auto other = second.find(address);
      if (other == second.end())
        add({occurrence, Field::attendee, address}, form, {});
      else if (other->second != form)
        add({occurrence, Field::attendee, address}, form, other->second);
    }
    for (const auto& [address, form] : second)
      if (!first.contains(address)) add({occurrence, Field::attendee, address}, {}, form);
  }

  /// A declined or cancelled occurrence: Exchange excludes it, CalDAV keeps the override that says so.
  bool dismissed(const std::string& occurrence) const {
    const Event* event = find_override(context_.caldav, occurrence);
    return event != nullptr && excludes(context_.exchange, occurrence) && is_dismissed(*event, context_.policy);
  }

  void exclusions() {
    std::map<std::string, std::pair<bool, bool>> keys;
    for (const auto& time : context_.exchange.excluded) keys[to_string(time)].first = true;
    for (const auto& time : context_.caldav.excluded) keys[to_string(time)].second = true;
    for (const auto& [key, held] : keys)
      if (held.first != held.second && !dismissed(key))
        add({{}, Field::excluded, key}, held.first ? "deleted" : "", held.second ? "deleted" : "");
  }

  void overrides() {
    for (const auto& event : context_.exchange.overrides) {
      if (!event.recurrence_id) continue;
      const std::string key = to_string(*event.recurrence_id);
      if (const Event* other = find_override(context_.caldav, key))
        events(key, event, *other);
      else if (!redundant(event, context_.exchange, context_))
        add({key, Field::presence, {}}, "changed: " + event.summary, {});
    }
    for (const auto& event : context_.caldav.overrides) {
      if (!event.recurrence_id) continue;
      const std::string key = to_string(*event.recurrence_id);
      if (find_override(context_.exchange, key) == nullptr && !redundant(event, context_.caldav, context_) &&
          !dismissed(key))
        add({key, Field::presence, {}}, {}, "changed: " + event.summary);
    }
  }

  const Context context_;
  std::vector<Difference> out_;
};

}  // namespace

bool is_redundant(const Event& override, const Series& series, const Policy& policy) {
  return redundant(override, series, Context{series, series, policy});
}

std::vector<Difference> differences_across(const Series& exchange, const Series& caldav, const Policy& policy) {
  const Series in_caldav_words = renamed(exchange, renaming(exchange, caldav, policy), *policy.zones);
  return Comparison(Context{in_caldav_words, caldav, policy}).run();
}

}  // namespace caravan::sync
