// SPDX-License-Identifier: GPL-3.0-or-later
// What is told: plain facts, in no language and for no channel. Made from differences of meaning (differences.hpp) or
// from the clock (agenda.hpp), kept as JSON in the outbox, put into words when it is sent (render.hpp).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/canonical.hpp"
#include "model/series.hpp"
#include "util/result.hpp"
#include "util/types.hpp"

namespace caravan::notify {

enum class Kind : std::uint8_t {
  added,      ///< new to this calendar
  moved,      ///< another time (what else changed with it stands in `changed`)
  changed,    ///< title, place, link, description, attendees ...
  cancelled,  ///< the series, or one occurrence
  answered,   ///< somebody accepted, declined, is tentative, proposed another time; to the organizer
  reminder,
  starting,
  daily,    ///< digest of a day
  weekly,   ///< digest of a week
  summary,  ///< what a bulk run brought (--notify)
  admin,    ///< for administrators: `topic` says what
};
std::string_view to_string(Kind kind) noexcept;
std::optional<Kind> kind_from(std::string_view text) noexcept;
/// An answer's name in documents and in the catalogue: "accepted", "needs_action" ...
std::string_view answer_name(model::Participation participation) noexcept;

/// One moment of an event as a person is shown it. Without content where it is private and shown to others.
struct Shown {
  std::string summary, location, description;  ///< as the event has them; description plain text
  std::string link;                            ///< at which to join, empty: none
  model::EventTime start, end;                 ///< exclusive end
  std::optional<model::Rule> rule;             ///< of a series as a whole
  /// Of a series: original starts, at most 20, of occurrences still to come that are not as its rule says: moved,
  /// cancelled, excluded.
  std::vector<model::EventTime> apart;
  std::string organizer;               ///< name, else address
  std::vector<std::string> attendees;  ///< the same, without the reader himself; at most 50
  bool is_private = false;
  friend bool operator==(const Shown&, const Shown&) = default;
};

struct Answer {
  std::string who;  ///< name, else address
  model::Participation participation = model::Participation::needs_action;
  std::optional<model::EventTime> proposed_start, proposed_end;
  friend bool operator==(const Answer&, const Answer&) = default;
};

/// A line of a digest.
struct AgendaLine {
  Uid uid;
  Shown event;
  bool answer_wanted = false;  ///< the reader has not answered yet
  friend bool operator==(const AgendaLine&, const AgendaLine&) = default;
};

struct Telling {
  Kind kind = Kind::changed;
  Address mailbox;         ///< the person told
  Uid uid;                 ///< empty for digests, summary, admin
  std::string occurrence;  ///< recurrence id as model::to_string prints it; empty: the series, or a single event
  std::optional<Shown> was, now;
  std::vector<model::Field> changed;  ///< with moved and changed; sorted
  std::vector<std::string> attendees_added, attendees_removed;
  std::vector<Answer> answers;
  bool answer_wanted = false;  ///< an invitation that the reader has not answered: buttons make sense
  std::vector<AgendaLine> agenda;
  std::optional<model::EventTime> day;  ///< first day of a digest (a date)
  std::string topic;                    ///< admin: stale | subscription | brake | conflict | parked; summary: run kind
  std::string detail;                   ///< admin: what and what to do next; no content of events
  std::uint64_t count = 0;              ///< summary, admin: how many
  friend bool operator==(const Telling&, const Telling&) = default;
};

/// JSON, version 1; what `from_json` reads. What is no UTF-8 is replaced.
std::string to_json(const Telling& telling);
/// Fault::malformed where it is no telling, Fault::unsupported for a later version.
Result<Telling> from_json(const std::string& text);

}  // namespace caravan::notify
