// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "ews/mapping/attachment.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

using model::Change;
using model::Delta;
using model::Event;
using model::EventTime;
using model::Field;
using model::Series;

constexpr auto kYear = std::chrono::hours(24 * 365);

const Fields& all_fields() {
  static const Fields fields = [] {
    Fields out(model::kEventFields.begin(), model::kEventFields.end());
    out.push_back(Field::attendee);
    std::sort(out.begin(), out.end());
    return out;
  }();
  return fields;
}

/// What one event has other than another one.
Fields differing(const Event& from, const Event& to) {
  Fields out;
  for (const Field field : all_fields())
    if (canonical(from, field) != canonical(to, field)) out.push_back(field);
  return out;
}

const Event* override_at(const Series& series, const EventTime& occurrence) {
  for (const Event& event : series.overrides)
    if (event.recurrence_id == occurrence) return &event;
  return nullptr;
}

bool contains(const std::vector<EventTime>& list, const EventTime& time) {
  return std::find(list.begin(), list.end(), time) != list.end();
}

bool has(const Fields& fields, Field field) { return std::find(fields.begin(), fields.end(), field) != fields.end(); }

const model::Attendee* me_in(const WriteContext& context, const Event& event) {
  for (const auto& person : event.attendees)
    if (is_own(context.mailbox, person.address)) return &person;
  return nullptr;
}

/// The master at an occurrence, whatever its override says.
Event plain_at(const WriteContext& context, const Series& series, const EventTime& occurrence) {
  Series without;
  without.master = series.master;
  without.zones = series.zones;
  return event_at(context, without, occurrence);
}

bool same_file(const model::Attachment& one, const model::Attachment& other) {
  if (stored_name(one) != stored_name(other)) return false;
  if (!one.content.empty() && !other.content.empty()) return one.content == other.content;
  return one.size == other.size;
}

bool lacks(const std::vector<model::Attachment>& list, const model::Attachment& file) {
  return std::none_of(list.begin(), list.end(),
                      [&](const auto& each) { return each.uri.empty() && same_file(each, file); });
}

void plan_detach(const std::optional<EventTime>& where, const std::vector<model::Attachment>& before,
                 const std::vector<model::Attachment>& wanted, WritePlan& plan) {
  for (const auto& file : before)
    if (file.uri.empty() && lacks(wanted, file)) plan.steps.push_back(Detach{where, file});
}

void plan_attach(const std::optional<EventTime>& where, const std::vector<model::Attachment>& before,
                 const std::vector<model::Attachment>& wanted, WritePlan& plan) {
  for (const auto& file : wanted)
    if (file.uri.empty() && lacks(before, file)) plan.steps.push_back(Attach{where, file});
}

/// Links stand in our property; only files are attached.
void plan_files(const std::optional<EventTime>& where, const std::vector<model::Attachment>& before,
                const std::vector<model::Attachment>& wanted, WritePlan& plan) {
  plan_detach(where, before, wanted, plan);
  plan_attach(where, before, wanted, plan);
}

/// Exchange refuses an occurrence that passes its neighbour (ews-facts 6.6): what moves later goes last to first, then
/// what moves earlier first to last.
std::vector<const Event*> in_moving_order(const std::vector<Event>& overrides) {
  std::vector<const Event*> later, earlier;
  for (const Event& event : overrides)
    if (event.recurrence_id)
      (event.start.instant() > event.recurrence_id->instant() ? later : earlier).push_back(&event);
  std::reverse(later.begin(), later.end());
  later.insert(later.end(), earlier.begin(), earlier.end());
  return later;
}

void plan_exclusions(const Shape& shape, WritePlan& plan) {
  for (const auto* list : {&shape.surplus, &shape.excluded})
    for (const EventTime& time : *list) plan.steps.push_back(DeleteOccurrence{time});
}

