// SPDX-License-Identifier: GPL-3.0-or-later
#include "notify/differences.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "ical/expand.hpp"
#include "model/proposal.hpp"
#include "notify/follow.hpp"
#include "sync/frame.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"
#include "sync/occurrence.hpp"
#include "util/text.hpp"

namespace caravan::notify {
namespace {

using model::Event;
using model::EventTime;
using model::Field;
using model::Participation;
using model::Series;

constexpr std::size_t kMostAttendees = 50;
constexpr std::size_t kMostApart = 20;
constexpr std::size_t kLongestLink = 2000;

std::string name_of(const model::Attendee& attendee) {
  return attendee.name.empty() ? attendee.address : attendee.name;
}

std::optional<EventTime> in_utc(const std::optional<Instant>& instant) {
  return instant ? std::optional(model::utc_time(*instant)) : std::nullopt;
}

bool is_cancelled(const Event& event) noexcept { return event.status == model::EventStatus::cancelled; }

/// An address of the web, as a whole and safe to stand in any markup; else empty.
std::string web_address(std::string_view text) {
  const std::string scheme = text::lower(text.substr(0, 8));
  if (!scheme.starts_with("https://") && !scheme.starts_with("http://")) return {};
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f) return {};
    static constexpr std::string_view kUnsafe = "<>\"'`\\^{|}()[]*_~$";
    out += byte > 0x7f || (kUnsafe.find(c) != std::string_view::npos && c != '_' && c != '~')
               ? text::percent_encode(std::string_view(&c, 1))
               : std::string(1, c);
  }
  return out.size() > kLongestLink ? std::string() : out;
}

/// The same moment to whoever looks: all-day stays all-day, and floating times count by their reading.
bool same_time(const EventTime& first, const EventTime& second) {
  const auto is_clock = [](const EventTime& time) {
    return time.kind == model::TimeKind::utc || time.kind == model::TimeKind::zoned;
  };
  return (first.kind == second.kind || (is_clock(first) && is_clock(second))) && first.instant() == second.instant();
}

bool same_times(const Event& first, const Event& second) {
  return same_time(first.start, second.start) && same_time(first.end, second.end);
}

class Comparison {
 public:
  Comparison(const Reader& reader, const model::ZoneBook& zones, Instant now)
      : reader_(reader), policy_(policy_of(reader, &zones)), zones_(zones), now_(now) {}

  std::vector<Telling> run(const Told& told) {
    const bool was = told.was && !sync::is_cancelled(*told.was) && !is_declined(*told.was);
    const bool now = told.now && !sync::is_cancelled(*told.now);
    if (!told.was && !told.now) return {};
    uid_ = told.now ? told.now->uid : told.was->uid;
    if (told.now && is_declined(*told.now)) return {};
    if (now && told.now->master && !(was && told.was->master)) add_series(*told.now);
    if (was && told.was->master && !(now && told.now->master)) cancel_series(*told.was);
    if (was && now && told.was->master && told.now->master) compare_masters(*told.was, *told.now);
    const bool whole = was != now && (now ? told.now : told.was)->master;  // told with all that is in it
    if (!whole) compare_occurrences(was ? &*told.was : nullptr, now ? &*told.now : nullptr);
    return std::move(out_);
  }

 private:
  // ---- the series as a whole

  bool is_declined(const Series& series) const { return sync::all_declined(series, policy_); }
  bool is_declined(const Event& event) const { return sync::own_answer(event, policy_) == Participation::declined; }

  bool is_over(const Series& series) const {
    if (!series.recurring()) return series.master && is_over(*series.master);
    const auto end = ical::last_end(series, zones_);
    return end && *end <= now_;
  }
  bool is_over(const Event& event) const { return std::max(event.start.instant(), event.end.instant()) <= now_; }

  void add_series(const Series& series) {
    if (is_over(series)) return;
    Telling telling = begin(Kind::added, {});
    telling.now = shown_whole(series);
    telling.answer_wanted = answer_wanted(*series.master, reader_);
    out_.push_back(std::move(telling));
  }

