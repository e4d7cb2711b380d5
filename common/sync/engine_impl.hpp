// SPDX-License-Identifier: GPL-3.0-or-later
// The state that the parts of the engine share. Private to the engine's .cpp files, here in the order in which a pass
// goes through them:
//
// - engine_recover.cpp: after a kill, open intents are rolled forward; engine_recover_exchange.cpp: on Exchange
// - engine_observe.cpp: Exchange's change list; engine_observe_caldav.cpp: CalDAV's
// - engine_read.cpp: changed items are read; engine_caldav_changes.cpp: and resources
// - engine_decide.cpp: one piece of work a series; look; reconcile
// - engine_fill.cpp: a whole new collection in one request; engine_fill_zones.cpp: what the server made of its zones
// - engine_write.cpp: carries a decision out: intents, requests, commit
// - engine_exchange_write.cpp: what is sent to Exchange; engine_caldav_write.cpp: and to CalDAV
// - engine_commit.cpp: what becomes true afterwards
// - engine_delete.cpp: the brake
// - engine_audit.cpp: drift, and twins of our own making
// - spool.cpp: attachment contents
#pragma once
#include <unordered_map>
#include <unordered_set>

#include "sync/engine.hpp"
#include "sync/reconcile.hpp"
#include "sync/spool.hpp"

namespace caravan::sync {

/// What a side said of a series when it was asked.
enum class Seen {
  there,
  gone,        ///< its list says so
  silent,      ///< it did not answer, or its list has yet to say that it is gone
  unreadable,  ///< poison
};

/// One series on its way through the engine.
struct Work {
  Uid uid;
  Side from = Side::exchange;           ///< whose list of changes named it
  std::vector<std::int64_t> sequences;  ///< pending changes that it settles
  std::vector<store::Mapping::ExchangePart> parts;
  Seen exchange_seen = Seen::there;
  std::string why_not_seen;
  Copy exchange;                        ///< as read now, where it is there
  std::vector<model::Loss> losses;      ///< of the way from Exchange
  std::vector<model::Loss> own_losses;  ///< of the way to Exchange
  bool is_organizer = false;
  std::optional<store::Mapping> mapping;  ///< by UID, whatever its state
  std::optional<CaldavText> stored;       ///< what CalDAV holds, where it was looked at
  bool caldav_gone = false;               ///< it was looked at, and there is nothing
  bool stays_home = false;                ///< a private event that policy keeps on its side
  bool one_way = false;                   ///< Exchange can't hold what CalDAV has: nothing is written to it
  bool moved = false;                     ///< deleted here, and another pair of the mailbox holds it now
  bool may_delete = false;                ///< its pair's plan of deletes was admitted
  bool recovered = false;                 ///< of a pass that did not end
  bool may_stand = false;                 ///< what an earlier try of this pass wrote
  bool declined = false;                  ///< Exchange moved it away because its owner declined it
  bool item_left = false;                 ///< our write made Exchange move it away: declined, or called off
  bool searched = false;                  ///< Exchange was asked for the UID: it is not there under another id
  Decision decision;
  /// After an answer that was lost: what Exchange holds instead of what was written. Whether its people had seen our
  /// values is not known, so those are kept as the copy that lost.
  std::optional<Conflict> overtaken;

  // what follows from the decision
  enum class Write { none, create, update, remove };
  Write write = Write::none;  ///< on CalDAV
  Href href;
  Etag expected;
  std::string text, file;
  std::uint64_t file_size = 0;
  std::string base_text;        ///< exchange_copy of the mapping to come
  std::string referenced_text;  ///< with `file`: the text with references in place of contents
  Write exchange_write = Write::none;
  ExchangeWrite request;        ///< with create and update
  std::string exchange_before;  ///< the copy that an update or a removal replaces, as text