/// All overrides, as after a new pattern. Only what differs from the master is written.
void plan_overrides(const WriteContext& context, const Series& series, WritePlan& plan) {
  for (const Event* event : in_moving_order(series.overrides)) {
    const Event plain = plain_at(context, series, *event->recurrence_id);
    plan.steps.push_back(UpdateOccurrence{*event->recurrence_id, differing(plain, *event)});
    // Whether a changed occurrence takes the master's files over is the server's affair: say all, and name by name.
    std::vector<model::Attachment> by_name = plain.attachments;
    for (auto& file : by_name) file.source_id.clear();
    plan_detach(event->recurrence_id, by_name, event->attachments, plan);
    plan_attach(event->recurrence_id, {}, event->attachments, plan);
  }
}

/// Occurrences of the series that start in the window, in order.
Result<std::vector<EventTime>> occurrences_in(const WriteContext& context, const Series& series, const Window& window) {
  if (!series.master) {
    std::vector<EventTime> out;
    for (const Event& event : series.overrides)
      if (event.recurrence_id) out.push_back(*event.recurrence_id);
    return out;
  }
  auto out = context.expand(series, window.from, window.until, kMostParts + 1);
  if (out.size() > kMostParts)
    return make_error(Fault::unsupported,
                      "Exchange can't hold this series' recurrence, and it is more than " + std::to_string(kMostParts) +
                          " single entries in three years.",
                      "RecurrenceNotHeld", "Change the rule in the calendar program.");
  return out;
}

void plan_part(const WriteContext& context, const Series& series, const EventTime& occurrence, WritePlan& plan) {
  plan.steps.push_back(CreatePart{occurrence});
  const Event* own = override_at(series, occurrence);
  if (own != nullptr) plan_files(occurrence, {}, own->attachments, plan);
  if (own == nullptr && std::any_of(series.master->attachments.begin(), series.master->attachments.end(),
                                    [](const auto& file) { return file.uri.empty(); }))
    plan.losses.push_back(
        {model::LossReason::attachment_skipped, to_string(occurrence), "an entry of a series held as single entries"});
  if (own != nullptr && is_foreign(context.mailbox, *own))
    if (const auto* me = me_in(context, *own); me != nullptr && me->participation != model::Participation::needs_action)
      plan.steps.push_back(Respond{occurrence, me->participation});
}

Status plan_parts(const WriteContext& context, const Series& series, WritePlan& plan) {
  const Window window = window_at(context.now.value_or(Instant{}));
  CARAVAN_TRY(occurrences, occurrences_in(context, series, window));
  for (const EventTime& occurrence : occurrences) plan_part(context, series, occurrence, plan);
  return {};
}

/// A decline takes the item away (ews-facts 8.5): a copy that is to stay is imported with its answer, not answered.
bool can_be_answered(const model::Attendee* me) {
  return me != nullptr &&
         (me->participation == model::Participation::accepted || me->participation == model::Participation::tentative);
}

/// What an attendee's copy says besides when it is and who is there.
Fields imported_fields() {
  Fields out = all_fields();
  for (const Field field : {Field::schedule, Field::organizer, Field::attendee, Field::attachments})
    std::erase(out, field);
  return out;
}

void plan_import(const WriteContext& context, const Series& series, WritePlan& plan) {
  plan.steps.push_back(ImportItem{});
  const auto* me = me_in(context, *series.master);
  if (can_be_answered(me)) plan.steps.push_back(Respond{std::nullopt, me->participation});
  // What iCalendar did not bring over as it is wanted, and the busy status, which an answer changes.
  plan.steps.push_back(UpdateItem{imported_fields()});
  plan_files(std::nullopt, {}, series.master->attachments, plan);
  for (const Event& event : series.overrides) {
    const EventTime& occurrence = *event.recurrence_id;
    const auto* answer = me_in(context, event);
    if (can_be_answered(answer) && (me == nullptr || me->participation != answer->participation))
      plan.steps.push_back(Respond{occurrence, answer->participation});
    Fields fields = differing(plain_at(context, series, occurrence), event);
    if (!has(fields, Field::busy)) fields.push_back(Field::busy);  // an answer changes it
    std::sort(fields.begin(), fields.end());
    plan.steps.push_back(UpdateOccurrence{occurrence, fields});
    plan_files(occurrence, {}, event.attachments, plan);
  }
}

