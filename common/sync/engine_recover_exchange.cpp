// SPDX-License-Identifier: GPL-3.0-or-later
// After a kill, or a lost answer: what became of a write to Exchange. It is a change of a series in several steps, so
// that it may be there in part: then the rest is written, because a schedule without its exceptions would pass for
// somebody's deletion of them. Until that is done its series is left alone.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/canonical.hpp"
#include "sync/engine_impl.hpp"
#include "sync/equal_across.hpp"
#include "sync/merge.hpp"
#include "sync/rebase.hpp"

namespace caravan::sync {
namespace {

using model::Change;
using model::Delta;
using model::Field;

/// An exception is there as it shall be only where nothing in it differs: somebody may have made another one.
bool has_unit(const std::vector<Difference>& differences, const Change& unit) {
  const bool whole = unit.field == Field::presence && !unit.occurrence.empty();
  return std::any_of(differences.begin(), differences.end(), [&](const Difference& difference) {
    return difference.unit == unit || (whole && difference.unit.occurrence == unit.occurrence);
  });
}

/// Whether a unit is an exception of the series as a whole: steps of their own, wiped by a change of the schedule.
bool is_exception(const Change& unit) {
  return unit.field == Field::excluded || (unit.field == Field::presence && !unit.occurrence.empty());
}

/// The units that the write shall have settled: what it names, and the exceptions that its change of schedule wipes.
Delta units_of_write(const model::Series* before, const model::Series& desired) {
  Delta units = before == nullptr ? all_units(desired) : model::difference(*before, desired);
  const bool wipes = before == nullptr || contains(units, {{}, Field::schedule, {}});
  if (wipes) {
    for (const auto& event : desired.overrides)
      if (event.recurrence_id) units.push_back({occurrence_of(event), Field::presence, {}});
    for (const auto& time : desired.excluded) units.push_back({{}, Field::excluded, model::to_string(time)});
  }
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units;
}

/// Whether `now` has an exception that is neither what stood there before nor what was written: somebody made it since.
bool was_edited(const std::string& occurrence, const model::Series* before, const model::Series& desired,
                const model::Series& now) {
  const model::Event* event = find_override(now, occurrence);
  if (event == nullptr)
    return excludes(now, occurrence) && !excludes(desired, occurrence) &&
           (before == nullptr || !excludes(*before, occurrence));
  const auto is_in = [&](const model::Series& series) {
    const model::Event* other = find_override(series, occurrence);
    if (other == nullptr) return false;
    model::Series one, two;
    one.overrides = {*event};
    two.overrides = {*other};
    return model::difference(one, two).empty();
  };
  return !is_in(desired) && (before == nullptr || !is_in(*before));
}

struct Rest {
  Delta left;       ///< still to be written
  Delta overtaken;  ///< stands otherwise: somebody edited it, after our write of it or before it could be made
};

/// What is left of the write, given what stands there now. Nothing: it did not even begin.
std::optional<Rest> left_of_write(const model::Series* before, const model::Series& desired, const model::Series& now,
                                  const Policy& policy) {
  const Delta units = units_of_write(before, desired);
  const auto open = differences_across(now, desired, policy);
  const Delta since = before == nullptr ? Delta{} : model::difference(*before, now);
  const Change schedule{{}, Field::schedule, {}};
  // Somebody moved the series meanwhile, which wiped its exceptions: they are not to come back.
  const bool moved = has_unit(open, schedule) && (before == nullptr || contains(since, schedule));
  Rest rest;
  bool begun = before == nullptr;
  for (const auto& unit : units) {
    if (!has_unit(open, unit)) {
      begun = true;
      continue;
    }
    const std::string& occurrence = unit.field == Field::excluded ? unit.key : unit.occurrence;
    if (!occurrence.empty() && (moved || was_edited(occurrence, before, desired, now))) {
      rest.overtaken.push_back(unit);
      continue;
    }
    const bool as_before = before != nullptr && !contains(since, unit);
    const bool missing =
        is_exception(unit) &&
        (unit.field == Field::excluded ? !excludes(now, unit.key) : find_override(now, unit.occurrence) == nullptr);
    const bool no_contents = before == nullptr && unit.field == Field::attachments;
    (as_before || missing || no_contents ? rest.left : rest.overtaken).push_back(unit);
  }
  if (!begun) return std::nullopt;
  return rest;
}

}  // namespace

/// All that the commit after the write would say, and what a part of it is recognised by.
void PairPass::Impl::describe_exchange_write(const Work& work, store::Intent& intent) const {
  nlohmann::json json = {{"moved", work.moved},
                         {"conflict", work.decision.conflict.has_value()},
                         {"dismiss", holds_action<Dismiss>(work.decision)},
                         {"send", static_cast<int>(work.request.send)}};
  for (const auto& part : work.request.parts)
    json["parts"].push_back({part.item.value, part.change_key.value, part.occurrence});
  if (work.exchange_write != Work::Write::create) json["before"] = work.exchange_before;
  if (work.exchange_write != Work::Write::remove) {
    intent.desired_copy = copy_of_series(work.request.series, work.request.mark);
    intent.desired = model::digest(work.request.series);
  }
  if (work.stored) {
    json["href"] = work.stored->href.value;
    json["etag"] = work.stored->etag.value;
    json["caldav"] = referenced(work.stored->text);
  }
  intent.payload = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// The work that an intent was opened for, as far as it is needed to end it.
Result<Work> PairPass::Impl::work_of_intent(const store::Intent& intent) {
  Work work;
  const auto json = nlohmann::json::parse(intent.payload, nullptr, false);
  if (!json.is_object()) return make_error(Fault::malformed, "The intent of " + intent.uid.value + " can't be read.");
  work.uid = intent.uid;
  work.recovered = true;
  work.moved = json.value("moved", false);
  if (json.value("conflict", false)) work.decision.conflict.emplace();
  work.exchange_before = json.value("before", std::string());
  if (json.value("dismiss", false)) work.decision.actions.push_back(Dismiss{});
  work.request.send = static_cast<Send>(json.value("send", 0));
  if (json.contains("href")) work.stored = CaldavText{Href(json.at("href")), Etag(json.at("etag")), json.at("caldav")};
  if (work.stored) work.href = work.stored->href;
  work.request.uid = intent.uid;
  work.request.mark = mark_for(pair.mailbox, intent.uid);
  for (const auto& part : json.value("parts", nlohmann::json::array()))
    work.request.parts.push_back({ItemId(part.at(0)), ChangeKey(part.at(1)), part.at(2)});
  for (const auto& part : work.request.parts) work.parts.push_back({part.item, part.change_key, part.occurrence});
  CARAVAN_TRY(known, store_.mapping(pair.id, intent.uid));
  work.mapping = std::move(known);
  if (intent.kind == "delete") {
    work.exchange_write = Work::Write::remove;
    work.decision.reason = Reason::caldav_deleted;
    work.decision.actions.push_back(Delete{Side::exchange, {}, {}});
    return work;
  }
  work.exchange_write = intent.kind == "create" ? Work::Write::create : Work::Write::update;
  CARAVAN_TRY(desired, series_of_copy(intent.desired_copy));
  work.request.series = std::move(desired);
  if (work.exchange_write == Work::Write::update) {
    CARAVAN_TRY(before, series_of_copy(work.exchange_before));
    work.request.changes = model::difference(before, work.request.series);
    work.request.before = std::move(before);
  }
  return work;
}

/// Looks what became of these intents. What is done stands in `written` afterwards; what is not to be told yet keeps
/// its series blocked.
Status PairPass::Impl::recover_on_exchange(std::span<const store::Intent* const> intents, RecoveredWorks& on_exchange,
                                           store::Batch& batch) {
  std::vector<Work> works;
  for (const auto* intent : intents) {
    auto work = work_of_intent(*intent);
    if (!work) {
      must_look_.insert(intent->uid);
      continue;
    }
    work->intents = {intent->id};
    works.push_back(std::move(*work));
  }
  std::vector<Work*> asked, created;
  std::vector<ExchangeSearch> searches;
  for (auto& work : works) {
    asked.push_back(&work);
    if (work.exchange_write != Work::Write::create) continue;
    created.push_back(&work);
    searches.push_back({work.uid, work.request.mark});
  }
  if (!searches.empty()) {
    auto found = exchange_.find(searches);
    for (std::size_t i = 0; i < created.size(); ++i) {
      if (!found[i]) return std::move(found[i]).error();
      for (const auto& item : *found[i]) created[i]->parts.push_back({item, {}, {}});
    }
  }
  CARAVAN_CHECK(read_exchange(asked));
  for (auto& work : works) {
    CARAVAN_TRY(done, ended(work));
    if (blocked_.contains(work.uid)) continue;
    if (!done) {
      must_look_.insert(work.uid);
      on_exchange.without_effect.insert(work.intents.front());
      if (work.exchange_write != Work::Write::update || work.exchange_seen != Seen::there) continue;
      work.exchange.series = work.request.series;
      work.exchange.digest = model::digest(work.exchange.series);
      for (auto& part : work.parts) part.change_key = {};  // what stands there now is read, and is somebody's edit
      on_exchange.unseen.insert_or_assign(work.uid, std::move(work));
    } else if (work.exchange_write == Work::Write::remove && !holds_action<Dismiss>(work.decision)) {
      settle_gone(work, batch);
    } else {
      on_exchange.written.insert_or_assign(work.uid, std::move(work));
    }
  }
  return {};
}

/// True where the write is done, the rest of it having been written now if need be. False: it had no effect. A series
/// that can't be told about is blocked.
Result<bool> PairPass::Impl::ended(Work& work) {
  if (work.exchange_write == Work::Write::remove)
    return work.exchange_seen == Seen::gone && work.mapping && work.mapping->state == "active";
  if (work.exchange_seen == Seen::gone) {
    // Declined, it goes; what Exchange held last is what was written before.
    if (!holds_action<Dismiss>(work.decision) || work.request.before.uid.empty()) return false;
    work.item_left = true;
    work.exchange.series = work.request.before;
    work.exchange.digest = model::digest(work.exchange.series);
    return true;
  }
  if (work.exchange_seen != Seen::there) {
    blocked_.insert(work.uid);
    return false;
  }
  const bool creates = work.exchange_write == Work::Write::create;
  const auto same_key = [](const auto& a, const auto& b) { return a.item == b.item && a.change_key == b.change_key; };
  const auto& seen = work.request.parts;
  if (!creates && std::equal(seen.begin(), seen.end(), work.parts.begin(), work.parts.end(), same_key)) return false;
  std::optional<model::Series> before;
  if (!creates) {
    CARAVAN_TRY(series, series_of_copy(work.exchange_before));
    before = std::move(series);
  }
  const auto rest =
      left_of_write(before ? &*before : nullptr, work.request.series, work.exchange.series, options_.policy);
  if (!rest) return false;
  if (!rest->overtaken.empty()) work.overtaken = Conflict{rest->overtaken, Side::exchange, false, work.request.series};
  if (!rest->left.empty()) {
    CARAVAN_TRY(written, write_the_rest(work, rest->left));
    if (!written) {
      blocked_.insert(work.uid);
      return false;
    }
    if (work.item_left) return true;
  }
  Work read;
  read.uid = work.uid;
  read.exchange = work.exchange;
  read.losses = work.losses;
  read.parts = work.parts;
  std::vector<ExchangePart> parts = as_named(work.parts);
  take_written(work, parts, &read, false);
  // With edits of somebody's beside it, it is no state that Exchange ever had: it is read again.
  if (work.exchange.digest != read.exchange.digest)
    for (auto& part : work.parts) part.change_key = {};
  return true;
}

/// The steps that were never made. False: not now.
Result<bool> PairPass::Impl::write_the_rest(Work& work, const Delta& left) {
  ExchangeWrite rest = work.request;
  rest.parts = as_named(work.parts);
  rest.before = work.exchange.series;
  rest.changes = left;
  rest.series = apply(left, work.request.series, work.exchange.series);
  name_known_attachments(rest.series, &work.exchange.series);
  if (work.stored) {
    const Href href = work.stored->href;
    Status spooled;
    caldav_.read(std::span(&href, 1), [&](std::size_t, CaldavAnswer answer) {
      if (const auto* text = std::get_if<CaldavText>(&answer)) spooled = spool_contents(rest.series, text->text);
    });
    CARAVAN_CHECK(std::move(spooled));
  }
  Result<ExchangeWritten> answer = make_error(Fault::in_doubt, "Exchange did not answer.");
  exchange_.write(
      std::span(&rest, 1), [&](const model::Attachment& attachment) { return spool_.path_of(attachment.content); },
      [&](std::size_t, Result<ExchangeWritten> written) { answer = std::move(written); });
  if (!answer) {
    const bool later = answer.error().fault == Fault::retry_later || answer.error().fault == Fault::cancelled;
    if (later || (answer.error().fault == Fault::denied && !is_item_error(answer.error())))
      return std::move(answer).error();
    return false;
  }
  if (answer->gone) {
    work.item_left = true;
    return true;
  }
  work.parts.clear();
  for (const auto& part : answer->parts) work.parts.push_back({part.item, part.change_key, part.occurrence});
  Work* const reread = &work;
  CARAVAN_CHECK(read_exchange(std::span(&reread, 1)));
  return work.exchange_seen == Seen::there;
}

/// Audit trail and undo of what was found done.
void PairPass::Impl::results_of_recovery(const Work& work, store::Batch& batch) {
  note_exchange_write(work, batch);
  add_losses(work, batch);
  record_conflict(work.uid, work.overtaken, batch);
  // CalDAV's list may have said long ago that its resource is gone, when nothing was known to be shared.
  if (work.exchange_write == Work::Write::create && work.stored) expect(Side::caldav, work.stored->href.value, batch);
}

}  // namespace caravan::sync
