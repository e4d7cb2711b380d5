// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/world/fake_exchange.hpp"

#include <algorithm>
#include <stdexcept>

namespace caravan::world {

FakeExchange::FakeExchange(const Clock& clock, Fate& fate, std::string name)
    : clock_(clock), fate_(fate), name_(std::move(name)) {}

void FakeExchange::note(const ItemId& item) {
  last_change_[item] = ++sequence_;
  first_change_.emplace(item, sequence_);
  const auto stored = items_.find(item);
  if (stored == items_.end()) return;
  stored->second.change_key = ChangeKey("ck-" + std::to_string(sequence_));
  stored->second.modified = clock_.now();
}

ItemId FakeExchange::add(model::Series series) {
  const ItemId item(name_ + "-" + std::to_string(++next_id_));
  normalize(series);
  items_[item].series = std::move(series);
  note(item);
  return item;
}

ItemId FakeExchange::double_item(const ItemId& item) {
  const ItemId twin = add(items_.at(item).series);
  items_.at(twin).mark = items_.at(item).mark;
  return twin;
}

void FakeExchange::edit(const ItemId& item, const Edit& change) {
  model::Series& series = items_.at(item).series;
  change(series);
  normalize(series);
  note(item);
}

void FakeExchange::touch(const ItemId& item) { note(item); }

void FakeExchange::remove(const ItemId& item) {
  items_.erase(item);
  note(item);
}

void FakeExchange::decline(const ItemId& item) {
  bin_.push_back(items_.at(item).series);
  if (bin_.back().master)
    for (auto& attendee : bin_.back().master->attendees)
      if (attendee.address == owner) attendee.participation = model::Participation::declined;
  remove(item);
}

ItemId FakeExchange::remove_and_restore(const ItemId& item) {
  model::Series series = items_.at(item).series;
  remove(item);
  return add(std::move(series));
}

ItemId FakeExchange::move_to(const ItemId& item, FakeExchange& folder) {
  model::Series series = items_.at(item).series;
  remove(item);
  return folder.add(std::move(series));
}

void FakeExchange::trouble_next_write(Trouble trouble, int times) {
  troubles_.insert(troubles_.end(), static_cast<std::size_t>(times), trouble);
}

void FakeExchange::forget_troubles() {
  failures_.clear();
  troubles_.clear();
  refused_.clear();
  before_write_ = midway_ = after_write_ = nullptr;
}

void FakeExchange::untold(const std::function<void()>& deed) {
  const auto told = last_change_;
  deed();
  for (const auto& [item, at] : told) last_change_[item] = at;
}

void FakeExchange::fail_next(Error error, int skip) { failures_.push_back({skip, std::move(error)}); }

std::size_t FakeExchange::count(const Uid& uid) const {
  return static_cast<std::size_t>(
      std::count_if(items_.begin(), items_.end(), [&](const auto& entry) { return entry.second.series.uid == uid; }));
}

std::optional<ItemId> FakeExchange::item_of(const Uid& uid) const {
  for (const auto& [item, stored] : items_)
    if (stored.series.uid == uid) return item;
  return std::nullopt;
}

const model::Series& FakeExchange::series(const Uid& uid) const {
  const auto item = item_of(uid);
  if (!item) throw std::logic_error("there is no " + uid.value + " on Exchange");
  return items_.at(*item).series;
}

bool FakeExchange::shows(const Uid& uid) const {
  return std::any_of(items_.begin(), items_.end(), [&](const auto& entry) {
    return entry.second.series.uid == uid && !poisoned_.contains(entry.first);
  });
}

std::vector<ItemId> FakeExchange::ids() const {
  std::vector<ItemId> out;
  for (const auto& [item, unused] : items_) out.push_back(item);
  return out;
}

std::optional<Error> FakeExchange::call() {
  fate_.pass_through(Place::exchange);
  ++calls;
  if (failures_.empty()) return std::nullopt;
  if (failures_.front().skip-- > 0) return std::nullopt;
  Error error = std::move(failures_.front().error);
  failures_.pop_front();
  return error;
}

/// A state is "generation:sequence". A page has the items changed since, each once, in the order of their last change.
/// What came and went since the state is not named: whoever holds the state never knew of it.
Result<sync::ExchangePage> FakeExchange::changes_since(const SyncState& state) {
  if (auto error = call()) return std::move(*error);
  std::uint64_t since = 0;
  if (!state.empty()) {
    const auto colon = state.value.find(':');
    if (state.value.substr(0, colon) != std::to_string(generation_))
      return make_error(Fault::malformed, "The sync state is invalid.", sync::kInvalidState);
    since = std::stoull(state.value.substr(colon + 1));
  }
  std::map<std::uint64_t, ItemId> changed;
  for (const auto& [item, at] : last_change_)
    if (at > since && (items_.contains(item) || first_change_.at(item) <= since)) changed.emplace(at, item);
  sync::ExchangePage page;
  page.last = changed.size() <= page_size_;
  std::uint64_t reached = page.last ? sequence_ : since;
  for (const auto& [at, item] : changed) {
    if (page.changes.size() >= page_size_) break;
    sync::ExchangeChange change;
    change.item = item;
    const auto stored = items_.find(item);
    change.kind = stored == items_.end() ? sync::ExchangeChange::Kind::deleted : sync::ExchangeChange::Kind::upserted;
    if (stored != items_.end()) change.change_key = stored->second.change_key;
    page.changes.push_back(change);
    if (!page.last) reached = at;
  }
  if (rows_twice_) {
    const auto once = page.changes;
    page.changes.insert(page.changes.end(), once.begin(), once.end());
  }
  page.state = SyncState(std::to_string(generation_) + ":" + std::to_string(reached));
  return page;
}

std::vector<std::pair<ItemId, Result<sync::ExchangeItem>>> FakeExchange::read(std::span<const ItemId> items) {
  const auto error = call();
  std::vector<std::pair<ItemId, Result<sync::ExchangeItem>>> out;
  for (const auto& item : items) {
    if (vanishing_.erase(item) > 0 && items_.contains(item)) {
      if (on_vanish) on_vanish(items_.at(item).series);
      remove(item);
    }
    const auto stored = items_.find(item);
    if (error) {
      out.emplace_back(item, *error);
    } else if (stored == items_.end()) {
      out.emplace_back(item, make_error(Fault::not_found, "There is no such item.", "ErrorItemNotFound"));
    } else if (poisoned_.contains(item)) {
      out.emplace_back(item, make_error(Fault::malformed, "The item is corrupt.", "ErrorCorruptData"));
    } else {
      ++reads;
      out.emplace_back(item, item_as_read(item));
    }
  }
  return out;
}

sync::ExchangeItem FakeExchange::item_as_read(const ItemId& item) const {
  const Stored& stored = items_.at(item);
  sync::ExchangeItem read;
  read.copy.parts = {{item.value, {}}};
  read.copy.version.value = stored.change_key.value;
  read.copy.modified = stored.modified;
  read.copy.series = stored.series;
  read.copy.ours = !stored.mark.empty();
  return read;
}

Result<std::uint64_t> FakeExchange::attachment(const AttachmentId& id,
                                               const std::function<Status(std::string_view)>& sink) {
  if (auto error = call()) return std::move(*error);
  const auto content = contents_.find(id.value);
  if (content == contents_.end())
    return make_error(Fault::not_found, "There is no such attachment.", "ErrorItemNotFound");
  ++attachments_read;
  constexpr std::size_t kPiece = 1000;
  for (std::size_t at = 0; at < content->second.size(); at += kPiece)
    CARAVAN_CHECK(sink(std::string_view(content->second).substr(at, kPiece)));
  return content->second.size();
}

}  // namespace caravan::world