  std::optional<Href> other_href;     ///< CalDAV says that its UID is there
  std::vector<std::int64_t> intents;  ///< open ones whose write may have taken effect
  int tries = 0;
};

/// Items read from Exchange, waiting to be decided.
struct Chunk {
  std::vector<store::PendingChange> changes;  ///< of the items read
  std::vector<ItemId> items;
  std::vector<std::pair<ItemId, Result<ExchangeItem>>> answers;
  std::unordered_map<std::string, std::string> base_copies;  ///< item id -> exchange_copy of its mapping
  std::unordered_map<std::string, model::Series*> written;   ///< item id -> what was just written to it
};

/// PendingChange::version of a row that is no change: what we made is to be named by the next list.
inline constexpr const char* kExpected = "expected";
/// Parked::code of a delete that Exchange does not allow: its row waits as long as the parked one.
inline constexpr const char* kDeleteRefused = "delete_refused";
/// Rows asked of the store at once.
inline constexpr std::size_t kRows = 512;
/// So often is one series decided and written in one pass before a person has to look.
inline constexpr int kMostTries = 4;

/// What became of the writes to Exchange that an interrupted pass left open.
struct RecoveredWorks {
  std::unordered_map<Uid, Work> written;
  /// Nothing of them is to be seen there. Where CalDAV's share of the same decision was sent, they were made all the
  /// same, and somebody undid them since.
  std::unordered_map<Uid, Work> unseen;
  std::unordered_set<std::int64_t> without_effect;  ///< intents, of both sides
};

/// Whether these options let out another meaning than the series has. Acknowledged alarms are none: the text that
/// silences them serves as base copy.
[[nodiscard]] bool lets_out_less(const model::Series& series, const ical::WriteOptions& options);
/// first_year_of() a series without times; later than any.
inline constexpr int kNoYear = 9999;
/// The year from which on a series' times need the history of zones.
[[nodiscard]] int first_year_of(const model::Series& series);
/// A series that both sides know, as far as its row says.
[[nodiscard]] bool is_shared(const store::Mapping& mapping);
/// Whether an error concerns one item only; the others end the pass.
[[nodiscard]] bool is_item_error(const Error& error);
[[nodiscard]] bool is_private(const model::Series& series);
void for_each_event(model::Series& series, const std::function<void(model::Event&)>& visit);
[[nodiscard]] std::string occurrence_of(const model::Event& event);
/// The units in words, for the audit trail.
[[nodiscard]] std::string units_text(const model::Delta& units);
/// Every unit that a series can have in the events it has now.
[[nodiscard]] model::Delta all_units(const model::Series& series);
[[nodiscard]] std::vector<ExchangePart> as_named(const std::vector<store::Mapping::ExchangePart>& parts);
template <class T>
[[nodiscard]] const T* action_on(const Decision& decision, Side side) {
  for (const auto& action : decision.actions)
    if (const auto* found = std::get_if<T>(&action); found != nullptr && found->target == side) return found;
  return nullptr;
}
template <class T>
[[nodiscard]] bool holds_action(const Decision& decision) {
  for (const auto& action : decision.actions)
    if (std::holds_alternative<T>(action)) return true;
  return false;
}

/// Whom the decision lets this side tell.
[[nodiscard]] Send sent_by(const Decision& decision, Side side);

class PairPass::Impl {
 public:
  Impl(store::Store& store, ExchangePort& exchange, CaldavPort& caldav, const Clock& clock, store::Pair pair,
       PassOptions options, PassProgress progress, std::stop_token stop);

  void upserts();
  void end_open_writes();
  void deletes(const std::function<bool(const Uid&)>& elsewhere);
  [[nodiscard]] bool holds(const Uid& uid) const;

  PassReport report;
  store::Pair pair;

 private:
  using Sequences = std::vector<std::int64_t>;
  [[nodiscard]] bool two_way() const noexcept { return !options_.policy.one_way; }

  // engine.cpp
  Status bring();
  Status observe();
  Status open_collection();
  Status bring_exchange_changes();
  Status commit(store::Batch& batch);
  Status commit_if_any(store::Batch& batch);
  void tell_progress();

  // engine_recover.cpp, engine_recover_exchange.cpp
  Status recover();
  Status roll_forward(std::span<const store::Intent> intents, store::Batch& batch);
  Status recover_late_writes(std::vector<Work>& works);
  void close_writes_without_effect(const Uid& uid, store::Batch& batch);
  Status recover_on_caldav(std::span<const store::Intent* const> intents, RecoveredWorks& on_exchange,
                           store::Batch& batch);
  Status recover_on_exchange(std::span<const store::Intent* const> intents, RecoveredWorks& on_exchange,
                             store::Batch& batch);
  void describe_write(Work& work, const std::string& text, store::Intent& intent) const;
  void describe_delete(const Work& work, store::Intent& intent) const;
  void describe_exchange_write(const Work& work, store::Intent& intent) const;
  bool forward_write(const store::Intent& intent, const std::optional<store::Mapping>& known,
                     const CaldavAnswer& answer, const Work* on_exchange, store::Batch& batch);
  bool forward_delete(const store::Intent& intent, const std::optional<store::Mapping>& known,
                      const CaldavAnswer& answer, store::Batch& batch);
  Result<Work> work_of_intent(const store::Intent& intent);
  Result<bool> ended(Work& work);
  Result<bool> write_the_rest(Work& work, const model::Delta& left);
  void results_of_recovery(const Work& work, store::Batch& batch);

