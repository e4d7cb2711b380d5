// SPDX-License-Identifier: GPL-3.0-or-later
// doctor: looks at everything a migration needs and says for each what is right or what to do. Writes nothing; to
// prove Exchange's callback it makes one subscription, and ends it.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>

#include "app/adapters/sides.hpp"
#include "app/pass/trouble.hpp"
#include "exodus/callback_check.hpp"
#include "exodus/operations.hpp"

namespace caravan::exodus {
namespace {

class Doctor {
 public:
  Doctor(const Context& context, std::stop_token stop)
      : context_(context), stop_(std::move(stop)), sides_(context.config, context.clock, context.sleeper) {}

  DoctorOutcome examine(const std::vector<config::MailboxEntry>& mailboxes) {
    ok("configuration", {}, context_.config.path + " is valid");
    check_store();
    check_spool();
    check_exchange_endpoint();
    check_collisions(mailboxes);
    for (const auto& entry : mailboxes) {
      if (stop_.stop_requested()) break;
      check_exchange(entry);
      check_caldav(entry);
    }
    check_callback();
    if (mailboxes.empty()) check_caldav_server({});
    if (mailboxes.empty())
      warn("exchange", {}, "no mailbox was named, so Exchange was not asked",
           "Name a list or an address: `exodus-cli doctor LIST`.");
    return finish();
  }

 private:
  void add(std::string name, std::string mailbox, Check::Grade grade, std::string what, std::string remedy = {}) {
    outcome_.checks.push_back({std::move(name), std::move(mailbox), grade, std::move(what), std::move(remedy)});
  }
  void ok(std::string name, std::string mailbox, std::string what) {
    add(std::move(name), std::move(mailbox), Check::Grade::ok, std::move(what));
  }
  void warn(std::string name, std::string mailbox, std::string what, std::string remedy) {
    add(std::move(name), std::move(mailbox), Check::Grade::warning, std::move(what), std::move(remedy));
  }
  void fail(std::string name, const std::string& mailbox, const Error& failure) {
    const Error error = app::with_remedy(failure);
    add(std::move(name), mailbox, Check::Grade::failure,
        error.what + (error.code.empty() ? "" : " [" + error.code + "]"), error.remedy);
    outcome_.exit = worse(outcome_.exit, mailbox.empty() ? Exit::usage : Exit::some_failed);
    if (app::is_server_error(error)) ++server_failures_;
  }

  void check_store() {
    auto store = context_.open_store();
    if (!store) return fail("store", {}, store.error());
    auto version = (*store)->schema_version();
    if (!version) return fail("store", {}, version.error());
    ok("store", {}, config::without_password(context_.config.store.url) + ", schema " + std::to_string(*version));
  }

  void check_spool() {
    const std::string& path = context_.config.sync.spool_dir;
    std::error_code problem;
    std::filesystem::create_directories(path, problem);
    if (::access(path.c_str(), W_OK | X_OK) != 0)
      return fail("spool", {},
                  make_error(Fault::denied, "The spool folder " + path + " can't be written to.", "spool",
                             "Set sync.spool_dir to a folder that this user may write to."));
    const auto space = std::filesystem::space(path, problem);
    const auto free_mb = problem ? 0 : space.available >> 20U;
    const auto wanted_mb = context_.config.sync.max_attachment_mb * 4 + 200;
    if (free_mb < wanted_mb)
      warn("spool", {}, path + " has only " + std::to_string(free_mb) + " MB free",
           "Large attachments and new calendars pass through it: have at least " + std::to_string(wanted_mb) + " MB.");
    else
      ok("spool", {}, path + ", " + std::to_string(free_mb) + " MB free");
  }

  void check_exchange_endpoint() {
    const std::string warning = ews::endpoint_warning(context_.config.exchange.url);
    if (!warning.empty())
      warn("exchange", {}, warning,
           "Plan the migration before those dates; Exchange on your own machines is not affected.");
  }

  void check_collisions(const std::vector<config::MailboxEntry>& mailboxes) {
    std::map<std::string, std::string> owners;
    for (const auto& entry : mailboxes) {
      const std::string home = sides_.home_from_template(entry);
      if (home.empty()) continue;
      const auto [other, fresh] = owners.emplace(home, entry.address.value);
      if (!fresh)
        fail("caldav_home", entry.address.value,
             make_error(Fault::unsupported, "It would share the CalDAV home " + home + " with " + other->second + ".",
                        "home_collision",
                        "Use {address} in caldav.home, or give them different caldav_user names in the list."));
    }
  }

