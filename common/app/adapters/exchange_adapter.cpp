// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/adapters/exchange_adapter.hpp"

#include <algorithm>

#include "ical/expand.hpp"
#include "ical/write.hpp"
#include "ical/zone_book.hpp"

namespace caravan::app {
namespace {

/// Original starts of the occurrences, for the writer: RRULE's arithmetic is libical's.
std::vector<model::EventTime> expand(const model::Series& series, Instant from, Instant until, std::size_t limit) {
  return ical::original_starts(series, from, until, *ical::system_zone_book(), limit);
}

/// A meeting that somebody else organizes, as Exchange imports it; its attachments are brought afterwards.
Result<std::string> render(const model::Series& series) {
  model::Series bare = series;
  if (bare.master) bare.master->attachments.clear();
  for (auto& event : bare.overrides) event.attachments.clear();
  return ical::write(bare);
}

std::vector<ews::SeriesPart> parts_of(std::span<const sync::ExchangePart> parts) {
  std::vector<ews::SeriesPart> out;
  out.reserve(parts.size());
  for (const auto& part : parts) out.push_back({part.occurrence, part.item, part.change_key});
  return out;
}

Result<sync::ExchangeWritten> answer_of(Result<ews::Written> written) {
  if (!written) return std::move(written).error();
  sync::ExchangeWritten out;
  out.gone = written->gone;
  // A key that was read afterwards may stand for somebody's edit: it is not told as that of our write.
  for (auto& part : written->parts)
    out.parts.push_back(
        {std::move(part.item), written->exact ? std::move(part.change_key) : ChangeKey(), std::move(part.occurrence)});
  return out;
}

}  // namespace

ExchangeAdapter::ExchangeAdapter(ews::Client& client, ews::Mailbox mailbox, FolderId folder, std::string spool_dir,
                                 std::stop_token stop)
    : client_(client),
      mailbox_(std::move(mailbox)),
      zone_is_known_(!mailbox_.zone.empty()),
      folder_(std::move(folder)),
      spool_dir_(std::move(spool_dir)),
      stop_(std::move(stop)) {}

ews::WriterOptions ExchangeAdapter::writing(sync::Send send, sync::ContentPath content) const {
  ews::WriterOptions options;
  options.expand = expand;
  options.content = std::move(content);
  options.render = render;
  options.mail = send == sync::Send::none ? ews::Mail::none : ews::Mail::to_changed;
  options.spool_dir = spool_dir_;
  return options;
}

Result<sync::ExchangePage> ExchangeAdapter::changes_since(const SyncState& state) {
  auto page = client_.sync_folder_items(mailbox_, folder_, state, ews::kMaxChanges, stop_);
  if (!page) {
    Error error = std::move(page).error();
    if (error.code == ews::kInvalidSyncState)
      error.code = sync::kInvalidState;
    else if (error.fault == Fault::not_found)
      error.code = sync::kContainerGone;
    return error;
  }
  sync::ExchangePage out;
  out.state = std::move(page->state);
  out.last = page->includes_last;
  out.changes.reserve(page->changes.size());
  for (auto& change : page->changes)
    out.changes.push_back({change.kind == ews::ChangeKind::deleted ? sync::ExchangeChange::Kind::deleted
                                                                   : sync::ExchangeChange::Kind::upserted,
                           std::move(change.item_id), std::move(change.change_key)});
  return out;
}

std::vector<std::pair<ItemId, Result<sync::ExchangeItem>>> ExchangeAdapter::read(std::span<const ItemId> items) {
  std::vector<std::pair<ItemId, Result<sync::ExchangeItem>>> out;
  out.reserve(items.size());
  for (auto& [id, fetched] : client_.get_series(mailbox_, items, stop_)) {
    if (!fetched) {
      out.emplace_back(id, std::move(fetched).error());
      continue;
    }
    sync::ExchangeItem item;
    item.copy.parts = {{fetched->item.value, {}}};
    item.copy.version.value = std::move(fetched->change_key.value);
    item.copy.modified = fetched->modified;
    item.copy.modified_by = std::move(fetched->modified_by);
    item.copy.series = std::move(fetched->series);
    learn_zone(item.copy.series);
    item.losses = std::move(fetched->losses);
    item.is_organizer = fetched->is_organizer;
    out.emplace_back(id, std::move(item));
  }
  return out;
}

/// EWS has no zone of a mailbox that impersonation could read (ews-facts), and an all-day event made at UTC's midnights
/// covers two days in Outlook.
void ExchangeAdapter::learn_zone(const model::Series& series) {
  const model::EventTime& start = model::representative(series).start;
  if (zone_is_known_ || start.kind != model::TimeKind::zoned) return;
  if (!ical::system_zone_book()->knows(start.zone)) return;
  const std::size_t count = ++zones_seen_[start.zone];
  if (mailbox_.zone.empty() || count > zones_seen_[mailbox_.zone]) mailbox_.zone = start.zone;
}

Result<std::uint64_t> ExchangeAdapter::attachment(const AttachmentId& id,
                                                  const std::function<Status(std::string_view)>& sink) {
  CARAVAN_TRY(info, client_.get_attachment(mailbox_, id, sink, stop_));
  return info.size;
}

void ExchangeAdapter::write(std::span<const sync::ExchangeWrite> writes, const sync::ContentPath& content,
                            const std::function<void(std::size_t, Result<sync::ExchangeWritten>)>& done) {
  // Items to be made go in few requests; what tells nobody and what tells the guests are different ones.
  for (const sync::Send send : {sync::Send::none, sync::Send::guests, sync::Send::organizer}) {
    ews::ExchangeWriter writer(client_, mailbox_, folder_, writing(send, content));
    std::vector<ews::Creation> creations;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < writes.size(); ++i) {
      if (writes[i].send != send || !writes[i].parts.empty()) continue;
      creations.push_back({writes[i].series, writes[i].mark});
      places.push_back(i);
    }
    if (!creations.empty()) {
      auto rows = writer.create(creations, ews::Attempt::first, stop_);
      for (std::size_t i = 0; i < places.size(); ++i) done(places[i], answer_of(std::move(rows[i])));
    }
    for (std::size_t i = 0; i < writes.size(); ++i) {
      const sync::ExchangeWrite& write = writes[i];
      if (write.send != send || write.parts.empty()) continue;
      done(i, answer_of(writer.apply({parts_of(write.parts), write.before, write.series, write.mark},
                                     ews::Attempt::first, stop_)));
    }
  }
}

