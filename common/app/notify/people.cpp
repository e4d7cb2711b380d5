// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notify/people.hpp"

#include "ical/zone_book.hpp"
#include "store/notify_store.hpp"

namespace caravan::app {

Result<People> People::from(const config::Config& config) {
  People people;
  if (!config.notify.mail_url.empty()) people.channels_.insert(notify::ChannelKind::mail);
  if (!config.notify.chat_url.empty()) people.channels_.insert(notify::ChannelKind::chat);
  if (!config.notify.webhook_url.empty()) people.channels_.insert(notify::ChannelKind::webhook);
  std::string text;
  for (const auto& [name, value] : config.notify.defaults) {
    auto set = notify::set_preference(text, name, value, *ical::system_zone_book());
    if (!set)
      return make_error(Fault::malformed, config.path + ": notify.defaults." + name + ": " + set.error().what,
                        "configuration", set.error().remedy);
    text = std::move(*set);
  }
  people.default_zone_ = config.notify.defaults.contains("zone");
  CARAVAN_TRY(defaults, notify::read_preferences({}, text));
  people.defaults_ = std::move(defaults);
  return people;
}

Result<notify::Preferences> People::preferences(store::Store& store, const Address& address,
                                                const std::string& zone) const {
  notify::Preferences defaults = defaults_;
  if (!default_zone_ && !zone.empty()) defaults.zone = zone;
  CARAVAN_TRY(text, store.notify().preferences(address));
  return notify::read_preferences(defaults, text);
}

Result<std::optional<Person>> People::find(store::Store& store, const Address& mailbox) const {
  CARAVAN_TRY(row, store.mailbox(mailbox));
  if (!row || row->kind == "room" || row->state == "finished") return std::optional<Person>();
  Person person;
  person.reader.address = mailbox;
  for (const auto& alias : row->aliases) person.reader.aliases.emplace_back(alias);
  CARAVAN_TRY(set, preferences(store, mailbox, row->zone));
  person.preferences = std::move(set);
  return std::optional<Person>(std::move(person));
}

Result<Person> People::administrator(store::Store& store, const Address& address) const {
  CARAVAN_TRY(known, find(store, address));
  if (known) return std::move(*known);
  Person person;
  person.reader.address = address;
  CARAVAN_TRY(set, preferences(store, address, {}));
  person.preferences = std::move(set);
  return person;
}

std::vector<notify::ChannelKind> People::channels_for(const Person& person, notify::Kind kind) const {
  std::vector<notify::ChannelKind> out;
  const bool wanted = kind == notify::Kind::admin || kind == notify::Kind::daily || kind == notify::Kind::weekly ||
                      person.preferences.kinds.contains(kind);
  for (const auto channel : channels_) {
    if (channel == notify::ChannelKind::webhook) {
      const bool is_news = kind != notify::Kind::daily && kind != notify::Kind::weekly;
      if (is_news) out.push_back(channel);
    } else if (wanted && person.preferences.channels.contains(channel)) {
      out.push_back(channel);
    }
  }
  return out;
}

}  // namespace caravan::app