  void cancel_series(const Series& series) {
    if (is_over(series)) return;
    Telling telling = begin(Kind::cancelled, {});
    telling.was = shown_whole(series);
    out_.push_back(std::move(telling));
  }

  Shown shown_whole(const Series& series) const {
    Shown out = shown(*series.master, reader_);
    if (!series.rules.empty()) out.rule = series.rules.front();
    for (const auto& time : series.excluded)
      if (time.instant() >= now_) out.apart.push_back(time);
    for (const auto& event : series.overrides) {
      if (!event.recurrence_id || event.recurrence_id->instant() < now_) continue;
      if (is_cancelled(event) || !same_time(event.start, *event.recurrence_id))
        out.apart.push_back(*event.recurrence_id);
    }
    std::sort(out.apart.begin(), out.apart.end(),
              [](const EventTime& a, const EventTime& b) { return a.instant() < b.instant(); });
    if (out.apart.size() > kMostApart) out.apart.resize(kMostApart);
    return out;
  }

  std::string zone_meaning(const EventTime& time, const Series& series) const {
    if (time.kind == model::TimeKind::utc) return zones_.fingerprint("Etc/UTC");
    if (time.kind != model::TimeKind::zoned) return std::to_string(static_cast<int>(time.kind));
    return zones_.fingerprint(time.zone, series.zones);
  }

  bool same_schedule(const Series& was, const Series& now) const {
    if (!same_times(*was.master, *now.master)) return false;
    if (was.rules != now.rules || was.extra_dates.size() != now.extra_dates.size()) return false;
    for (std::size_t i = 0; i < was.extra_dates.size(); ++i)
      if (!same_time(was.extra_dates[i], now.extra_dates[i])) return false;
    return !was.recurring() || (was.master->start.wall == now.master->start.wall &&
                                zone_meaning(was.master->start, was) == zone_meaning(now.master->start, now));
  }

  void compare_masters(const Series& was, const Series& now) {
    if (is_over(was) && is_over(now)) return;
    const Event &before = *was.master, &after = *now.master;
    Telling telling = compared(before, after, {});
    if (!same_schedule(was, now)) telling.changed.insert(telling.changed.begin(), Field::schedule);
    telling.was = shown_whole(was);
    telling.now = shown_whole(now);
    finish(std::move(telling), before, after);
  }

  // ---- single occurrences

  struct Occurrence {
    const Event* was = nullptr;  ///< its override
    const Event* now = nullptr;
    EventTime id;
    bool was_excluded = false, now_excluded = false;
  };

  /// Ids by the wall clock of the series as it is now.
  std::map<std::int64_t, Occurrence> occurrences(const Series* was, const Series* now) const {
    std::map<std::int64_t, Occurrence> out;
    const auto at = [&](const EventTime& id) -> Occurrence& {
      auto& occurrence = out[to_seconds(id.wall)];
      occurrence.id = id;
      return occurrence;
    };
    if (was != nullptr) {
      for (const auto& event : was->overrides)
        if (event.recurrence_id) at(*event.recurrence_id).was = &event;
      for (const auto& time : was->excluded) at(time).was_excluded = true;
    }
    if (now != nullptr) {
      for (const auto& event : now->overrides)
        if (event.recurrence_id) at(*event.recurrence_id).now = &event;
      for (const auto& time : now->excluded) at(time).now_excluded = true;
    }
    return out;
  }

  void compare_occurrences(const Series* was_there, const Series* now) {
    std::optional<Series> was;
    if (was_there != nullptr) {
      was = *was_there;
      const auto shift = now == nullptr ? std::nullopt : sync::uniform_shift(*was, *now);
      if (shift) was = sync::rekeyed(std::move(*was), *shift, zones_);
    }
    const std::size_t first = out_.size();
    for (const auto& [wall, occurrence] : occurrences(was ? &*was : nullptr, now)) compare(occurrence, was, now);
    std::stable_sort(out_.begin() + static_cast<std::ptrdiff_t>(first), out_.end(),
                     [](const Telling& a, const Telling& b) { return moment_of(a) < moment_of(b); });
  }

  static Instant moment_of(const Telling& telling) {
    return (telling.now ? *telling.now : *telling.was).start.instant();
  }

