// SPDX-License-Identifier: GPL-3.0-or-later
// The state that the parts of the engine share. Private to the engine's .cpp files:
//   engine_recover.cpp  after a kill
//   engine_observe.cpp  both change lists                 engine_decide.cpp  read, combine, reconcile
//   engine_write.cpp    create and update in batches      engine_fill.cpp    a whole new collection in one request
//   engine_delete.cpp   the brake, and deletes            spool.cpp          attachment contents
#pragma once
#include <unordered_map>
#include <unordered_set>

#include "sync/engine.hpp"
#include "sync/reconcile.hpp"
#include "sync/spool.hpp"

namespace caravan::sync {

/// One series on its way through the engine.
struct Work {
  std::vector<std::int64_t> sequences;  ///< pending changes that it settles
  std::vector<store::Mapping::ExchangePart> parts;
  Copy exchange;  ///< as read now
  std::vector<model::Loss> losses;
  bool is_organizer = false;
  std::optional<store::Mapping> mapping;  ///< by UID, whatever its state
  std::optional<CaldavText> stored;       ///< what CalDAV holds, where it was looked at
  bool caldav_gone = false;               ///< it was looked at, and there is nothing
  Decision decision;
  // the write that follows from the decision
  enum class Write { none, create, update } write = Write::none;
  Href href;
  Etag expected;
  std::string text, file;
  std::uint64_t file_size = 0;
  std::string base_text;              ///< exchange_copy of the mapping to come
  std::string referenced_text;        ///< with `file`: the text with references in place of contents
  bool stays_home = false;            ///< a private event that policy keeps from CalDAV
  std::vector<std::int64_t> intents;  ///< open ones whose write may have taken effect
  int tries = 0;
};

/// Items read from Exchange, waiting to be decided.
struct Chunk {
  std::vector<store::PendingChange> changes;  ///< of the items read
  std::vector<ItemId> items;
  std::vector<std::pair<ItemId, Result<ExchangeItem>>> answers;
  std::unordered_map<std::string, std::string> base_copies;  ///< item id -> exchange_copy of its mapping
};

/// Whether these options let out another meaning than the series has. Acknowledged alarms are none: the text that
/// silences them serves as base copy.
[[nodiscard]] bool lets_out_less(const model::Series& series, const ical::WriteOptions& options);

class PairPass::Impl {
 public:
  Impl(store::Store& store, ExchangePort& exchange, CaldavPort& caldav, const Clock& clock, store::Pair pair,
       PassOptions options, PassProgress progress, std::stop_token stop);

  void upserts();
  void deletes(const std::function<bool(const Uid&)>& elsewhere);
  [[nodiscard]] bool holds(const Uid& uid) const;

  PassReport report;
  store::Pair pair;

 private:
  struct Doomed {
    store::PendingChange change;
    store::Mapping mapping;
    bool moved = false;
  };

  // engine_recover.cpp
  Status recover();
  void describe_write(Work& work, const std::string& text, store::Intent& intent) const;
  void describe_delete(const Doomed& item, const CaldavText& stored, store::Intent& intent) const;
  bool forward_write(const store::Intent& intent, const std::optional<store::Mapping>& known,
                     const CaldavAnswer& answer, store::Batch& batch);
  bool forward_delete(const store::Intent& intent, const std::optional<store::Mapping>& known,
                      const CaldavAnswer& answer, store::Batch& batch);

  // engine_observe.cpp
  Status observe_exchange();
  Status list_exchange_from_start();
  Status forget_sync_state();
  Status take_page(const ExchangePage& page);
  Status absent_items();
  Status add_changes(store::Batch& batch);
  Status observe_caldav();
  Status first_listing();
  Status take_unknown(const std::vector<CaldavResource>& resources);
  Status take_gone(const std::vector<Href>& hrefs);
  Status load_deleted_items();
  Status reread_what_lost_a_part();
  [[nodiscard]] std::optional<std::string> living_item(const store::Mapping& mapping) const;
  Status retry_parked_items();