void ExchangeAdapter::remove(std::span<const sync::ExchangeRemoval> removals,
                             const std::function<void(std::size_t, Status)>& done) {
  for (std::size_t i = 0; i < removals.size(); ++i) {
    ews::ExchangeWriter writer(client_, mailbox_, folder_, writing(removals[i].send, {}));
    done(i, writer.remove(parts_of(removals[i].parts), stop_));
  }
}

std::vector<Result<bool>> ExchangeAdapter::declined(std::span<const sync::ExchangeSearch> searches) {
  ews::ExchangeWriter writer(client_, mailbox_, folder_, writing(sync::Send::none, {}));
  std::vector<Result<bool>> out;
  for (const auto& search : searches) out.push_back(writer.is_declined(search.uid, stop_));
  return out;
}

std::vector<Result<std::vector<ItemId>>> ExchangeAdapter::find(std::span<const sync::ExchangeSearch> searches) {
  ews::ExchangeWriter writer(client_, mailbox_, folder_, writing(sync::Send::none, {}));
  const auto look = [&](const sync::ExchangeSearch& search) -> Result<std::vector<ItemId>> {
    std::vector<ItemId> items;
    const auto take = [&](const std::vector<ews::Found>& found) {
      for (const auto& each : found)
        if (std::find(items.begin(), items.end(), each.item) == items.end()) items.push_back(each.item);
    };
    if (!search.uid.empty()) {
      CARAVAN_TRY(by_uid, writer.find_by_uid(search.uid, stop_));
      take(by_uid);
    }
    if (search.mark.empty()) return items;
    CARAVAN_TRY(by_mark, writer.find_by_mark(search.mark, stop_));
    take(by_mark);
    return items;
  };
  std::vector<Result<std::vector<ItemId>>> out;
  for (const auto& search : searches) out.push_back(look(search));
  return out;
}

model::Series ExchangeAdapter::folded(const model::Series& agreed, std::span<const sync::ExchangePart> held,
                                      std::span<const model::Series> parts) const {
  const ews::ExchangeWriter writer(client_, mailbox_, folder_, writing(sync::Send::none, {}));
  return writer.fold(agreed, parts_of(held), parts);
}

}  // namespace caravan::app
