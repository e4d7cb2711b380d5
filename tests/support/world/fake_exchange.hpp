// SPDX-License-Identifier: GPL-3.0-or-later
// An Exchange calendar folder in memory: items with change keys, a journal that hands out sync states, and the people
// who edit it. Nasty on request: pages of one, rows twice, poison, items that are gone when they are read, states that
// were lost, answers that never come.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <set>

#include "support/world/events.hpp"
#include "support/world/fate.hpp"
#include "sync/ports.hpp"

namespace caravan::world {

class FakeExchange final : public sync::ExchangePort {
 public:
  FakeExchange(const Clock& clock, Fate& fate, std::string name);

  // What people do.
  ItemId add(model::Series series);
  ItemId add(const std::string& title) { return add(event(title)); }
  void edit(const ItemId& item, const Edit& change);
  /// A new change key, the same meaning.
  void touch(const ItemId& item);
  void remove(const ItemId& item);
  /// To the bin and back: the same event under a new id.
  ItemId remove_and_restore(const ItemId& item);
  /// Drags the event into another folder, where it gets a new id.
  ItemId move_to(const ItemId& item, FakeExchange& folder);
  void give_content(const std::string& attachment_id, std::string bytes) {
    contents_[attachment_id] = std::move(bytes);
  }

  // What goes wrong.
  void poison(const ItemId& item) { poisoned_.insert(item); }
  void cure() { poisoned_.clear(); }
  /// The item is listed, and gone when it is read.
  void vanish_before_it_is_read(const ItemId& item) { vanishing_.insert(item); }
  void lose_every_state() { ++generation_; }
  /// The next calls answer with this error instead, one after the other; with `skip` calls that work in between.
  void fail_next(Error error, int skip = 0);
  void forget_failures() { failures_.clear(); }
  void answer_in_pages_of(std::size_t rows) { page_size_ = rows; }
  void tell_every_row_twice() { rows_twice_ = true; }

  // What a test looks at.
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  [[nodiscard]] bool holds(const Uid& uid) const;
  /// And can tell that it does.
  [[nodiscard]] bool shows(const Uid& uid) const;
  [[nodiscard]] bool has(const ItemId& item) const { return items_.contains(item); }
  [[nodiscard]] const model::Series& series(const ItemId& item) const { return items_.at(item).series; }
  [[nodiscard]] std::vector<ItemId> ids() const;
  [[nodiscard]] Instant modified(const ItemId& item) const { return items_.at(item).modified; }
  std::function<void(const model::Series&)> on_vanish;  ///< told of what vanished before it was read
  int calls = 0, reads = 0, attachments_read = 0;       ///< requests; items read; contents transferred

  // sync::ExchangePort
  Result<sync::ExchangePage> changes_since(const SyncState& state) override;
  std::vector<std::pair<ItemId, Result<sync::ExchangeItem>>> read(std::span<const ItemId> items) override;
  Result<std::uint64_t> attachment(const AttachmentId& id,
                                   const std::function<Status(std::string_view)>& sink) override;

 private:
  struct Stored {
    model::Series series;
    ChangeKey change_key;
    Instant modified{};
  };
  struct Failure {
    int skip = 0;
    Error error;
  };
  void note(const ItemId& item);
  std::optional<Error> call();

  const Clock& clock_;
  Fate& fate_;
  std::string name_;
  std::map<ItemId, Stored> items_;
  std::map<ItemId, std::uint64_t> last_change_;  ///< of every item that ever was
  std::map<std::string, std::string> contents_;
  std::set<ItemId> poisoned_, vanishing_;
  std::deque<Failure> failures_;
  std::uint64_t sequence_ = 0;
  int generation_ = 1, next_id_ = 0;
  std::size_t page_size_ = 512;
  bool rows_twice_ = false;
};

}  // namespace caravan::world
