// SPDX-License-Identifier: GPL-3.0-or-later
// The writing half of the Exchange folder in memory. A write is made in steps, as on the real one: the item, then its
// exceptions one by one; a change of the schedule wipes the exceptions first.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "support/world/fake_exchange.hpp"
#include "sync/merge.hpp"
#include "util/text.hpp"

namespace caravan::world {
namespace {

Error lost_answer() { return make_error(Fault::in_doubt, "The connection broke before the answer came."); }
Error busy() { return make_error(Fault::retry_later, "The server is busy.", "ErrorServerBusy"); }
Error stale() {
  return make_error(Fault::precondition_failed, "The item has another version.", "ErrorIrresolvableConflict");
}

template <class Visit>
void each_event(model::Series& series, Visit visit) {
  if (series.master) visit(*series.master);
  std::for_each(series.overrides.begin(), series.overrides.end(), visit);
}

void to_whole_minutes(model::EventTime& time) { time.wall.second = 0; }

/// What Exchange makes of what it can't hold.
void rewrite(model::Event& event) {
  event.summary = std::string(text::trim(text::replace_all(event.summary, "\n", " ")));
  event.location = std::string(text::trim(event.location));
  event.description = std::string(text::trim(event.description));
  to_whole_minutes(event.start);
  to_whole_minutes(event.end);
  event.extra.clear();
  if (const model::Alarm* alarm = sync::projected_alarm(event)) {
    model::Alarm kept;
    kept.offset_seconds = -60 * sync::minutes_before(event, *alarm);
    event.alarms = {kept};
  } else {
    event.alarms.clear();
  }
}

/// The schedule changes: Exchange forgets every exception of the series.
model::Series without_exceptions(model::Series series) {
  series.overrides.clear();
  series.excluded.clear();
  return series;
}

}  // namespace

std::optional<Trouble> FakeExchange::next_trouble() {
  if (troubles_.empty()) return std::nullopt;
  const Trouble trouble = troubles_.front();
  troubles_.pop_front();
  return trouble;
}

/// One step took effect: a new version, or (declined) a move to the bin, and the place where a pass can die.
void FakeExchange::put(const ItemId& item, model::Series series) {
  if (is_declined(series)) {
    bin_.push_back(std::move(series));
    remove(item);
  } else {
    items_[item].series = std::move(series);
    note(item);
  }
  fate_.pass_through(Place::exchange);
}

model::Series FakeExchange::stored_form(model::Series series, const sync::ContentPath& content) {
  each_event(series, [&](model::Event& event) {
    if (manners.rewrites) rewrite(event);
    for (auto& attachment : event.attachments) {
      if (attachment.uri.empty() && attachment.source_id.empty()) {
        const auto path = content(attachment);
        if (!path) throw std::logic_error("an attachment without its content: " + attachment.name);
        std::ifstream file(*path, std::ios::binary);
        std::ostringstream bytes;
        bytes << file.rdbuf();
        attachment.source_id = name_ + "-attachment-" + std::to_string(++next_id_);
        contents_[attachment.source_id] = bytes.str();
      }
      attachment.content = {};  // Exchange lists attachments without telling what is in them
    }
  });
  normalize(series);
  return series;
}

std::optional<Error> FakeExchange::refusal(const Uid& uid, const std::vector<sync::ExchangePart>& parts) const {
  if (refused_.contains(uid))
    return make_error(Fault::unsupported, "Exchange has no such recurrence.", "recurrence_unsupported");
  for (const auto& part : parts) {
    const auto stored = items_.find(part.item);
    if (stored == items_.end()) return make_error(Fault::not_found, "There is no such item.", "ErrorItemNotFound");
    if (stored->second.change_key != part.change_key) return stale();
  }
  return std::nullopt;
}

/// The states that the item goes through, the last of them as wanted.
std::vector<model::Series> FakeExchange::steps_of(const sync::ExchangeWrite& write, const sync::ExchangePart* part,
                                                  const sync::ContentPath& content) {
  std::vector<model::Series> steps;
  if (part == nullptr) {
    model::Series shall = stored_form(write.series, content);
    shall.uid = write.uid;
    if (shall.master && (!shall.overrides.empty() || !shall.excluded.empty()))
      steps.push_back(without_exceptions(shall));
    steps.push_back(std::move(shall));
    return steps;
  }
  model::Delta changes = write.changes;
  if (!part->occurrence.empty())
    std::erase_if(changes, [&](const model::Change& change) { return change.occurrence != part->occurrence; });
  const model::Series before = items_.at(part->item).series;
  model::Series shall = stored_form(sync::apply(changes, write.series, before), content);
  // Each exception is a request of its own; a moved series loses them all first.
  if (sync::contains(changes, {{}, model::Field::schedule, {}})) {
    if (!shall.overrides.empty() || !shall.excluded.empty()) steps.push_back(without_exceptions(shall));
  } else if (before.master && shall.overrides != before.overrides) {
    steps.push_back(shall);
    steps.back().overrides = before.overrides;
  }
  steps.push_back(std::move(shall));
  return steps;
}

Result<sync::ExchangeWritten> FakeExchange::accept(const sync::ExchangeWrite& write, const sync::ContentPath& content,
                                                   std::optional<Trouble> trouble) {
  ++(write.parts.empty() ? creates : updates);
  if (const auto refused = refusal(write.uid, write.parts)) return *refused;
  if (write.send != sync::Send::none) mails_.emplace_back(write.uid, write.send);
  sync::ExchangeWritten written;
  written.parts = write.parts;
  if (write.parts.empty()) {
    written.parts.push_back({ItemId(name_ + "-" + std::to_string(++next_id_)), {}, {}});
    items_[written.parts.front().item].mark = write.mark;
  }
  bool first = true;
  for (std::size_t n = 0; n < written.parts.size(); ++n) {
    const ItemId item = written.parts[n].item;
    for (auto& step : steps_of(write, write.parts.empty() ? nullptr : &write.parts[n], content)) {
      if (!first) {
        const ChangeKey seen = items_.at(item).change_key;
        if (auto deed = std::exchange(midway_, nullptr)) deed();
        const auto now = items_.find(item);
        if (trouble == Trouble::lost_midway || now == items_.end() || now->second.change_key != seen)
          return lost_answer();
      }
      put(item, std::move(step));
      first = false;
    }
    if (items_.contains(item)) written.parts[n].change_key = items_.at(item).change_key;
  }
  std::erase_if(written.parts, [&](const sync::ExchangePart& part) { return !items_.contains(part.item); });
  written.gone = written.parts.empty();
  if (auto deed = std::exchange(after_write_, nullptr)) deed();
  if (trouble) return lost_answer();
  if (manners.reads_back && written.parts.size() == 1 && items_.contains(written.parts.front().item))
    written.stored = item_as_read(written.parts.front().item);
  return written;
}

void FakeExchange::write(std::span<const sync::ExchangeWrite> writes, const sync::ContentPath& content,
                         const std::function<void(std::size_t, Result<sync::ExchangeWritten>)>& done) {
  for (std::size_t i = 0; i < writes.size(); ++i) {
    fate_.pass_through(Place::exchange);
    ++calls;
    if (auto deed = std::exchange(before_write_, nullptr)) deed();
    const auto trouble = next_trouble();
    if (trouble == Trouble::lost_before)
      done(i, lost_answer());
    else if (trouble == Trouble::busy)
      done(i, busy());
    else if (trouble == Trouble::refused_412)
      done(i, stale());
    else
      done(i, accept(writes[i], content, trouble));
  }
}

void FakeExchange::remove(std::span<const sync::ExchangeRemoval> removals,
                          const std::function<void(std::size_t, Status)>& done) {
  for (std::size_t i = 0; i < removals.size(); ++i) {
    fate_.pass_through(Place::exchange);
    ++calls;
    if (auto deed = std::exchange(before_write_, nullptr)) deed();
    const auto trouble = next_trouble();
    if (trouble == Trouble::lost_before || trouble == Trouble::busy || trouble == Trouble::refused_412) {
      done(i, trouble == Trouble::busy ? busy() : trouble == Trouble::refused_412 ? stale() : lost_answer());
      continue;
    }
    ++deletes;
    if (const auto refused = refusal(removals[i].uid, removals[i].parts)) {
      done(i, *refused);
      continue;
    }
    if (removals[i].send != sync::Send::none) mails_.emplace_back(removals[i].uid, removals[i].send);
    for (const auto& part : removals[i].parts) {
      const model::Series series = items_.at(part.item).series;
      bin_.push_back(series);
      remove(part.item);
      if (on_delete) on_delete(series);
    }
    fate_.pass_through(Place::exchange);
    done(i, trouble ? Status(lost_answer()) : Status{});
  }
}

bool FakeExchange::is_declined(const model::Series& series) const {
  const model::Event& event = model::representative(series);
  if (!event.organizer || event.organizer->address == owner) return false;
  return std::any_of(event.attendees.begin(), event.attendees.end(), [&](const model::Attendee& attendee) {
    return attendee.address == owner && attendee.participation == model::Participation::declined;
  });
}

std::vector<Result<bool>> FakeExchange::declined(std::span<const sync::ExchangeSearch> searches) {
  const auto error = call();
  std::vector<Result<bool>> out;
  for (const auto& search : searches) {
    if (error) {
      out.emplace_back(*error);
      continue;
    }
    out.emplace_back(std::any_of(bin_.begin(), bin_.end(), [&](const model::Series& series) {
      return series.uid == search.uid && is_declined(series);
    }));
  }
  return out;
}

std::vector<Result<std::vector<ItemId>>> FakeExchange::find(std::span<const sync::ExchangeSearch> searches) {
  const auto error = call();
  std::vector<Result<std::vector<ItemId>>> out;
  for (const auto& search : searches) {
    ++finds;
    if (error) {
      out.emplace_back(*error);
      continue;
    }
    std::vector<ItemId> found;
    for (const auto& [item, stored] : items_)
      if ((!search.uid.empty() && stored.series.uid == search.uid) ||
          (!search.mark.empty() && stored.mark == search.mark))
        found.push_back(item);
    out.emplace_back(std::move(found));
  }
  return out;
}

}  // namespace caravan::world
