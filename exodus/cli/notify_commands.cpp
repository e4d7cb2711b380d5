// SPDX-License-Identifier: GPL-3.0-or-later
// What people are told and how they want it: notify list, notify dead list and retry, prefs show and set. Content of
// events is shown only where it is asked for.
#include <algorithm>
#include <charconv>

#include "app/format.hpp"
#include "app/notify/replan.hpp"
#include "exodus/cli/documents.hpp"
#include "exodus/cli/session.hpp"
#include "exodus/cli/table.hpp"
#include "ical/zone_book.hpp"
#include "notify/preferences.hpp"
#include "store/notify_store.hpp"
#include "util/text.hpp"

namespace caravan::exodus::cli {

namespace {

std::string messages_text(const std::vector<store::OutboxMessage>& rows, bool content) {
  Table table({{"Id", app::Align::right},
               {"State"},
               {"Channel"},
               {"Mailbox", app::Align::left, 40},
               {"Kind"},
               {"Thread", app::Align::left, 40},
               {"Made"},
               {"Due"},
               {"Tries", app::Align::right},
               {"Trouble", app::Align::left, 60}});
  for (const store::OutboxMessage& row : rows)
    table.row({std::to_string(row.id), row.state, row.channel, row.mailbox.value, row.kind, row.thread,
               moment_words(to_rfc3339(row.created)), moment_words(to_rfc3339(row.due)), std::to_string(row.attempts),
               row.error});
  std::string out = table.str();
  if (content)
    for (const store::OutboxMessage& row : rows)
      out += "\n" + std::to_string(row.id) + "  " + app::printable(row.payload) + "\n";
  return out;
}

/// The configuration's, over the mailbox's own zone.
Result<notify::Preferences> defaults_of(const config::Config& config, const std::string& zone) {
  std::string text;
  for (const auto& [name, value] : config.notify.defaults) {
    if (value.empty()) continue;
    auto set = notify::set_preference(text, name, value, *ical::system_zone_book());
    if (!set)
      return make_error(Fault::malformed, "notify.defaults." + name + ": " + set.error().what, "configuration",
                        set.error().remedy);
    text = std::move(*set);
  }
  notify::Preferences built_in;
  if (!zone.empty()) built_in.zone = zone;
  return notify::read_preferences(built_in, text);
}

/// Whose preferences: a mailbox that the store knows, or an administrator.
struct Person {
  Address address;
  std::string zone;
};
Result<Person> person_of(const Session& session, store::Store& store) {
  Person out{Address(text::lower(session.arguments.address)), {}};
  CARAVAN_TRY(mailbox, store.mailbox(out.address));
  const auto& admins = session.context.config.notify.admins;
  if (mailbox) {
    out.zone = mailbox->zone;
  } else if (std::find(admins.begin(), admins.end(), out.address.value) == admins.end()) {
    return make_error(Fault::not_found, "the store knows no mailbox " + out.address.value, "not_found",
                      "`exodus-cli status` lists those that it knows; administrators stand in notify.admins.");
  }
  return out;
}

Result<Answer> shown_preferences(const Session& session, const std::string& command, const Person& person,
                                 const std::string& text) {
  CARAVAN_TRY(defaults, defaults_of(session.context.config, person.zone));
  CARAVAN_TRY(preferences, notify::read_preferences(defaults, text));
  std::vector<PreferenceRow> rows;
  Table table({{"Name"}, {"Value", app::Align::left, 90}, {"From"}, {"Allowed", app::Align::left, 120}});
  for (const notify::PreferenceName& each : notify::preference_names()) {
    rows.push_back(
        {each.name, notify::shown_preference(preferences, each.name), sets_preference(text, each.name), each.allowed});
    table.row({each.name, rows.back().value, rows.back().own ? "own" : "default", each.allowed});
  }
  return Answer{Exit::done, preferences_document(command, person.address, rows), table.str()};
}

}  // namespace

Result<Answer> notify_list_command(Session& session) {
  const Arguments& arguments = session.arguments;
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(rows,
              store->notify().messages(arguments.state, Address(text::lower(arguments.address)), arguments.limit));
  return Answer{Exit::done, messages_document("notify list", rows, arguments.content),
                rows.empty() ? "No messages.\n" : messages_text(rows, arguments.content)};
}

Result<Answer> notify_dead_list_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(rows, store->notify().messages("dead", Address(), session.arguments.limit));
  return Answer{Exit::done, messages_document("notify dead list", rows, session.arguments.content),
                rows.empty() ? "No message was given up.\n"
                             : messages_text(rows, session.arguments.content) +
                                   "\n`exodus-cli notify dead retry ID` sends one again, `--all` all of them.\n"};
}

Result<Answer> notify_dead_retry_command(Session& session) {
  const std::string& text = session.arguments.id;
  std::int64_t id = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (!session.arguments.all && (failed != std::errc() || end != text.data() + text.size() || id <= 0))
    return make_error(Fault::malformed, "\"" + text + "\" is no message's number", "usage",
                      "`exodus-cli notify dead list` shows them.");
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(queued, store->notify().retry_dead(session.arguments.all ? 0 : id));
  if (queued == 0 && !session.arguments.all)
    return make_error(Fault::not_found, "no dead message has the number " + text, "not_found",
                      "`exodus-cli notify dead list` shows those that there are.");
  return Answer{Exit::done, retried_document(queued),
                app::count(queued, "message is", "messages are") + " queued again.\n"};
}

Result<Answer> prefs_show_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(person, person_of(session, *store));
  CARAVAN_TRY(text, store->notify().preferences(person.address));
  return shown_preferences(session, "prefs show", person, text);
}

Result<Answer> prefs_set_command(Session& session) {
  CARAVAN_TRY(store, session.context.open_store());
  CARAVAN_TRY(person, person_of(session, *store));
  CARAVAN_TRY(text, store->notify().preferences(person.address));
  CARAVAN_TRY(changed,
              notify::set_preference(text, session.arguments.name, session.arguments.value, *ical::system_zone_book()));
  CARAVAN_CHECK(store->notify().set_preferences(person.address, changed));
  CARAVAN_CHECK(app::replan_soon(*store, *session.context.clock, person.address));
  return shown_preferences(session, "prefs set", person, changed);
}

}  // namespace caravan::exodus::cli
