// SPDX-License-Identifier: GPL-3.0-or-later
// An Exchange calendar folder in memory: items with change keys, a journal that hands out sync states, and the people
// who edit it. Nasty on request: pages of one, rows twice, poison, items that are gone when they are read, states that
// were lost, answers that never come, writes that end between two of their steps, values that are not stored as they
// were sent.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <set>

#include "support/world/events.hpp"
#include "support/world/fate.hpp"
#include "sync/ports.hpp"

namespace caravan::world {

/// What this server does with what it is given.
struct ExchangeManners {
  bool rewrites =
      false;  ///< one line for a title, no white space at the ends, whole minutes, one alarm, no X- property
  bool reads_back = false;  ///< a write answers with the item as stored; else with its new version only
};

class FakeExchange final : public sync::ExchangePort {
 public:
  FakeExchange(const Clock& clock, Fate& fate, std::string name);
  ExchangeManners manners;
  std::string owner;  ///< the mailbox's address: whose answers move items

  // What people do.
  ItemId add(model::Series series);
  ItemId add(const std::string& title) { return add(event(title)); }
  /// The same, made by us a second time: with the mark of that item.
  ItemId double_item(const ItemId& item);
  void edit(const ItemId& item, const Edit& change);
  [[nodiscard]] const std::vector<std::pair<Uid, sync::Send>>& mails() const noexcept { return mails_; }
  /// A new change key, the same meaning.
  void touch(const ItemId& item);
  void remove(const ItemId& item);
  /// Its owner declines it in Outlook: to the bin, with that answer.
  void decline(const ItemId& item);
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
  /// What people do in `deed` to items that are there is named by no list of changes, only by one from the beginning.
  void untold(const std::function<void()>& deed);
  /// The next calls answer with this error instead, one after the other; with `skip` calls that work in between.
  void fail_next(Error error, int skip = 0);
  void trouble_next_write(Trouble trouble, int times = 1);
  /// Exchange can't hold this series, ever.
  void refuse(const Uid& uid) { refused_.insert(uid); }
  void refuse_nothing() { refused_.clear(); }
  /// Somebody does this just before the next write reaches its item, after its first step, or just after its last.
  void before_next_write(std::function<void()> deed) { before_write_ = std::move(deed); }
  void midway_in_next_write(std::function<void()> deed) { midway_ = std::move(deed); }
  void after_next_write(std::function<void()> deed) { after_write_ = std::move(deed); }
  void forget_troubles();
  void answer_in_pages_of(std::size_t rows) { page_size_ = rows; }
  void tell_every_row_twice() { rows_twice_ = true; }

  // What a test looks at.
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  [[nodiscard]] bool holds(const Uid& uid) const { return count(uid) > 0; }
  [[nodiscard]] std::size_t count(const Uid& uid) const;
  [[nodiscard]] std::optional<ItemId> item_of(const Uid& uid) const;
  /// The one series of this UID; throws where there is none.
  [[nodiscard]] const model::Series& series(const Uid& uid) const;
  [[nodiscard]] const std::string& mark(const ItemId& item) const { return items_.at(item).mark; }
  [[nodiscard]] const std::string& content(const std::string& attachment_id) const {
    return contents_.at(attachment_id);
  }
  [[nodiscard]] const std::vector<model::Series>& deleted_items() const noexcept { return bin_; }
  /// And can tell that it does.
  [[nodiscard]] bool shows(const Uid& uid) const;
  [[nodiscard]] bool has(const ItemId& item) const { return items_.contains(item); }
  [[nodiscard]] const model::Series& series(const ItemId& item) const { return items_.at(item).series; }
  [[nodiscard]] std::vector<ItemId> ids() const;
  [[nodiscard]] Instant modified(const ItemId& item) const { return items_.at(item).modified; }
  std::function<void(const model::Series&)> on_vanish;   ///< told of what vanished before it was read
  std::function<void(const model::Series&)> on_delete;   ///< told of each series that we remove
  int calls = 0, reads = 0, attachments_read = 0;        ///< requests; items read; contents transferred
  int creates = 0, updates = 0, deletes = 0, finds = 0;  ///< of ours that arrived; searches answered
  [[nodiscard]] int writes() const noexcept { return creates + updates + deletes; }

  // sync::ExchangePort
  Result<sync::ExchangePage> changes_since(const SyncState& state) override;
  std::vector<std::pair<ItemId, Result<sync::ExchangeItem>>> read(std::span<const ItemId> items) override;
  Result<std::uint64_t> attachment(const AttachmentId& id,
                                   const std::function<Status(std::string_view)>& sink) override;
  void write(std::span<const sync::ExchangeWrite> writes, const sync::ContentPath& content,
             const std::function<void(std::size_t, Result<sync::ExchangeWritten>)>& done) override;
  void remove(std::span<const sync::ExchangeRemoval> removals,
              const std::function<void(std::size_t, Status)>& done) override;
  std::vector<Result<std::vector<ItemId>>> find(std::span<const sync::ExchangeSearch> searches) override;
  std::vector<Result<bool>> declined(std::span<const sync::ExchangeSearch> searches) override;

 private:
  struct Stored {
    model::Series series;
    ChangeKey change_key;
    Instant modified{};
    std::string mark;
  };
  struct Failure {
    int skip = 0;
    Error error;
  };
  void note(const ItemId& item);
  std::optional<Error> call();
  std::optional<Trouble> next_trouble();
  [[nodiscard]] bool is_declined(const model::Series& series) const;
  [[nodiscard]] std::optional<Error> refusal(const Uid& uid, const std::vector<sync::ExchangePart>& parts) const;
  Result<sync::ExchangeWritten> accept(const sync::ExchangeWrite& write, const sync::ContentPath& content,
                                       std::optional<Trouble> trouble);
  [[nodiscard]] std::vector<model::Series> steps_of(const sync::ExchangeWrite& write, const sync::ExchangePart* part,
                                                    const sync::ContentPath& content);
  void put(const ItemId& item, model::Series series);
  [[nodiscard]] model::Series stored_form(model::Series series, const sync::ContentPath& content);
  [[nodiscard]] sync::ExchangeItem item_as_read(const ItemId& item) const;

  const Clock& clock_;
  Fate& fate_;
  std::string name_;
  std::map<ItemId, Stored> items_;
  std::map<ItemId, std::uint64_t> first_change_, last_change_;  ///< of every item that ever was
  std::map<std::string, std::string> contents_;
  std::vector<model::Series> bin_;
  std::vector<std::pair<Uid, sync::Send>> mails_;  ///< what our writes let Exchange send
  std::set<ItemId> poisoned_, vanishing_;
  std::set<Uid> refused_;
  std::deque<Failure> failures_;
  std::deque<Trouble> troubles_;
  std::function<void()> before_write_, midway_, after_write_;
  std::uint64_t sequence_ = 0;
  int generation_ = 1, next_id_ = 0;
  std::size_t page_size_ = 512;
  bool rows_twice_ = false;
};

}  // namespace caravan::world