/// The difference of two states of a series with one item, sorted by what it concerns.
class Update {
 public:
  Update(const WriteContext& context, const Series& before, const Series& wanted, Shape old_shape, WritePlan& plan)
      : context_(context), before_(before), wanted_(wanted), old_shape_(std::move(old_shape)), plan_(plan) {
    for (const Change& change : model::difference(before, wanted))
      if (change.occurrence.empty() && change.field != Field::excluded && !has(fields_, change.field))
        fields_.push_back(change.field);
    std::sort(fields_.begin(), fields_.end());
  }

  Status run() {
    if (comes_back() && plan_.shape.as_it_stands)
      return make_error(Fault::unsupported,
                        "Exchange does not give back a deleted occurrence of a series that it holds in this form.",
                        "OccurrenceIsGone", "Add the occurrence as an entry of its own.");
    respond();
    const bool renewed = has(fields_, Field::schedule) || comes_back();
    if (comes_back() && same_pattern()) plan_.steps.push_back(RenewPattern{});
    if (renewed && !has(fields_, Field::schedule)) fields_.push_back(Field::schedule);
    std::sort(fields_.begin(), fields_.end());
    if (!fields_.empty() || old_shape_.off != plan_.shape.off || old_shape_.surplus != plan_.shape.surplus)
      plan_.steps.push_back(UpdateItem{fields_});
    plan_files(std::nullopt, before_.master->attachments, wanted_.master->attachments, plan_);
    if (renewed) {
      plan_exclusions(plan_.shape, plan_);
      plan_overrides(context_, wanted_, plan_);
    } else {
      exclusions();
      overrides();
    }
    return {};
  }

 private:
  void respond() {
    const auto *was = me_in(context_, *before_.master), *is = me_in(context_, *wanted_.master);
    if (is == nullptr || !is_foreign(context_.mailbox, *wanted_.master)) return;
    if (was == nullptr || was->participation != is->participation)
      plan_.steps.push_back(Respond{std::nullopt, is->participation});
  }

  /// Whether an occurrence that Exchange has deleted shall be there again.
  bool comes_back() const {
    for (const auto* list : {&old_shape_.surplus, &old_shape_.excluded})
      for (const EventTime& time : *list)
        if (!contains(plan_.shape.surplus, time) && !contains(plan_.shape.excluded, time)) return true;
    return false;
  }

  /// Setting what stands there already renews nothing.
  bool same_pattern() const {
    return old_shape_.kind == plan_.shape.kind && old_shape_.pattern == plan_.shape.pattern &&
           canonical(*before_.master, Field::schedule) == canonical(*wanted_.master, Field::schedule);
  }

  void exclusions() {
    for (const auto* list : {&plan_.shape.surplus, &plan_.shape.excluded})
      for (const EventTime& time : *list)
        if (!contains(old_shape_.surplus, time) && !contains(old_shape_.excluded, time))
          plan_.steps.push_back(DeleteOccurrence{time});
  }

  /// Fields of the master that its occurrences may have taken over, though their overrides say otherwise.
  Fields inherited() const {
    Fields out = fields_;
    std::erase(out, Field::schedule);
    std::erase(out, Field::attachments);
    std::erase(out, Field::organizer);
    return out;
  }

  void overrides() {
    for (const Event* event : in_moving_order(wanted_.overrides)) {
      const EventTime& occurrence = *event->recurrence_id;
      const Event* was = override_at(before_, occurrence);
      const Event plain = was == nullptr ? plain_at(context_, wanted_, occurrence) : Event{};
      const Event& from = was == nullptr ? plain : *was;
      Fields fields = differing(from, *event);
      const bool own = !fields.empty() || was == nullptr;
      for (const Field field : inherited())
        if (!has(fields, field)) fields.push_back(field);
      std::sort(fields.begin(), fields.end());
      answer(occurrence, from, *event);
      if (own || !inherited().empty()) plan_.steps.push_back(UpdateOccurrence{occurrence, fields});
      plan_files(occurrence, from.attachments, event->attachments, plan_);
    }
    for (const Event& event : before_.overrides) {
      const EventTime& occurrence = *event.recurrence_id;
      if (override_at(wanted_, occurrence) != nullptr || contains(plan_.shape.excluded, occurrence)) continue;
      const Event plain = plain_at(context_, wanted_, occurrence);
      plan_.steps.push_back(UpdateOccurrence{occurrence, differing(event, plain)});
      plan_files(occurrence, event.attachments, plain.attachments, plan_);
    }
  }

