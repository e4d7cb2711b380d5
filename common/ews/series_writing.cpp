// SPDX-License-Identifier: GPL-3.0-or-later
// Items and parts; occurrences, attachments and answers are in series_writing_occurrences.cpp.
#include "ews/series_writing.hpp"

#include <algorithm>

#include "ews/finding.hpp"
#include "ews/mapping/kept_text.hpp"
#include "ews/series_reader.hpp"
#include "util/text.hpp"

namespace caravan::ews {

using namespace wire;  // NOLINT: the generated names
using mapping::Draft;
using mapping::Standing;
using model::EventTime;
using model::Field;

namespace {

Error changed_meanwhile(const Mailbox& mailbox, const std::string& what) {
  return make_error(Fault::precondition_failed, what + " in " + mailbox.address.value + " was changed meanwhile.",
                    "ErrorIrresolvableConflict");
}

const std::string* own_id(const Result<Saved>& saved) { return saved ? &saved->item.value : nullptr; }

t__ExtendedPropertyType appointment_property(Arena& arena, int id, int value) {
  t__ExtendedPropertyType out;
  out.ExtendedFieldURI.DistinguishedPropertySetId = "Appointment";
  out.ExtendedFieldURI.PropertyId = arena.number(id);
  out.ExtendedFieldURI.PropertyType = "Integer";
  out.Value = arena.text(std::to_string(value));
  return out;
}

constexpr int kStateFlags = 0x8217, kResponseStatus = 0x8218;  // MS-OXOCAL 2.2.1.10, 2.2.1.11
constexpr int kReceivedMeeting = 3, kDeclined = 4;

}  // namespace

SeriesWriting::SeriesWriting(const WritingPlace& place, const model::Series& wanted, mapping::WritePlan plan,
                             std::string mark, Attempt attempt)
    : place_(place), wanted_(wanted), plan_(std::move(plan)), mark_(std::move(mark)), attempt_(attempt) {
  result_.losses = plan_.losses;
}

SeriesWriting::SeriesWriting(const WritingPlace& place, const SeriesChange& change, mapping::WritePlan plan,
                             Attempt attempt)
    : place_(place),
      before_(&change.before),
      wanted_(change.wanted),
      plan_(std::move(plan)),
      mark_(change.mark),
      attempt_(attempt) {
  result_.losses = plan_.losses;
  for (const SeriesPart& part : change.parts) {
    const Saved saved{part.item, part.change_key};
    if (part.occurrence.empty())
      main_ = saved;
    else
      parts_[part.occurrence] = saved;
  }
}

bool SeriesWriting::begins_with_item() const {
  return attempt_ == Attempt::first && mail_for(standing()) == Mail::none && !plan_.steps.empty() &&
         std::holds_alternative<mapping::CreateItem>(plan_.steps.front());
}

Standing SeriesWriting::standing() const {
  const model::Series& shown = before_ != nullptr && before_->master ? *before_ : wanted_;
  const model::Event& event = model::representative(shown);
  Standing out = mapping::standing_of(place_.context, event);
  out.is_cancelled = before_ != nullptr && out.is_meeting && event.status == model::EventStatus::cancelled;
  // Whoever gets guests becomes a meeting with this very write.
  if (wanted_.master && mapping::makes_a_meeting(place_.context, *wanted_.master)) out.is_meeting = true;
  return out;
}

Mail SeriesWriting::mail_for(const Standing& standing) const {
  return standing.is_meeting && standing.is_organizer ? place_.options.mail : Mail::none;
}

Result<std::string> SeriesWriting::stored(const std::string& kept) {
  if (kept.size() <= mapping::kMostKept) return kept;
  const auto& elsewhere = place_.connection.options().elsewhere;
  if (!elsewhere || !elsewhere->save) {
    result_.losses.push_back({model::LossReason::property_unsupported, {}, "more than Exchange can keep for us"});
    return std::string();
  }
  const Digest digest = sha256(kept);
  CARAVAN_CHECK(elsewhere->save(digest, kept));
  return mapping::reference_to(digest);
}

Status SeriesWriting::look() {
  if (looked_ || attempt_ == Attempt::first || mark_.empty()) return {};
  looked_ = true;
  CARAVAN_TRY(found, find_by_mark(place_.connection, place_.mailbox, place_.folder, mark_, place_.stop));
  std::vector<ItemId> ids;
  for (const Found& each : found) ids.push_back(each.item);
  for (auto& [id, fetched] : get_series(place_.connection, place_.mailbox, ids, place_.stop)) {
    if (!fetched && fetched.error().fault == Fault::not_found) continue;
    if (!fetched) return fetched.error();
    const Saved saved{fetched->item, fetched->change_key};
    if (fetched->series.master && !main_)
      main_ = saved;
    else if (!fetched->series.master &&
             !parts_.try_emplace(to_string(*fetched->series.overrides.front().recurrence_id), saved).second)
      continue;
    result_.exact = false;
  }
  return {};
}

Result<SeriesState*> SeriesWriting::state() {
  if (!state_) {
    if (!main_) return make_error(Fault::not_found, "The series has no main item on Exchange.");
    CARAVAN_TRY(read, SeriesState::read(place_.connection, place_.mailbox, main_->item, place_.stop));
    state_.emplace(std::move(read));
  }
  return &*state_;
}

Result<t__CalendarItemType*> SeriesWriting::first_item(Arena& arena) {
  Draft draft = mapping::draft_main(place_.context, arena, wanted_, plan_.shape, standing());
  CARAVAN_TRY(kept, stored(draft.kept));
  mapping::make_new(arena, draft, mark_, kept);
  return draft.item;
}

void SeriesWriting::created(Result<Saved> saved) {
  plan_.steps.erase(plan_.steps.begin());
  if (own_id(saved) == nullptr) {
    failed_ = saved.error();
    return;
  }
  main_ = *saved;
  fresh_ = written_ = true;
}

Status SeriesWriting::take(const mapping::CreateItem&) {
  CARAVAN_CHECK(look());
  if (main_) return {};
  Arena arena;
  CARAVAN_TRY(item, first_item(arena));
  const bool only_step = plan_.steps.size() == 1;
  auto rows = create_items(place_.connection, place_.mailbox, place_.folder, std::span(&item, 1),
                           only_step ? mail_for(standing()) : Mail::none, place_.stop);
  if (!rows.front()) return rows.front().error();
  main_ = *rows.front();
  fresh_ = written_ = true;
  return {};
}

/// iCalendar brings organizer, UID and occurrences (ews-facts 8.6, way A); what it does not bring is typed beside it.
Result<Saved> SeriesWriting::import(const model::Series& series, Draft draft, Arena& arena) {
  if (!place_.options.render)
    return make_error(Fault::unsupported, "A meeting of a foreign organizer can't be brought to Exchange here.");
  CARAVAN_TRY(text, place_.options.render(series));
  t__CalendarItemType& typed = *draft.item;
  auto* item = arena.make<t__CalendarItemType>();
  item->MimeContent = arena.make<t__MimeContentType>();
  item->MimeContent->CharacterSet = "UTF-8";
  item->MimeContent->__item = text::base64_encode(text);
  item->Sensitivity = typed.Sensitivity;
  item->Categories = typed.Categories;
  item->Importance = typed.Importance;
  item->ReminderIsSet = typed.ReminderIsSet;
  item->ReminderMinutesBeforeStart = typed.ReminderMinutesBeforeStart;
  item->LegacyFreeBusyStatus = typed.LegacyFreeBusyStatus;
  CARAVAN_TRY(kept, stored(draft.kept));
  draft.item = item;
  mapping::make_new(arena, draft, mark_, kept);
  item->UID = nullptr;  // iCalendar's
  item->ExtendedProperty.push_back(appointment_property(arena, kStateFlags, kReceivedMeeting));
  auto rows =
      create_items(place_.connection, place_.mailbox, place_.folder, std::span(&item, 1), Mail::none, place_.stop);
  if (!rows.front()) return rows.front().error();
  const model::Event& event = model::representative(series);
  const bool declined = std::any_of(event.attendees.begin(), event.attendees.end(), [&](const auto& person) {
    return mapping::is_own(place_.mailbox, person.address) && person.participation == model::Participation::declined;
  });
  if (!declined) return rows.front();
  // A decline by a response would take the item away; this one is to stay.
  ItemUpdates updates;
  updates.item = &*rows.front();
  t__SetItemFieldType set;
  set.CalendarItem = arena.make<t__CalendarItemType>();
  set.CalendarItem->ExtendedProperty.push_back(appointment_property(arena, kResponseStatus, kDeclined));
  set.ExtendedFieldURI =
      arena.make<t__PathToExtendedFieldType>(set.CalendarItem->ExtendedProperty.front().ExtendedFieldURI);
  updates.updates.SetItemField.push_back(set);
  return update_items(place_.connection, place_.mailbox, std::span(&updates, 1), Mail::none, place_.stop).front();
}

Status SeriesWriting::take(const mapping::ImportItem&) {
  CARAVAN_CHECK(look());
  imported_ = true;
  if (main_) return {};
  Arena arena;
  model::Series series = wanted_;
  series.uid = Uid(mapping::uid_for(wanted_.uid));
  if (plan_.shape.kind == mapping::Shape::Kind::pattern) {
    // The pattern that contains the rule, as it reads, with its surplus excluded: iCalendar's rule would be refused.
    mapping::Subject subject{wanted_, *wanted_.master, &plan_.shape.pattern};
    CARAVAN_TRY(rule, mapping::rule_of(place_.context, arena, subject, standing()));
    series.rules = {rule};
    series.extra_dates.clear();
    series.excluded = plan_.shape.excluded;
    series.excluded.insert(series.excluded.end(), plan_.shape.surplus.begin(), plan_.shape.surplus.end());
    model::normalize(series);
  }
  Draft draft = mapping::draft_main(place_.context, arena, wanted_, plan_.shape, standing());
  CARAVAN_TRY(saved, import(series, std::move(draft), arena));
  main_ = std::move(saved);
  fresh_ = written_ = true;
  return {};
}

Status SeriesWriting::import_part(const EventTime& occurrence) {
  Arena arena;
  model::Series single;
  single.uid = wanted_.uid;
  single.zones = wanted_.zones;
  single.overrides.push_back(mapping::event_at(place_.context, wanted_, occurrence));
  single.overrides.front().recurrence_id = occurrence;
  const Standing own = mapping::standing_of(place_.context, single.overrides.front());
  CARAVAN_TRY(saved, import(single, mapping::draft_part(place_.context, arena, wanted_, occurrence, own), arena));
  parts_[to_string(occurrence)] = std::move(saved);
  return {};
}

Status SeriesWriting::create_parts(const Originals& originals) {
  CARAVAN_CHECK(look());
  Arena arena;
  std::vector<t__CalendarItemType*> items;
  std::vector<std::string> names;
  for (const EventTime& original : originals) {
    const std::string name = to_string(original);
    if (parts_.contains(name)) continue;  // of an earlier attempt
    const model::Event event = mapping::event_at(place_.context, wanted_, original);
    if (mapping::is_foreign(place_.mailbox, event)) {
      CARAVAN_CHECK(import_part(original));
      continue;
    }
    Draft draft =
        mapping::draft_part(place_.context, arena, wanted_, original, mapping::standing_of(place_.context, event));
    CARAVAN_TRY(kept, stored(draft.kept));
    mapping::make_new(arena, draft, mark_, kept);
    items.push_back(draft.item);
    names.push_back(name);
  }
  auto rows = create_items(place_.connection, place_.mailbox, place_.folder, items, Mail::none, place_.stop);
  std::optional<Error> first;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i])
      parts_[names[i]] = *rows[i];
    else if (!first)
      first = rows[i].error();
  }
  written_ = true;
  return first ? Status(*first) : Status();
}

