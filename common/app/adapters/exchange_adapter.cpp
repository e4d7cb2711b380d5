// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/adapters/exchange_adapter.hpp"

namespace caravan::app {

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
    item.copy.series = std::move(fetched->series);
    item.losses = std::move(fetched->losses);
    item.is_organizer = fetched->is_organizer;
    out.emplace_back(id, std::move(item));
  }
  return out;
}

Result<std::uint64_t> ExchangeAdapter::attachment(const AttachmentId& id,
                                                  const std::function<Status(std::string_view)>& sink) {
  CARAVAN_TRY(info, client_.get_attachment(mailbox_, id, sink, stop_));
  return info.size;
}

}  // namespace caravan::app
