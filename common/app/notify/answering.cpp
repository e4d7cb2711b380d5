// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notify/answering.hpp"

#include <algorithm>

#include "app/adapters/caldav_adapter.hpp"
#include "app/pass/mailbox_pass.hpp"
#include "ical/expand.hpp"
#include "ical/parse.hpp"
#include "ical/patch.hpp"
#include "ical/zone_book.hpp"
#include "store/live_store.hpp"
#include "store/notify_store.hpp"
#include "sync/frame.hpp"

namespace caravan::app {
namespace {

constexpr int kTries = 3;  // for who edits meanwhile

/// The occurrence as an override of its own, where the rule makes it and nothing else has.
std::optional<model::Event> occurrence_of_rule(const model::Series& series, const std::string& occurrence,
                                               const model::ZoneBook& zones) {
  if (!series.master) return std::nullopt;
  constexpr std::chrono::hours kFar{24 * 366 * 10};
  const Instant begin = series.master->start.instant();
  for (const auto& each : ical::expand(series, begin, begin + kFar, zones)) {
    if (model::to_string(each.original_start) != occurrence) continue;
    model::Event event = *series.master;
    event.recurrence_id = each.original_start;
    event.start = each.start;
    event.end = each.end;
    return event;
  }
  return std::nullopt;
}

Error not_his(const Answering& answer) {
  return make_error(Fault::not_found, answer.reader.address.value + " is not invited to this.", "not_invited");
}

/// One PUT on the condition that nobody was faster; false: somebody was.
Result<bool> put(CaldavAdapter& calendar, const Href& href, const Answering& answer) {
  sync::CaldavAnswer read = sync::Gone{};
  const std::vector<Href> hrefs = {href};
  calendar.read(hrefs, [&](std::size_t, sync::CaldavAnswer got) { read = std::move(got); });
  if (auto* error = std::get_if<Error>(&read)) return std::move(*error);
  const auto* stored = std::get_if<sync::CaldavText>(&read);
  if (stored == nullptr) return not_his(answer);
  CARAVAN_TRY(parsed, ical::parse_one(stored->text));
  if (!parsed.series) return std::move(parsed.series).error();
  model::Series series = std::move(*parsed.series);
  CARAVAN_TRY(changes, put_answer(series, answer, *ical::system_zone_book()));
  if (changes.empty()) return true;
  CARAVAN_TRY(text, ical::patch(stored->text, series, changes));
  Result<sync::CaldavWritten> written = make_error(Fault::in_doubt, "The answer was not sent.");
  const std::vector<sync::CaldavWrite> writes = {{href, stored->etag, std::move(text), {}, 0}};
  calendar.write(writes, [&](std::size_t, Result<sync::CaldavWritten> got) { written = std::move(got); });
  if (written) return true;
  if (written.error().fault == Fault::precondition_failed || written.error().fault == Fault::in_doubt) return false;
  return std::move(written).error();
}

}  // namespace

Result<model::Delta> put_answer(model::Series& series, const Answering& answer, const model::ZoneBook& zones) {
  model::Delta changes;
  const sync::Policy policy = notify::policy_of(answer.reader);
  const auto answer_in = [&](model::Event& event, const std::string& occurrence) {
    const auto reader = std::find_if(event.attendees.begin(), event.attendees.end(),
                                     [&](const auto& attendee) { return sync::is_me(policy, attendee.address); });
    if (reader == event.attendees.end()) return false;
    if (reader->participation == answer.participation) return true;
    reader->participation = answer.participation;
    reader->rsvp = false;
    changes.push_back({occurrence, model::Field::attendee, reader->address});
    return true;
  };
  bool invited = false;
  if (answer.occurrence.empty()) {
    if (series.master) invited = answer_in(*series.master, {});
    for (auto& event : series.overrides) invited = answer_in(event, model::to_string(*event.recurrence_id)) || invited;
  } else {
    const auto held = std::find_if(series.overrides.begin(), series.overrides.end(), [&](const auto& event) {
      return model::to_string(*event.recurrence_id) == answer.occurrence;
    });
    if (held != series.overrides.end()) {
      invited = answer_in(*held, answer.occurrence);
    } else if (auto made = occurrence_of_rule(series, answer.occurrence, zones)) {
      invited = answer_in(*made, answer.occurrence);
      if (!changes.empty()) {
        changes = {{answer.occurrence, model::Field::presence, {}}};
        series.overrides.push_back(std::move(*made));
        model::normalize(series);
      }
    }
  }
  if (!invited) return not_his(answer);
  std::sort(changes.begin(), changes.end());
  return changes;
}

Status answer_meeting(const Context& context, Sides& sides, store::Store& store, const Answering& answer,
                      std::stop_token stop) {
  CARAVAN_TRY(row, store.mailbox(answer.reader.address));
  if (!row) return not_his(answer);
  const config::MailboxEntry entry = entry_of(*row);
  CARAVAN_TRY(copies, store.notify().agreed_of(answer.reader.address, answer.uid));
  if (copies.empty()) return not_his(answer);
  CARAVAN_TRY(client, sides.caldav(entry, stop));
  for (const auto& copy : copies) {
    CARAVAN_TRY(pair, store.pair(copy.pair));
    CARAVAN_TRY(mapping, store.mapping(copy.pair, answer.uid));
    if (!pair || !mapping || mapping->href.empty()) continue;
    CaldavAdapter calendar(client, Href(), pair->collection, {}, context.config.caldav.connections, stop);
    bool done = false;
    for (int i = 0; i < kTries && !done; ++i) {
      CARAVAN_TRY(put_now, put(calendar, mapping->href, answer));
      done = put_now;
    }
    if (!done)
      return make_error(Fault::retry_later, "The meeting is being changed just now.", "raced", "Answer once more.");
    CARAVAN_CHECK(store.live().hint({pair->id}, Side::caldav));
  }
  return {};
}

}  // namespace caravan::app