bool SeriesWriting::is_as_wanted(const SeriesState& now, const mapping::Fields& fields) const {
  if (!now.series().master) return false;
  const model::Event &shown = *now.series().master, &wanted = *wanted_.master;
  return std::all_of(fields.begin(), fields.end(), [&](Field field) {
    if (field == Field::attachments || field == Field::organizer) return true;  // not an UpdateItem's
    if (canonical(shown, field) != canonical(wanted, field)) return false;
    return field != Field::schedule ||
           (now.series().rules == wanted_.rules && now.series().extra_dates == wanted_.extra_dates);
  });
}

Status SeriesWriting::update_main(const mapping::Fields& fields, Mail mail) {
  // Where the lists alone change, only those who come and go are told; any other property beside them, ours too, would
  // make it an update for everybody (ews-facts 8.8).
  const bool lists_only = mail != Mail::none && fields == mapping::Fields{Field::attendee};
  const auto ours = lists_only ? mapping::KeptProperty::stays_as_it_is : mapping::KeptProperty::goes_along;
  Arena arena;
  const Draft draft = mapping::draft_main(place_.context, arena, wanted_, plan_.shape, standing());
  CARAVAN_TRY(kept, stored(draft.kept));
  ItemUpdates updates{&*main_, mapping::updates_of(arena, draft, fields, kept, ours)};
  auto rows = update_items(place_.connection, place_.mailbox, std::span(&updates, 1), mail, place_.stop);
  if (!rows.front()) return rows.front().error();
  main_ = *rows.front();
  written_ = true;
  state_.reset();
  return lists_only ? update_main({}, Mail::none) : Status();
}

