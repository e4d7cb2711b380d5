// SPDX-License-Identifier: GPL-3.0-or-later
// Carries decisions out on CalDAV: intents first, then conditional writes many at once, then one commit of what was
// stored. What a server answered with a refusal or not at all is looked at and decided again, a bounded number of
// times.
#include <sys/stat.h>

#include <algorithm>

#include "ical/patch.hpp"
#include "model/canonical.hpp"
#include "model/orphans.hpp"
#include "sync/engine_impl.hpp"
#include "sync/rebase.hpp"
#include "util/crash_point.hpp"
#include "util/text.hpp"

namespace caravan::sync {
namespace {

constexpr int kMostTries = 4;
constexpr std::uint64_t kMostBytesInMemory = 8ULL << 20U;

bool has_contents(const model::Series& series) {
  const auto holds = [](const model::Event& event) {
    return std::any_of(event.attachments.begin(), event.attachments.end(),
                       [](const model::Attachment& attachment) { return attachment.uri.empty(); });
  };
  return (series.master && holds(*series.master)) ||
         std::any_of(series.overrides.begin(), series.overrides.end(), holds);
}

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

/// Something becomes private, and of what is private only the times may leave.
bool becomes_hidden(const Update& update, const ical::WriteOptions& options) {
  if (options.private_policy == ical::PrivatePolicy::keep) return false;
  return std::any_of(update.changes.begin(), update.changes.end(),
                     [](const model::Change& change) { return change.field == model::Field::sensitivity; });
}

std::string shown_summary(const model::Series& series) {
  const model::Event& event = model::representative(series);
  return event.sensitivity == model::Sensitivity::normal ? event.summary : std::string();
}

/// Every unit that a series can have in the events it has now.
model::Delta all_units(const model::Series& series) {
  model::Delta out;
  const auto add = [&](const model::Event& event, const std::string& occurrence) {
    for (const model::Field field : model::kEventFields) out.push_back({occurrence, field, {}});
    for (const auto& attendee : event.attendees) out.push_back({occurrence, model::Field::attendee, attendee.address});
  };
  if (series.master) add(*series.master, {});
  for (const auto& event : series.overrides)
    if (event.recurrence_id) add(event, model::to_string(*event.recurrence_id));
  std::sort(out.begin(), out.end());
  return out;
}

/// A refusal that concerns this one object; any other error ends the pass.
bool is_object_error(const Error& error) {
  switch (error.fault) {
    case Fault::malformed:
    case Fault::unsupported:
      return true;
    case Fault::denied:
      return error.code == "HTTP 403";
    case Fault::not_found:
    case Fault::precondition_failed:
    case Fault::retry_later:
    case Fault::in_doubt:
    case Fault::cancelled:
      return false;
  }
  return false;
}

}  // namespace

bool lets_out_less(const model::Series& series, const ical::WriteOptions& options) {
  const auto differs = [&](const model::Event& event) {
    return (options.private_policy != ical::PrivatePolicy::keep && event.sensitivity != model::Sensitivity::normal) ||
           (options.zero_length_end == ical::ZeroLengthEnd::omit && event.start == event.end);
  };
  return (series.master && differs(*series.master)) ||
         std::any_of(series.overrides.begin(), series.overrides.end(), differs);
}

ical::WriteOptions PairPass::Impl::write_options(const model::Series& series) const {
  ical::WriteOptions options;
  options.mark = mark_for(pair.mailbox, series.uid);
  if (caldav_.traits().zero_length_refused) options.zero_length_end = ical::ZeroLengthEnd::omit;
  // A single orphan that was written without RECURRENCE-ID is patched where it stands (ical/patch).
  if (caldav_.traits().orphans_refused) options.orphan = ical::OrphanForm::plain;
  if (options_.private_events == PrivateEvents::busy) options.private_policy = ical::PrivatePolicy::busy;
  options.acknowledge_alarms_before = clock_.now();
  return options;
}

/// Text and condition of the write that the decision asks for.
Status PairPass::Impl::prepare_write(Work& work) {
  work.write = Work::Write::none;
  work.text.clear();
  work.file.clear();
  work.referenced_text.clear();
  const auto options = write_options(work.exchange.series);
  for (const auto& action : work.decision.actions) {
    if (const auto* create = std::get_if<Create>(&action); create != nullptr && create->target == Side::caldav) {
      work.write = Work::Write::create;
      const bool orphans = !create->series.master && caldav_.traits().orphans_refused;
      std::optional<model::Series> own;
      if (orphans) own = model::with_own_master(create->series);
      const model::Series& written = own ? *own : create->series;
      if (work.href.empty()) work.href = caldav_.href_for(create->series.uid);
      work.expected = {};
      work.text = ical::write(written, options);
      work.base_text =
          orphans || lets_out_less(written, options) ? copy_of_series(create->series, options.mark) : work.text;
      if (has_contents(written)) {
        work.file = spool_.new_file("event");
        CARAVAN_CHECK(ical::fill_content(work.text, work.file, [&](const model::Attachment& attachment) {
          return spool_.path_of(attachment.content);
        }));
      }
    } else if (const auto* update = std::get_if<Update>(&action); update != nullptr && update->target == Side::caldav) {
      if (!work.stored) return make_error(Fault::malformed, "An update was decided without a look at the CalDAV copy.");
      work.write = Work::Write::update;
      work.expected = work.stored->etag;
      if (becomes_hidden(*update, options)) {
        work.text = ical::write(update->series, options);  // a patch would leave the text of what became private
      } else {
        CARAVAN_TRY(patched, ical::patch(work.stored->text, update->series, update->changes, options));
        work.text = std::move(patched);
      }
      if (!ical::content_spots(work.text).empty()) {
        work.referenced_text = work.text;
        work.file = spool_.new_file("event");
        CARAVAN_CHECK(ical::fill_content(work.text, work.file, [&](const model::Attachment& attachment) {
          return spool_.path_of(attachment.content);
        }));
      }
    }
  }
  if (!work.file.empty()) {
    struct stat info {};
    if (::stat(work.file.c_str(), &info) != 0)
      return make_error(Fault::denied, "The spool file " + work.file + " is gone.", "spool");
    work.file_size = static_cast<std::uint64_t>(info.st_size);
    work.text.clear();
  } else if (work.write != Work::Write::none) {
    work.text = caldav_.silenced(std::move(work.text));
  }
  return {};
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

Status PairPass::Impl::commit(store::Batch& batch) {
  batch.lease = options_.lease;
  return store_.commit(batch);
}

void PairPass::Impl::tell_progress() {
  if (progress_) progress_(done_, known_, report.created + report.updated + report.deleted, report.parked.size());
}

/// `caldav_text` is what CalDAV holds now, empty where it is what the base text says.
store::Mapping PairPass::Impl::mapping_of(const Work& work, const Etag& etag, const std::string& caldav_text) const {
  store::Mapping mapping;
  mapping.pair = pair.id;
  mapping.uid = work.exchange.series.uid;
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
  const model::Event& event = model::representative(work.exchange.series);
  mapping.starts = event.start.instant();
  mapping.ends = event.end.instant();
  mapping.updated = clock_.now();
  return mapping;
}

void PairPass::Impl::add_losses(const Work& work, store::Batch& results) {
  for (const auto& loss : work.losses) {
    store::LossRow row;
    row.pair = pair.id;
    row.mailbox = pair.mailbox;
    row.uid = work.exchange.series.uid;
    row.reason = model::to_string(loss.reason);
    row.occurrence = loss.occurrence;
    row.detail = loss.detail;
    ++report.loss_counts[row.reason];
    if (report.losses.size() < 10000) report.losses.push_back(row);
    results.losses.push_back(std::move(row));
  }
}

/// What becomes CalDAV's base copy: its text, but for what the decision kept back (that stays CalDAV's delta, so that a
/// later edit on Exchange meets it). Inline contents become references: the store holds no attachments.
std::string PairPass::Impl::caldav_base(const Work& work, const std::string& text) const {
  constexpr std::size_t kMostWithContents = 128U << 10U;
  if (text.empty() || (work.decision.kept.empty() && text.size() <= kMostWithContents)) return text;
  auto series = series_of_copy(text);
  if (!series) return text;
  Copy now;
  now.series = std::move(*series);
  now.digest = model::digest(now.series);
  return copy_of_series(base_copy(Side::caldav, work.decision, std::move(now), options_.policy).series, {});
}

/// Somebody edited between our write and the read-back: only what we wrote enters the base.
std::string PairPass::Impl::racing_base(const Work& work, const Etag& etag, const std::string& read_back) const {
  auto written = series_of_copy(work.text.empty() ? work.referenced_text : work.text);
  auto found = series_of_copy(read_back);
  if (!written || !found) return work.text;
  Copy ours, theirs;
  ours.version.value = etag.value;
  ours.series = std::move(*written);
  ours.digest = model::digest(ours.series);
  theirs.series = std::move(*found);
  theirs.digest = model::digest(theirs.series);
  model::Delta touched;
  for (const auto& action : work.decision.actions)
    if (const auto* update = std::get_if<Update>(&action)) touched = update->changes;
  if (work.write == Work::Write::create) touched = all_units(ours.series);
  return copy_of_series(after_racing_write(Side::caldav, ours, touched, theirs, options_.policy).series, {});
}

std::string PairPass::Impl::written_units(const Work& work) {
  for (const auto& action : work.decision.actions)
    if (const auto* update = std::get_if<Update>(&action)) return units_text(update->changes);
  return {};
}

/// The write took effect: everything that follows from it becomes true at once.
void PairPass::Impl::commit_work(Work& work, const Etag& etag, const std::string& caldav_text, store::Batch& results) {
  const bool created = work.write == Work::Write::create;
  results.mappings.push_back(mapping_of(work, etag, caldav_text));
  results.done_changes.insert(results.done_changes.end(), work.sequences.begin(), work.sequences.end());
  results.audit.push_back(audit(work.exchange.series.uid, created ? "created" : "updated",
                                std::string(to_string(work.decision.reason)), written_units(work)));
  store::Undo undo;
  undo.run = options_.run;
  undo.pair = pair.id;
  undo.mailbox = pair.mailbox;
  undo.uid = work.exchange.series.uid;
  undo.href = work.href;
  if (!created && work.stored) undo.before_text = work.stored->text, undo.before_etag = work.stored->etag;
  undo.after_etag = etag;
  undo.at = clock_.now();
  results.undo.push_back(std::move(undo));
  for (const auto& part : work.parts)
    if (parked_objects_.contains(part.item.value)) results.unparked.emplace_back(pair.id, part.item.value);
  add_losses(work, results);
  ++(created ? report.created : report.updated);
  ++done_;
  spool_.drop(work.exchange.series);
}

void PairPass::Impl::close_intents(Work& work, store::Batch& results) {
  results.close_intents.insert(results.close_intents.end(), work.intents.begin(), work.intents.end());
  work.intents.clear();
}

/// Nothing to write: the agreement (or the disagreement) is recorded.
void PairPass::Impl::settle_without_write(Work& work, store::Batch& results) {
  ++done_;
  if (work.stays_home) {
    results.done_changes.insert(results.done_changes.end(), work.sequences.begin(), work.sequences.end());
    return;
  }
  if (work.decision.reason == Reason::not_known) {  // a side did not answer for it: the change stays pending
    ++report.failed;
    return;
  }
  // A rebuild leaves what stands on Exchange alone to the next migrate.
  if (options_.policy.occasion == Occasion::rebuild && !work.stored) return;
  close_intents(work, results);
  const Uid& uid = work.exchange.series.uid;
  const std::string reason(to_string(work.decision.reason));
  bool linked = false, forget = false;
  std::string why_parked;
  if (work.decision.reason == Reason::unreadable)
    why_parked = "The copy on CalDAV can't be read; nothing was written over it.";
  for (const auto& action : work.decision.actions) {
    linked = linked || std::holds_alternative<Link>(action);
    forget = forget || std::holds_alternative<Forget>(action);
    if (const auto* parked = std::get_if<Park>(&action)) why_parked = parked->why;
  }
  results.done_changes.insert(results.done_changes.end(), work.sequences.begin(), work.sequences.end());
  if (!why_parked.empty()) {
    park(work.parts.front().item, uid, make_error(Fault::malformed, why_parked, reason), results);
    return;
  }
  for (const auto& part : work.parts)
    if (parked_objects_.contains(part.item.value)) results.unparked.emplace_back(pair.id, part.item.value);
  add_losses(work, results);
  if (work.stored) {
    if (work.href.empty()) work.href = work.stored->href;
    results.mappings.push_back(mapping_of(work, work.stored->etag, work.stored->text));
  } else if (work.mapping && work.mapping->state == "active") {
    store::Mapping mapping = *work.mapping;
    mapping.exchange_parts = work.parts;
    mapping.exchange_modified = work.exchange.modified;
    mapping.updated = clock_.now();
    results.mappings.push_back(std::move(mapping));
  } else {
    // CalDAV has nothing and shall have nothing: a tombstone that keeps Exchange's copy to compare with later.
    store::Mapping mapping = mapping_of(work, {}, {});
    mapping.state = "tombstone";
    mapping.caldav_removed = true;
    results.mappings.push_back(std::move(mapping));
  }
  if (linked) {
    ++report.linked;
    results.audit.push_back(audit(uid, "linked", reason));
  } else {
    ++report.unchanged;
    if (work.decision.reason != Reason::nothing_changed) results.audit.push_back(audit(uid, "kept", reason));
  }
}

Status PairPass::Impl::carry_out(std::vector<Work> works) {
  std::vector<Work*> round;
  store::Batch settled;
  for (auto& work : works) {
    CARAVAN_CHECK(decide(work));
    if (work.decision.conflict) {
      const Conflict& conflict = *work.decision.conflict;
      store::ConflictRow row;
      row.pair = pair.id;
      row.mailbox = pair.mailbox;
      row.uid = work.exchange.series.uid;
      row.units = units_text(conflict.units);
      row.winner = conflict.parked ? "none" : conflict.winner == Side::exchange ? "exchange" : "caldav";
      row.losing_copy = copy_of_series(conflict.losing, {});
      row.at = clock_.now();
      // Stored before the write that overwrites the losing copy; named by what it says, so that a repeat is the same
      // row.
      row.id =
          "c-" +
          sha256(row.pair.value + '\n' + row.uid.value + '\n' + row.units + '\n' + row.losing_copy).hex.substr(0, 12);
      settled.conflicts.push_back(row);
      const bool told = std::any_of(report.conflicts.begin(), report.conflicts.end(),
                                    [&](const auto& other) { return other.id == row.id; });
      if (!told) report.conflicts.push_back(std::move(row));
    }
    if (auto prepared = prepare_write(work); !prepared) {
      if (prepared.error().code == "spool" && prepared.error().fault == Fault::not_found && work.tries < kMostTries) {
        store::PendingChange again;  // known contents were not transferred, and now they are wanted
        again.sequence = work.sequences.front();
        again.pair = pair.id;
        again.id = work.parts.front().item.value;
        contents_wanted_.push_back(std::move(again));
        continue;
      }
      if (prepared.error().fault == Fault::denied || prepared.error().fault == Fault::retry_later) return prepared;
      park(work.parts.front().item, work.exchange.series.uid, prepared.error(), settled);
      settled.done_changes.insert(settled.done_changes.end(), work.sequences.begin(), work.sequences.end());
      ++done_;
      continue;
    }
    if (options_.policy.occasion == Occasion::rebuild &&
        (work.write != Work::Write::none || work.decision.reason == Reason::first_seen_on_exchange)) {
      // A rebuild writes nothing to either calendar: the change stays pending for the next migrate.
      if (!work.file.empty()) spool_.drop_file(work.file);
      ++done_;
      continue;
    }
    if (work.write == Work::Write::none)
      settle_without_write(work, settled);
    else
      round.push_back(&work);
  }
  if (options_.dry_run) {
    for (Work* work : round) ++(work->write == Work::Write::create ? report.created : report.updated), ++done_;
    tell_progress();
    return {};
  }
  if (!settled.done_changes.empty() || !settled.mappings.empty() || !settled.parked.empty() ||
      !settled.conflicts.empty()) {
    CARAVAN_CHECK(commit(settled));
  }
  std::vector<Work> again_works;
  std::vector<Work*> again;
  store::Batch results;
  // Bounded memory: large texts go in smaller rounds.
  for (std::size_t at = 0; at < round.size();) {
    std::vector<Work*> part;
    std::uint64_t bytes = 0;
    while (at < round.size() && (part.empty() || bytes + round[at]->text.size() < kMostBytesInMemory)) {
      bytes += round[at]->text.size();
      part.push_back(round[at++]);
    }
    CARAVAN_CHECK(write_round(part, again, results));
  }
  tell_progress();
  if (again.empty()) return {};
  for (Work* work : again) again_works.push_back(std::move(*work));
  std::vector<Work> repeat;
  store::Batch failed;
  for (auto& work : again_works) {
    if (++work.tries < kMostTries) {
      work.stored.reset();
      work.caldav_gone = false;
      repeat.push_back(std::move(work));
      continue;
    }
    park(work.parts.front().item, work.exchange.series.uid,
         make_error(
             Fault::precondition_failed,
             "The CalDAV server refused this event " + std::to_string(kMostTries) + " times (" + work.href.value + ").",
             "write_refused",
             "Look at the CalDAV server's log for " + work.href.value + ", then `exodus-cli parked retry`."),
         failed);
    failed.done_changes.insert(failed.done_changes.end(), work.sequences.begin(), work.sequences.end());
    ++done_;
  }
  if (!failed.parked.empty()) CARAVAN_CHECK(commit(failed));
  if (repeat.empty()) return {};
  CARAVAN_CHECK(look(repeat));
  return carry_out(std::move(repeat));
}

Status PairPass::Impl::write_round(std::vector<Work*>& round, std::vector<Work*>& again, store::Batch&) {
  if (stop_.stop_requested()) return make_error(Fault::cancelled, "Stopped on request.");
  store::Batch intents;
  std::vector<CaldavWrite> writes;
  for (Work* work : round) {
    store::Intent intent;
    intent.pair = pair.id;
    intent.run = options_.run;
    intent.kind = work->write == Work::Write::create ? "create" : "update";
    intent.uid = work->exchange.series.uid;
    intent.object = work->href.value;
    intent.expected = work->expected.value;
    describe_write(*work,
                   work->file.empty()              ? work->text
                   : work->referenced_text.empty() ? work->base_text
                                                   : work->referenced_text,
                   intent);
    intent.epoch = options_.lease ? options_.lease->epoch : 0;
    intent.created = clock_.now();
    intents.open_intents.push_back(std::move(intent));
    writes.push_back({work->href, work->expected, std::move(work->text), work->file, work->file_size});
  }
  CARAVAN_CHECK(commit(intents));
  crash_point("intents_committed");

  store::Batch results;
  for (std::size_t i = 0; i < round.size(); ++i) round[i]->intents.push_back(intents.open_intents[i].id);
  std::vector<Result<CaldavWritten>> answers(round.size(),
                                             make_error(Fault::in_doubt, "The CalDAV server did not answer."));
  caldav_.write(writes, [&](std::size_t index, Result<CaldavWritten> written) { answers[index] = std::move(written); });
  crash_point("after_write");
  std::vector<Work*> unread;
  std::unordered_map<Work*, Etag> told;
  Status fatal;
  for (std::size_t i = 0; i < round.size(); ++i) {
    round[i]->text = std::move(writes[i].text);
    const bool stored = answers[i] && std::holds_alternative<CaldavStored>(*answers[i]);
    const bool etag_told = stored && std::get<CaldavStored>(*answers[i]).etag.has_value();
    if (stored && (caldav_.traits().read_back || !etag_told)) {
      unread.push_back(round[i]);
      if (etag_told) told.emplace(round[i], *std::get<CaldavStored>(*answers[i]).etag);
    } else if (auto status = after_write(*round[i], answers[i], again, results); !status)
      fatal = std::move(status);
  }
  // What is in doubt stays open until it was looked at.
  for (std::size_t i = 0; i < round.size(); ++i)
    if (answers[i] || answers[i].error().fault != Fault::in_doubt) close_intents(*round[i], results);
  if (!unread.empty())
    if (auto status = read_back(unread, told, results); !status) fatal = std::move(status);
  for (Work* work : round)
    if (!work->file.empty()) spool_.drop_file(work->file);
  crash_point("before_commit");
  // An unanswered write keeps its intent's meaning through must_look_: the next pass looks before it writes.
  if (!fatal) results.close_intents.clear();
  const Status committed = commit(results);
  crash_point("after_commit");
  return fatal ? committed : fatal;
}

Status PairPass::Impl::after_write(Work& work, const Result<CaldavWritten>& written, std::vector<Work*>& again,
                                   store::Batch& results) {
  if (written) {
    if (const auto* stored = std::get_if<CaldavStored>(&*written)) {
      commit_work(work, *stored->etag, work.file.empty() ? work.text : work.referenced_text, results);
      return {};
    }
    if (const auto& taken = std::get<UidTaken>(*written); taken.other) {
      work.href = *taken.other;
      if (work.mapping) work.mapping->href = *taken.other;
    }
    again.push_back(&work);
    return {};
  }
  const Error& error = written.error();
  if (error.fault == Fault::precondition_failed || error.fault == Fault::not_found ||
      (error.fault == Fault::in_doubt && !stop_.stop_requested())) {
    again.push_back(&work);
    return {};
  }
  if (!is_object_error(error)) return error;
  park(work.parts.front().item, work.exchange.series.uid, error, results);
  results.done_changes.insert(results.done_changes.end(), work.sequences.begin(), work.sequences.end());
  ++done_;
  return {};
}

/// The server may have changed the meaning, or told no etag: one batched read tells what is there.
Status PairPass::Impl::read_back(std::vector<Work*>& written, const std::unordered_map<Work*, Etag>& told,
                                 store::Batch& results) {
  std::vector<Href> hrefs;
  for (const Work* work : written) hrefs.push_back(work->href);
  Status status;
  caldav_.read(hrefs, [&](std::size_t index, CaldavAnswer answer) {
    Work& work = *written[index];
    const auto etag = told.find(&work);
    if (const auto* text = std::get_if<CaldavText>(&answer)) {
      const bool raced = etag != told.end() && etag->second != text->etag;
      if (raced)
        commit_work(work, etag->second, racing_base(work, etag->second, text->text), results);
      else
        commit_work(work, text->etag, text->text, results);
    } else if (std::holds_alternative<Gone>(answer)) {
      // Deleted in between by somebody: that is a change of CalDAV's, which the next pass observes.
      commit_work(work, etag == told.end() ? Etag("\"gone\"") : etag->second, work.text, results);
    } else {
      status = std::get<Error>(answer);
    }
  });
  return status;
}

}  // namespace caravan::sync