  /// What the reader believes of the occurrence once he was told of the series; nothing: that it is not.
  std::optional<Event> believed(const Occurrence& occurrence, const std::optional<Series>& was,
                                const Series* now) const {
    const bool whole_now = now != nullptr && now->master;
    const bool told_anew = whole_now && !(was && was->master && same_schedule(*was, *now));
    if (occurrence.was_excluded) return std::nullopt;
    const Event* before = occurrence.was;
    if (before != nullptr && is_cancelled(*before)) return std::nullopt;
    if (was && was->master && !whole_now) return std::nullopt;  // he was told that the series is cancelled
    if (before != nullptr) {
      const bool placed = whole_now && was->master && (!told_anew || gives(*now, occurrence.id, zones_));
      return placed ? followed(*before, *was, *now, zones_) : *before;
    }
    const bool given =
        whole_now && gives(*now, occurrence.id, zones_) && (told_anew || gives(*was, occurrence.id, zones_));
    if (!given) return std::nullopt;
    return sync::plain_occurrence(*now, occurrence.id, zones_);
  }

  void compare(const Occurrence& occurrence, const std::optional<Series>& was, const Series* now) {
    const auto before = believed(occurrence, was, now);
    std::optional<Event> after;
    const bool placed = now != nullptr && now->master && gives(*now, occurrence.id, zones_);
    if (occurrence.now != nullptr) {
      if (!is_cancelled(*occurrence.now)) after = *occurrence.now;
    } else if (!occurrence.now_excluded && placed) {
      after = sync::plain_occurrence(*now, occurrence.id, zones_);
    }
    const std::string id = to_string(occurrence.id);
    if (after && is_declined(*after)) return;
    if (before && after) return changed(id, *before, *after);
    if (after && !is_over(*after)) return added(id, *after);
    if (!before || is_over(*before) || is_declined(*before)) return;
    // The new rule says by itself that it is not any more.
    const bool said = occurrence.now_excluded || occurrence.now != nullptr;
    if (!said && now != nullptr && now->master && !same_schedule(*was, *now)) return;
    Telling telling = begin(Kind::cancelled, id);
    telling.was = shown(*before, reader_);
    out_.push_back(std::move(telling));
  }

  void added(const std::string& id, const Event& event) {
    Telling telling = begin(Kind::added, id);
    telling.now = shown(event, reader_);
    telling.answer_wanted = answer_wanted(event, reader_);
    out_.push_back(std::move(telling));
  }

  void changed(const std::string& id, const Event& before, const Event& after) {
    if (is_over(before) && is_over(after)) return;
    Telling telling = compared(before, after, id);
    if (!same_times(before, after)) telling.changed.insert(telling.changed.begin(), Field::schedule);
    telling.was = shown(before, reader_);
    telling.now = shown(after, reader_);
    finish(std::move(telling), before, after);
  }

  // ---- both

  Telling begin(Kind kind, const std::string& occurrence) const {
    Telling telling;
    telling.kind = kind;
    telling.mailbox = reader_.address;
    telling.uid = uid_;
    telling.occurrence = occurrence;
    return telling;
  }

  /// Addresses of those invited but for the reader and the organizer, with their lines.
  std::map<std::string, const model::Attendee*> guests(const Event& event) const {
    std::map<std::string, const model::Attendee*> out;
    for (const auto& attendee : event.attendees)
      if (!sync::is_me(policy_, attendee.address) && !(event.organizer && event.organizer->address == attendee.address))
        out.emplace(attendee.address, &attendee);
    return out;
  }

  /// The fields but for the schedule.
  Telling compared(const Event& before, const Event& after, const std::string& occurrence) const {
    Telling out = begin(Kind::changed, occurrence);
    const auto note = [&](bool same, Field field) {
      if (!same) out.changed.push_back(field);
    };
    note(before.summary == after.summary, Field::summary);
    note(text::trim(before.description) == text::trim(after.description), Field::body);
    note(before.location == after.location, Field::location);
    note(join_link(before) == join_link(after), Field::link);
    const auto old_guests = guests(before), new_guests = guests(after);
    for (const auto& [address, line] : new_guests)
      if (!old_guests.contains(address)) out.attendees_added.push_back(name_of(*line));
    for (const auto& [address, line] : old_guests)
      if (!new_guests.contains(address)) out.attendees_removed.push_back(name_of(*line));
    note(out.attendees_added.empty() && out.attendees_removed.empty(), Field::attendee);
    return out;
  }

