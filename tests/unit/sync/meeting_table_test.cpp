// SPDX-License-Identifier: GPL-3.0-or-later
// The table of meetings of docs/mapping.md: what each kind of meeting does with each change on either side, and whom it
// tells. Every row is decided three times, once for each owner of scheduling; the page must say the same.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "sync/meeting.hpp"
#include "sync/reconcile.hpp"
#include "unit/sync/builders.hpp"
#include "util/text.hpp"

namespace caravan::sync::test {
namespace {

using model::Participation;
using model::Series;

constexpr const char* kBoss = "boss@example.org";
constexpr const char* kGuest = "bob@example.org";
constexpr const char* kSecond = "Europe/Berlin:20260616T100000";  ///< of the series of all these tests

/// A row as it stands in the page.
struct Row {
  std::string kind, side, change, done, mail;
  friend bool operator==(const Row&, const Row&) = default;
};
std::string markdown(const Row& row) {
  return "| " + text::join({row.kind, row.side, row.change, row.done, row.mail}, " | ") + " |";
}
void PrintTo(const Row& row, std::ostream* out) { *out << markdown(row); }

model::Attendee& line(model::Event& event, const std::string& address) {
  for (auto& attendee : event.attendees)
    if (attendee.address == address) return attendee;
  throw std::out_of_range(address);
}
/// Weekly, organized by `organizer` with these on its list; everybody is asked to answer.
Series invited(const std::string& organizer, const std::vector<std::string>& people) {
  Series series = weekly();
  series.master->organizer = model::Organizer{organizer, "", {}};
  for (const auto& address : people) series = with_attendee(series, address);
  for (auto& attendee : series.master->attendees) attendee.rsvp = true;
  return series;
}
/// Invited to the occurrences of two weeks only.
Series orphans() {
  Series series = with_override(with_override(invited(kBoss, {kMe, kGuest}), 2, "Standup"), 3, "Standup");
  series.master.reset();
  series.rules.clear();
  return series;
}
/// The event that a change is made to: the master, or the occurrence of week two.
model::Event& event_in(Series& series) { return series.master ? *series.master : series.overrides.front(); }
/// The occurrence of week two, as an override.
model::Event& occurrence_in(Series& series) {
  if (series.master) series = with_override(series, 2, series.master->summary);
  return series.overrides.front();
}
Series with_answers(Series series, Participation answer) { return answered(std::move(series), answer, two_way()); }

const std::map<std::string, std::function<void(Series&)>>& changes() {
  static const std::map<std::string, std::function<void(Series&)>> table = {
      {"title", [](Series& s) { event_in(s).summary = "Changed"; }},
      {"category", [](Series& s) { event_in(s).categories = {"Mine"}; }},
      {"a guest is added",
       [](Series& s) {
         auto& event = event_in(s);
         model::Attendee carol = event.attendees.empty() ? model::Attendee{} : event.attendees.front();
         carol.address = "carol@example.org";
         event.attendees.push_back(carol);
         if (!event.organizer) event.organizer = model::Organizer{kMe, "", {}};
       }},
      {"a guest is removed", [](Series& s) { event_in(s).attendees.pop_back(); }},
      {"a guest answers", [](Series& s) { line(event_in(s), kGuest).participation = Participation::accepted; }},
      {"a recurrence that Exchange lacks", [](Series& s) { s.rules.at(0).by_set_position = {2}; }},
      {"I accept", [](Series& s) { s = with_answers(s, Participation::accepted); }},
      {"I decline", [](Series& s) { s = with_answers(s, Participation::declined); }},
      {"I take my answer back", [](Series& s) { s = with_answers(s, Participation::needs_action); }},
      {"I accept an occurrence",
       [](Series& s) { line(occurrence_in(s), kMe).participation = Participation::accepted; }},
      {"I decline an occurrence",
       [](Series& s) { line(occurrence_in(s), kMe).participation = Participation::declined; }},
      {"an occurrence is moved",
       [](Series& s) {
         auto& event = occurrence_in(s);
         event.start = at(6, 17, 10);
         event.end = at(6, 17, 11);
       }},
      {"an occurrence is removed",
       [](Series& s) {
         if (s.master)
           s = with_exclusion(s, 2);
         else
           s.overrides.erase(s.overrides.begin());
       }},
      {"called off",
       [](Series& s) {
         if (s.master) s.master->status = model::EventStatus::cancelled;
         for (auto& event : s.overrides) event.status = model::EventStatus::cancelled;
       }},
      {"an occurrence is called off", [](Series& s) { occurrence_in(s).status = model::EventStatus::cancelled; }},
  };
  return table;
}

Series agreed_of(const std::string& kind) {
  if (kind == "own appointment") return weekly();
  if (kind == "I organize") return invited(kMe, {kGuest});
  if (kind == "orphan occurrence") return orphans();
  if (kind == "foreign organizer") return invited(kBoss, {kGuest});
  Series series = invited(kBoss, {kMe, kGuest});
  if (kind == "cancelled") series.master->status = model::EventStatus::cancelled;
  return series;
}

MeetingKind kind_named(const std::string& kind) {
  static const std::map<std::string, MeetingKind> names = {{"own appointment", MeetingKind::own_appointment},
                                                           {"I organize", MeetingKind::organizer},
                                                           {"I attend", MeetingKind::attendee},
                                                           {"orphan occurrence", MeetingKind::orphan_occurrence},
                                                           {"cancelled", MeetingKind::cancelled},
                                                           {"foreign organizer", MeetingKind::foreign_organizer},
                                                           {"room", MeetingKind::room}};
  return names.at(kind);
}

/// What is observed when `change` was made on `side`.
Item situation(const Row& row) {
  const bool there = row.side == "Exchange";
  Series agreed = agreed_of(row.kind);
  if (row.change == "I take my answer back") agreed = with_answers(agreed, Participation::accepted);
  Item item{base_of(agreed), copy_of(agreed), copy_of(agreed)};
  Observed& changed = there ? item.exchange : item.caldav;
  Observed& other = there ? item.caldav : item.exchange;
  if (row.change.starts_with("new")) item.base.reset();
  if (row.change == "new") {
    other = Absent{};
  } else if (row.change == "new, with a recurrence that Exchange lacks") {
    other = Absent{};
    changes().at("a recurrence that Exchange lacks")(agreed);
    changed = copy_of(agreed);
  } else if (row.change == "new, accepted" || row.change == "new, declined") {
    other = Absent{};
    changed = copy_of(
        with_answers(agreed, row.change == "new, accepted" ? Participation::accepted : Participation::declined));
  } else if (row.change == "deleted") {
    changed = Absent{};
  } else if (row.change == "I decline" && there) {
    changed = Absent{true};
  } else if (row.change == "I accept after all") {
    item.base->caldav = copy_of(with_answers(agreed, Participation::declined));
    item.base->exchange_removed = true;
    other = Absent{};
    changed = copy_of(with_answers(agreed, Participation::accepted));
  } else if (row.change == "the organizer updates what I declined") {
    item.base->caldav = copy_of(with_answers(agreed, Participation::declined));
    item.base->exchange_removed = true;
    other = item.base->caldav;
    changed = copy_of(titled(agreed, "Changed"));
  } else {
    changes().at(row.change)(agreed);
    normalize(agreed);
    changed = copy_of(agreed);
  }
  return item;
}

std::string in_plain_words(std::string text) {
  text = text::replace_all(text, kSecond, "occurrence");
  text = text::replace_all(text, "Europe/Berlin:20260623T100000", "the other");
  text = text::replace_all(text, "excluded occurrence", "exclusion");
  text = text::replace_all(text, kGuest, "guest");
  text = text::replace_all(text, kMe, "me");
  return text::replace_all(text, "carol@example.org", "guest");
}

std::string mails_of(const Decision& decision) {
  std::vector<std::string> out;
  for (const auto& action : decision.actions)
    std::visit(
        [&](const auto& each) {
          if constexpr (requires { each.send; })
            if (each.send != Send::none) out.emplace_back(to_string(each.send));
        },
        action);
  return text::join(out, ", ");
}

/// The row as decided: what is done under `none`, and where another owner of scheduling makes a difference, what then.
Row decided(const Row& row) {
  Row out = row;
  out.done.clear();
  out.mail.clear();
  const Item item = situation(row);
  Policy policy = two_way();
  if (row.kind == "room") policy.mailbox_kind = MailboxKind::room;
  policy.exchange_holds_rule = [](const Series& series) { return series.rules.at(0).by_set_position.empty(); };
  std::vector<std::string> mails;
  std::string silently;
  for (const auto& [scheduling, name] :
       {std::pair{Scheduling::none, "none"}, {Scheduling::exchange, "exchange"}, {Scheduling::caldav, "caldav"}}) {
    policy.scheduling = scheduling;
    const Decision decision = reconcile(item, policy);
    std::string done = in_plain_words(text_of(decision.actions));
    for (const char* whom : {" to guests", " to organizer"}) done = text::replace_all(done, whom, "");
    if (done.empty()) done = "nothing";
    if (decision.conflict) done += "; conflict";
    if (scheduling == Scheduling::none)
      silently = out.done = done;
    else if (done != silently)
      out.done += ". `" + std::string(name) + "`: " + done;
    if (const std::string mail = mails_of(decision); !mail.empty())
      mails.push_back("`" + std::string(name) + "`: " + mail);
  }
  out.mail = text::join(mails, ", ");
  return out;
}

std::vector<Row> rows() {
  return {
      {"own appointment", "Exchange", "new", "create caldav", ""},
      {"own appointment", "Exchange", "title", "update caldav: summary", ""},
      {"own appointment", "Exchange", "category", "update caldav: categories", ""},
      {"own appointment", "Exchange", "an occurrence is moved", "update caldav: occurrence presence", ""},
      {"own appointment", "Exchange", "an occurrence is removed", "update caldav: exclusion", ""},
      {"own appointment", "Exchange", "deleted", "delete caldav", ""},
      {"own appointment", "CalDAV", "new", "create exchange", ""},
      {"own appointment", "CalDAV", "title", "update exchange: summary", ""},
      {"own appointment", "CalDAV", "category", "update exchange: categories", ""},
      {"own appointment", "CalDAV", "a guest is added", "update exchange: organizer, attendee guest",
       "`exchange`: guests"},
      {"own appointment", "CalDAV", "a recurrence that Exchange lacks", "update exchange: schedule", ""},
      {"own appointment", "CalDAV", "an occurrence is moved", "update exchange: occurrence presence", ""},
      {"own appointment", "CalDAV", "an occurrence is removed", "update exchange: exclusion", ""},
      {"own appointment", "CalDAV", "called off", "update exchange: status", ""},
      {"own appointment", "CalDAV", "an occurrence is called off", "update exchange: occurrence presence", ""},
      {"own appointment", "CalDAV", "deleted", "delete exchange", ""},
      {"I organize", "Exchange", "new", "create caldav", "`caldav`: guests"},
      {"I organize", "Exchange", "title", "update caldav: summary", "`caldav`: guests"},
      {"I organize", "Exchange", "category", "update caldav: categories", ""},
      {"I organize", "Exchange", "a guest is added", "update caldav: attendee guest", "`caldav`: guests"},
      {"I organize", "Exchange", "a guest is removed", "update caldav: attendee guest", "`caldav`: guests"},
      {"I organize", "Exchange", "a guest answers", "update caldav: attendee guest", ""},
      {"I organize", "Exchange", "an occurrence is moved", "update caldav: occurrence presence", "`caldav`: guests"},
      {"I organize", "Exchange", "an occurrence is removed", "update caldav: exclusion", "`caldav`: guests"},
      {"I organize", "Exchange", "deleted", "delete caldav", "`caldav`: guests"},
      {"I organize", "CalDAV", "new", "create exchange", "`exchange`: guests"},
      {"I organize", "CalDAV", "title", "update exchange: summary", "`exchange`: guests"},
      {"I organize", "CalDAV", "category", "update exchange: categories", ""},
      {"I organize", "CalDAV", "a guest is added", "update exchange: attendee guest", "`exchange`: guests"},
      {"I organize", "CalDAV", "a guest is removed", "update exchange: attendee guest", "`exchange`: guests"},
      {"I organize", "CalDAV", "a guest answers", "update exchange: attendee guest", ""},
      {"I organize", "CalDAV", "a recurrence that Exchange lacks", "park", ""},
      {"I organize", "CalDAV", "an occurrence is moved", "update exchange: occurrence presence", "`exchange`: guests"},
      {"I organize", "CalDAV", "an occurrence is removed", "update exchange: exclusion", "`exchange`: guests"},
      {"I organize", "CalDAV", "called off", "update exchange: status. `exchange`: cancel; dismiss",
       "`exchange`: guests"},
      {"I organize", "CalDAV", "an occurrence is called off",
       "update exchange: occurrence presence. `exchange`: cancel occurrence", "`exchange`: guests"},
      {"I organize", "CalDAV", "deleted", "delete exchange", "`exchange`: guests"},
      {"I attend", "Exchange", "new", "create caldav", ""},
      {"I attend", "Exchange", "title", "update caldav: summary", ""},
      {"I attend", "Exchange", "category", "update caldav: categories", ""},
      {"I attend", "Exchange", "a guest answers", "update caldav: attendee guest", ""},
      {"I attend", "Exchange", "I accept", "update caldav: attendee me", "`caldav`: organizer"},
      {"I attend", "Exchange", "I decline", "update caldav: attendee me; dismiss", "`caldav`: organizer"},
      {"I attend", "Exchange", "I accept an occurrence", "update caldav: occurrence presence", "`caldav`: organizer"},
      {"I attend", "Exchange", "an occurrence is moved", "update caldav: occurrence presence", ""},
      {"I attend", "Exchange", "an occurrence is removed", "update caldav: exclusion", ""},
      {"I attend", "Exchange", "called off", "update caldav: status", ""},
      {"I attend", "Exchange", "the organizer updates what I declined", "update caldav: summary, attendee me", ""},
      {"I attend", "Exchange", "deleted", "delete caldav", "`caldav`: organizer"},
      {"I attend", "CalDAV", "new", "create exchange", ""},
      {"I attend", "CalDAV", "new, accepted", "create exchange; answer accepted", "`exchange`: organizer"},
      {"I attend", "CalDAV", "new, declined", "dismiss", ""},
      {"I attend", "CalDAV", "new, with a recurrence that Exchange lacks", "park", ""},
      {"I attend", "CalDAV", "title", "update caldav: summary; conflict", ""},
      {"I attend", "CalDAV", "category", "update exchange: categories", ""},
      {"I attend", "CalDAV", "a guest is added", "update caldav: attendee guest; conflict", ""},
      {"I attend", "CalDAV", "a guest answers", "update caldav: attendee guest; conflict", ""},
      {"I attend", "CalDAV", "I accept", "answer accepted", "`exchange`: organizer"},
      {"I attend", "CalDAV", "I take my answer back", "update caldav: attendee me; conflict", ""},
      {"I attend", "CalDAV", "I decline", "answer declined; dismiss", "`exchange`: organizer"},
      {"I attend", "CalDAV", "I accept after all", "create exchange; answer accepted", "`exchange`: organizer"},
      {"I attend", "CalDAV", "I accept an occurrence", "answer accepted for occurrence", "`exchange`: organizer"},
      {"I attend", "CalDAV", "I decline an occurrence", "answer declined for occurrence", "`exchange`: organizer"},
      {"I attend", "CalDAV", "an occurrence is moved", "update caldav: occurrence presence; conflict", ""},
      {"I attend", "CalDAV", "an occurrence is removed",
       "update exchange: exclusion. `exchange`: answer declined for occurrence", "`exchange`: organizer"},
      {"I attend", "CalDAV", "called off", "update caldav: status; conflict", ""},
      {"I attend", "CalDAV", "deleted", "delete exchange", "`exchange`: organizer"},
      {"orphan occurrence", "Exchange", "new", "create caldav", ""},
      {"orphan occurrence", "Exchange", "title", "update caldav: occurrence summary", ""},
      {"orphan occurrence", "Exchange", "category", "update caldav: occurrence categories", ""},
      {"orphan occurrence", "Exchange", "I accept", "update caldav: occurrence attendee me, the other attendee me",
       "`caldav`: organizer"},
      {"orphan occurrence", "Exchange", "I decline",
       "update caldav: occurrence attendee me, the other attendee me; dismiss", "`caldav`: organizer"},
      {"orphan occurrence", "Exchange", "an occurrence is removed", "update caldav: occurrence presence", ""},
      {"orphan occurrence", "Exchange", "called off", "update caldav: occurrence status, the other status", ""},
      {"orphan occurrence", "Exchange", "deleted", "delete caldav", "`caldav`: organizer"},
      {"orphan occurrence", "CalDAV", "new", "create exchange", ""},
      {"orphan occurrence", "CalDAV", "new, accepted",
       "create exchange; answer accepted for occurrence; answer accepted for the other",
       "`exchange`: organizer, organizer"},
      {"orphan occurrence", "CalDAV", "title", "update caldav: occurrence summary; conflict", ""},
      {"orphan occurrence", "CalDAV", "category", "update exchange: occurrence categories", ""},
      {"orphan occurrence", "CalDAV", "I accept", "answer accepted for occurrence; answer accepted for the other",
       "`exchange`: organizer, organizer"},
      {"orphan occurrence", "CalDAV", "I decline",
       "answer declined for occurrence; answer declined for the other; dismiss", "`exchange`: organizer, organizer"},
      {"orphan occurrence", "CalDAV", "I accept after all",
       "create exchange; answer accepted for occurrence; answer accepted for the other",
       "`exchange`: organizer, organizer"},
      {"orphan occurrence", "CalDAV", "an occurrence is moved", "update caldav: occurrence schedule; conflict", ""},
      {"orphan occurrence", "CalDAV", "an occurrence is removed",
       "update exchange: occurrence presence. `exchange`: answer declined for occurrence", "`exchange`: organizer"},
      {"orphan occurrence", "CalDAV", "deleted", "delete exchange", "`exchange`: organizer"},
      {"cancelled", "Exchange", "new", "create caldav", ""},
      {"cancelled", "Exchange", "title", "update caldav: summary", ""},
      {"cancelled", "Exchange", "category", "update caldav: categories", ""},
      {"cancelled", "Exchange", "deleted", "delete caldav", ""},
      {"cancelled", "CalDAV", "new", "create exchange", ""},
      {"cancelled", "CalDAV", "title", "update caldav: summary; conflict", ""},
      {"cancelled", "CalDAV", "category", "update exchange: categories", ""},
      {"cancelled", "CalDAV", "I accept", "update caldav: attendee me; conflict", ""},
      {"cancelled", "CalDAV", "I decline", "update caldav: attendee me; conflict", ""},
      {"cancelled", "CalDAV", "deleted", "delete exchange", ""},
      {"foreign organizer", "Exchange", "new", "create caldav", ""},
      {"foreign organizer", "Exchange", "title", "update caldav: summary", ""},
      {"foreign organizer", "Exchange", "category", "update caldav: categories", ""},
      {"foreign organizer", "Exchange", "a guest answers", "update caldav: attendee guest", ""},
      {"foreign organizer", "Exchange", "deleted", "delete caldav", ""},
      {"foreign organizer", "CalDAV", "new", "create exchange", ""},
      {"foreign organizer", "CalDAV", "title", "update caldav: summary; conflict", ""},
      {"foreign organizer", "CalDAV", "category", "update exchange: categories", ""},
      {"foreign organizer", "CalDAV", "a guest answers", "update caldav: attendee guest; conflict", ""},
      {"foreign organizer", "CalDAV", "deleted", "delete exchange", ""},
      {"room", "Exchange", "new", "create caldav", ""},
      {"room", "Exchange", "title", "update caldav: summary", ""},
      {"room", "Exchange", "category", "update caldav: categories", ""},
      {"room", "Exchange", "I accept", "update caldav: attendee me", "`caldav`: organizer"},
      {"room", "Exchange", "I decline", "update caldav: attendee me; dismiss", "`caldav`: organizer"},
      {"room", "Exchange", "deleted", "delete caldav", "`caldav`: organizer"},
      {"room", "CalDAV", "new", "create exchange", ""},
      {"room", "CalDAV", "new, accepted", "create exchange; answer accepted", "`exchange`: organizer"},
      {"room", "CalDAV", "title", "update caldav: summary; conflict", ""},
      {"room", "CalDAV", "category", "update exchange: categories", ""},
      {"room", "CalDAV", "I accept", "update caldav: attendee me; conflict", ""},
      {"room", "CalDAV", "I decline", "update caldav: attendee me; conflict", ""},
      {"room", "CalDAV", "I decline an occurrence", "update caldav: occurrence presence; conflict", ""},
      {"room", "CalDAV", "an occurrence is removed",
       "update exchange: exclusion. `exchange`: answer declined for occurrence", "`exchange`: organizer"},
      {"room", "CalDAV", "deleted", "delete exchange", "`exchange`: organizer"},
  };
}

class MeetingTable : public ::testing::TestWithParam<Row> {};

TEST_P(MeetingTable, Holds) {
  EXPECT_EQ(markdown(decided(GetParam())), markdown(GetParam()));
  Policy policy = two_way();
  if (GetParam().kind == "room") policy.mailbox_kind = MailboxKind::room;
  EXPECT_EQ(kind_of(agreed_of(GetParam().kind), policy), kind_named(GetParam().kind));
}

std::string name_of(const ::testing::TestParamInfo<Row>& info) {
  std::string name;
  for (const char c : info.param.kind + " " + info.param.side + " " + info.param.change)
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Meetings, MeetingTable, ::testing::ValuesIn(rows()), name_of);

/// The cells of the table under a heading of the page, without the table's own head.
std::vector<std::vector<std::string>> cells_under(const std::string& heading, const std::string& first_column) {
  std::ifstream page(CARAVAN_SOURCE_DIR "/docs/mapping.md");
  std::vector<std::vector<std::string>> out;
  bool inside = false;
  for (std::string each; std::getline(page, each);) {
    if (each.starts_with("## ")) inside = each == "## " + heading;
    if (!inside || !each.starts_with("| ") || each.starts_with("| " + first_column + " |")) continue;
    out.emplace_back();
    for (const auto& cell : text::split(std::string_view(each).substr(1, each.size() - 2), '|'))
      out.back().emplace_back(text::trim(cell));
  }
  return out;
}

TEST(MappingPage, HasTheTableOfMeetingsThatIsTested) {
  std::vector<std::string> page, tested;
  for (const auto& cells : cells_under("Table of meetings", "Kind"))
    page.push_back("| " + text::join(cells, " | ") + " |");
  for (const auto& row : rows()) tested.push_back(markdown(row));
  EXPECT_EQ(page, tested);
}

TEST(MappingPage, SaysOfEveryUnitWhatTravelsAndWhoseItIs) {
  std::map<std::string, bool> page, units;
  for (const auto& cells : cells_under("From CalDAV to Exchange", "Unit"))
    for (const auto& unit : text::split(cells.at(0), ',')) page[std::string(text::trim(unit))] = !cells.at(3).empty();
  for (int i = 0; i <= static_cast<int>(model::Field::presence); ++i) {
    const model::Change unit{"occurrence", static_cast<model::Field>(i), kMe};
    units[std::string(to_string(unit.field))] = !belongs_to_organizer(unit, two_way());
  }
  EXPECT_EQ(page, units);
}

}  // namespace
}  // namespace caravan::sync::test