  void answer(const EventTime& occurrence, const Event& before, const Event& wanted) {
    if (!is_foreign(context_.mailbox, wanted)) return;
    const auto *was = me_in(context_, before), *is = me_in(context_, wanted);
    if (is != nullptr && (was == nullptr || was->participation != is->participation))
      plan_.steps.push_back(Respond{occurrence, is->participation});
  }

  const WriteContext& context_;
  const Series& before_;
  const Series& wanted_;
  const Shape old_shape_;
  WritePlan& plan_;
  Fields fields_;
};

/// From parts to parts: each occurrence by itself.
Status update_parts(const WriteContext& context, const Series& before, const Series& wanted,
                    std::span<const EventTime> held, WritePlan& plan) {
  Window window = window_at(context.now.value_or(Instant{}));
  for (const EventTime& time : held) {
    window.from = std::min(window.from, time.instant() - std::chrono::hours(24));
    window.until = std::max(window.until, time.instant() + std::chrono::hours(24));
  }
  CARAVAN_TRY(occurrences, occurrences_in(context, wanted, window));
  const Window due = window_at(context.now.value_or(Instant{}));
  for (const EventTime& occurrence : occurrences) {
    if (std::find(held.begin(), held.end(), occurrence) == held.end()) {
      const bool is_due = !wanted.master || (occurrence.instant() >= due.from && occurrence.instant() < due.until);
      if (is_due) plan_part(context, wanted, occurrence, plan);
      continue;
    }
    const Event from = event_at(context, before, occurrence), to = event_at(context, wanted, occurrence);
    const Fields fields = differing(from, to);
    const auto *was = me_in(context, from), *is = me_in(context, to);
    if (is != nullptr && is_foreign(context.mailbox, to) &&
        (was == nullptr || was->participation != is->participation)) {
      plan.steps.push_back(Respond{occurrence, is->participation});
      if (is->participation == model::Participation::declined) continue;  // it takes the item away
    }
    if (!fields.empty()) plan.steps.push_back(UpdatePart{occurrence, fields});
    plan_files(occurrence, from.attachments, to.attachments, plan);
  }
  for (const EventTime& time : held)
    if (!contains(occurrences, time)) plan.steps.push_back(DeletePart{time});
  return {};
}

std::string fields_text(const Fields& fields) {
  std::vector<std::string> names;
  for (const Field field : fields) names.emplace_back(to_string(field));
  return text::join(names, ", ");
}

std::string place_text(const std::optional<EventTime>& occurrence) {
  return occurrence ? " at " + to_string(*occurrence) : std::string();
}

struct StepText {
  std::string operator()(const CreateItem&) const { return "create item"; }
  std::string operator()(const ImportItem&) const { return "import item"; }
  std::string operator()(const UpdateItem& step) const { return "update item: " + fields_text(step.fields); }
  std::string operator()(const RenewPattern&) const { return "renew pattern"; }
  std::string operator()(const DeleteItem&) const { return "delete item"; }
  std::string operator()(const DeleteOccurrence& step) const {
    return "delete occurrence " + to_string(step.occurrence);
  }
  std::string operator()(const UpdateOccurrence& step) const {
    return "update occurrence " + to_string(step.occurrence) + ": " + fields_text(step.fields);
  }
  std::string operator()(const CreatePart& step) const { return "create part " + to_string(step.occurrence); }
  std::string operator()(const UpdatePart& step) const {
    return "update part " + to_string(step.occurrence) + ": " + fields_text(step.fields);
  }
  std::string operator()(const DeletePart& step) const { return "delete part " + to_string(step.occurrence); }
  std::string operator()(const Attach& step) const { return "attach" + place_text(step.occurrence); }
  std::string operator()(const Detach& step) const { return "detach" + place_text(step.occurrence); }
  std::string operator()(const Respond& step) const {
    return "respond" + place_text(step.occurrence) + ": " + std::string(to_string(step.answer));
  }
};

}  // namespace