  // engine_observe.cpp
  Status observe_exchange();
  Status list_exchange_changes();
  Status list_exchange_from_start();
  Status forget_sync_state();
  Status take_page(const ExchangePage& page);
  Status absent_items();
  Status add_changes(store::Batch& batch);
  [[nodiscard]] std::vector<store::PendingChange>& memory_of(Side side) noexcept {
    return side == Side::exchange ? memory_changes_ : memory_caldav_changes_;
  }
  Result<std::vector<store::PendingChange>> pending_page(Side side, std::int64_t after, std::size_t limit);
  void expect(Side side, const std::string& id, store::Batch& batch) const;
  Status load_expectations(Side side);
  void named(const std::string& id);
  Result<std::vector<std::string>> missing_of_expected(Side side);
  Status settle_expected_items();
  Status load_deleted_items();
  Status reread_what_lost_a_part();
  Status reread_what_lost_its_resource();
  [[nodiscard]] std::optional<std::string> living_item(const store::Mapping& mapping) const;
  [[nodiscard]] std::optional<std::string> living_href(const store::Mapping& mapping) const;
  Status retry_parked();

  // engine_observe_caldav.cpp
  Status notice_direction();
  Status taken_up();
  Status observe_caldav();
  Status list_caldav();
  Status list_caldav_changes();
  Status take_news(const std::vector<CaldavResource>& changed, std::vector<Href> gone, bool complete);
  void add_news(Side side, store::PendingChange::Kind kind, const std::string& id, const std::string& version);
  [[nodiscard]] bool is_news(const store::Mapping& mapping, const Etag& etag) const;
  Status remember_token(SyncToken token);
  Status take_up_tombstones();
  Status take_unknown(const std::vector<CaldavResource>& resources, const std::vector<Href>& gone);
  Status remember_unknown(std::vector<store::Mapping> found, const std::vector<Href>& gone,
                          const std::unordered_set<Uid>& marked);
  Result<std::unordered_set<std::string>> gone_of(const std::vector<Href>& hrefs);
  Status take_gone(const std::vector<Href>& hrefs);
  Status load_caldav_rows();

  // engine_audit.cpp
  [[nodiscard]] bool auditing() const noexcept { return options_.audit != Audit::none && !options_.dry_run; }
  Status begin_audit();
  Status audit_caldav();
  [[nodiscard]] bool is_waiting_already(Side side, const std::string& id) const;
  void drifted(Side side, const char* kind, const Uid& uid, const std::string& object);
  Status compare_page(const ExchangePage& page);
  Status remember_drift();
  Result<bool> is_our_twin(const Work& twin, const store::Mapping& mapping);
  Result<bool> is_our_twin_item(const Work& twin, const store::Mapping& mapping);
  Status remove_twins();

  // engine_read.cpp
  Result<bool> next_chunk(Chunk& chunk);
  void read_chunk(Chunk& chunk);
  Status settle_unchanged(Chunk& chunk, std::vector<store::PendingChange> page);
  Status load_attachments(ExchangeItem& item, const std::string& base_copy);
  Status read_exchange(std::span<Work* const> works);
  void fold(Work& work, const std::vector<store::Mapping::ExchangePart>& held,
            std::span<const model::Series> parts) const;
  [[nodiscard]] static bool is_held_in_parts(const store::Mapping& mapping);
  Status see_exchange(std::span<Work* const> works);
  Status ask_whether_declined(std::span<Work* const> works);

  // engine_caldav_changes.cpp
  Status bring_caldav_changes();
  Result<std::vector<Work>> works_of_resources(const std::vector<store::PendingChange>& page);
  Status identify(Work& work, const store::Mapping* mapping) const;
  Status with_mappings(std::vector<Work>& works, store::Batch& settled);
  [[nodiscard]] bool settles_at_once(const Work& work, store::Batch& settled) const;

  // engine_decide.cpp
  Result<std::vector<Work>> works_of(Chunk& chunk);
  Result<std::vector<Work>> one_work_per_series(std::vector<Work> works);
  void combine(Work& into, Work&& other);
  Result<bool> take_over(Work& work, const store::Mapping& mapping);
  Status bring_wanted_contents();
  Status look(std::span<Work> works);
  void take_caldav_rows(Work& work);
  [[nodiscard]] bool must_look(const Work& work) const;
  Status decide(Work& work);
  [[nodiscard]] Result<std::optional<Base>> base_of(const Work& work) const;
  [[nodiscard]] Observed exchange_of(const Work& work) const;
  [[nodiscard]] Observed caldav_of(const Work& work, std::optional<Base>& base) const;
  void park(Side side, const std::string& object, const Uid& uid, const Error& error, store::Batch& batch);
  void park_work(Work& work, const Error& error, store::Batch& batch);

