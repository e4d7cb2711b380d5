// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notify/chat_desk.hpp"

#include <algorithm>

#include "app/notify/answering.hpp"
#include "app/notify/replan.hpp"
#include "app/notify/teller.hpp"
#include "app/pass/holder.hpp"
#include "ical/zone_book.hpp"
#include "log/log.hpp"
#include "notify/channels/mattermost_action.hpp"
#include "notify/channels/mattermost_reader.hpp"
#include "notify/commands.hpp"
#include "store/notify_store.hpp"
#include "util/text.hpp"

namespace caravan::app {
namespace {

constexpr std::size_t kMostWaiting = 200;
constexpr std::chrono::seconds kLease{30};
constexpr std::chrono::seconds kListen{5};
constexpr std::chrono::milliseconds kPause{2'000}, kLongestPause{60'000};

const model::ZoneBook& zones() { return *ical::system_zone_book(); }

}  // namespace

ChatClerk::ChatClerk(const Context& context, const People& people, Sides& sides, notify::MattermostServer server,
                     std::stop_token stop)
    : context_(context),
      people_(people),
      sides_(sides),
      api_(std::move(server), context.clock, stop),
      stop_(std::move(stop)) {}

Result<store::Store*> ChatClerk::store() {
  if (!store_) {
    CARAVAN_TRY(opened, context_.open_store());
    store_ = std::move(opened);
  }
  return store_.get();
}

/// Who writes is who has that mail address in the chat; an alias of a mailbox counts.
Result<std::optional<Person>> ChatClerk::person_of(store::Store& store, const std::string& user_id) {
  CARAVAN_TRY(user, api_.user(user_id));
  const Address address(text::lower(user.email));
  if (address.empty()) return std::optional<Person>();
  CARAVAN_TRY(person, people_.find(store, address));
  if (person) return person;
  CARAVAN_TRY(mailboxes, store.mailboxes());
  for (const auto& mailbox : mailboxes)
    if (std::find(mailbox.aliases.begin(), mailbox.aliases.end(), address.value) != mailbox.aliases.end())
      return people_.find(store, mailbox.address);
  return std::optional<Person>();
}

std::string ChatClerk::press(const std::string& body, const Secret& signing_key) {
  auto pressed = notify::verify_action(body, signing_key, context_.clock->now());
  if (!pressed) {
    log::warning("press_refused", {{"error", pressed.error().code}});
    return notify::press_answer(pressed.error().what);
  }
  const notify::Action& action = pressed->action;
  const auto answered = [&]() -> Result<notify::Preferences> {
    CARAVAN_TRY(store, this->store());
    CARAVAN_TRY(person, people_.find(*store, action.mailbox));
    if (!person) return make_error(Fault::not_found, action.mailbox.value + " is not looked after any more.");
    Answering answering{person->reader, action.uid, action.occurrence, action.answer};
    CARAVAN_CHECK(answer_meeting(context_, sides_, *store, answering, stop_));
    return person->preferences;
  }();
  if (!answered) {
    store_.reset();
    log::failure(log::Level::warning, "press_failed", answered.error());
    return notify::press_answer(answered.error().what + " " + answered.error().remedy);
  }
  const std::string said = notify::answer_noted(action.answer, *answered);
  if (Status settled = api_.settle_buttons(pressed->post_id, action.key, said); !settled)
    log::failure(log::Level::warning, "buttons_stay", settled.error());
  return notify::press_answer(said);
}

std::string ChatClerk::slash(const std::string& body, const Secret& token) {
  auto command = notify::read_slash_command(body, token);
  if (!command) {
    log::warning("command_refused", {{"error", command.error().code}});
    return notify::slash_answer(command.error().what);
  }
  auto said = answer(command->user_id, command->text);
  return notify::slash_answer(said ? *said : said.error().what);
}

Result<std::string> ChatClerk::answer(const std::string& user_id, const std::string& text) {
  CARAVAN_TRY(store, this->store());
  auto out = [&]() -> Result<std::string> {
    CARAVAN_TRY(person, person_of(*store, user_id));
    if (!person) return notify::not_known(notify::Language::english);
    const Address mailbox = person->reader.address;
    const Instant now = context_.clock->now();
    const notify::Command command = notify::parse_command(text, person->preferences, zones(), now);
    notify::CommandFacts facts;
    if (command.from && command.until) {
      CARAVAN_TRY(entries, agenda(*store, *person, *command.from, *command.until));
      facts.entries = std::move(entries);
    }
    CARAVAN_TRY(row, store->mailbox(mailbox));
    if (row) {
      facts.last_success = row->last_success;
      facts.in_step = row->state == "subscribed" && row->last_error.empty();
    }
    if (command.sets) {
      CARAVAN_TRY(settings, store->notify().preferences(mailbox));
      auto set = notify::set_preference(settings, command.setting, command.value, zones());
      if (set) {
        CARAVAN_CHECK(store->notify().set_preferences(mailbox, *set));
        CARAVAN_CHECK(replan_soon(*store, *context_.clock, mailbox));
        CARAVAN_TRY(changed, people_.find(*store, mailbox));
        if (changed) person = std::move(changed);
      } else {
        facts.problem = set.error().what + " " + set.error().remedy;
      }
    }
    return notify::answer_command(command, facts, person->preferences, zones(), now);
  }();
  if (!out && out.error().fault != Fault::malformed) store_.reset();
  return out;
}

Result<std::unique_ptr<ChatDesk>> ChatDesk::start(const Context& context, const People& people, Sides& sides,
                                                  const notify::MattermostServer& server, Secret signing_key,
                                                  std::stop_token stop) {
  std::unique_ptr<ChatDesk> desk(new ChatDesk);
  desk->clerk_ = std::make_unique<ChatClerk>(context, people, sides, server, stop);
  ChatDesk* at = desk.get();
  const auto take = [at](const std::function<std::string(ChatClerk&, const std::string&)>& serve) {
    return [at, serve](http::IncomingRequest request, http::Reply reply) {
      const std::lock_guard lock(at->mutex_);
      if (at->jobs_.size() >= kMostWaiting) return reply.send({503});
      auto body = std::make_shared<std::string>(std::move(request.body));
      at->jobs_.push_back({[at, serve, body] { return serve(*at->clerk_, *body); }, std::move(reply)});
      at->wake_.notify_one();
    };
  };
  CARAVAN_TRY(listen, config::parse_listen(context.config.notify.chat_listen));
  http::ServerOptions options;
  options.host = listen.host;
  options.port = listen.port;
  options.report = [](const Error& error) { log::failure(log::Level::error, "chat_desk_failed", error); };
  std::vector<http::Route> routes;
  routes.push_back({"POST", "/press", take([signing_key](ChatClerk& clerk, const std::string& body) {
                      return clerk.press(body, signing_key);
                    })});
  if (const Secret token = context.config.notify.chat_command_token; !token.empty())
    routes.push_back({"POST", "/command",
                      take([token](ChatClerk& clerk, const std::string& body) { return clerk.slash(body, token); })});
  auto started = http::Server::start(std::move(options), std::move(routes));
  if (!started) {
    Error error = std::move(started).error();
    error.remedy = "End what has that port, or set notify.chat.listen to an address that is free.";
    return error;
  }
  desk->server_ = std::move(*started);
  desk->thread_ = std::jthread([at](const std::stop_token& ending) { at->work(ending); });
  log::info("listening", {{"key", "notify.chat.listen"}, {"address", context.config.notify.chat_listen}});
  return desk;
}

ChatDesk::~ChatDesk() {
  if (server_) server_->stop(std::chrono::milliseconds(500));
}

void ChatDesk::work(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    if (!wake_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.reply.send({200, "application/json", job.work()});
  }
}

namespace {

/// One connection: until it breaks, or another process reads.
Status read_once(ChatClerk& clerk, const notify::MattermostServer& server, store::Store& store,
                 const store::Lease& lease, const std::stop_token& stop) {
  CARAVAN_TRY(bot, clerk.api().me());
  CARAVAN_TRY(reader, notify::MattermostReader::open(server, bot.id, stop));
  log::info("chat_reader_listening");
  while (!stop.stop_requested()) {
    CARAVAN_TRY(message, reader.next(kListen, stop));
    CARAVAN_TRY(still, store.renew_lease(lease, kLease));
    if (!still) return {};
    if (!message) continue;
    auto said = clerk.answer(message->user_id, message->text);
    if (!said) {
      log::failure(log::Level::warning, "chat_answer_failed", said.error());
      continue;
    }
    // The key keeps a repeat after a lost answer from being shown twice.
    CARAVAN_CHECK(clerk.api().post({message->channel_id, *said, "answer:" + message->post_id, {}}));
  }
  return {};
}

}  // namespace

void read_chat(const Context& context, const People& people, Sides& sides, const notify::MattermostServer& server,
               std::stop_token stop) {
  ChatClerk clerk(context, people, sides, server, stop);
  auto pause = kPause;
  while (!stop.stop_requested()) {
    const auto began = context.clock->monotonic();
    const auto once = [&]() -> Status {
      CARAVAN_TRY(store, context.open_store());
      CARAVAN_TRY(lease, take_lease(*store, kReadersLease, kLease));
      if (!lease) return {};
      Status done = read_once(clerk, server, *store, *lease, stop);
      (void)store->release_lease(*lease);
      return done;
    }();
    if (!once && once.error().fault != Fault::cancelled)
      log::failure(log::Level::warning, "chat_reader_lost", once.error());
    // What held for a while may be tried again at once; what fails at once, less and less often.
    const bool lasted = context.clock->monotonic() - began > std::chrono::minutes(1);
    pause = once || lasted ? kPause : std::min(pause * 2, kLongestPause);
    context.sleeper->sleep_for(pause, stop);
  }
}

}  // namespace caravan::app