Status SeriesWriting::take(const mapping::UpdateItem& step) {
  if (imported_) return settle_import(step.fields);
  const bool schedule = std::find(step.fields.begin(), step.fields.end(), Field::schedule) != step.fields.end();
  renewed_ = renewed_ || schedule;
  Status done = update_main(step.fields, mail_for(standing()));
  if (done || done.error().fault != Fault::precondition_failed) return done;
  if (attempt_ == Attempt::first && !written_) return done;
  // Our own write of an earlier attempt has changed the key, or somebody has.
  state_.reset();
  CARAVAN_TRY(now, state());
  if (!is_as_wanted(*now, step.fields)) return done;
  main_ = now->saved();
  result_.exact = false;
  written_ = true;
  return {};
}

/// What an import made of the series is not known beforehand: only what differs is written.
Status SeriesWriting::settle_import(const mapping::Fields& fields) {
  CARAVAN_TRY(now, state());
  if (!now->series().master) return {};
  if (attempt_ == Attempt::again) main_ = now->saved();
  mapping::Fields differing;
  for (const Field field : fields)
    if (canonical(*now->series().master, field) != canonical(*wanted_.master, field)) differing.push_back(field);
  return differing.empty() ? Status() : update_main(differing, Mail::none);
}

Status SeriesWriting::take(const mapping::RenewPattern&) {
  renewed_ = true;
  CARAVAN_TRY(now, state());
  if (now->saved().change_key != main_->change_key) {
    if (attempt_ == Attempt::first && !written_) return changed_meanwhile(place_.mailbox, "The series");
    // An earlier attempt may have got as far as here, or to the end.
    main_ = now->saved();
    result_.exact = false;
    written_ = true;
    if (!now->is_recurring()) return {};
    const bool back = std::none_of(before_->excluded.begin(), before_->excluded.end(), [&](const EventTime& time) {
      const bool stays = std::find(wanted_.excluded.begin(), wanted_.excluded.end(), time) != wanted_.excluded.end();
      return !stays && now->is_deleted(time);
    });
    return back ? Status() : Status(changed_meanwhile(place_.mailbox, "The series"));
  }
  Arena arena;
  t__DeleteItemFieldType gone;
  gone.FieldURI = arena.make<t__PathToUnindexedFieldType>();
  gone.FieldURI->FieldURI = "calendar:Recurrence";
  ItemUpdates updates{&*main_, {}};
  updates.updates.DeleteItemField.push_back(gone);
  auto rows = update_items(place_.connection, place_.mailbox, std::span(&updates, 1), Mail::none, place_.stop);
  if (!rows.front()) return rows.front().error();
  main_ = *rows.front();
  written_ = true;
  state_.reset();
  return {};
}

