// SPDX-License-Identifier: GPL-3.0-or-later
// Occurrences, attachments and answers; items and parts are in series_writing.cpp.
#include <algorithm>

#include "ews/attachment_writer.hpp"
#include "ews/finding.hpp"
#include "ews/mapping/attachment.hpp"
#include "ews/series_reader.hpp"
#include "ews/series_writing.hpp"

namespace caravan::ews {

using namespace wire;  // NOLINT: the generated names
using mapping::Draft;
using mapping::Standing;
using model::Event;
using model::EventTime;
using model::Field;

namespace {

constexpr int kConflictTries = 3;  // each write to an occurrence makes the keys of its fellows stale (ews-facts 5.3)

Error changed_meanwhile(const Mailbox& mailbox, const std::string& what) {
  return make_error(Fault::precondition_failed, what + " in " + mailbox.address.value + " was changed meanwhile.",
                    "ErrorIrresolvableConflict");
}

Event master_at(const mapping::WriteContext& context, const model::Series& series, const EventTime& occurrence) {
  model::Series without;
  without.master = series.master;
  without.zones = series.zones;
  Event event = mapping::event_at(context, without, occurrence);
  event.recurrence_id = occurrence;
  return event;
}

/// Fields that an UpdateItem brings over, or our property with it.
bool is_written(Field field) {
  return field != Field::attachments && field != Field::excluded && field != Field::presence;
}

const model::Attendee* me_in(const Mailbox& mailbox, const Event& event) {
  for (const auto& person : event.attendees)
    if (mapping::is_own(mailbox, person.address)) return &person;
  return nullptr;
}

bool is_same_file(const model::Attachment& there, const model::Attachment& wanted) {
  return there.uri.empty() && mapping::stored_name(there) == mapping::stored_name(wanted) && there.size == wanted.size;
}

}  // namespace

/// The first write of a change that touches occurrences only: the master's key says whether anything was edited.
Status SeriesWriting::check_unchanged(const SeriesState& now) {
  if (before_ == nullptr || written_ || attempt_ == Attempt::again) return {};
  if (now.saved().change_key == main_->change_key) return {};
  return changed_meanwhile(place_.mailbox, "The series");
}

bool SeriesWriting::is_known_value(const Event& now, const EventTime& occurrence, Field field) const {
  if (imported_) return true;
  const std::string value = canonical(now, field);
  // Exchange may have given the occurrence a new value of the master's, but not what our property says of it.
  const auto is_of = [&](const model::Series& series, const Event& event) {
    if (value == canonical(event, field)) return true;
    return value == canonical(mapping::shown_by_exchange(place_.context, {series, event}, standing()), field);
  };
  if (is_of(wanted_, master_at(place_.context, wanted_, occurrence))) return true;
  if (before_ == nullptr || !before_->master) return false;
  return is_of(*before_, master_at(place_.context, *before_, occurrence)) ||
         is_of(*before_, mapping::event_at(place_.context, *before_, occurrence));
}

Status SeriesWriting::delete_occurrences(const Originals& originals) {
  CARAVAN_TRY(now, state());
  CARAVAN_CHECK(check_unchanged(*now));
  Originals open;
  for (const EventTime& original : originals)
    if (!now->is_deleted(original)) open.push_back(original);
  if (open.empty()) return {};
  const auto rows = now->occurrences(open);
  std::vector<const Saved*> items;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i] && rows[i].error().fault != Fault::not_found) return rows[i].error();
    if (!rows[i] || rows[i]->deleted) continue;
    // An edit beats a delete: an exception that the decision did not know is somebody's.
    if (rows[i]->changed && before_ != nullptr && !renewed_)
      for (const Field field : model::kEventFields)
        if (is_written(field) && !is_known_value(rows[i]->event, open[i], field))
          return changed_meanwhile(place_.mailbox, "An occurrence");
    items.push_back(&rows[i]->saved);
  }
  result_.exact = false;
  written_ = true;
  const Mail mail = before_ == nullptr ? Mail::none : mail_for(now->standing());
  const auto done = delete_items(place_.connection, place_.mailbox, items, mail, place_.stop);
  state_.reset();
  for (const Status& status : done)
    if (!status && status.error().fault != Fault::not_found) return status;
  return {};
}