  // engine_decide.cpp
  Result<bool> next_chunk(Chunk& chunk);
  void read_chunk(Chunk& chunk);
  Status settle_unchanged(Chunk& chunk, std::vector<store::PendingChange> page);
  Result<std::vector<Work>> works_of(Chunk& chunk);
  Result<std::vector<Work>> one_work_per_series(std::vector<Work> works);
  void combine(Work& into, Work&& other);
  bool take_over(Work& work, const store::Mapping& mapping);
  Status load_attachments(ExchangeItem& item, const std::string& base_copy);
  Status look(std::vector<Work>& works);
  [[nodiscard]] bool must_look(const Work& work) const;
  Status decide(Work& work);
  [[nodiscard]] Item item_of(const Work& work, Status& status) const;
  void park(const ItemId& item, const Uid& uid, const Error& error, store::Batch& batch);

  Status bring_wanted_contents();

  // engine_write.cpp
  Status carry_out(std::vector<Work> works);
  Status prepare_write(Work& work);
  Status write_round(std::vector<Work*>& round, std::vector<Work*>& again, store::Batch& results);
  Status after_write(Work& work, const Result<CaldavWritten>& written, std::vector<Work*>& again,
                     store::Batch& results);
  Status read_back(std::vector<Work*>& written, const std::unordered_map<Work*, Etag>& told, store::Batch& results);
  [[nodiscard]] std::string caldav_base(const Work& work, const std::string& text) const;
  [[nodiscard]] std::string racing_base(const Work& work, const Etag& etag, const std::string& read_back) const;
  [[nodiscard]] static std::string written_units(const Work& work);
  void commit_work(Work& work, const Etag& etag, const std::string& caldav_text, store::Batch& results);
  static void close_intents(Work& work, store::Batch& results);
  void settle_without_write(Work& work, store::Batch& results);
  void add_losses(const Work& work, store::Batch& results);
  [[nodiscard]] store::Mapping mapping_of(const Work& work, const Etag& etag, const std::string& caldav_text) const;
  [[nodiscard]] ical::WriteOptions write_options(const model::Series& series) const;
  [[nodiscard]] store::Audit audit(const Uid& uid, std::string event, std::string reason,
                                   std::string detail = {}) const;
  Status commit(store::Batch& batch);
  void tell_progress();

  // engine_fill.cpp
  Result<bool> fill();
  struct Spooled;
  Status spool_everything(Spooled& spooled);
  [[nodiscard]] bool put_contents_in(std::string& events);
  Status activate(Spooled& spooled);
  Status drop_filling_rows();

  // engine_delete.cpp
  Result<std::vector<Doomed>> doomed(const std::function<bool(const Uid&)>& elsewhere);
  Result<bool> admitted(const std::vector<Doomed>& doomed);
  Status delete_batch(std::span<Doomed> batch);
  void settle_delete(const Doomed& item, const Decision& decision, const std::optional<CaldavText>& stored,
                     store::Batch& batch);

  store::Store& store_;
  ExchangePort& exchange_;
  CaldavPort& caldav_;
  const Clock& clock_;
  PassOptions options_;
  PassProgress progress_;
  std::stop_token stop_;
  Spool spool_;

  bool fresh_collection_ = false;                  ///< it does not exist yet
  std::unordered_set<Uid> must_look_;              ///< a write to them may have happened in an interrupted pass
  std::unordered_set<std::string> deleted_items_;  ///< item ids that wait to be deleted
  std::unordered_set<std::string> omitted_items_;  ///< of them: became private, and policy keeps those from CalDAV
  std::unordered_set<std::string> parked_objects_;
  std::unordered_map<Uid, std::vector<std::string>> parked_items_;  ///< of a UID: what is parked is not absent
  std::vector<store::PendingChange> contents_wanted_;  ///< items whose attachments turned out to be needed after all
  std::int64_t cursor_ = 0;                            ///< last pending change handed out
  std::uint64_t known_ = 0, done_ = 0;
  // a dry run keeps in memory what a real one commits
  std::vector<store::PendingChange> memory_changes_;
  std::unordered_map<Uid, CaldavResource> memory_resources_;
};

}  // namespace caravan::sync
