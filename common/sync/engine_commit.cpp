// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes true once a decision was carried out: mapping with both base copies, audit trail, undo, losses, settled
// rows. All of one series goes into one commit.
#include <algorithm>
#include <optional>
#include <tuple>

#include "ical/expand.hpp"
#include "ical/write.hpp"
#include "ical/zone_book.hpp"
#include "model/canonical.hpp"
#include "model/proposal.hpp"
#include "sync/engine_impl.hpp"
#include "sync/merge.hpp"
#include "sync/rebase.hpp"
#include "util/text.hpp"

namespace caravan::sync {
namespace {

std::string shown_summary(const model::Series& series) {
  const model::Event& event = model::representative(series);
  return event.sensitivity == model::Sensitivity::normal ? event.summary : std::string();
}

/// What no occurrence outlasts, looked for as cheaply as possible: a rule that ends by a date is not walked, so this
/// may be two days late (zones, an UNTIL that names a whole day). Nothing where there is no end, or none that can be
/// found.
std::optional<Instant> latest_end(const model::Series& series) {
  const bool walked = !series.master || std::any_of(series.rules.begin(), series.rules.end(),
                                                    [](const model::Rule& rule) { return !rule.has_until; });
  if (walked) return ical::last_end(series, *ical::system_zone_book());
  const auto length = series.master->end.instant() - series.master->start.instant();
  Instant ends = series.master->end.instant();
  for (const auto& rule : series.rules) ends = std::max(ends, rule.until.instant() + length + std::chrono::hours(48));
  for (const auto& date : series.extra_dates) ends = std::max(ends, date.instant() + length);
  for (const auto& each : series.overrides) ends = std::max(ends, each.end.instant());
  return ends;
}

/// From the first start to an end that no occurrence passes; year 9999 where there is none, or none that can be found.
std::pair<Instant, Instant> extent(const model::Series& series) {
  constexpr Instant kEndless(std::chrono::seconds(253402300799));
  const model::Event& event = model::representative(series);
  if (!series.recurring() && series.overrides.empty()) return {event.start.instant(), event.end.instant()};
  Instant starts = event.start.instant();
  for (const auto& date : series.extra_dates) starts = std::min(starts, date.instant());
  for (const auto& each : series.overrides) starts = std::min(starts, each.start.instant());
  return {starts, latest_end(series).value_or(kEndless)};
}

/// Fields of events that stay the same events: no schedule, no occurrence that comes or goes.
bool is_plain(const model::Delta& units) {
  return std::none_of(units.begin(), units.end(), [](const model::Change& unit) {
    return unit.field == model::Field::schedule || unit.field == model::Field::presence ||
           unit.field == model::Field::excluded;
  });
}

/// A proposal changes nothing that could be written, but the journal shall see it.
void take_proposals(const Work& work, store::Mapping& mapping, const std::string& mark) {
  const std::string proposed = model::proposals(work.exchange.series);
  if (proposed.empty() && mapping.exchange_copy.find(model::kProposedParameter) == std::string::npos) return;
  const auto base = series_of_copy(mapping.exchange_copy);
  if (!base || model::proposals(*base) == proposed) return;
  if (mapping.caldav_copy.empty()) mapping.caldav_copy = mapping.exchange_copy;
  mapping.exchange_copy = copy_of_series(work.exchange.series, mark);
}

}  // namespace

std::string units_text(const model::Delta& units) {
  std::vector<std::string> names;
  for (const auto& unit : units) {
    std::string name(model::to_string(unit.field));
    if (!unit.key.empty()) name += "=" + unit.key;
    if (!unit.occurrence.empty()) name += "@" + unit.occurrence;
    names.push_back(std::move(name));
  }
  return text::join(names, ", ");
}

store::Audit PairPass::Impl::audit(const Uid& uid, std::string event, std::string reason, std::string detail) const {
  store::Audit row;
  row.at = clock_.now();
  row.run = options_.run;
  row.pair = pair.id;
  row.mailbox = pair.mailbox;
  row.uid = uid;
  row.event = std::move(event);
  row.reason = std::move(reason);
  row.detail = std::move(detail);
  return row;
}

/// Of a write to `href` that took effect in this run; what stood there before, and stands there now, is for the caller
/// to say.
store::Undo PairPass::Impl::undo(const Uid& uid, Href href) const {
  store::Undo row;
  row.at = clock_.now();
  row.run = options_.run;
  row.pair = pair.id;
  row.mailbox = pair.mailbox;
  row.uid = uid;
  row.href = std::move(href);
  return row;
}

/// `caldav_text` is what CalDAV holds now, empty where it is what the base text says.
store::Mapping PairPass::Impl::mapping_of(const Work& work, const Etag& etag, const std::string& caldav_text) const {
  store::Mapping mapping;
  mapping.pair = pair.id;
  mapping.uid = work.uid;
  mapping.state = "active";
  mapping.exchange_parts = work.parts;
  mapping.exchange_digest = work.exchange.digest;
  mapping.exchange_modified = work.exchange.modified;
  mapping.exchange_copy = work.base_text.empty()
                              ? copy_of_series(work.exchange.series, mark_for(pair.mailbox, mapping.uid))
                              : work.base_text;
  mapping.href = work.href;
  mapping.etag = etag;
  mapping.caldav_copy = caldav_text == mapping.exchange_copy ? std::string() : caldav_base(work, caldav_text);
  // Known only where the base copy is not simply what the server holds: it keeps CalDAV's own edits apart.
  if (!work.decision.kept.empty()) mapping.caldav_digest = sha256(mapping.caldav_copy);
  mapping.caldav_modified = clock_.now();
  mapping.summary = shown_summary(work.exchange.series);
  std::tie(mapping.starts, mapping.ends) = extent(work.exchange.series);
  mapping.updated = clock_.now();
  return mapping;
}

/// Large texts lose what is inside them: the store holds no attachments.
std::string PairPass::Impl::referenced(const std::string& text) {
  constexpr std::size_t kMostWithContents = 128U << 10U;
  if (text.size() <= kMostWithContents) return text;
  auto series = series_of_copy(text);
  return series ? copy_of_series(*series, {}) : text;
}

/// What becomes CalDAV's base copy: its text, but for what the decision kept back (that stays CalDAV's delta, so that a
/// later edit on Exchange meets it).
std::string PairPass::Impl::caldav_base(const Work& work, const std::string& text) const {
  if (text.empty() || work.decision.kept.empty()) return referenced(text);
  auto series = series_of_copy(text);
  if (!series) return text;
  return copy_of_series(
      base_copy(Side::caldav, work.decision, copy_holding(std::move(*series)), options_.policy).series, {});
}

/// CalDAV keeps its copy, and Exchange has no item for it any more, or never had: what Exchange held last stays in the
/// base, so that an update of the organizer's, or an answer that is taken back, is told from it.
store::Mapping PairPass::Impl::declined_mapping(const Work& work, const Etag& etag,
                                                const std::string& caldav_text) const {
  store::Mapping mapping = work.mapping ? *work.mapping : store::Mapping();
  const bool held = work.exchange.series.master || !work.exchange.series.overrides.empty();
  if (mapping.exchange_copy.empty() && held) {
    mapping.exchange_copy = copy_of_series(work.exchange.series, mark_for(pair.mailbox, work.uid));
    mapping.exchange_digest = work.exchange.digest;
    mapping.exchange_modified = work.exchange.modified;
  }
  mapping.pair = pair.id;
  mapping.uid = work.uid;
  mapping.state = "declined";
  mapping.exchange_parts.clear();
  mapping.exchange_removed = true;
  mapping.caldav_removed = false;
  mapping.href = work.href;
  mapping.etag = etag;
  mapping.caldav_copy = referenced(caldav_text);
  mapping.caldav_digest = {};
  mapping.caldav_modified = clock_.now();
  mapping.updated = clock_.now();
  return mapping;
}

/// The mapping that the decision leads to.
store::Mapping PairPass::Impl::mapping_after(const Work& work, const Etag& etag, const std::string& caldav_text) const {
  return holds_action<Dismiss>(work.decision) ? declined_mapping(work, etag, caldav_text)
                                              : mapping_of(work, etag, caldav_text);
}

/// Exchange took what CalDAV had changed, and the write to CalDAV was refused: for those units the sides agree now, for
/// Exchange's own edits not yet. Nothing where that can't be told apart; then each side keeps its delta, and finds the
/// same values on the other.
std::optional<store::Mapping> PairPass::Impl::partly_agreed(const Work& work) const {
  const model::Delta& units = work.request.changes;
  if (!work.mapping || work.mapping->state != "active" || work.decision.conflict || !is_plain(units))
    return std::nullopt;
  auto base = series_of_copy(work.mapping->exchange_copy);
  if (!base || contains(model::difference(*base, work.exchange.series), {{}, model::Field::schedule, {}}))
    return std::nullopt;
  const model::Series agreed = apply(units, work.exchange.series, std::move(*base));
  store::Mapping mapping = *work.mapping;
  mapping.exchange_parts = work.parts;
  for (auto& part : mapping.exchange_parts) part.change_key = {};  // of no state that Exchange ever had
  mapping.exchange_copy = copy_of_series(agreed, mark_for(pair.mailbox, work.uid));
  mapping.exchange_digest = model::digest(agreed);
  mapping.href = work.stored->href;
  mapping.etag = work.stored->etag;
  mapping.caldav_copy = referenced(work.stored->text);
  mapping.caldav_digest = {};
  mapping.updated = clock_.now();
  return mapping;
}

void PairPass::Impl::add_losses(const Work& work, store::Batch& results) {
  std::vector<model::Loss> losses = work.losses;
  losses.insert(losses.end(), work.own_losses.begin(), work.own_losses.end());
  for (const auto& loss : losses) {
    store::LossRow row;
    row.pair = pair.id;
    row.mailbox = pair.mailbox;
    row.uid = work.uid;
    row.reason = model::to_string(loss.reason);
    row.occurrence = loss.occurrence;
    row.detail = loss.detail;
    ++report.loss_counts[row.reason];
    if (report.losses.size() < 10000) report.losses.push_back(row);
    results.losses.push_back(std::move(row));
  }
}

std::string PairPass::Impl::written_units(const Work& work) {
  const auto* update = action_on<Update>(work.decision, Side::caldav);
  return update == nullptr ? std::string() : units_text(update->changes);
}

/// Audit trail, undo and count of the write that took effect on Exchange.
void PairPass::Impl::note_exchange_write(const Work& work, store::Batch& results) {
  using Write = Work::Write;
  if (work.exchange_write == Write::none) return;
  note_owners_part(work);
  const bool created = work.exchange_write == Write::create, removed = work.exchange_write == Write::remove;
  const std::string event = created ? "created" : removed ? (work.moved ? "moved_away" : "deleted") : "updated";
  const std::string units = units_text(work.request.changes);
  results.audit.push_back(audit(work.uid, event,
                                work.recovered ? "recovered" : std::string(to_string(work.decision.reason)),
                                units.empty() ? "on Exchange" : "on Exchange: " + units));
  // Rollback lists these: `href` names the item, and the text is what stood there before.
  const auto& parts = removed ? work.request.parts : as_named(work.parts);
  store::Undo row = undo(work.uid, Href("exchange:" + (parts.empty() ? std::string() : parts.front().item.value)));
  if (!created) row.before_text = work.exchange_before;
  if (!work.request.parts.empty()) row.before_etag = Etag(work.request.parts.front().change_key.value);
  if (!removed && !parts.empty()) row.after_etag = Etag(parts.front().change_key.value);
  results.undo.push_back(std::move(row));
  if (created && !parts.empty() && !work.item_left) expect(Side::exchange, parts.front().item.value, results);
  ++(created ? report.exchange_created : removed ? report.exchange_deleted : report.exchange_updated);
}

/// The same for CalDAV.
void PairPass::Impl::note_caldav_write(const Work& work, const Etag& etag, store::Batch& results) {
  using Write = Work::Write;
  if (work.write == Write::none) return;
  const bool created = work.write == Write::create, removed = work.write == Write::remove;
  const std::string event = created ? "created" : removed ? (work.moved ? "moved_away" : "deleted") : "updated";
  results.audit.push_back(audit(work.uid, event, std::string(to_string(work.decision.reason)), written_units(work)));
  store::Undo row = undo(work.uid, work.href);
  if (!created && work.stored) row.before_text = work.stored->text, row.before_etag = work.stored->etag;
  row.after_etag = etag;
  results.undo.push_back(std::move(row));
  ++(created ? report.created : removed ? report.deleted : report.updated);
}

void PairPass::Impl::unpark(const Work& work, store::Batch& results) {
  if (work.one_way) return;  // it was parked just now, for what Exchange can't hold
  for (const auto& part : work.parts)
    if (parked_objects_.contains(part.item.value)) results.unparked.emplace_back(pair.id, part.item.value);
  if (two_way() && parked_objects_.contains(work.href.value)) results.unparked.emplace_back(pair.id, work.href.value);
}

void PairPass::Impl::settle_rows(const Work& work, store::Batch& results) {
  results.done_changes.insert(results.done_changes.end(), work.sequences.begin(), work.sequences.end());
}

/// What was to be written was written: everything that follows from it becomes true at once. `caldav_text` as for
/// mapping_of().
void PairPass::Impl::commit_work(Work& work, const Etag& etag, const std::string& caldav_text, store::Batch& results) {
  results.mappings.push_back(mapping_after(work, etag, caldav_text));
  close_writes_without_effect(work.uid, results);
  settle_rows(work, results);
  note_exchange_write(work, results);
  note_caldav_write(work, etag, results);
  if (work.write == Work::Write::create) expect(Side::caldav, work.href.value, results);
  expect_what_may_be_ours(work, results);
  unpark(work, results);
  add_losses(work, results);
  ++done_;
  spool_.drop(work.exchange_write == Work::Write::none ? work.exchange.series : work.request.series);
}

void PairPass::Impl::close_intents(Work& work, store::Batch& results) {
  results.close_intents.insert(results.close_intents.end(), work.intents.begin(), work.intents.end());
  work.intents.clear();
}

/// Deleted on one side or both: the other followed, or was gone too, or keeps its copy (one way, an edit on CalDAV
/// beats the delete on Exchange: it stays there as a resource of its own).
void PairPass::Impl::settle_gone(Work& work, store::Batch& results) {
  close_writes_without_effect(work.uid, results);
  settle_rows(work, results);
  ++done_;
  if (!work.mapping) return unpark(work, results);
  note_exchange_write(work, results);
  note_caldav_write(work, {}, results);
  const bool removed = work.write == Work::Write::remove || work.exchange_write == Work::Write::remove;
  store::Mapping mapping = *work.mapping;
  const bool stays_declined = mapping.state == "declined" && work.stored && !removed;
  if (stays_declined) {
    mapping.caldav_copy = referenced(work.stored->text);
  } else {
    mapping.exchange_parts.clear();
    mapping.exchange_copy.clear();
    mapping.caldav_copy.clear();
  }
  mapping.caldav_digest = {};
  mapping.exchange_removed = true;
  mapping.updated = clock_.now();
  if (removed || !work.stored || holds_action<Forget>(work.decision)) {
    mapping.state = "tombstone";
    mapping.caldav_removed = true;
    mapping.etag = {};
  } else {
    if (mapping.state != "declined") mapping.state = "caldav_only";
    mapping.href = work.stored->href;
    mapping.etag = work.stored->etag;
    results.audit.push_back(audit(mapping.uid, "kept", std::string(to_string(work.decision.reason))));
    ++report.unchanged;
  }
  unpark(work, results);
  results.mappings.push_back(std::move(mapping));
}

/// Made by us, perhaps, in a write whose answer never came: no list named it yet.
void PairPass::Impl::expect_what_may_be_ours(const Work& work, store::Batch& results) const {
  if (work.tries > 0 || must_look_.contains(work.uid)) expect(Side::caldav, work.href.value, results);
  if (work.searched && !work.parts.empty()) expect(Side::exchange, work.parts.front().item.value, results);
}

/// Nothing to write: the agreement (or the disagreement) is recorded.
void PairPass::Impl::settle_without_write(Work& work, store::Batch& results) {
  if (work.stays_home) {
    ++done_;
    return settle_rows(work, results);
  }
  if (work.decision.reason == Reason::not_known) {  // a side did not answer for it: the change stays pending
    ++done_;
    ++report.failed;
    return;
  }
  // A rebuild leaves what stands on Exchange alone to the next migrate.
  if (options_.policy.occasion == Occasion::rebuild && !work.stored) {
    ++done_;
    return;
  }
  close_intents(work, results);
  const std::string reason(to_string(work.decision.reason));
  std::string why_parked;
  for (const auto& action : work.decision.actions)
    if (const auto* parked = std::get_if<Park>(&action)) why_parked = parked->why;
  if (work.decision.reason == Reason::unreadable && work.exchange_seen != Seen::unreadable)
    why_parked = "The copy on CalDAV can't be read; nothing was written over it.";
  if (!why_parked.empty() && (two_way() || work.exchange_seen == Seen::there)) {
    ++done_;
    return park_work(work, make_error(Fault::malformed, why_parked, reason), results);
  }
  if (holds_action<Dismiss>(work.decision) && work.stored)
    return commit_work(work, work.stored->etag, work.stored->text, results);
  if (work.exchange_seen == Seen::gone) return settle_gone(work, results);
  ++done_;
  settle_rows(work, results);
  unpark(work, results);
  add_losses(work, results);
  if (work.stored) {
    if (work.href.empty()) work.href = work.stored->href;
    results.mappings.push_back(mapping_of(work, work.stored->etag, work.stored->text));
    expect_what_may_be_ours(work, results);
  } else if (work.mapping && work.mapping->state == "active" && !holds_action<Forget>(work.decision)) {
    store::Mapping mapping = *work.mapping;
    mapping.exchange_parts = work.parts;
    mapping.exchange_modified = work.exchange.modified;
    take_proposals(work, mapping, mark_for(pair.mailbox, work.uid));
    mapping.updated = clock_.now();
    results.mappings.push_back(std::move(mapping));
  } else {
    // CalDAV has nothing and shall have nothing: a tombstone that keeps Exchange's copy to compare with later.
    store::Mapping mapping = mapping_of(work, {}, {});
    mapping.state = "tombstone";
    mapping.caldav_removed = true;
    results.mappings.push_back(std::move(mapping));
  }
  if (holds_action<Link>(work.decision)) {
    ++report.linked;
    results.audit.push_back(audit(work.uid, "linked", reason));
  } else {
    ++report.unchanged;
    if (work.decision.reason != Reason::nothing_changed) results.audit.push_back(audit(work.uid, "kept", reason));
  }
}

}  // namespace caravan::sync