Status SeriesWriting::update_occurrences(std::span<const mapping::UpdateOccurrence> steps) {
  CARAVAN_TRY(now, state());
  CARAVAN_CHECK(check_unchanged(*now));
  Originals originals;
  for (const auto& step : steps) originals.push_back(step.occurrence);
  auto rows = now->occurrences(originals);
  for (std::size_t i = 0; i < steps.size(); ++i) CARAVAN_CHECK(update_occurrence(steps[i], std::move(rows[i])));
  if (written_) state_.reset();  // the master's key is another one now
  return {};
}

Status SeriesWriting::update_occurrence(const mapping::UpdateOccurrence& step, Result<OccurrenceNow> now) {
  Event wanted = mapping::event_at(place_.context, wanted_, step.occurrence);
  wanted.recurrence_id = step.occurrence;
  for (int attempt = 0; attempt < kConflictTries; ++attempt) {
    if (!now && now.error().fault == Fault::not_found) return changed_meanwhile(place_.mailbox, "An occurrence");
    if (!now) return now.error();
    if (now->deleted) return changed_meanwhile(place_.mailbox, "An occurrence");
    mapping::Fields fields;
    for (const Field field : step.fields)
      if (is_written(field) && canonical(now->event, field) != canonical(wanted, field)) fields.push_back(field);
    if (fields.empty()) return {};
    for (const Field field : fields)
      if (!is_known_value(now->event, step.occurrence, field))
        return changed_meanwhile(place_.mailbox, "An occurrence");
    Standing standing = state_->standing();
    Arena arena;
    const Draft draft = mapping::draft_occurrence(place_.context, arena, wanted_, step.occurrence, standing);
    CARAVAN_TRY(kept, stored(draft.kept));
    ItemUpdates updates{&now->saved, mapping::updates_of(arena, draft, fields, kept)};
    const Mail mail = before_ == nullptr ? Mail::none : mail_for(standing);
    auto rows = update_items(place_.connection, place_.mailbox, std::span(&updates, 1), mail, place_.stop);
    result_.exact = false;
    if (rows.front()) {
      written_ = true;
      return {};
    }
    if (rows.front().error().fault != Fault::precondition_failed) return rows.front().error();
    now = state_->occurrences(std::span(&step.occurrence, 1)).front();
  }
  return make_error(Fault::retry_later, "An occurrence in " + place_.mailbox.address.value + " does not come to rest.",
                    "ErrorIrresolvableConflict");
}

/// Where the files of an occurrence, a part or the main item hang; `files` gets those that are there. `holder` keeps
/// what is neither the main item nor a part.
Result<Saved*> SeriesWriting::place_of(const std::optional<EventTime>& occurrence,
                                       std::vector<model::Attachment>& files, std::optional<Saved>& holder) {
  if (occurrence)
    if (const auto part = parts_.find(to_string(*occurrence)); part != parts_.end()) {
      auto fetched = get_series(place_.connection, place_.mailbox, std::span(&part->second.item, 1), place_.stop);
      if (!fetched.front().second) return fetched.front().second.error();
      files = model::representative(fetched.front().second->series).attachments;
      return &part->second;
    }
  if (!occurrence && fresh_ && !imported_) return &*main_;
  CARAVAN_TRY(now, state());
  CARAVAN_CHECK(check_unchanged(*now));
  if (!occurrence) {
    files = model::representative(now->series()).attachments;
    if (attempt_ == Attempt::again && now->saved().change_key != main_->change_key) {
      main_ = now->saved();
      result_.exact = false;
    }
    return &*main_;
  }
  auto row = now->occurrences(std::span(&*occurrence, 1));
  if (!row.front()) return row.front().error();
  if (row.front()->deleted) return changed_meanwhile(place_.mailbox, "An occurrence");
  files = row.front()->event.attachments;
  holder = row.front()->saved;
  return &*holder;
}