std::string to_string(const Step& step) { return std::visit(StepText{}, step); }

Window window_at(Instant now) { return {now - kYear, now + 2 * kYear}; }

Result<WritePlan> plan_create(const WriteContext& context, const Series& series) {
  WritePlan plan;
  CARAVAN_TRY(shape, shape_of(context, series));
  plan.shape = std::move(shape);
  if (plan.shape.kind == Shape::Kind::parts) {
    CARAVAN_CHECK(plan_parts(context, series, plan));
  } else if (is_foreign(context.mailbox, *series.master)) {
    plan_import(context, series, plan);
  } else {
    plan.steps.push_back(CreateItem{});
    plan_files(std::nullopt, {}, series.master->attachments, plan);
    plan_exclusions(plan.shape, plan);
    plan_overrides(context, series, plan);
  }
  return plan;
}

namespace {

/// The shape of a series that Exchange holds as one item: it need not be one that we would choose.
Shape shape_held(const WriteContext& context, const Series& series) {
  Result<Shape> shape = shape_of(context, series);
  if (shape && shape->kind != Shape::Kind::parts) return std::move(*shape);
  Shape out;
  out.kind = series.recurring() ? Shape::Kind::pattern : Shape::Kind::single;
  out.excluded = series.excluded;
  out.as_it_stands = true;
  return out;
}

/// Whether the change can make of a series one that Exchange can't hold.
bool changes_days(const Series& before, const Series& wanted) {
  const Delta delta = model::difference(before, wanted);
  return std::any_of(delta.begin(), delta.end(), [](const Change& change) {
    return change.field == Field::schedule || change.field == Field::presence;
  });
}

}  // namespace

Result<WritePlan> plan_update(const WriteContext& context, const Series& before, const Series& wanted,
                              std::span<const EventTime> held) {
  WritePlan plan;
  if (held.empty() && before.master && !changes_days(before, wanted)) {
    plan.shape = shape_held(context, wanted);
    CARAVAN_CHECK(Update(context, before, wanted, shape_held(context, before), plan).run());
    return plan;
  }
  CARAVAN_TRY(shape, shape_of(context, wanted));
  plan.shape = std::move(shape);
  const bool to_parts = plan.shape.kind == Shape::Kind::parts;
  if (!held.empty() || !before.master) {
    if (to_parts) {
      CARAVAN_CHECK(update_parts(context, before, wanted, held, plan));
      return plan;
    }
    CARAVAN_TRY(whole, plan_create(context, wanted));
    for (const EventTime& time : held) whole.steps.push_back(DeletePart{time});
    return whole;
  }
  if (to_parts) {
    CARAVAN_CHECK(plan_parts(context, wanted, plan));
    plan.steps.push_back(DeleteItem{});
    return plan;
  }
  CARAVAN_CHECK(Update(context, before, wanted, shape_held(context, before), plan).run());
  return plan;
}

Series fold(const WriteContext& context, const Series& agreed, std::span<const EventTime> held,
            std::span<const Series> parts) {
  Series out = agreed;
  std::set<EventTime> seen;
  for (const Series& part : parts) {
    if (part.overrides.size() != 1 || !part.overrides.front().recurrence_id) continue;
    const Event& event = part.overrides.front();
    const EventTime& occurrence = *event.recurrence_id;
    seen.insert(occurrence);
    for (const auto& zone : part.zones) out.zones.push_back(zone);
    Event was = agreed.master ? event_at(context, agreed, occurrence) : Event{};
    if (agreed.master && differing(was, event).empty()) continue;
    std::erase_if(out.overrides, [&](const Event& each) { return each.recurrence_id == occurrence; });
    std::erase(out.excluded, occurrence);
    out.overrides.push_back(event);
  }
  for (const EventTime& time : held) {
    if (seen.contains(time)) continue;
    std::erase_if(out.overrides, [&](const Event& each) { return each.recurrence_id == time; });
    if (agreed.master && !contains(out.excluded, time)) out.excluded.push_back(time);
  }
  model::normalize(out);
  return out;
}

}  // namespace caravan::ews::mapping
