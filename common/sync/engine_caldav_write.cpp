// SPDX-License-Identifier: GPL-3.0-or-later
// What is sent to CalDAV: texts under conditions, many at once. What a server answered with a refusal or not at all is
// looked at and decided again.
#include <sys/stat.h>

#include <algorithm>

#include "ical/patch.hpp"
#include "model/canonical.hpp"
#include "model/orphans.hpp"
#include "model/proposal.hpp"
#include "sync/engine_impl.hpp"
#include "sync/rebase.hpp"
#include "util/crash_point.hpp"

namespace caravan::sync {
namespace {

bool has_contents(const model::Series& series) {
  const auto holds = [](const model::Event& event) {
    return std::any_of(event.attachments.begin(), event.attachments.end(),
                       [](const model::Attachment& attachment) { return attachment.uri.empty(); });
  };
  return (series.master && holds(*series.master)) ||
         std::any_of(series.overrides.begin(), series.overrides.end(), holds);
}

/// Something becomes private, and of what is private only the times may leave.
bool becomes_hidden(const Update& update, const ical::WriteOptions& options) {
  if (options.private_policy == ical::PrivatePolicy::keep) return false;
  return std::any_of(update.changes.begin(), update.changes.end(),
                     [](const model::Change& change) { return change.field == model::Field::sensitivity; });
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

bool lets_out_less(const model::Series& series, const ical::WriteOptions& options) {
  const auto differs = [&](const model::Event& event) {
    return (options.private_policy != ical::PrivatePolicy::keep && event.sensitivity != model::Sensitivity::normal) ||
           (options.zero_length_end == ical::ZeroLengthEnd::omit && event.start == event.end);
  };
  return !model::proposals(series).empty() || (series.master && differs(*series.master)) ||
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
Status PairPass::Impl::prepare_caldav_write(Work& work) {
  work.write = Work::Write::none;
  work.text.clear();
  work.file.clear();
  work.referenced_text.clear();
  if (const auto* create = action_on<Create>(work.decision, Side::caldav)) {
    CARAVAN_CHECK(prepare_create(work, *create));
  } else if (const auto* update = action_on<Update>(work.decision, Side::caldav)) {
    CARAVAN_CHECK(prepare_update(work, *update));
  } else if (action_on<Delete>(work.decision, Side::caldav) != nullptr) {
    if (!work.stored) return make_error(Fault::malformed, "A delete was decided without a look at the CalDAV copy.");
    work.write = Work::Write::remove;
    work.expected = work.stored->etag;
    return {};
  }
  if (!work.file.empty()) {
    struct stat info {};
    if (::stat(work.file.c_str(), &info) != 0)
      return make_error(Fault::denied, "The spool file " + work.file + " is gone.", "spool");
    work.file_size = static_cast<std::uint64_t>(info.st_size);
    work.text.clear();
  } else if (work.write != Work::Write::none && sent_by(work.decision, Side::caldav) == Send::none) {
    work.text = caldav_.silenced(std::move(work.text));
  }
  return {};
}

/// The text that makes a series new on CalDAV, and its base copy.
PairPass::Impl::NewText PairPass::Impl::new_text(const model::Series& series) const {
  const auto options = write_options(series);
  const bool orphans = !series.master && caldav_.traits().orphans_refused;
  NewText out;
  out.parts = ical::components(orphans ? model::with_own_master(series) : series, options);
  out.base =
      orphans || lets_out_less(series, options) ? copy_of_series(series, options.mark) : ical::calendar_text(out.parts);
  return out;
}

Status PairPass::Impl::prepare_create(Work& work, const Create& create) {
  NewText made = new_text(create.series);
  work.write = Work::Write::create;
  if (work.href.empty()) work.href = caldav_.href_for(work.uid);
  work.expected = {};
  work.text = ical::calendar_text(made.parts);
  work.base_text = std::move(made.base);
  return has_contents(create.series) ? put_contents_in_file(work) : Status{};
}

Status PairPass::Impl::prepare_update(Work& work, const Update& update) {
  if (!work.stored) return make_error(Fault::malformed, "An update was decided without a look at the CalDAV copy.");
  const auto options = write_options(update.series);
  work.write = Work::Write::update;
  work.expected = work.stored->etag;
  if (becomes_hidden(update, options)) {
    work.text = ical::write(update.series, options);  // a patch would leave the text of what became private
  } else {
    CARAVAN_TRY(patched, ical::patch(work.stored->text, update.series, update.changes, options));
    work.text = std::move(patched);
  }
  if (ical::content_spots(work.text).empty()) return {};
  work.referenced_text = work.text;
  return put_contents_in_file(work);
}

Status PairPass::Impl::put_contents_in_file(Work& work) {
  work.file = spool_.new_file("event");
  return ical::fill_content(work.text, work.file,
                            [&](const model::Attachment& attachment) { return spool_.path_of(attachment.content); });
}

/// Somebody edited between our write and the read-back: only what we wrote enters the base.
std::string PairPass::Impl::racing_base(const Work& work, const Etag& etag, const std::string& read_back) const {
  auto written = series_of_copy(work.text.empty() ? work.referenced_text : work.text);
  auto found = series_of_copy(read_back);
  if (!written || !found) return work.text;
  Copy ours = copy_holding(std::move(*written));
  ours.version.value = etag.value;
  const Copy theirs = copy_holding(std::move(*found));
  model::Delta touched;
  if (const auto* update = action_on<Update>(work.decision, Side::caldav)) touched = update->changes;
  if (work.write == Work::Write::create) touched = all_units(ours.series);
  return copy_of_series(after_racing_write(Side::caldav, ours, touched, theirs, options_.policy).series, {});
}

/// The text that the work's write says, with references in place of attachments.
const std::string& PairPass::Impl::said_text(const Work& work) {
  if (work.file.empty()) return work.text;
  return work.referenced_text.empty() ? work.base_text : work.referenced_text;
}

/// Sends what the works of the round have for CalDAV; those without are settled at once. An error ends the pass: what
/// it left open is looked at by the next.
Status PairPass::Impl::write_to_caldav(std::span<Work* const> round, std::vector<Work*>& again, store::Batch& results) {
  std::vector<Work*> written, removed;
  std::vector<CaldavWrite> writes;
  std::vector<CaldavRemoval> removals;
  for (Work* work : round) {
    switch (work->write) {
      case Work::Write::create:
      case Work::Write::update:
        written.push_back(work);
        writes.push_back({work->href, work->expected, std::move(work->text), work->file, work->file_size});
        break;
      case Work::Write::remove:
        removed.push_back(work);
        removals.push_back({work->stored->href, work->expected});
        break;
      case Work::Write::none:
        close_intents(*work, results);
        if (work->exchange_write == Work::Write::remove && !holds_action<Dismiss>(work->decision))
          settle_gone(*work, results);
        else
          commit_work(*work, work->stored->etag, work->stored->text, results);
        break;
    }
  }
  Status fatal;
  const auto note = [&](Status status) {
    if (!status) fatal = std::move(status);
  };
  if (!writes.empty()) note(send_to_caldav(written, writes, again, results));
  if (!removals.empty())
    caldav_.remove(removals, [&](std::size_t index, Status answer) {
      Work& work = *removed[index];
      if (!answer && answer.error().fault != Fault::not_found)
        return note(refused_by_caldav(work, answer.error(), again, results));
      close_intents(work, results);
      settle_gone(work, results);
    });
  crash_point("after_write");
  return fatal;
}

Status PairPass::Impl::send_to_caldav(std::span<Work* const> works, std::vector<CaldavWrite>& writes,
                                      std::vector<Work*>& again, store::Batch& results) {
  std::vector<Result<CaldavWritten>> answers(works.size(),
                                             make_error(Fault::in_doubt, "The CalDAV server did not answer."));
  caldav_.write(writes, [&](std::size_t index, Result<CaldavWritten> written) { answers[index] = std::move(written); });
  std::vector<Work*> unread;
  std::unordered_map<Work*, Etag> told;
  Status fatal;
  for (std::size_t i = 0; i < works.size(); ++i) {
    Work& work = *works[i];
    work.text = std::move(writes[i].text);
    if (!answers[i]) {
      if (auto status = refused_by_caldav(work, answers[i].error(), again, results); !status) fatal = std::move(status);
    } else if (const auto* taken = std::get_if<UidTaken>(&*answers[i])) {
      work.other_href = taken->other;
      leave_partly_done(work, results);
      again.push_back(&work);
    } else if (const auto& etag = std::get<CaldavStored>(*answers[i]).etag; !etag || caldav_.traits().read_back) {
      unread.push_back(&work);
      if (etag) told.emplace(&work, *etag);
    } else {
      close_intents(work, results);
      commit_work(work, *etag, work.file.empty() ? work.text : work.referenced_text, results);
    }
  }
  if (unread.empty()) return fatal;
  const Status read = read_back(unread, told, results);
  return fatal ? read : fatal;
}

/// The write (or the removal) did not take effect, or nobody knows. An error that does not concern this object alone
/// ends the pass.
Status PairPass::Impl::refused_by_caldav(Work& work, const Error& error, std::vector<Work*>& again,
                                         store::Batch& results) {
  const bool in_doubt = error.fault == Fault::in_doubt && !stop_.stop_requested();
  if (in_doubt || error.fault == Fault::precondition_failed || error.fault == Fault::not_found) {
    leave_partly_done(work, results, in_doubt);  // what is in doubt stays open until it was looked at
    work.may_stand = work.may_stand || in_doubt;
    again.push_back(&work);
    return {};
  }
  if (!is_object_error(error)) return error;
  leave_partly_done(work, results);
  park_work(work, error, results);
  ++done_;
  return {};
}

/// What this work did to Exchange before CalDAV refused its share stays true.
void PairPass::Impl::leave_partly_done(Work& work, store::Batch& results, bool in_doubt) {
  if (!in_doubt) close_intents(work, results);
  if (work.exchange_write == Work::Write::none) return;
  work.may_stand = true;
  note_exchange_write(work, results);
  auto mapping = partly_agreed(work);
  if (!mapping) return;
  store::PendingChange change;  // Exchange's own edits have yet to reach CalDAV, whatever its list says
  change.pair = pair.id;
  change.id = mapping->exchange_parts.front().item.value;
  results.new_changes.push_back(std::move(change));
  results.mappings.push_back(std::move(*mapping));
}

/// The server may have changed the meaning, or told no etag: one batched read tells what is there.
Status PairPass::Impl::read_back(std::span<Work* const> written, const std::unordered_map<Work*, Etag>& told,
                                 store::Batch& results) {
  std::vector<Href> hrefs;
  for (const Work* work : written) hrefs.push_back(work->href);
  Status status;
  caldav_.read(hrefs, [&](std::size_t index, CaldavAnswer answer) {
    Work& work = *written[index];
    const auto etag = told.find(&work);
    if (const auto* error = std::get_if<Error>(&answer)) {
      status = *error;
      return;
    }
    close_intents(work, results);
    if (const auto* text = std::get_if<CaldavText>(&answer)) {
      const bool raced = etag != told.end() && etag->second != text->etag;
      if (raced)
        commit_work(work, etag->second, racing_base(work, etag->second, text->text), results);
      else
        commit_work(work, text->etag, text->text, results);
    } else {
      // Deleted in between by somebody: that is a change of CalDAV's, which the next pass observes.
      commit_work(work, etag == told.end() ? Etag("\"gone\"") : etag->second, work.text, results);
    }
  });
  return status;
}

}  // namespace caravan::sync
