// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/job.hpp"

#include <nlohmann/json.hpp>

#include "util/digest.hpp"

namespace caravan::exodus {
namespace {

using nlohmann::json;

json secret_json(const config::SecretReference& secret) {
  switch (secret.kind) {
    case config::SecretReference::Kind::none:
      return "";
    case config::SecretReference::Kind::file:
      return "file:" + secret.name;
    case config::SecretReference::Kind::environment:
      return "env:" + secret.name;
    case config::SecretReference::Kind::sealed:
      return "sealed:" + secret.name;
  }
  return "";
}

}  // namespace

std::string to_json(const JobOrder& order) {
  const auto& entry = order.entry;
  const json out = {{"address", entry.address.value},
                    {"caldav_user", entry.caldav_user},
                    {"caldav_secret", secret_json(entry.caldav_secret)},
                    {"exchange_user", entry.exchange_user},
                    {"exchange_secret", secret_json(entry.exchange_secret)},
                    {"aliases", entry.aliases},
                    {"kind", entry.kind},
                    {"zone", entry.zone},
                    {"dry_run", order.options.dry_run},
                    {"notify", order.options.notify},
                    {"since", order.options.since},
                    {"until", order.options.until},
                    {"all_calendars", order.options.all_calendars}};
  return out.dump();
}

Result<JobOrder> job_order_from_json(const std::string& text) {
  const json in = json::parse(text, nullptr, false);
  if (!in.is_object()) return make_error(Fault::malformed, "A queued job has options that can't be read.", "job");
  JobOrder order;
  order.entry.address = Address(in.value("address", ""));
  order.entry.caldav_user = in.value("caldav_user", "");
  order.entry.exchange_user = in.value("exchange_user", "");
  CARAVAN_TRY(caldav_secret, config::parse_secret_reference(in.value("caldav_secret", "")));
  CARAVAN_TRY(exchange_secret, config::parse_secret_reference(in.value("exchange_secret", "")));
  order.entry.caldav_secret = std::move(caldav_secret);
  order.entry.exchange_secret = std::move(exchange_secret);
  order.entry.aliases = in.value("aliases", std::vector<std::string>());
  order.entry.kind = in.value("kind", "user");
  order.entry.zone = in.value("zone", "");
  order.options.dry_run = in.value("dry_run", false);
  order.options.notify = in.value("notify", false);
  order.options.since = in.value("since", "");
  order.options.until = in.value("until", "");
  order.options.all_calendars = in.value("all_calendars", false);
  return order;
}

app::MailboxOrder pass_of(const JobOrder& order, sync::Occasion occasion) {
  app::MailboxOrder pass;
  pass.entry = order.entry;
  pass.occasion = occasion;
  pass.subscribes = occasion == sync::Occasion::subscribe;
  pass.dry_run = order.options.dry_run;
  pass.all_calendars = order.options.all_calendars;
  pass.since = order.options.since;
  pass.until = order.options.until;
  return pass;
}

Result<RunId> queue_run(store::Store& store, const Clock& clock, const std::string& kind,
                        const std::vector<config::MailboxEntry>& mailboxes, const RunOptions& options,
                        const std::string& holder) {
  store::Run run;
  run.id = RunId("r-" + random_hex(6));
  run.kind = kind;
  run.state = "queued";
  run.created = clock.now();
  run.options = json{{"dry_run", options.dry_run},
                     {"since", options.since},
                     {"until", options.until},
                     {"all_calendars", options.all_calendars},
                     {"mailboxes", mailboxes.size()}}
                    .dump();
  CARAVAN_CHECK(store.save_run(run));
  std::vector<store::Job> jobs;
  for (const auto& entry : mailboxes) {
    store::Job job;
    job.run = run.id;
    job.mailbox = entry.address;
    job.kind = kind;
    job.holder = holder;
    if (!holder.empty()) job.state = "claimed";
    job.options = to_json({entry, options});
    jobs.push_back(std::move(job));
  }
  CARAVAN_CHECK(store.add_jobs(jobs));
  return run.id;
}

std::string progress_to_json(const Progress& progress) {
  return json{
      {"done", progress.done}, {"total", progress.total}, {"written", progress.written}, {"errors", progress.errors}}
      .dump();
}

Progress progress_from_json(const std::string& text) {
  Progress progress;
  const json in = json::parse(text, nullptr, false);
  if (!in.is_object()) return progress;
  progress.done = in.value("done", std::uint64_t{0});
  progress.total = in.value("total", std::uint64_t{0});
  progress.written = in.value("written", std::uint64_t{0});
  progress.errors = in.value("errors", std::uint64_t{0});
  return progress;
}

}  // namespace caravan::exodus
