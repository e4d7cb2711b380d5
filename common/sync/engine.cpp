// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/engine.hpp"

#include <future>

#include "ical/expand.hpp"
#include "ical/parse.hpp"
#include "sync/engine_impl.hpp"
#include "util/crash_point.hpp"

namespace caravan::sync {

PairPass::Impl::Impl(store::Store& store, ExchangePort& exchange, CaldavPort& caldav, const Clock& clock,
                     store::Pair the_pair, PassOptions options, PassProgress progress, std::stop_token stop)
    : pair(std::move(the_pair)),
      store_(store),
      exchange_(exchange),
      caldav_(caldav),
      clock_(clock),
      options_(std::move(options)),
      progress_(std::move(progress)),
      stop_(std::move(stop)),
      spool_(options_.spool_dir) {}

void PairPass::Impl::upserts() {
  if (auto status = bring(); !status) report.error = std::move(status).error();
  if (auto counts = store_.counts(pair.id)) report.series = counts->active;
}

void PairPass::Impl::end_open_writes() {
  Status ended = recover();
  store::Batch batch;
  close_writes_without_effect({}, batch);
  if (ended) ended = commit_if_any(batch);
  if (ended && !blocked_.empty())
    ended = make_error(Fault::retry_later, "A write to " + pair.folder_name + " can't be told to be done or not yet.",
                       "write_open", "Run this again when both servers answer.");
  if (!ended) report.error = std::move(ended).error();
}

Status PairPass::Impl::bring() {
  CARAVAN_CHECK(recover());
  CARAVAN_CHECK(observe());
  tell_progress();
  const bool rebuilding = options_.policy.occasion == Occasion::rebuild;
  if (rebuilding && fresh_collection_) return {};  // nothing to meet; the next migrate makes it
  CARAVAN_CHECK(open_collection());
  CARAVAN_CHECK(bring_exchange_changes());
  if (two_way()) CARAVAN_CHECK(bring_caldav_changes());
  CARAVAN_CHECK(remove_twins());
  return bring_wanted_contents();
}

Status PairPass::Impl::observe() {
  CARAVAN_CHECK(begin_audit());
  CARAVAN_CHECK(observe_caldav());
  CARAVAN_CHECK(retry_parked());
  CARAVAN_CHECK(observe_exchange());
  CARAVAN_CHECK(remember_drift());
  CARAVAN_CHECK(load_deleted_items());
  CARAVAN_CHECK(reread_what_lost_a_part());
  if (!two_way()) return {};
  CARAVAN_CHECK(load_caldav_rows());
  return reread_what_lost_its_resource();
}

/// A collection that is not there yet is made, with everything in it where the server is quick at that.
Status PairPass::Impl::open_collection() {
  if (!fresh_collection_ || options_.dry_run) return {};
  CARAVAN_TRY(filled, fill());
  if (filled) return taken_up();
  if (!fresh_collection_) return {};  // somebody was faster, and what stands there was listed
  CARAVAN_TRY(made, caldav_.make());
  crash_point("collection_made");
  pair.collection_made = made;
  if (made) pair.made_by = options_.run;
  pair.listing_complete = made;
  store::Batch batch;
  batch.pairs.push_back(pair);
  CARAVAN_CHECK(commit(batch));
  return made ? taken_up() : list_caldav();
}

/// Works through what waits of Exchange's changes.
Status PairPass::Impl::bring_exchange_changes() {
  // One way, the next batch travels from Exchange while the last one is written to CalDAV. Two ways, Exchange is
  // written to as well, and its port serves one thread at a time.
  const auto how = two_way() ? std::launch::deferred : std::launch::async;
  Chunk chunk;
  CARAVAN_TRY(more, next_chunk(chunk));
  if (more) read_chunk(chunk);
  while (more) {
    if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
    Chunk next;
    CARAVAN_TRY(another, next_chunk(next));
    auto reading = std::async(how, [&] {
      if (another) read_chunk(next);
    });
    const auto write = [&]() -> Status {
      CARAVAN_TRY(works, works_of(chunk));
      CARAVAN_CHECK(look(works));
      return carry_out(std::move(works));
    };
    const Status written = write();
    reading.get();  // and not wait(): what the reading thread could not handle ends the pass
    CARAVAN_CHECK(written);
    chunk = std::move(next);
    more = another;
  }
  return {};
}

Status PairPass::Impl::commit(store::Batch& batch) {
  batch.lease = options_.lease;
  CARAVAN_CHECK(add_journal(batch));
  return store_.commit(batch);
}

void PairPass::Impl::tell_progress() {
  if (!progress_) return;
  const auto on_exchange = report.exchange_created + report.exchange_updated + report.exchange_deleted;
  progress_(done_, known_, report.created + report.updated + report.deleted + on_exchange, report.parked.size());
}

bool PairPass::Impl::holds(const Uid& uid) const {
  auto mapping = store_.mapping(pair.id, uid);
  if (!mapping || !*mapping || (*mapping)->state != "active") return false;
  if (deleted_hrefs_.contains((*mapping)->href.value)) return false;
  for (const auto& part : (*mapping)->exchange_parts)
    if (!deleted_items_.contains(part.item.value)) return true;
  return false;
}

PairPass::PairPass(store::Store& store, ExchangePort& exchange, CaldavPort& caldav, const Clock& clock,
                   store::Pair pair, PassOptions options, PassProgress progress, std::stop_token stop)
    : impl_(std::make_unique<Impl>(store, exchange, caldav, clock, std::move(pair), std::move(options),
                                   std::move(progress), std::move(stop))) {}
PairPass::~PairPass() = default;
void PairPass::upserts() { impl_->upserts(); }
void PairPass::end_open_writes() { impl_->end_open_writes(); }
void PairPass::deletes(const std::function<bool(const Uid&)>& elsewhere) { impl_->deletes(elsewhere); }
bool PairPass::holds(const Uid& uid) const { return impl_->holds(uid); }
const PassReport& PairPass::report() const noexcept { return impl_->report; }
const store::Pair& PairPass::pair() const noexcept { return impl_->pair; }

Result<model::Series> series_of_copy(const std::string& text) {
  ical::ParseOptions options;
  options.own_content_references = true;
  CARAVAN_TRY(parsed, ical::parse_one(text, options));
  return std::move(parsed.series);
}

std::string copy_of_series(const model::Series& series, const std::string& mark) {
  ical::WriteOptions options;
  options.mark = mark;
  options.keep_proposals = true;
  return ical::write(series, options);
}

std::string mark_for(const Address& mailbox, const Uid& uid) {
  return "ex-" + sha256(mailbox.value + '\n' + uid.value).hex.substr(0, 32);
}

bool in_window(const model::Series& series, const std::optional<Instant>& since, const std::optional<Instant>& until,
               const model::ZoneBook& zones) {
  if (!since && !until) return true;
  const Instant from = since.value_or(Instant(std::chrono::seconds(-62135596800)));  // year 1
  const Instant to = until.value_or(Instant(std::chrono::seconds(253402300799)));    // year 9999
  return !ical::expand(series, from, to, zones, 1).empty();
}

}  // namespace caravan::sync