  void check_exchange(const config::MailboxEntry& entry) {
    const std::string& address = entry.address.value;
    auto client = sides_.exchange(entry);
    if (!client) return fail("exchange", address, client.error());
    auto probe = client->probe(sides_.mailbox(entry), stop_);
    if (!probe) return fail("exchange", address, probe.error());
    ok("exchange", address,
       ews::to_string(probe->version) + ", calendar \"" + probe->calendar_name + "\" with " +
           std::to_string(probe->total_count) + " items");
    if (!reached_) reached_ = entry;
    if (!probe->can_read)
      warn("exchange_rights", address, "the calendar may not be read",
           "Give the service account the role ApplicationImpersonation for this mailbox.");
    for (const auto& warning : probe->warnings) warn("exchange", address, warning, {});
  }

  void check_caldav_server(const config::MailboxEntry& entry) {
    auto client = sides_.caldav(entry, stop_);
    if (!client) return fail("caldav", entry.address.value, client.error());
    describe_server(*client);
  }

  void describe_server(const caldav::Client& client) {
    if (described_) return;
    described_ = true;
    const auto& quirks = client.quirks();
    ok("caldav_server", {},
       std::string(quirks.name) + " at " + context_.config.caldav.url + ", up to " +
           std::to_string(quirks.best_connections) + " connections");
    if (quirks.silent_by == caldav::SilentBy::nature)
      ok("silent_writes", {}, "this server sends no mail by itself");
    else
      warn("silent_writes", {},
           "this server may mail guests on writes; Caravan marks every guest SCHEDULE-AGENT=CLIENT so that it stays "
           "silent",
           quirks.server == caldav::Server::sogo
               ? "SOGo still copies meetings into local guests' calendars: migrate all of them."
               : "");
    if (quirks.bulk_fill == caldav::BulkFill::whole_collection_put) {
      if (context_.config.caldav.bulk_fill == config::BulkFill::automatic)
        ok("bulk_fill", {},
           "new calendars are filled in one request (other users of this server wait meanwhile; caldav.bulk_fill = "
           "\"off\" forbids it)");
      else
        ok("bulk_fill", {}, "switched off");
    }
    if (quirks.server == caldav::Server::generic)
      warn("caldav_server", {}, "the server is not one that Caravan knows; it is treated with the greatest care",
           "Try a few mailboxes and `exodus-cli verify` them first.");
  }

  void check_caldav(const config::MailboxEntry& entry) {
    const std::string& address = entry.address.value;
    auto client = sides_.caldav(entry, stop_);
    if (!client) return fail("caldav", address, client.error());
    describe_server(*client);
    auto home = sides_.home(entry, *client, stop_);
    if (!home) return fail("caldav", address, home.error());
    auto calendars = client->list_calendars(home->path, stop_);
    if (calendars) {
      ok("caldav", address, home->path.value + ", " + std::to_string(calendars->size()) + " calendars");
    } else if (calendars.error().fault == Fault::not_found) {
      ok("caldav", address, home->path.value + " does not exist and will be made");
    } else {
      fail("caldav", address, calendars.error());
    }
  }

  /// By the first mailbox that Exchange let us see.
  void check_callback() {
    const config::Exchange& exchange = context_.config.exchange;
    if (exchange.notifications != config::Notifications::push || exchange.callback_url.empty() || !reached_) return;
    if (stop_.stop_requested()) return;
    const auto proven = prove_callback(context_, sides_, *reached_, stop_);
    if (!proven) return fail("callback", reached_->address.value, proven.error());
    ok("callback", reached_->address.value,
       "Exchange called " + exchange.callback_url + " after " + std::to_string(proven->count()) + " ms");
  }

  DoctorOutcome finish() {
    bool any_good = false;
    for (const auto& check : outcome_.checks)
      any_good = any_good || (check.grade == Check::Grade::ok && (check.name == "exchange" || check.name == "caldav"));
    if (server_failures_ > 0 && !any_good) outcome_.exit = worse(outcome_.exit, Exit::nothing_possible);
    if (stop_.stop_requested()) outcome_.exit = Exit::interrupted;
    return std::move(outcome_);
  }

  const Context& context_;
  std::stop_token stop_;
  app::Sides sides_;
  DoctorOutcome outcome_;
  std::size_t server_failures_ = 0;
  bool described_ = false;
  std::optional<config::MailboxEntry> reached_;
};

}  // namespace

DoctorOutcome doctor(const Context& context, const std::vector<config::MailboxEntry>& mailboxes, std::stop_token stop) {
  return Doctor(context, std::move(stop)).examine(mailboxes);
}

}  // namespace caravan::exodus
