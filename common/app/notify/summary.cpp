// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notify/summary.hpp"

#include "app/notify/people.hpp"
#include "app/notify/teller.hpp"

namespace caravan::app {

Status tell_summary(const Context& context, store::Store& store, const Address& mailbox, const RunId& run,
                    const std::string& kind, std::uint64_t written) {
  if (written == 0 || !context.config.notify.any_channel()) return {};
  CARAVAN_TRY(people, People::from(context.config));
  CARAVAN_TRY(person, people.find(store, mailbox));
  if (!person) return {};
  notify::Telling telling;
  telling.kind = notify::Kind::summary;
  telling.mailbox = mailbox;
  telling.topic = kind;
  telling.count = written;
  std::vector<store::OutboxMessage> messages;
  add_messages(people, *person, telling, "b:" + run.value + ":" + mailbox.value, context.clock->now(),
               context.clock->now(), {}, messages);
  return store.notify().add_messages(messages).transform([](std::size_t) {});
}

}  // namespace caravan::app