  // engine_write.cpp
  Status carry_out(std::vector<Work> works);
  Status sort_out(Work& work, std::vector<Work*>& round, store::Batch& settled);
  void record_conflict(const Uid& uid, const std::optional<Conflict>& conflict, store::Batch& settled);
  void count_dry(const Work& work);
  Status open_intents(std::span<Work* const> round);
  Status write_round(std::vector<Work*> round, std::vector<Work*>& again);
  Status try_again(const std::vector<Work*>& again);
  Status refresh(std::vector<Work>& works);

  // engine_exchange_write.cpp
  Status prepare_exchange_write(Work& work);
  void add_answers(Work& work) const;
  static void name_known_attachments(model::Series& series, model::Series* on_exchange);
  void keep_attachments_by_policy(Work& work) const;
  Status spool_contents(model::Series& series, const std::string& text);
  Status find_twins(std::vector<Work>& works);
  Status write_to_exchange(std::vector<Work*>& round, std::vector<Work*>& again, store::Batch& results);
  Status refused_by_exchange(Work& work, const Error& error, std::vector<Work*>& again, store::Batch& results);
  Status read_back_exchange(std::span<Work* const> works, const std::vector<std::vector<ExchangePart>>& told);
  Status take_stored(Work& work, const std::vector<ExchangePart>& parts, ExchangeItem stored);
  void take_written(Work& work, const std::vector<ExchangePart>& parts, Work* read, bool same_version);
  static void take_contents(model::Series& stored, model::Series& written);

  // engine_caldav_write.cpp
  [[nodiscard]] ical::WriteOptions write_options(const model::Series& series) const;
  Status prepare_caldav_write(Work& work);
  struct NewText {
    ical::Components parts;
    std::string base;
  };
  [[nodiscard]] NewText new_text(const model::Series& series) const;
  Status prepare_create(Work& work, const Create& create);
  Status prepare_update(Work& work, const Update& update);
  Status put_contents_in_file(Work& work);
  [[nodiscard]] static const std::string& said_text(const Work& work);
  Status write_to_caldav(std::span<Work* const> round, std::vector<Work*>& again, store::Batch& results);
  Status send_to_caldav(std::span<Work* const> works, std::vector<CaldavWrite>& writes, std::vector<Work*>& again,
                        store::Batch& results);
  Status refused_by_caldav(Work& work, const Error& error, std::vector<Work*>& again, store::Batch& results);
  void leave_partly_done(Work& work, store::Batch& results, bool in_doubt = false);
  Status read_back(std::span<Work* const> written, const std::unordered_map<Work*, Etag>& told, store::Batch& results);
  [[nodiscard]] std::string racing_base(const Work& work, const Etag& etag, const std::string& read_back) const;

  // engine_commit.cpp
  [[nodiscard]] store::Mapping mapping_of(const Work& work, const Etag& etag, const std::string& caldav_text) const;
  [[nodiscard]] static std::string referenced(const std::string& text);
  [[nodiscard]] std::string caldav_base(const Work& work, const std::string& text) const;
  [[nodiscard]] std::optional<store::Mapping> partly_agreed(const Work& work) const;
  [[nodiscard]] store::Mapping declined_mapping(const Work& work, const Etag& etag,
                                                const std::string& caldav_text) const;
  [[nodiscard]] store::Mapping mapping_after(const Work& work, const Etag& etag, const std::string& caldav_text) const;
  void add_losses(const Work& work, store::Batch& results);
  [[nodiscard]] static std::string written_units(const Work& work);
  void note_exchange_write(const Work& work, store::Batch& results);
  void note_caldav_write(const Work& work, const Etag& etag, store::Batch& results);
  void unpark(const Work& work, store::Batch& results);
  static void settle_rows(const Work& work, store::Batch& results);
  void commit_work(Work& work, const Etag& etag, const std::string& caldav_text, store::Batch& results);
  static void close_intents(Work& work, store::Batch& results);
  void expect_what_may_be_ours(const Work& work, store::Batch& results) const;
  void settle_gone(Work& work, store::Batch& results);
  void settle_without_write(Work& work, store::Batch& results);
  [[nodiscard]] store::Audit audit(const Uid& uid, std::string event, std::string reason,
                                   std::string detail = {}) const;
  [[nodiscard]] store::Undo undo(const Uid& uid, Href href) const;

  // engine_journal.cpp
  void note_owners_part(const Work& work);
  Status add_journal(store::Batch& batch);

