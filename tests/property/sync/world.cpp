// SPDX-License-Identifier: GPL-3.0-or-later
#include "property/sync/world.hpp"

#include <algorithm>
#include <array>

#include "sync/equal_across.hpp"
#include "sync/meeting.hpp"
#include "sync/merge.hpp"
#include "unit/sync/builders.hpp"

namespace caravan::sync::test {
namespace {

constexpr const char* kBoss = "boss@example.org";
constexpr const char* kAlias = "ally@example.org";

/// What Exchange keeps of what it gets.
model::Event as_exchange_keeps(model::Event event) {
  const model::Alarm* alarm = projected_alarm(event);
  std::vector<model::Alarm> kept;
  if (alarm != nullptr) {
    model::Alarm plain;
    plain.offset_seconds = -60 * minutes_before(event, *alarm);
    kept.push_back(plain);
  }
  event.alarms = kept;
  event.extra.clear();
  switch (model::importance_of(event.priority)) {
    case model::Importance::low:
      event.priority = 9;
      break;
    case model::Importance::normal:
      event.priority = 0;
      break;
    case model::Importance::high:
      event.priority = 1;
      break;
  }
  if (event.status == model::EventStatus::confirmed) event.status = model::EventStatus::none;
  for (auto& attendee : event.attendees)
    if (attendee.role == model::Role::chair) attendee.role = model::Role::required;
  if (!event.description.empty() && event.description.back() != '\n') event.description += "\n";
  return event;
}

/// Exchange takes no answer by an import or an update (ews-facts 8.6): of a new item there is none, else the old ones
/// stay.
model::Series without_answers(model::Series series, const model::Series* seen) {
  const auto reset = [&](model::Event& event, model::Event before) {
    auto* line = line_of_mine(event);
    const auto* old_line = line_of_mine(before);
    if (line != nullptr)
      line->participation = old_line != nullptr ? old_line->participation : model::Participation::needs_action;
  };
  const bool known = seen != nullptr && seen->master;
  if (series.master) reset(*series.master, known ? *seen->master : model::Event{});
  for (auto& event : series.overrides) {
    const auto* before = known ? find_override(*seen, to_string(*event.recurrence_id)) : nullptr;
    reset(event, before != nullptr ? *before : known ? *seen->master : model::Event{});
  }
  return series;
}

const model::Series* series_of(const std::optional<Copy>& copy) { return copy ? &copy->series : nullptr; }

/// The answer that stands where this one is to be given.
model::Participation own_answer_to(const model::Series& series, const Respond& respond) {
  const auto* override = find_override(series, respond.occurrence);
  model::Event event = override != nullptr ? *override : *series.master;
  const auto* line = line_of_mine(event);
  return line == nullptr ? model::Participation::needs_action : line->participation;
}

/// When the occurrence is that a recurrence id names; nothing where the series has none such.
std::optional<model::EventTime> time_of(const model::Series& series, const std::string& id) {
  if (const auto* event = find_override(series, id)) return event->recurrence_id;
  for (int week = 1; week <= 3; ++week)
    if (series.master && to_string(in_week(series, week)) == id) return in_week(series, week);
  return std::nullopt;
}
bool occurs(const model::Series& series, const std::string& id) { return id.empty() || time_of(series, id); }

Send mail_of(const Action& action) {
  return std::visit(
      [](const auto& each) {
        if constexpr (requires { each.send; })
          return each.send;
        else
          return Send::none;
      },
      action);
}

/// Why an update of somebody else's meeting on Exchange is none of ours to make; empty where it is.
std::string overreach(const Update& update, const model::Series& seen) {
  for (const auto& unit : update.changes) {
    switch (unit.field) {
      case model::Field::schedule:
      case model::Field::summary:
      case model::Field::body:
      case model::Field::location:
      case model::Field::status:
      case model::Field::link:
      case model::Field::organizer:
      case model::Field::attachments:
        return "wrote the organizer's " + std::string(to_string(unit.field)) + " to Exchange";
      case model::Field::attendee:
        return "wrote an attendee of somebody else's meeting to Exchange";
      case model::Field::presence: {
        const auto* made = find_override(update.series, unit.occurrence);
        const bool brought_back = excludes(seen, unit.occurrence);
        if (made != nullptr && !brought_back && find_override(seen, unit.occurrence) == nullptr &&
            (made->summary != seen.master->summary || made->start != *made->recurrence_id))
          return "wrote an occurrence of its own to somebody else's meeting";
        break;
      }
      case model::Field::excluded:
      case model::Field::busy:
      case model::Field::sensitivity:
      case model::Field::priority:
      case model::Field::categories:
      case model::Field::alarms:
      case model::Field::extra:
        break;
    }
  }
  return {};
}

/// Whether mail may go out at all with this action, and to whom; `seen` is what stands where it goes, or the other
/// copy.
std::string wrong_mail(const Action& action, const model::Series& seen, const Policy& policy) {
  const Send send = mail_of(action);
  if (send == Send::none) return {};
  const Side side = target_of(action).value_or(Side::exchange);
  if (policy.one_way || policy.scheduling == Scheduling::none) return "sent mail although nobody may";
  if ((policy.scheduling == Scheduling::exchange) != (side == Side::exchange)) return "the wrong side sent mail";
  const auto* update = std::get_if<Update>(&action);
  const bool meeting = seen.master->organizer || (update != nullptr && update->series.master->organizer);
  if (!meeting) return "sent mail about an appointment";
  if (is_the_bosses(seen) != (send == Send::organizer)) return "sent mail to the wrong people";
  const bool own_business = update != nullptr && !is_the_bosses(seen) &&
                            std::all_of(update->changes.begin(), update->changes.end(), [](const model::Change& unit) {
                              return unit.field == model::Field::categories || unit.field == model::Field::alarms ||
                                     unit.field == model::Field::busy || unit.field == model::Field::extra;
                            });
  return own_business ? "told guests of the owner's own business" : std::string();
}

}  // namespace

std::optional<Side> target_of(const Action& action) {
  if (const auto* create = std::get_if<Create>(&action)) return create->target;
  if (const auto* update = std::get_if<Update>(&action)) return update->target;
  if (const auto* removal = std::get_if<Delete>(&action)) return removal->target;
  if (std::holds_alternative<Respond>(action) || std::holds_alternative<Cancel>(action)) return Side::exchange;
  return std::nullopt;
}

std::string words_in(const model::Event& event) {
  std::string out =
      event.summary + '\n' + event.location + '\n' + event.description + '\n' + to_string(event.start) + '\n';
  for (const auto& category : event.categories) out += category + '\n';
  for (const auto& attendee : event.attendees) out += attendee.address + '\n';
  return out;
}
std::string words_in(const model::Series& series) {
  std::string out = series.master ? words_in(*series.master) : std::string();
  for (const auto& event : series.overrides) out += words_in(event);
  for (const auto& time : series.excluded) out += "x" + to_string(time) + '\n';
  return out;
}

model::EventTime in_week(const model::Series& series, int week) {
  model::EventTime time = series.master->start;
  time.wall = model::from_seconds(to_seconds(time.wall) + week * 7 * 86400);
  return model::at_wall(zones(), time.zone, time.wall);
}

bool is_the_bosses(const model::Series& series) {
  return series.master && series.master->organizer && series.master->organizer->address == kBoss;
}

model::Attendee* line_of_mine(model::Event& event) {
  for (auto& attendee : event.attendees)
    if (attendee.address == kMe || attendee.address == kAlias) return &attendee;
  return nullptr;
}

std::optional<model::Participation> answer_in(const model::Series& series, int week) {
  if (!series.master) return std::nullopt;
  model::Event event = *series.master;
  if (week > 0) {
    const std::string key = to_string(in_week(series, week));
    if (excludes(series, key)) return std::nullopt;
    if (const auto* override = find_override(series, key)) event = *override;
  }
  const auto* line = line_of_mine(event);
  return line == nullptr ? model::Participation::needs_action : line->participation;
}

std::ostream& operator<<(std::ostream& out, const Step& step) {
  static constexpr const char* kNames[] = {"edit_title",
                                           "edit_place",
                                           "edit_body",
                                           "edit_categories",
                                           "edit_alarm",
                                           "edit_priority",
                                           "edit_extra",
                                           "add_attendee",
                                           "remove_attendee",
                                           "edit_override",
                                           "mark_occurrence",
                                           "exclude",
                                           "include",
                                           "move_series",
                                           "change_pattern",
                                           "answer",
                                           "answer_occurrence",
                                           "guest_answers",
                                           "call_off",
                                           "call_off_occurrence",
                                           "organizer_updates",
                                           "delete_series",
                                           "create_series",
                                           "wait",
                                           "pass",
                                           "pass_exchange_unknown",
                                           "pass_caldav_unknown",
                                           "pass_crashes",
                                           "pass_is_raced"};
  return out << kNames[static_cast<int>(step.what)] << (step.side == Side::exchange ? " exchange " : " caldav ")
             << step.detail;
}

World::World(Policy policy, Scene scene, bool recurring, bool alias_names) : policy_(std::move(policy)) {
  model::Series series = recurring ? weekly() : single();
  if (scene == Scene::organizer) {
    series.master->organizer = model::Organizer{kMe, "", {}};
    series = with_attendee(series, "bob@example.org");
  } else if (scene != Scene::appointment) {
    series.master->organizer = model::Organizer{kBoss, "", {}};
    series = with_attendee(series, kMe);
    series.master->attendees.front().rsvp = true;
  }
  if (scene == Scene::room) policy_.mailbox_kind = MailboxKind::room;
  store(Side::exchange, series);
  if (!alias_names) return;
  // The same under another name of the zone, and inviting another address of the owner.
  series = in_zone_named(series, "Europe/Vienna");
  if (auto* line = line_of_mine(*series.master)) line->address = kAlias;
  store(Side::caldav, series);
  pass();
}

void World::store(Side side, model::Series series) {
  if (side == Side::exchange) {
    if (series.master) series.master = as_exchange_keeps(*series.master);
    for (auto& event : series.overrides) event = as_exchange_keeps(event);
  } else if (series.master) {
    std::erase_if(series.master->extra, [](const auto& property) { return property.name == "X-STORED"; });
    series.master->extra.push_back({"X-STORED", {}, std::to_string(version_)});
  }
  normalize(series);
  at(side).copy = copy_of(std::move(series), "v" + std::to_string(++version_), minute_);
  at(side).copy->ours = true;
}

Observed World::observe(Side side) const {
  const auto& copy = side == Side::exchange ? exchange_.copy : caldav_.copy;
  if (copy) return *copy;
  return Absent{side == Side::exchange && declined_there_};
}

void World::take(const Step& step) {
  switch (step.what) {
    case Step::What::wait:
      minute_ += 1 + std::abs(step.detail) % 5;
      return;
    case Step::What::pass:
      pass();
      return;
    case Step::What::pass_exchange_unknown:
      run(Unknown{"silent", step.detail % 2 == 0}, observe(Side::caldav), Crash::never, nullptr);
      return;
    case Step::What::pass_caldav_unknown:
      run(observe(Side::exchange), Unknown{"silent", step.detail % 2 == 0}, Crash::never, nullptr);
      return;
    case Step::What::pass_crashes:
      run(observe(Side::exchange), observe(Side::caldav), static_cast<Crash>(1 + std::abs(step.detail) % 3), nullptr);
      return;
    case Step::What::pass_is_raced: {
      static constexpr std::array kRaces = {Step::What::edit_title, Step::What::edit_place, Step::What::edit_body,
                                            Step::What::edit_categories, Step::What::answer};
      Step race = step;
      race.what = kRaces[static_cast<std::size_t>(std::abs(step.detail)) % kRaces.size()];
      run(observe(Side::exchange), observe(Side::caldav), Crash::never, &race);
      return;
    }
    case Step::What::edit_title:
    case Step::What::edit_place:
    case Step::What::edit_body:
    case Step::What::edit_categories:
    case Step::What::edit_alarm:
    case Step::What::edit_priority:
    case Step::What::edit_extra:
    case Step::What::add_attendee:
    case Step::What::remove_attendee:
    case Step::What::edit_override:
    case Step::What::mark_occurrence:
    case Step::What::exclude:
    case Step::What::include:
    case Step::What::move_series:
    case Step::What::change_pattern:
    case Step::What::answer:
    case Step::What::answer_occurrence:
    case Step::What::guest_answers:
    case Step::What::call_off:
    case Step::What::call_off_occurrence:
    case Step::What::organizer_updates:
    case Step::What::delete_series:
    case Step::What::create_series:
      edit(step);
      return;
  }
}

void World::check(const Decision& decision, const Observed& exchange, const Observed& caldav) {
  const auto must_not = [&](bool wrong, const std::string& what) {
    if (wrong && broken.empty()) broken = what;
  };
  const bool unknown = std::holds_alternative<Unknown>(exchange) || std::holds_alternative<Unknown>(caldav);
  const auto* there = std::get_if<Copy>(&exchange);
  const auto* here = std::get_if<Copy>(&caldav);
  const Create* made = nullptr;
  for (const auto& action : decision.actions) {
    const std::optional<Side> target = target_of(action);
    if (!target) continue;
    if (*target == Side::exchange && std::holds_alternative<Create>(action)) made = &std::get<Create>(action);
    must_not(unknown, "wrote although a side was unknown");
    must_not(policy_.one_way && *target == Side::exchange, "wrote to Exchange in a one-way pass");
    const Copy* at_target = *target == Side::exchange ? there : here;
    const model::Series& series = (at_target != nullptr ? at_target : there != nullptr ? there : here)->series;
    const std::string mail = wrong_mail(action, series, policy_);
    must_not(!mail.empty(), mail);
    must_not(mail_of(action) != Send::none && decision.reason == Reason::met_different, "announced a first meeting");
    if (mail_of(action) != Send::none) ++mails;
    if (const auto* update = std::get_if<Update>(&action); update != nullptr && *target == Side::exchange) {
      const std::string why = is_the_bosses(there->series) ? overreach(*update, there->series) : std::string();
      must_not(!why.empty(), why);
    }
    if (const auto* respond = std::get_if<Respond>(&action)) {
      must_not(!is_the_bosses(made != nullptr ? made->series : series), "answered a meeting of one's own");
      must_not(respond->attendee != kMe && respond->attendee != kAlias, "answered for somebody else");
      const auto& asked = there != nullptr ? there->series : made->series;
      must_not(!occurs(asked, respond->occurrence), "answered an occurrence that Exchange does not have");
      must_not(respond->answer == model::Participation::needs_action, "gave no answer for an answer");
      must_not(policy_.mailbox_kind == MailboxKind::room && there != nullptr && respond->send == Send::none,
               "answered for a room");
    }
  }
}

/// What Exchange does with an answer of the owner's.
void World::respond(const Respond& respond) {
  model::Series series = exchange_.copy->series;
  const bool declines = respond.answer == model::Participation::declined;
  if (declines && respond.occurrence.empty()) {
    exchange_.copy.reset();
    // Whether it is recognised later in Deleted Items is a matter of luck.
    declined_there_ = version_ % 2 == 0;
    return;
  }
  if (respond.occurrence.empty()) {
    if (auto* line = line_of_mine(*series.master)) line->participation = respond.answer;
    return store(Side::exchange, std::move(series));
  }
  if (excludes(series, respond.occurrence)) return;  // ErrorCalendarOccurrenceIsDeletedFromRecurrence
  const auto time = time_of(series, respond.occurrence);
  if (!time) return;  // ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange
  const auto is_it = [&](const model::Event& event) { return event.recurrence_id == time; };
  if (declines) {
    std::erase_if(series.overrides, is_it);
    series.excluded.push_back(*time);
  } else {
    if (find_override(series, respond.occurrence) == nullptr) {
      model::Event event = *series.master;
      event.recurrence_id = event.start = *time;
      const auto length = to_seconds(event.end.wall) - to_seconds(series.master->start.wall);
      event.end = model::at_wall(zones(), event.end.zone, model::from_seconds(to_seconds(time->wall) + length));
      series.overrides.push_back(event);
    }
    auto* line = line_of_mine(*std::find_if(series.overrides.begin(), series.overrides.end(), is_it));
    if (line != nullptr) line->participation = respond.answer;
  }
  store(Side::exchange, std::move(series));
}

/// `first_on_side`: no action before wrote to this side; then the version must be the one that was seen.
bool World::carry_out(const Action& action, bool first_on_side) {
  const auto stands = [&](Side side, const Version& expected) {
    const auto& copy = at(side).copy;
    return copy && (!first_on_side || copy->version == expected);
  };
  if (const auto* create = std::get_if<Create>(&action)) {
    if (at(create->target).copy) return false;
    const bool import = create->target == Side::exchange && is_the_bosses(create->series);
    store(create->target, import ? without_answers(create->series, nullptr) : create->series);
    if (create->target == Side::exchange) declined_there_ = false;
  } else if (const auto* update = std::get_if<Update>(&action)) {
    if (!stands(update->target, update->expected)) return false;
    const bool theirs = update->target == Side::exchange && is_the_bosses(exchange_.copy->series);
    store(update->target, theirs ? without_answers(update->series, &exchange_.copy->series) : update->series);
  } else if (const auto* removal = std::get_if<Delete>(&action)) {
    if (!stands(removal->target, removal->expected)) return false;
    at(removal->target).copy.reset();
  } else if (const auto* answer = std::get_if<Respond>(&action)) {
    if (!stands(Side::exchange, answer->expected)) return false;
    respond(*answer);
  } else if (const auto* cancel = std::get_if<Cancel>(&action)) {
    if (!stands(Side::exchange, cancel->expected)) return false;
    if (cancel->occurrence.empty())
      exchange_.copy.reset();
    else
      respond(Respond{{}, {}, cancel->occurrence, {}, model::Participation::declined});
  }
  return true;
}

Base World::base_after(const Decision& decision, const std::optional<Copy>& exchange,
                       const std::optional<Copy>& caldav) const {
  Base next = base_.value_or(Base{});
  next.exchange_removed = !exchange;
  next.caldav_removed = !caldav;
  // A tombstone compares with what was last agreed: a side that is still there keeps its old base copy.
  if (base_ && std::holds_alternative<Forget>(decision.actions.front())) return next;
  if (exchange) next.exchange = base_copy(Side::exchange, decision, *exchange, policy_);
  if (caldav) next.caldav = base_copy(Side::caldav, decision, *caldav, policy_);
  return next;
}

/// The steps of an intent that a crash left undone: only answers can follow the write that it names.
void World::roll_forward() {
  if (!intent_) return;
  for (std::size_t i = intent_->next; i < intent_->decision.actions.size(); ++i) {
    const auto* answer = std::get_if<Respond>(&intent_->decision.actions[i]);
    if (answer == nullptr || !exchange_.copy || !intent_->exchange) continue;
    const Store edited = exchange_;
    const auto* made = find_override(intent_->exchange->series, answer->occurrence);
    const auto* now = find_override(exchange_.copy->series, answer->occurrence);
    const bool overtaken =
        answer->answer == model::Participation::declined && now != nullptr && (made == nullptr || *made != *now);
    exchange_.copy = intent_->exchange;
    respond(*answer);  // as the base shall have it
    intent_->exchange = exchange_.copy;
    exchange_ = edited;
    // Looked at first: an answer given there meanwhile is the later one, what was edited is not declined unseen, and an
    // occurrence of a series that was moved since is none.
    if (!overtaken && occurs(exchange_.copy->series, answer->occurrence) &&
        own_answer_to(exchange_.copy->series, *answer) == model::Participation::needs_action)
      respond(*answer);
    else
      std::erase_if(given_, [&](const Given& given) { return given.side == Side::caldav; });
  }
  base_ = base_after(intent_->decision, intent_->exchange, intent_->caldav);
  intent_.reset();
}

int World::run(const Observed& exchange, const Observed& caldav, Crash crash, const Step* race) {
  if (intent_) {
    roll_forward();
    return 1;
  }
  const Decision decision = reconcile(Item{base_, exchange, caldav}, policy_);
  check(decision, exchange, caldav);
  if (decision.conflict) losing_.push_back(decision.conflict->losing);
  if (crash == Crash::before_write || decision.actions.empty()) return 0;
  const auto now = [](const Observed& side) {
    const auto* copy = std::get_if<Copy>(&side);
    return copy != nullptr ? std::optional(*copy) : std::nullopt;
  };
  // Where a side is seen before anything is written to it, that is what the base takes.
  std::optional<Copy> on_exchange = now(exchange), on_caldav = now(caldav);
  int writes = 0;
  bool wrote_exchange = false;
  for (std::size_t i = 0; i < decision.actions.size(); ++i) {
    const Action& action = decision.actions[i];
    if (std::holds_alternative<Park>(action)) return 0;
    const std::optional<Side> target = target_of(action);
    if (!target) continue;
    const bool first = *target == Side::caldav || !wrote_exchange;
    if (race != nullptr && race->side == *target && race->detail % 2 == 0 && first)
      edit(*race);  // before the write: it is refused
    if (!carry_out(action, first)) return writes;
    wrote_exchange = wrote_exchange || *target == Side::exchange;
    ++writes;
    auto& seen = *target == Side::exchange ? on_exchange : on_caldav;
    seen = at(*target).copy;
    const bool crashes = crash == Crash::after_first_write || crash == Crash::before_commit;
    const bool rolled_forward = policy_.one_way || std::holds_alternative<Create>(action);
    if (crashes && rolled_forward) intent_ = Intent{decision, i + 1, on_exchange, on_caldav};
    if (crash == Crash::after_first_write) return writes;
    const auto* update = std::get_if<Update>(&action);
    const bool last = i + 1 == decision.actions.size() || target_of(decision.actions[i + 1]) != target;
    if (update != nullptr && race != nullptr && race->side == *target && race->detail % 2 != 0 && last) {
      const Copy written = copy_of(update->series, seen->version.value, minute_);
      edit(*race);  // between the write and the read-back
      if (!at(*target).copy) return writes;
      seen = after_racing_write(*target, written, update->changes, *at(*target).copy, policy_);
    }
  }
  if (crash == Crash::before_commit) return writes;
  base_ = base_after(decision, on_exchange, on_caldav);
  intent_.reset();
  return writes;
}

int World::pass() { return run(observe(Side::exchange), observe(Side::caldav), Crash::never, nullptr); }

bool World::settle() {
  for (int i = 0; i < 12; ++i)
    if (pass() == 0 && pass() == 0) return true;
  return false;
}

std::vector<std::string> World::lost() const {
  const auto shows = [](const model::Series* series, const std::string& text) {
    return series != nullptr && words_in(*series).find(text) != std::string::npos;
  };
  const auto* here = series_of(caldav_.copy);
  const auto* there = series_of(exchange_.copy);
  // What is declined or called off has no place on Exchange.
  const auto dismissed = [&](const std::string& text) {
    if (here == nullptr) return false;
    if (there == nullptr) return is_dismissed(*here, policy_);
    return std::any_of(here->overrides.begin(), here->overrides.end(), [&](const model::Event& event) {
      return words_in(event).find(text) != std::string::npos && is_dismissed(event, policy_) &&
             std::any_of(there->excluded.begin(), there->excluded.end(),
                         [&](const auto& time) { return time.instant() == event.recurrence_id->instant(); });
    });
  };
  std::vector<std::string> out;
  for (const auto& [text, side] : words_) {
    bool found = shows(here, text);
    if (!policy_.one_way) found = found && (shows(there, text) || dismissed(text));
    for (const auto& copy : losing_) found = found || shows(&copy, text);
    if (!found) out.push_back(text);
  }
  return out;
}

std::vector<std::string> World::lost_answers() const {
  std::vector<std::string> out;
  for (const auto& given : given_) {
    const auto shows = [&](const model::Series* series) {
      return series != nullptr && answer_in(*series, given.week) == given.answer;
    };
    const auto* there = series_of(exchange_.copy);
    const bool declined = given.answer == model::Participation::declined;
    const bool gone = there == nullptr || (given.week > 0 && !answer_in(*there, given.week));
    bool found = shows(series_of(caldav_.copy));
    if (!policy_.one_way)
      found = found && (shows(there) || (gone && declined) ||
                        (there == nullptr && caldav_.copy && is_dismissed(caldav_.copy->series, policy_)));
    found = found || (declined && there == nullptr && !caldav_.copy);
    for (const auto& copy : losing_) found = found || shows(&copy);
    if (!found)
      out.push_back(std::string(to_string(given.answer)) + " of week " + std::to_string(given.week) + " on " +
                    (given.side == Side::exchange ? "exchange" : "caldav"));
  }
  return out;
}

bool World::converged() const {
  if (!exchange_.copy && caldav_.copy) return is_dismissed(caldav_.copy->series, policy_);
  if (exchange_.copy.has_value() != caldav_.copy.has_value()) return false;
  return !exchange_.copy || equal_across(exchange_.copy->series, caldav_.copy->series, policy_);
}

std::string World::describe() const {
  const auto answers = [](const model::Series& series) {
    std::string text;
    for (int week = 0; week <= 3; ++week) {
      const auto answer = answer_in(series, week);
      text += (answer ? std::string(to_string(*answer)) : std::string("excluded")) + ' ';
    }
    return text + std::string(to_string(representative(series).status)) + '\n';
  };
  std::string out = "exchange: " + (exchange_.copy ? words_in(exchange_.copy->series) : "absent\n") +
                    "caldav: " + (caldav_.copy ? words_in(caldav_.copy->series) : "absent\n");
  for (const auto* copy : {&exchange_.copy, &caldav_.copy})
    if (*copy) out += answers((*copy)->series);
  if (exchange_.copy && caldav_.copy)
    for (const auto& d : differences_across(exchange_.copy->series, caldav_.copy->series, policy_))
      out += text_of(model::Delta{d.unit}) + ": [" + d.exchange + "] / [" + d.caldav + "]\n";
  return out;
}

}  // namespace caravan::sync::test