  /// Tells it where there is something to tell, and the answers to the organizer.
  void finish(Telling telling, const Event& before, const Event& after) {
    auto answers = answers_between(before, after);
    const std::string occurrence = telling.occurrence;
    const auto now = telling.now;
    if (!telling.changed.empty()) {
      telling.kind = telling.changed.front() == Field::schedule ? Kind::moved : Kind::changed;
      telling.answer_wanted = answer_wanted(after, reader_);
      out_.push_back(std::move(telling));
    }
    if (answers.empty()) return;
    Telling answered = begin(Kind::answered, occurrence);
    answered.now = now;
    answered.answers = std::move(answers);
    out_.push_back(std::move(answered));
  }

  std::vector<Answer> answers_between(const Event& before, const Event& after) const {
    std::vector<Answer> out;
    if (!after.organizer || !sync::is_me(policy_, after.organizer->address)) return out;
    const auto old_guests = guests(before);
    for (const auto& [address, line] : guests(after)) {
      const auto old = old_guests.find(address);
      static const model::Attendee kUnanswered;
      const model::Attendee& was = old == old_guests.end() ? kUnanswered : *old->second;
      const model::Proposal proposed = proposal_of(*line);
      const bool answers =
          line->participation != was.participation && line->participation != Participation::needs_action;
      if (answers || (proposed.start && proposed != proposal_of(was)))
        out.push_back({name_of(*line), line->participation, in_utc(proposed.start), in_utc(proposed.end)});
    }
    return out;
  }

  const Reader& reader_;
  sync::Policy policy_;
  const model::ZoneBook& zones_;
  Instant now_;
  Uid uid_;
  std::vector<Telling> out_;
};

}  // namespace

std::string join_link(const Event& event) {
  for (const auto* text : {&event.conference, &event.url})
    if (auto link = web_address(text::trim(*text)); !link.empty()) return link;
  for (const auto& word : text::split(text::replace_all(event.location, "\n", " "), ' ')) {
    std::string_view bare = text::trim(word);
    while (!bare.empty() && std::string_view("(<\"'").find(bare.front()) != std::string_view::npos)
      bare.remove_prefix(1);
    const auto dangles = [&] {
      if (bare.ends_with(')'))
        return std::count(bare.begin(), bare.end(), ')') > std::count(bare.begin(), bare.end(), '(');
      return !bare.empty() && std::string_view(",;.>\"'").find(bare.back()) != std::string_view::npos;
    };
    while (dangles()) bare.remove_suffix(1);
    if (auto link = web_address(bare); !link.empty()) return link;
  }
  return {};
}

Shown shown(const Event& event, const Reader& reader) {
  const sync::Policy policy = policy_of(reader);
  Shown out;
  out.summary = event.summary;
  out.location = event.location;
  out.description = std::string(text::trim(event.description));
  out.link = join_link(event);
  out.start = event.start;
  out.end = event.end;
  if (event.organizer) out.organizer = event.organizer->name.empty() ? event.organizer->address : event.organizer->name;
  for (const auto& attendee : event.attendees)
    if (!sync::is_me(policy, attendee.address) && out.attendees.size() < kMostAttendees)
      out.attendees.push_back(name_of(attendee));
  // "Personal" is private to everybody else as well.
  out.is_private = event.sensitivity != model::Sensitivity::normal;
  return out;
}

bool answer_wanted(const Event& event, const Reader& reader) {
  const sync::Policy policy = policy_of(reader);
  const auto* line = sync::own_line(event, policy);
  const bool mine = event.organizer && sync::is_me(policy, event.organizer->address);
  return line != nullptr && !mine && line->participation == Participation::needs_action;
}

std::vector<Telling> differences(const Told& told, const Reader& reader, const model::ZoneBook& zones, Instant now) {
  return Comparison(reader, zones, now).run(told);
}

}  // namespace caravan::notify