/// DeleteItem knows no condition, so the key is compared just before.
Status SeriesWriting::remove(const Saved& saved, Mail mail) {
  auto keys = get_keys(place_.connection, place_.mailbox, std::span(&saved.item, 1), place_.stop);
  if (!keys.front()) return keys.front().error().fault == Fault::not_found ? Status() : Status(keys.front().error());
  if (keys.front()->saved.change_key != saved.change_key) return changed_meanwhile(place_.mailbox, "An item");
  const Saved* item = &saved;
  Status done = delete_items(place_.connection, place_.mailbox, std::span(&item, 1), mail, place_.stop).front();
  if (!done && done.error().fault == Fault::not_found) return {};
  return done;
}

Status SeriesWriting::take(const mapping::DeleteItem&) {
  if (!main_) return {};
  CARAVAN_CHECK(remove(*main_, Mail::none));  // its occurrences stay, as items of their own: nobody is told
  main_.reset();
  return {};
}

Status SeriesWriting::take(const mapping::DeletePart& step) {
  const std::string name = to_string(step.occurrence);
  const auto found = parts_.find(name);
  if (found == parts_.end()) return {};
  CARAVAN_CHECK(remove(found->second, Mail::none));
  parts_.erase(found);
  return {};
}

Status SeriesWriting::take(const mapping::UpdatePart& step) {
  const auto found = parts_.find(to_string(step.occurrence));
  if (found == parts_.end()) return make_error(Fault::not_found, "A part of the series is not on Exchange.");
  Saved& saved = found->second;
  Arena arena;
  const model::Event event = mapping::event_at(place_.context, wanted_, step.occurrence);
  const Draft draft =
      mapping::draft_part(place_.context, arena, wanted_, step.occurrence, mapping::standing_of(place_.context, event));
  CARAVAN_TRY(kept, stored(draft.kept));
  ItemUpdates updates{&saved, mapping::updates_of(arena, draft, step.fields, kept)};
  auto rows =
      update_items(place_.connection, place_.mailbox, std::span(&updates, 1), mail_for(draft.standing), place_.stop);
  if (rows.front()) {
    saved = *rows.front();
    return {};
  }
  Error error = rows.front().error();
  if (error.fault != Fault::precondition_failed || attempt_ == Attempt::first) return error;
  auto fetched = get_series(place_.connection, place_.mailbox, std::span(&saved.item, 1), place_.stop);
  if (!fetched.front().second || fetched.front().second->series.overrides.empty()) return error;
  const model::Event& now = fetched.front().second->series.overrides.front();
  for (const Field field : step.fields)
    if (field != Field::attachments && canonical(now, field) != canonical(event, field)) return error;
  saved = {fetched.front().second->item, fetched.front().second->change_key};
  result_.exact = false;
  return {};
}