Status SeriesWriting::take(const mapping::Attach& step) {
  if (!place_.options.content)
    return make_error(Fault::unsupported, "An attachment can't be brought to Exchange here.");
  std::vector<model::Attachment> files;
  std::optional<Saved> holder;
  CARAVAN_TRY(parent, place_of(step.occurrence, files, holder));
  if (std::any_of(files.begin(), files.end(), [&](const auto& file) { return is_same_file(file, step.attachment); }))
    return {};
  CARAVAN_TRY(path, place_.options.content(step.attachment));
  CARAVAN_TRY(saved, create_attachment(place_.connection, place_.mailbox, *parent, step.attachment, path,
                                       place_.options.spool_dir, place_.stop));
  *parent = Saved{parent->item, saved.change_key};
  if (holder) result_.exact = false;
  written_ = true;
  state_.reset();
  return {};
}

Status SeriesWriting::take(const mapping::Detach& step) {
  std::vector<model::Attachment> files;
  std::optional<Saved> holder;
  CARAVAN_TRY(parent, place_of(step.occurrence, files, holder));
  const std::string& id = step.attachment.source_id;
  for (const auto& file : files) {
    const bool is_it = id.empty() ? is_same_file(file, step.attachment) : file.source_id == id;
    if (!is_it) continue;
    auto saved = delete_attachment(place_.connection, place_.mailbox, AttachmentId(file.source_id), place_.stop);
    if (!saved && saved.error().fault != Fault::not_found) return saved.error();
    if (saved) *parent = Saved{parent->item, saved->change_key};
    if (holder || !saved) result_.exact = false;
    written_ = true;
    state_.reset();
    return {};
  }
  return {};
}

Status SeriesWriting::take(const mapping::Respond& step) {
  std::optional<Saved> item;
  Event now;
  const auto part = step.occurrence ? parts_.find(to_string(*step.occurrence)) : parts_.end();
  if (part != parts_.end()) {
    auto fetched = get_series(place_.connection, place_.mailbox, std::span(&part->second.item, 1), place_.stop);
    if (!fetched.front().second) return fetched.front().second.error();
    now = model::representative(fetched.front().second->series);
    item = part->second;
  } else {
    CARAVAN_TRY(series, answered());
    if (!step.occurrence) {
      now = model::representative(series->series());
      item = main_;
    } else {
      auto row = series->occurrences(std::span(&*step.occurrence, 1));
      if (!row.front()) return row.front().error();
      if (row.front()->deleted) return {};  // declined by an earlier attempt
      now = row.front()->event;
      item = row.front()->saved;
    }
  }
  const auto* me = me_in(place_.mailbox, now);
  if (me != nullptr && me->participation == step.answer) return {};
  if (step.answer == model::Participation::needs_action || step.answer == model::Participation::delegated)
    return {};  // Exchange has no way back to an unanswered invitation
  CARAVAN_TRY(done, respond(place_.connection, place_.mailbox, *item, step.answer, place_.options.mail, place_.stop));
  result_.exact = false;  // Exchange changes the busy status along with it
  written_ = true;
  state_.reset();
  const bool declined = step.answer == model::Participation::declined;
  if (part != parts_.end()) {
    if (declined)
      parts_.erase(part);
    else if (done.item)
      part->second = *done.item;
    result_.gone = !main_ && parts_.empty();
  } else if (!step.occurrence && declined) {
    result_.gone = true;
  } else if (!step.occurrence && done.item) {
    main_ = *done.item;  // accepting may make the item anew
  } else {
    auto keys = get_keys(place_.connection, place_.mailbox, std::span(&main_->item, 1), place_.stop);
    if (!keys.front()) return keys.front().error();
    main_ = keys.front()->saved;
  }
  return {};
}

/// The series that is answered. An earlier attempt may have answered it, so that it has another id.
Result<SeriesState*> SeriesWriting::answered() {
  Result<SeriesState*> now = state();
  if (now) {
    CARAVAN_CHECK(check_unchanged(**now));
    if ((*now)->saved().change_key != main_->change_key) main_ = (*now)->saved();
    return now;
  }
  if (now.error().fault != Fault::not_found || attempt_ == Attempt::first) return now;
  CARAVAN_TRY(found, find_by_uid(place_.connection, place_.mailbox, place_.folder, wanted_.uid, place_.stop));
  if (found.size() != 1) return now;
  main_ = Saved{found.front().item, found.front().change_key};
  result_.exact = false;
  return state();
}

}  // namespace caravan::ews