  // engine_fill.cpp
  Result<bool> fill();
  struct Spooled;
  Status spool_everything(Spooled& spooled);
  [[nodiscard]] bool put_contents_in(std::string& events);
  std::vector<Href> hrefs_of_filled(const Spooled& spooled, const CaldavListing& listing);
  using Etags = std::unordered_map<std::string, Etag>;  ///< by href
  Result<Etags> mend_zones_of_fill(const Spooled& spooled, const std::vector<Href>& hrefs);
  Status activate(Spooled& spooled);
  Status drop_filling_rows();

  // engine_fill_zones.cpp
  Result<Etags> mend_zones(std::span<const Href> hrefs);
  Status mend_unfinished_fill();

  // engine_delete.cpp
  struct Doomed;
  Result<std::vector<Doomed>> doomed(const std::function<bool(const Uid&)>& elsewhere);
  Status doomed_by_exchange(std::map<Uid, Doomed>& out, store::Batch& nothing_there);
  Status doomed_by_caldav(std::map<Uid, Doomed>& out, store::Batch& nothing_there);
  static Doomed& doomed_of(std::map<Uid, Doomed>& out, store::Mapping mapping);
  void forget_item(store::Mapping mapping, const std::string& item, store::Batch& batch);
  Result<bool> admitted(const std::vector<Doomed>& doomed);
  Status delete_batch(std::span<const Doomed> batch);

  store::Store& store_;
  ExchangePort& exchange_;
  CaldavPort& caldav_;
  const Clock& clock_;
  PassOptions options_;
  PassProgress progress_;
  std::stop_token stop_;
  Spool spool_;

  bool fresh_collection_ = false;      ///< it does not exist yet
  bool takes_up_ = false;              ///< the first pass in both directions
  bool in_doubt_ = false;              ///< a write to Exchange of this round
  std::unordered_set<Uid> must_look_;  ///< a write to them may have happened in an interrupted pass
  /// Writes of such a pass that were not done when they were looked at, until a write of ours takes their place.
  std::unordered_map<Uid, std::vector<store::Intent>> without_effect_;
  std::unordered_set<Uid> blocked_;  ///< their intent on Exchange is open: that side is unknown
  std::unordered_map<std::string, Sequences> deleted_items_;  ///< item ids that wait to be deleted, with their rows
  std::unordered_set<std::string> omitted_items_;  ///< of them: became private, and policy keeps those from CalDAV
  std::unordered_set<std::string> deleted_hrefs_;  ///< two ways: gone from CalDAV
  std::unordered_map<std::string, Sequences> caldav_rows_;  ///< two ways: every href that CalDAV's list names
  std::map<Uid, Sequences> postponed_;                      ///< a delete was decided for them
  std::unordered_set<std::string> parked_objects_;
  std::unordered_set<std::string> waiting_;    ///< of them: deletes that Exchange refused, not to be tried again yet
  std::unordered_set<std::string> looked_at_;  ///< in a dry run: hrefs that were decided with Exchange's changes
  std::unordered_map<Uid, std::vector<std::string>> parked_items_;  ///< of a UID: what is parked is not absent
  std::unordered_map<Uid, std::vector<std::string>> parked_hrefs_;
  bool unnamed_parked_ = false;                          ///< an item is parked whose UID nobody knows
  std::vector<store::PendingChange> contents_wanted_;    ///< items whose attachments turned out to be needed after all
  std::unordered_map<std::string, Sequences> expected_;  ///< ids that the list being read has to name, with their rows
  Sequences met_expectations_;
  std::unordered_set<std::string> waits_for_a_person_;  ///< audit: side and id of what is parked and not due
  /// Journal: who did what to a series in this pass.
  struct Authors {
    model::Delta owner_units;
    std::string modified_by;
  };
  std::unordered_map<Uid, Authors> authors_;
  std::vector<store::Audit> drift_rows_;
  bool comparing_ = false;  ///< an audit's list of CalDAV is being taken
  bool parked_on_caldav_ = false;
  bool lost_rows_ = false;  ///< audit: what carries our mark is not in the store
  std::vector<Work> twins_on_caldav_, twins_on_exchange_;
  std::vector<store::PendingChange> caldav_news_;  ///< rows that wait for the token they belong to
  std::int64_t cursor_ = 0;                        ///< last pending change handed out
  std::uint64_t known_ = 0, done_ = 0;
  // a dry run keeps in memory what a real one commits
  std::vector<store::PendingChange> memory_changes_, memory_caldav_changes_;
  std::unordered_map<Uid, CaldavResource> memory_resources_;
};

}  // namespace caravan::sync