/// Consecutive steps of one kind go together where Exchange takes them in one request.
Status SeriesWriting::take_group(std::size_t& at) {
  const auto& steps = plan_.steps;
  const auto originals = [&]<class Step>(const Step&) {
    Originals out;
    for (; at < steps.size() && std::holds_alternative<Step>(steps[at]); ++at)
      out.push_back(std::get<Step>(steps[at]).occurrence);
    return out;
  };
  if (const auto* step = std::get_if<mapping::DeleteOccurrence>(&steps[at]))
    return delete_occurrences(originals(*step));
  if (const auto* step = std::get_if<mapping::CreatePart>(&steps[at])) return create_parts(originals(*step));
  if (std::holds_alternative<mapping::UpdateOccurrence>(steps[at])) {
    std::vector<mapping::UpdateOccurrence> group;
    for (; at < steps.size() && std::holds_alternative<mapping::UpdateOccurrence>(steps[at]); ++at)
      group.push_back(std::get<mapping::UpdateOccurrence>(steps[at]));
    return update_occurrences(group);
  }
  return std::visit(
      [&](const auto& step) -> Status {
        using Step = std::decay_t<decltype(step)>;
        ++at;
        if constexpr (std::is_same_v<Step, mapping::DeleteOccurrence> ||
                      std::is_same_v<Step, mapping::UpdateOccurrence> || std::is_same_v<Step, mapping::CreatePart>)
          return {};  // taken above
        else
          return take(step);
      },
      steps[at]);
}

/// Guests are told last, of the whole: otherwise the invitation would lack the attachments, or go twice
/// (ews-facts 8.8).
Status SeriesWriting::tell_guests() {
  const bool creation = before_ == nullptr && plan_.steps.size() > 1 && main_ && !result_.gone;
  if (!creation || mail_for(standing()) == Mail::none) return {};
  CARAVAN_TRY(now, state());
  main_ = now->saved();
  return update_main({}, place_.options.mail);
}

Status SeriesWriting::finish(Written& written) {
  if (main_ && !result_.gone && !result_.exact) {
    auto keys = get_keys(place_.connection, place_.mailbox, std::span(&main_->item, 1), place_.stop);
    if (!keys.front()) return keys.front().error();
    main_ = keys.front()->saved;
  }
  if (main_ && !result_.gone) written.parts.push_back({{}, main_->item, main_->change_key});
  for (const auto& [occurrence, saved] : parts_) written.parts.push_back({occurrence, saved.item, saved.change_key});
  return {};
}

Result<Written> SeriesWriting::run() {
  if (failed_) return *failed_;
  for (std::size_t at = 0; at < plan_.steps.size() && !result_.gone;) CARAVAN_CHECK(take_group(at));
  CARAVAN_CHECK(tell_guests());
  CARAVAN_CHECK(finish(result_));
  return std::move(result_);
}

}  // namespace caravan::ews
